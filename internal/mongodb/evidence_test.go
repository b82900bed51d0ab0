package mongodb_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/oklog/ulid/v2"
	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/questionnaire"
)

const pdfText = "%PDF-1.7\n%%EOF\n"

func pdfFile() io.Reader { return strings.NewReader(pdfText) }

func (d *desk) files() *evidence.Service {
	return evidence.NewService(mongodb.Evidence{DB: d.db}, nil, d.clock, func() string { return ulid.Make().String() })
}

func (d *desk) stored(t *testing.T) int {
	t.Helper()
	n, err := d.db.Raw("files.files").EstimatedDocumentCount(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

func TestEvidence(t *testing.T) {
	d := newDesk(t)
	ctx, files := t.Context(), d.files()
	policy := evidence.Evidence{Campaign: "c1", Supplier: "s1", Kind: evidence.Policy}
	big := io.MultiReader(strings.NewReader(pdfText), bytes.NewReader(make([]byte, evidence.MaxFile)))
	if _, err := files.Add(ctx, d.supplier, "架空精工", policy, "big.pdf", big); fault.KindOf(err) != fault.Invalid || d.stored(t) != 0 {
		t.Errorf("too large a file: %v, %d kept", err, d.stored(t))
	}
	if n, _ := d.db.Raw("files.chunks").EstimatedDocumentCount(ctx); n != 0 {
		t.Errorf("%d pieces of a refused file are kept", n)
	}
	e, err := files.Add(ctx, d.supplier, "架空精工", policy, "方針.pdf", pdfFile())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := files.Get(ctx, d.reviewer, e.ID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("the buyer sees it before it was submitted: %v", err)
	}
	for who, v := range d.outsiders {
		_, get := files.Get(ctx, v, e.ID)
		_, unknown := files.Get(ctx, v, "nothing")
		of, _ := files.Of(ctx, v, "c1:s1")
		remove := files.Remove(ctx, v, "", e.ID)
		if key(get) != key(unknown) || len(of) != 0 || remove == nil {
			t.Errorf("%s: get %v (an unknown one: %v), %d listed, remove %v", who, get, unknown, len(of), remove)
		}
	}
	d.answerAll(t, questionnaire.Partly)
	if _, err := d.submit(t); err != nil {
		t.Fatal(err)
	}
	got, err := files.Get(ctx, d.reviewer, e.ID)
	if err != nil {
		t.Fatalf("the buyer does not see what was submitted: %v", err)
	}
	stream, err := files.Open(ctx, d.reviewer, got)
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := io.ReadAll(stream); err != nil || string(raw) != pdfText {
		t.Errorf("the file reads %q, %v", raw, err)
	}
	if _, err := files.Open(ctx, d.outsiders["another buyer's reviewer"], got); fault.KindOf(err) != fault.NotFound {
		t.Errorf("another buyer opens it: %v", err)
	}
	if err := files.Remove(ctx, d.supplier, "", e.ID); fault.KindOf(err) != fault.Gone {
		t.Errorf("taking back after submission: %v", err)
	}
	if _, err := files.Add(ctx, d.supplier, "", policy, "b.pdf", pdfFile()); fault.KindOf(err) != fault.Gone || d.stored(t) != 1 {
		t.Errorf("adding after submission: %v; %d files are kept, want 1", err, d.stored(t))
	}
}

func TestEvidenceIsBounded(t *testing.T) {
	d := newDesk(t)
	for i := range 40 {
		d.insert(t, "evidence", bson.D{{Key: "_id", Value: ulid.Make().String()}, {Key: "org_id", Value: "o1"}, {Key: "campaign_id", Value: "c1"},
			{Key: "assignment_id", Value: "c1:s1"}, {Key: "kind", Value: "policy"}, {Key: "n", Value: i}})
	}
	_, err := d.files().Add(t.Context(), d.supplier, "", evidence.Evidence{Campaign: "c1", Kind: evidence.Policy}, "a.pdf", pdfFile())
	if fault.KindOf(err) != fault.TooMany {
		t.Errorf("the 41st document: %v", err)
	}
}
