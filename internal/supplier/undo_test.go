package supplier

import (
	"slices"
	"testing"
	"time"

	"tsunagi/internal/access"
)

// Whatever an import did is taken back, but for whom somebody changed or asked since.
func TestTakeBack(t *testing.T) {
	now := time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)
	v := access.System("o1", "青木")
	ids := 0
	newID := func() string { ids++; return string(rune('a' + ids)) }
	was := sampled(t)
	was.ID, was.Org, was.Revision = "s1", "o1", 3
	list := []string{"取引先コード|会社名|電話|重要度|タグ|個人データ", was.Code + "|別の社名|03-0000-9999|低|新しい|×", "N1|新会社|||", "N2|新会社二|||"}
	verdicts, counts := judge(map[string]Supplier{was.Code: was}, list...)
	if counts.Changed != 1 || counts.New != 2 {
		t.Fatalf("%+v %+v", counts, verdicts)
	}
	in := TakeIn(v, Import{ID: "i"}, verdicts, newID, now)
	present := map[string]Supplier{}
	for _, s := range slices.Concat(in.Added, in.Changed) {
		present[s.ID] = s
	}
	back := TakeBack(v, Import{ID: "i"}, in.Takings, present, newID, now)
	entries.Note(in.Entry, back.Entry, Exported(v, "e", now, "csv", Import{ID: "i"}.Ref()))
	if back.Counts != (Undone{Removed: 2, Restored: 1}) || len(back.Removed) != 2 || len(back.Restored) != 1 {
		t.Fatalf("%+v", back.Counts)
	}
	said := map[string]string{}
	for _, d := range back.Entry.Details {
		said[d.Key] = d.Value
	}
	if said["deleted"] != "N1 新会社、N2 新会社二" || said["added"] != "" {
		t.Errorf("the trail says of what is taken back %q deleted, %q added", said["deleted"], said["added"])
	}
	for _, f := range Fields() {
		if got := back.Restored[0].Value(f.Key); got != was.Value(f.Key) {
			t.Errorf("%s is %q again, want %q", f.Key, got, was.Value(f.Key))
		}
	}
	if back.Restored[0].Revision != present["s1"].Revision+1 {
		t.Errorf("revision %d", back.Restored[0].Revision)
	}
	asked, changed := in.Added[0], present["s1"]
	asked.AskedAt = now
	changed.Revision++
	present[asked.ID], present["s1"] = asked, changed
	delete(present, in.Added[1].ID)
	if back := TakeBack(v, Import{ID: "i"}, in.Takings, present, newID, now); back.Counts != (Undone{Kept: 3}) {
		t.Errorf("changed, asked and gone since: %+v", back.Counts)
	}
}
