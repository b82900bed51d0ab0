package mongodb_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tsunagi/internal/fault"
	"tsunagi/internal/supplier"
	"tsunagi/internal/work"
)

func (in *intake) undo(t *testing.T, i supplier.Import) supplier.Import {
	t.Helper()
	i, err := in.Import(t.Context(), mailOwner, i.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := in.rules.Undo(t.Context(), mailOwner, i); err != nil {
		t.Fatal(err)
	}
	if err := in.rules.Undo(t.Context(), mailOwner, i); fault.KindOf(err) != fault.Conflict {
		t.Errorf("undone twice: %v, want Conflict", err)
	}
	queue := in.Suppliers.Jobs()
	job, ok, err := queue.Claim(t.Context(), issueDay, issueDay.Add(time.Minute))
	if err != nil || !ok || job.Kind != (work.Undo{}).Kind() {
		t.Fatalf("claim: %v %v %v", job, ok, err)
	}
	if err := worker(in.DB, "undo", in.clock)(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if err := queue.Finish(t.Context(), job, issueDay); err != nil {
		t.Fatal(err)
	}
	if i, err = in.Import(t.Context(), mailOwner, i.ID); err != nil {
		t.Fatal(err)
	}
	return i
}

// An import of many parts is taken back, but for what somebody changed since, also while
// it is being taken back.
func TestImportIsUndone(t *testing.T) {
	in := newIntake(t)
	const n = 1200
	list := func(phone string, from, to int) string {
		var b strings.Builder
		b.WriteString("取引先コード,会社名,電話\n")
		for i := from; i < to; i++ {
			fmt.Fprintf(&b, "C%04d,架空%d工業,%s\n", i, i, phone)
		}
		return b.String()
	}
	in.start(t, list("03-0000-0001", 0, n/2))
	in.run(t)
	second := in.start(t, list("03-0000-0002", 0, n))
	in.run(t)
	i, err := in.Import(t.Context(), mailOwner, second.ID)
	if err != nil || i.Result == nil || i.Result.Counts != (supplier.Counts{New: n / 2, Changed: n / 2}) || i.Result.ByField[supplier.ColumnPhone] != n/2 {
		t.Fatalf("result %+v %v", i.Result, err)
	}
	in.edit(t, "C0001", func(s *supplier.Supplier) { s.Note = "大切" })
	in.edit(t, "C1100", func(s *supplier.Supplier) { s.Note = "大切" })
	in.interrupt(1, func() { in.edit(t, "C0002", func(s *supplier.Supplier) { s.Note = "いま" }) })
	i = in.undo(t, i)
	if want := (supplier.Undone{Removed: n/2 - 1, Restored: n/2 - 2, Kept: 3}); i.Undone == nil || *i.Undone != want {
		t.Errorf("undone %+v, want %+v", i.Undone, want)
	}
	for code, want := range map[string]string{"C0000": "03-0000-0001", "C0001": "03-0000-0002", "C0002": "03-0000-0002", "C0599": "03-0000-0001", "C1100": "03-0000-0002"} {
		if got := in.byCode(t, code).Phone; got != want {
			t.Errorf("%s has %s, want %s", code, got, want)
		}
	}
	if d, err := in.Directory(t.Context(), mailOwner); err != nil || d.Total != n/2+1 {
		t.Errorf("%d suppliers, want %d (%v)", d.Total, n/2+1, err)
	}
}
