package internal

import (
	"go/ast"
	"go/token"
	"strings"
	"testing"

	"tsunagi/internal/audit"
	"tsunagi/internal/document"
	"tsunagi/internal/locale"
	"tsunagi/templates"
)

// Every action that the product knows has its row in the table of actions, which says
// whether its entries tell old → new; every row is an action, and has its words, as have
// the details by which it is told.
func TestEveryActionHasItsRow(t *testing.T) {
	found := map[audit.Action]bool{}
	eachGoFile(t, func(_, name string, file *ast.File, _ *token.FileSet) {
		if strings.HasSuffix(name, "_test.go") {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			of, named := spec.Type.(*ast.SelectorExpr)
			own, here := spec.Type.(*ast.Ident) // in the room audit itself
			if named && of.Sel.Name == "Action" || here && own.Name == "Action" {
				if lit, ok := spec.Values[0].(*ast.BasicLit); ok {
					found[audit.Action(strings.Trim(lit.Value, `"`))] = true
				}
			}
			return true
		})
	})
	for _, kind := range document.Kinds() {
		found[audit.Action("report."+string(kind.Kind)+"-asked")] = true
	}
	words, err := locale.Load(templates.FS)
	if err != nil {
		t.Fatal(err)
	}
	for action := range found {
		if _, ok := action.Traits(); !ok {
			t.Errorf("%s has no row in audit/action.go", action)
		}
	}
	for _, row := range audit.Actions() {
		if !found[row.Action] {
			t.Errorf("%s is the action of nobody", row.Action)
		}
		if !words.Has("audit.action." + string(row.Action)) {
			t.Errorf("%s has no words", row.Action)
		}
		for _, key := range append(row.All, row.Any...) {
			if !strings.HasSuffix(key, ".") && !words.Has("audit.detail."+key) {
				t.Errorf("%s: the detail %s has no words", row.Action, key)
			}
		}
	}
}
