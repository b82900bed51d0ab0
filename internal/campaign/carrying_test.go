package campaign

import (
	"slices"
	"testing"

	"tsunagi/internal/access"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/supplier"
)

func TestAnImportIsCarriedOverByWhoMay(t *testing.T) {
	m := &memory{}
	s, _ := office(m)
	i := supplier.Import{ID: "i", Org: "o", Name: "一覧.csv"}
	if err := s.CarryImport(t.Context(), buyer, i, true); fault.KindOf(err) != fault.Conflict || len(m.entries) != 0 {
		t.Errorf("where nobody is behind: %v, %v", err, m.entries)
	}
	m.behind = 2
	if err := s.CarryImport(t.Context(), auditor, i, true); fault.KindOf(err) != fault.Forbidden || m.behind != 2 {
		t.Errorf("an auditor: %v", err)
	}
	if err := s.CarryImport(t.Context(), buyer, i, true); err != nil || m.behind != 0 || m.last().Action != ActionCarried || m.last().Record != i.Ref() {
		t.Errorf("%v, %d are behind, %+v", err, m.behind, m.entries)
	}
}

// TestABatchIsCarriedOver: a job that goes on after a kill owes the same mails, to whom
// the directory names and to who reads along.
func TestABatchIsCarriedOver(t *testing.T) {
	a := waiting(func(a *Assignment) { a.Email = "old@example.jp" })
	sup := supplier.Supplier{ID: a.Supplier, Email: "new@example.jp", Contacts: []supplier.Contact{{Role: supplier.RoleCopy, Email: "along@example.jp"}}}
	by := Batch{By: access.System("o", "購 買子"), Job: "j", At: today, NewID: func() string { return "e" }}
	d, err := by.CarryOver(a, sup, true)
	if err != nil {
		t.Fatal(err)
	}
	entries.Note(d.Entry)
	var to, ids []string
	for _, m := range d.Change.Messages {
		to, ids = append(to, m.To.Email), append(ids, m.ID)
		if m.Kind != notify.Request || m.Generation != a.Generation+1 {
			t.Errorf("%+v", m)
		}
	}
	if !slices.Equal(to, []string{"new@example.jp", "along@example.jp"}) || !slices.Equal(ids, []string{"carry:j:" + a.ID, "carry:j:" + a.ID + ":copy1"}) {
		t.Errorf("mails %v to %v", ids, to)
	}
	if got := d.Change.apply(a); got.Email != "new@example.jp" || !got.ReadBy("along@example.jp") || d.Entry.Detail("address") != "old@example.jp → new@example.jp" ||
		d.Entry.Detail("copies") != "— → along@example.jp" {
		t.Errorf("%+v, %+v", got, d.Entry)
	}
	if _, err := by.CarryOver(d.Change.apply(a), sup, true); fault.KindOf(err) != fault.Conflict {
		t.Errorf("once more: %v", err)
	}
}
