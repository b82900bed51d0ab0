package internal

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rules are the rule rooms from the top down: each may import only those above it.
var rules = []string{"tidy", "fault", "once", "access", "audit", "notify", "calendar", "budget", "org", "supplier", "questionnaire", "evidence",
	"passport", "campaign", "response", "finding", "outreach", "position", "document", "backup"}

// leaves may be imported by every input/output room.
var leaves = []string{"locale", "token", "table", "picture", "jobs", "templates", "watch"}

// more lists what a room may import beside rule rooms and leaves.
var more = map[string][]string{
	"mongodb":             {"mongodb/account", "mongodb/address", "mongodb/bucket", "mongodb/chain", "mongodb/field", "mongodb/gridfile", "mongodb/meaning", "mongodb/paper", "mongodb/progress", "mongodb/query", "mongodb/queue", "mongodb/schema", "mongodb/server", "mongodb/shape", "mongodb/snapshot", "mongodb/store"},
	"mongodb/address":     {"mongodb/field", "mongodb/query", "mongodb/store"},
	"mongodb/account":     {"mongodb/field", "mongodb/meaning", "mongodb/query", "mongodb/queue", "mongodb/shape", "mongodb/store"},
	"mongodb/bucket":      {"mongodb/meaning"},
	"mongodb/chain":       {"mongodb/gridfile", "mongodb/meaning"},
	"mongodb/dbtest":      {"mongod/mongodtest", "mongodb", "mongodb/schema", "work"},
	"mongodb/dump":        {},
	"mongodb/field":       {},
	"mongodb/gridfile":    {"mongodb/meaning"},
	"mongodb/meaning":     {},
	"mongodb/paper":       {"mongodb/field", "mongodb/gridfile", "mongodb/meaning", "mongodb/query", "mongodb/queue", "mongodb/store"},
	"mongodb/progress":    {},
	"mongodb/query":       {"mongodb/field", "mongodb/meaning"},
	"mongodb/queue":       {"mongodb/address", "mongodb/field", "mongodb/meaning", "mongodb/query", "mongodb/store"},
	"mongodb/schema":      {"mongodb/transaction"},
	"mongodb/server":      {"mongodb/meaning"},
	"mongodb/shape":       {},
	"mongodb/snapshot":    {"mongodb/field", "mongodb/meaning", "mongodb/query", "mongodb/schema", "mongodb/shape", "mongodb/store"},
	"mongodb/store":       {"mongodb/bucket", "mongodb/field", "mongodb/meaning", "mongodb/query", "mongodb/transaction"},
	"mongodb/transaction": {},
	"mongod":              {},
	"mongod/mongodtest":   {"mongod"},
	"report":              {"report/typeset"},
	"report/typeset":      {},
	"work":                {"report"},
	"mail":                {"mail/reply"},
	"mail/reply":          {},
	"web":                 {"report"},
	"web/desk":            {"report", "web"},
	"web/answer":          {"report", "web"},
	"web/account":         {"report", "web"},
	"api":                 {"report"},
	"locale":              {},
	"token":               {},
	"control":             {},
	"process":             {},
	"table":               {},
	"picture":             {},
	"picture/sandbox":     {},
	"picture/sandboxtest": {"picture/sandbox"},
	"jobs":                {},
	"watch":               {},
	"watch/metrics":       {},
	"templates":           {},
	"app":                 {"mongodb", "mongodb/schema", "mail", "process", "web", "web/desk", "web/answer", "web/account", "report", "watch/metrics", "work"},
	"audit/audittest":     {"audit"},
	"app/apptest":         {"app", "demo", "mongod/mongodtest", "mongodb", "mongodb/dbtest", "mongodb/dump", "mail", "web"},
	"demo":                {"app"},
	"e2e":                 {"app", "app/apptest", "demo"},
	"cmd/tsunagi":         {"picture/sandbox", "app", "control", "demo", "process", "mail", "mongod", "mongodb", "mongodb/chain", "web", "web/account", "report", "work"},
	"scripts/bench":       {},
	"scripts/dump":        {"mongodb/dump"},
	"scripts/floors":      {},
}

// alone are rooms that may import no other at all: whoever sets a line, or tries how
// lines are set, compiles nothing of what it says.
var alone = []string{"report/typeset"}

// banned are technologies that rule rooms must not know.
var banned = []string{"github.com/gin-gonic", "go.mongodb.org", "html/template", "net/http"}

func room(dir string) string { return strings.TrimPrefix(filepath.ToSlash(dir), "internal/") }

func eachGoFile(t *testing.T, visit func(dir, name string, file *ast.File, set *token.FileSet)) {
	t.Helper()
	root := os.DirFS("..")
	for _, top := range []string{"cmd", "internal", "templates", "scripts"} {
		err := fs.WalkDir(root, top, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || path.Ext(name) != ".go" {
				return err
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, filepath.Join("..", name), nil, parser.ParseComments)
			if err != nil {
				t.Errorf("%s does not parse: %v", name, err)
				return nil
			}
			visit(path.Dir(name), name, file, set)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestImportRule(t *testing.T) {
	eachGoFile(t, func(dir, name string, file *ast.File, _ *token.FileSet) {
		if strings.HasSuffix(name, "_test.go") || dir == "internal" {
			return
		}
		from := room(dir)
		level := slices.Index(rules, from)
		if _, known := more[from]; level < 0 && !known {
			t.Errorf("%s: the room %q is not on the map in house_test.go", name, from)
			return
		}
		for _, spec := range file.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			if level >= 0 && slices.ContainsFunc(banned, func(b string) bool { return strings.HasPrefix(imported, b) }) {
				t.Errorf("%s: a rule room imports %s", name, imported)
			}
			own, ours := strings.CutPrefix(imported, "tsunagi/")
			if !ours {
				continue
			}
			if !mayImport(level, from, room(own)) {
				t.Errorf("%s: %s may not import %s", name, from, room(own))
			}
		}
	})
}

func mayImport(level int, from, to string) bool {
	if slices.Contains(alone, from) {
		return false
	}
	above := slices.Index(rules, to)
	if level >= 0 {
		return above >= 0 && above < level
	}
	return above >= 0 || slices.Contains(leaves, to) || slices.Contains(more[from], to)
}

// TestTheRuleItself shows that the check above can fail, and allows what it must.
func TestTheRuleItself(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"response", "campaign", true},
		{"campaign", "response", false},
		{"org", "org", false},
		{"org", "calendar", true},
		{"calendar", "org", false},
		{"org", "locale", false},
		{"org", "mongodb", false},
		{"web", "response", true},
		{"web", "report", true},
		{"web", "locale", true},
		{"web", "mongodb", false},
		{"web", "web/desk", false},
		{"web/desk", "web", true},
		{"web/desk", "report", true},
		{"web/desk", "web/answer", false},
		{"web/answer", "web/account", false},
		{"web/answer", "mongodb", false},
		{"app", "web/desk", true},
		{"web", "api", false},
		{"api", "mongodb", false},
		{"mongodb", "web", false},
		{"mongodb", "report", false},
		{"mongodb", "work", false},
		{"mongodb", "mongodb/store", true},
		{"mongodb/store", "mongodb/query", true},
		{"mongodb/query", "mongodb/store", false},
		{"mongodb/store", "mongodb", false},
		{"mongodb/account", "mongodb/queue", true},
		{"mongodb/queue", "mongodb/account", false},
		{"mongodb/paper", "mongodb/account", false},
		{"app", "mongodb/store", false},
		{"work", "mongodb", false},
		{"work", "jobs", true},
		{"web", "work", false},
		{"report", "mongodb", false},
		{"report", "report/typeset", true},
		{"report/typeset", "report", false},
		{"report/typeset", "locale", false},
		{"report/typeset", "fault", false},
		{"web", "report/typeset", false},
		{"mail", "web", false},
		{"mail", "mail/reply", true},
		{"mail/reply", "mail", false},
		{"templates", "locale", true},
		{"templates", "web", false},
		{"cmd/tsunagi", "mongodb", true},
	} {
		if got := mayImport(slices.Index(rules, c.from), c.from, c.to); got != c.want {
			t.Errorf("%s imports %s: allowed is %v, want %v", c.from, c.to, got, c.want)
		}
	}
}

// driven are the rooms beside mongodb's that may know the database's driver.
var driven = []string{"mongod", "app/apptest", "scripts/bench", "scripts/dump"}

// TestOnlyStoresKnowTheDriver: what a store offers to the stores beside it, such as a
// collection as it is, is of no use to anybody else.
func TestOnlyStoresKnowTheDriver(t *testing.T) {
	eachGoFile(t, func(dir, name string, file *ast.File, _ *token.FileSet) {
		if from := room(dir); strings.HasSuffix(name, "_test.go") || slices.Contains(driven, from) || from == "mongodb" || strings.HasPrefix(from, "mongodb/") {
			return
		}
		for _, spec := range file.Imports {
			if imported, _ := strconv.Unquote(spec.Path.Value); strings.HasPrefix(imported, "go.mongodb.org") {
				t.Errorf("%s imports %s, which only stores may know", name, imported)
			}
		}
	})
}

// notInStores are rules that make something, and what belongs to work: a store reads
// a batch and commits it, and decides nothing.
var notInStores = []string{"campaign.Assign", "campaign.Message", "response.NewDraft", "audit.New", "jobs.Handler", "jobs.Register", "table."}

// named lists what a file names of other packages, as package.Name.
func named(file *ast.File) []string {
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok {
				out = append(out, x.Name+"."+s.Sel.Name)
			}
		}
		return true
	})
	return out
}

func TestStoresDecideNothing(t *testing.T) {
	eachGoFile(t, func(dir, name string, file *ast.File, _ *token.FileSet) {
		if !strings.HasPrefix(dir, "internal/mongodb") || dir == "internal/mongodb/dbtest" || strings.HasSuffix(name, "_test.go") {
			return
		}
		for _, used := range named(file) {
			if slices.ContainsFunc(notInStores, func(no string) bool { return used == no || strings.HasSuffix(no, ".") && strings.HasPrefix(used, no) }) {
				t.Errorf("%s names %s: that belongs to a rule room or to work", name, used)
			}
		}
	})
}

// What the trail tells is composed by rules, which know what was and what is.
func TestPagesComposeNoEntries(t *testing.T) {
	eachGoFile(t, func(dir, name string, file *ast.File, _ *token.FileSet) {
		if !strings.HasPrefix(dir, "internal/web") && dir != "internal/work" && dir != "internal/app" || strings.HasSuffix(name, "_test.go") {
			return
		}
		for _, used := range named(file) {
			if used == "audit.New" || used == "audit.Was" || used == "audit.Detail" {
				t.Errorf("%s names %s: entries are composed by rule rooms", name, used)
			}
		}
	})
}

// kindOfJob is how a kind of job is declared.
var kindOfJob = regexp.MustCompile(`^[a-z-]+$`)

// Which kinds of job there are, work alone knows: the loop and the stores name none.
func TestKindsOfJobsAreKnownToWorkAlone(t *testing.T) {
	var kinds []string
	eachGoFile(t, func(dir, name string, file *ast.File, _ *token.FileSet) {
		if dir != "internal/work" || strings.HasSuffix(name, "_test.go") {
			return
		}
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Name.Name != "Kind" || f.Recv == nil || len(f.Body.List) != 1 {
				continue
			}
			if r, ok := f.Body.List[0].(*ast.ReturnStmt); ok {
				if lit, ok := r.Results[0].(*ast.BasicLit); ok {
					kind, _ := strconv.Unquote(lit.Value)
					kinds = append(kinds, kind)
				}
			}
		}
	})
	if len(kinds) < 5 || slices.ContainsFunc(kinds, func(k string) bool { return !kindOfJob.MatchString(k) }) {
		t.Fatalf("the kinds of job are %q", kinds)
	}
	eachGoFile(t, func(dir, name string, file *ast.File, _ *token.FileSet) {
		if dir != "internal/jobs" || strings.HasSuffix(name, "_test.go") {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok {
				if text, err := strconv.Unquote(lit.Value); err == nil && slices.Contains(kinds, text) {
					t.Errorf("%s names the kind of job %q", name, text)
				}
			}
			return true
		})
	})
}

// purpose is how a package's sentence begins, after go doc's custom.
var purpose = regexp.MustCompile(`^(Package [a-z0-9_]+|Command [a-z]+|[A-Z][a-z]+) .+`)

func TestEveryPackageSaysItsPurpose(t *testing.T) {
	said := map[string]bool{}
	eachGoFile(t, func(dir, name string, file *ast.File, _ *token.FileSet) {
		if !strings.HasSuffix(name, "_test.go") {
			said[dir] = said[dir] || file.Doc != nil && purpose.MatchString(file.Doc.Text())
		}
	})
	for dir, ok := range said {
		if !ok {
			t.Errorf("package %s has no sentence that says its purpose", dir)
		}
	}
}

func TestFilesAndFunctionsStaySmall(t *testing.T) {
	eachGoFile(t, func(_, name string, file *ast.File, set *token.FileSet) {
		if strings.HasSuffix(name, "_test.go") {
			return
		}
		if lines := set.File(file.Pos()).LineCount(); lines > 400 {
			t.Errorf("%s has %d lines, more than 400", name, lines)
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok {
				if n := set.Position(f.End()).Line - set.Position(f.Pos()).Line; n > 60 {
					t.Errorf("%s: %s has %d lines, more than 60", name, f.Name.Name, n)
				}
			}
		}
	})
}

// dead are attributes that die silently under our Content-Security-Policy.
var dead = regexp.MustCompile(`(?i)(\sstyle=|\son[a-z]+=|hx-on|["']js:|javascript:|<style|<script(?:\s+type="module")?>|<script\b[^>]*>\s*[^<\s])`)

func TestThePolicyItself(t *testing.T) {
	for _, bad := range []string{`<p style="x">`, `<a onclick="x">`, `<b ONLOAD=x>`, `<i hx-on:click="x">`, `<i hx-vals='js:{}'>`,
		`<a href="javascript:x">`, `<style>`, `<script>x</script>`, `<script type="module">x</script>`, `<script src="/a.js">x</script>`} {
		if !dead.MatchString(bad) {
			t.Errorf("%s is allowed", bad)
		}
	}
	for _, good := range []string{`<script type="module" src="{{asset "js/x.js"}}"></script>`, `<p class="style">on = off</p>`,
		`<script src="/a.js">
</script>`} {
		if m := dead.FindString(good); m != "" {
			t.Errorf("%s is forbidden for %q", good, m)
		}
	}
}

func TestTemplatesKeepThePolicy(t *testing.T) {
	root := os.DirFS("../templates")
	for _, top := range []string{"layout", "pages", "questions"} {
		err := fs.WalkDir(root, top, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			raw, err := fs.ReadFile(root, name)
			if m := dead.Find(raw); m != nil {
				t.Errorf("templates/%s holds %q, which the policy forbids", name, m)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
