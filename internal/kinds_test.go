package internal

import (
	"go/ast"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"tsunagi/internal/evidence"
	"tsunagi/internal/questionnaire"
)

// kindNames are the kinds that one asks for what holds, never by name: in Go by room
// and constant, in templates by the text.
func kindNames() (constants map[string]bool, texts []string) {
	constants = map[string]bool{}
	for _, name := range []string{"Maturity", "Single", "Multiple", "FreeText", "Number", "Date", "File"} {
		constants["questionnaire."+name] = true
	}
	for _, name := range []string{"ISMS", "PMark", "SecurityAction", "Specialist", "Policy"} {
		constants["evidence."+name] = true
	}
	for name := range questionnaire.Kinds {
		texts = append(texts, string(name))
	}
	for _, name := range evidence.Kinds {
		texts = append(texts, string(name))
	}
	return constants, texts
}

// What differs between kinds of question and of certificate stands in the kind's own
// file: no other room and no template asks which kind it is. The demo, which tells a
// story, may.
func TestNobodyAsksForAKindByName(t *testing.T) {
	constants, texts := kindNames()
	eachGoFile(t, func(dir, name string, file *ast.File, _ *token.FileSet) {
		if strings.HasSuffix(name, "_test.go") || room(dir) == "demo" {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if of, ok := s.X.(*ast.Ident); ok && constants[of.Name+"."+s.Sel.Name] {
				t.Errorf("%s names the kind %s.%s", name, of.Name, s.Sel.Name)
			}
			return true
		})
	})
	asks := regexp.MustCompile(`(?:eq|ne|has)\s[^{}]*Kind\b[^{}]*"(?:` + strings.Join(texts, "|") + `)"`)
	err := fs.WalkDir(os.DirFS("../templates"), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".html" {
			return err
		}
		raw, err := fs.ReadFile(os.DirFS("../templates"), name)
		if found := asks.Find(raw); found != nil {
			t.Errorf("templates/%s asks %q", name, found)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
