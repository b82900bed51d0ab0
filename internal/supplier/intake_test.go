package supplier

import (
	"testing"
	"time"

	"tsunagi/internal/access"
)

func TestTakeInKeepsWhatWasJudged(t *testing.T) {
	now := time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)
	got := TakeIn(access.System("o1", "青木"), Import{ID: "i1", Name: "取引先.csv"}, []Verdict{
		{Outcome: New, Supplier: Supplier{Code: "A1", Name: "架空商会"}},
		{Outcome: Changed, Supplier: Supplier{ID: "s2", Code: "A2", Name: "架空鉄工", Revision: 4, CreatedAt: now.AddDate(-1, 0, 0)}},
		{Outcome: Same, Supplier: Supplier{ID: "s3", Code: "A3"}},
		{Outcome: Faulty},
	}, func() string { return "new-id" }, now)
	if len(got.Added) != 1 || got.Added[0].ID != "new-id" || got.Added[0].Org != "o1" || got.Added[0].Revision != 1 || !got.Added[0].CreatedAt.Equal(now) {
		t.Errorf("added %+v", got.Added)
	}
	if len(got.Changed) != 1 || got.Changed[0].ID != "s2" || got.Changed[0].Revision != 5 || got.Changed[0].CreatedAt.Equal(now) {
		t.Errorf("changed %+v", got.Changed)
	}
	for _, s := range append(got.Added, got.Changed...) {
		if !found(Keys{s.Search, s.Texts}, ParseQuery(s.Name)) {
			t.Errorf("%s is not found by its name", s.Name)
		}
	}
	if got.Counts != (Counts{New: 1, Changed: 1, Same: 1, Faulty: 1}) || got.Entry.Action != ActionImported || len(got.Entry.Details) != 6 {
		t.Errorf("counts %+v, entry %+v", got.Counts, got.Entry)
	}
}
