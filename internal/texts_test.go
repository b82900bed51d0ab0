package internal

import (
	"go/ast"
	"go/token"
	"html"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"tsunagi/internal/locale"
	"tsunagi/templates"
)

var (
	actions   = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	comments  = regexp.MustCompile(`(?s)<!--.*?-->|\{\{/\*.*?\*/\}\}`)
	tags      = regexp.MustCompile(`(?s)<[^>]*>`)
	usedKey   = regexp.MustCompile(`\bt "([^"]+)"`)
	keyShaped = regexp.MustCompile(`^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+$`)
	quoted    = regexp.MustCompile(`"([^"\n]*)"`)
)

func eachTemplate(t *testing.T, visit func(name, text string)) {
	t.Helper()
	root := os.DirFS("../templates")
	for _, top := range []string{"layout", "pages", "questions", "mail"} {
		err := fs.WalkDir(root, top, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(name, ".css") {
				return err
			}
			raw, err := fs.ReadFile(root, name)
			visit(name, string(raw))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// literals collects every string constant of the program.
func literals(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	eachGoFile(t, func(_, name string, file *ast.File, _ *token.FileSet) {
		if strings.HasSuffix(name, "_test.go") {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil {
					out[s] = name
				}
			}
			return true
		})
	})
	return out
}

func catalog(t *testing.T) *locale.Catalog {
	t.Helper()
	c, err := locale.Load(templates.FS)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEveryMessageExists(t *testing.T) {
	c := catalog(t)
	eachTemplate(t, func(name, text string) {
		for _, m := range usedKey.FindAllStringSubmatch(text, -1) {
			if !c.Has(m[1]) {
				t.Errorf("templates/%s uses the message %q, which does not exist", name, m[1])
			}
		}
	})
	for s, file := range literals(t) {
		if strings.HasPrefix(s, "fault.") && !strings.HasSuffix(s, "-") && keyShaped.MatchString(s) && !c.Has(s) {
			t.Errorf("%s uses the message %q, which does not exist", file, s)
		}
	}
}

func TestEveryMessageIsUsed(t *testing.T) {
	used := map[string]bool{}
	for s := range literals(t) {
		used[s] = true
	}
	eachTemplate(t, func(_, text string) {
		for _, find := range []*regexp.Regexp{quoted, usedKey} { // inside an attribute the quotes pair up wrongly
			for _, m := range find.FindAllStringSubmatch(text, -1) {
				used[m[1]] = true
			}
		}
	})
	raw, err := templates.FS.ReadFile("locales/dynamic.txt")
	if err != nil {
		t.Fatal(err)
	}
	prefixes := strings.Fields(string(raw))
	for _, key := range catalog(t).Keys() {
		if used[key] {
			continue
		}
		known := false
		for _, p := range prefixes {
			known = known || strings.HasPrefix(key, p)
		}
		if !known {
			t.Errorf("the message %q is used nowhere; built at run time? then name its prefix in locales/dynamic.txt", key)
		}
	}
}

// TestTemplatesHoldNoText: every word that people read comes from the messages.
func TestTemplatesHoldNoText(t *testing.T) {
	eachTemplate(t, func(name, text string) {
		for _, strip := range []*regexp.Regexp{comments, actions, tags} {
			text = strip.ReplaceAllString(text, " ")
		}
		text = html.UnescapeString(text)
		for _, word := range strings.Fields(text) {
			if strings.IndexFunc(word, unicode.IsLetter) < 0 || allowed[word] || attribute.MatchString(word) {
				continue
			}
			t.Errorf("templates/%s holds the text %q", name, word)
		}
	})
}

// attribute is a part of an attribute that a component puts together.
var attribute = regexp.MustCompile(`^(aria-[a-z]+=.*|-[a-z]+"?)$`)

// allowed are names that are the same in every language.
var allowed = map[string]bool{"CSV": true, "(UTF-8)": true, "(Shift_JIS)": true, "Excel": true,
	"buyer@example.jp": true, "reviewer@example.jp": true, "both@example.jp": true, "reader@example.jp": true, "auditor@example.jp": true, "owner@example.jp": true}

// honorific is 様 or 御中 written after a name that is filled in.
var honorific = regexp.MustCompile(`\}\}[\s　]*(様|御中|さま|殿)`)

// TestHonorificsAreAddedByOneRule: no text writes 様 or 御中 after a name that is filled in,
// because the name may have one. {{person .Name}} and its kin know.
func TestHonorificsAreAddedByOneRule(t *testing.T) {
	eachTemplate(t, func(name, text string) {
		if found := honorific.FindString(text); found != "" {
			t.Errorf("templates/%s: %s", name, found)
		}
	})
	names, err := fs.Glob(templates.FS, "locales/*/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		raw, err := fs.ReadFile(templates.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		if found := honorific.FindString(string(raw)); found != "" {
			t.Errorf("%s: %s", name, found)
		}
	}
	for key, want := range map[string]string{
		"request.addressee": "株式会社見本 山田 様", "mail.to-person": "山田 様", "mail.to-organization": "株式会社見本 御中",
		"answer.hand-back-lead": "山田 様からの交代は、3日まで元に戻せます。",
	} {
		given := []any{"Company", "株式会社見本 御中", "Person", "山田様", "Name", "山田様", "Date", "3日"}
		if key == "mail.to-organization" {
			given = []any{"Name", "株式会社見本 御中"}
		}
		if got := catalog(t).For("ja").T(key, given...); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
}
