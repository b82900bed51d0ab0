package internal

import (
	"go/ast"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tsunagi/internal/evidence"
	"tsunagi/internal/questionnaire"
)

// kindNames are the kinds that one asks for what holds, never by name: in Go by room
// and constant, in templates by the text.
func kindNames(t *testing.T) (constants map[string]bool, texts []string) {
	constants = map[string]bool{}
	eachGoFile(t, func(dir, name string, file *ast.File, _ *token.FileSet) {
		if kind := map[string]string{"questionnaire": "KindName", "evidence": "Kind"}[room(dir)]; kind != "" {
			for name, value := range constantsOf(file, kind) {
				// What is given with one answer is made by its page alone, which must name it.
				if kind == "KindName" || !evidence.Kind(value).Traits().Attached {
					constants[room(dir)+"."+name] = true
				}
			}
		}
	})
	if len(constants) != len(questionnaire.Kinds)+len(evidence.Kinds) {
		t.Fatalf("found %v, want a constant for each of %d kinds of question and %d of certificate", constants, len(questionnaire.Kinds), len(evidence.Kinds))
	}
	for name := range questionnaire.Kinds {
		texts = append(texts, string(name))
	}
	for _, name := range evidence.Kinds {
		texts = append(texts, string(name))
	}
	return constants, texts
}

// constantsOf finds the constants of a type in a file, by name.
func constantsOf(file *ast.File, kind string) map[string]string {
	out := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if of, ok := spec.Type.(*ast.Ident); ok && of.Name == kind && len(spec.Values) == 1 {
			if lit, ok := spec.Values[0].(*ast.BasicLit); ok {
				out[spec.Names[0].Name], _ = strconv.Unquote(lit.Value)
			}
		}
		return true
	})
	return out
}

// What differs between kinds of question and of certificate stands in the kind's own
// file: no other room and no template asks which kind it is. The demo, which tells a
// story, may.
func TestNobodyAsksForAKindByName(t *testing.T) {
	constants, texts := kindNames(t)
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
