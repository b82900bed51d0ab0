package mongodb_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tsunagi/internal/mongodb"
)

// TestEveryFieldIsCheckedAtTheStart: each constant stands in the list of a collection.
func TestEveryFieldIsCheckedAtTheStart(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "field/field.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	n, listed := 0, mongodb.AskedAtStart()
	ast.Inspect(file, func(node ast.Node) bool {
		v, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		n++
		if name, _ := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value); !slices.Contains(listed, name) {
			t.Errorf("%s is in no list of contents.go", v.Names[0].Name)
		}
		return true
	})
	if n < 100 {
		t.Errorf("only %d constants were found", n)
	}
}

// TestAFieldThatNoRecordHasStopsTheStart: one that another collection has, too.
func TestAFieldThatNoRecordHasStopsTheStart(t *testing.T) {
	if err := mongodb.CheckFields("campaigns"); err != nil {
		t.Error(err)
	}
	for _, of := range []struct{ collection, field string }{
		{"campaigns", "campaign"}, {"campaigns", "delivery"}, {"outbox", "to.e-mail"}, {"audit", "org_id.x"}, {"drafts", "answers.*.value"},
	} {
		err := mongodb.CheckFields(of.collection, of.field)
		if err == nil || !strings.Contains(err.Error(), of.collection) || !strings.Contains(err.Error(), of.field) {
			t.Errorf("%s of %s: %v", of.field, of.collection, err)
		}
	}
}

// TestARenamedTagStopsTheStart: queries would find nothing, and say nothing.
func TestARenamedTagStopsTheStart(t *testing.T) {
	type head struct {
		Org  string    `bson:"_id"`
		Seq  int64     `bson:"sequence"`
		Hash string    `bson:"hash"`
		At   time.Time `bson:"at"`
	}
	if err := mongodb.CheckRecord("audit_heads", head{}); err == nil || !strings.Contains(err.Error(), `"seq"`) {
		t.Errorf("got %v", err)
	}
}
