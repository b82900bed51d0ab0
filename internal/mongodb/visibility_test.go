package mongodb_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/dbtest"
)

// everybody are the functions that ask for records of no organisation in particular,
// and why they may. One that takes a viewer is never among them.
var everybody = map[string]string{
	"Outbox.cancelMails":      "the mails are those that it has read of the organisation",
	"Leases.FreeFarAhead":     "what waits for a time that was there is due, whosever it is",
	"Leases.FreeLeases":       "what a dead process held is free, whosever it is",
	"Depths.Mails":            "it counts what waits in the whole installation, and gives no record",
	"Depths.Jobs":             "it counts what waits in the whole installation, and gives no record",
	"DB.namedByImports":       "the sweeper asks by the ids of files",
	"DB.namedByEvidence":      "the sweeper asks by the ids of files",
	"Pictures.Stored":         "the sweeper walks what was made of all files",
	"Pictures.Remove":         "the sweeper removes what Stored gave",
	"Documents.RemoveExpired": "what has expired goes, whosever it is",
	"Jobs.Claim":              "the worker takes the job that waits the longest",
	"Jobs.changeHeld":         "the worker holds the job that Claim gave",
	"Outbox.dueFirst":         "the sender takes the mails that wait the longest",
	"Outbox.lease":            "the mails are those that dueFirst gave",
	"Outbox.held":             "the sender holds the mails that Claim gave",
	"Outbox.settle":           "the sender holds the mails that Claim gave",
	"Outbox.Campaigns":        "the sender asks by the ids in its mails",
	"Outbox.Assignments":      "the sender asks by the ids in its mails",
	"Outbox.Invitations":      "the sender asks by the ids in its mails",
	"Outbox.Mailbox":          "the built-in mailbox shows all, where no mail leaves",
	"Outbox.MailboxMessage":   "the built-in mailbox shows all, where no mail leaves",
	"Org.MembershipsOf":       "a person's own, in every organisation",
	"Org.Invitation":          "the link was checked, or the organisation is compared after",
}

// whole write all fields of a record, from its own tags.
var whole = []string{"Suppliers.Update", "Suppliers.TakeBack", "Suppliers.writeJudged"}

// problems finds queries that see more than one organisation, and fields that the
// start does not check.
func problems(asked []dbtest.Query) []string {
	var out []string
	for _, q := range asked {
		if mongodb.OfOrganizations(q.Collection) && !q.Scoped && everybody[q.By] == "" {
			out = append(out, fmt.Sprintf("%s asks %s by %v, without an organisation: begin its filter with a function of query/visibility.go, or say in everybody why it may", q.By, q.Collection, q.Filter))
		}
		named := slices.Concat(q.Filter, q.More)
		if slices.Contains(whole, q.By) {
			named = q.Filter
		}
		for _, f := range mongodb.Unlisted(q.Collection, named) {
			out = append(out, fmt.Sprintf("%s asks %s for %s: name it there in contents.go, so that the start checks it", q.By, q.Collection, f))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TestOnlyWorkSeesEverybody: who is given a viewer asks for that viewer's records.
func TestOnlyWorkSeesEverybody(t *testing.T) {
	files, err := filepath.Glob("*.go")
	rooms, err2 := filepath.Glob("*/*.go")
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	found := map[string]bool{}
	for _, name := range append(files, rooms...) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || everybody[nameOf(fn)] == "" {
				continue
			}
			found[nameOf(fn)] = true
			if takesViewer(fn) {
				t.Errorf("%s is given a viewer, and stands in everybody", nameOf(fn))
			}
		}
	}
	for name := range everybody {
		if !found[name] {
			t.Errorf("%s stands in everybody, and is no function", name)
		}
	}
}

// nameOf is a function's name as dbtest.Query has it.
func nameOf(fn *ast.FuncDecl) string {
	if fn.Recv == nil {
		return fn.Name.Name
	}
	of := fn.Recv.List[0].Type
	if p, ok := of.(*ast.StarExpr); ok {
		of = p.X
	}
	if g, ok := of.(*ast.IndexExpr); ok {
		of = g.X
	}
	return of.(*ast.Ident).Name + "." + fn.Name.Name
}

func takesViewer(fn *ast.FuncDecl) bool {
	return slices.ContainsFunc(fn.Type.Params.List, func(p *ast.Field) bool {
		of, ok := p.Type.(*ast.SelectorExpr)
		return ok && of.Sel.Name == "Viewer"
	})
}
