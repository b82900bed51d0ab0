package mongodb_test

import (
	"testing"

	"tsunagi/internal/campaign"
	"tsunagi/internal/supplier"
)

// TestDifferingByRuleAndByFilter: whose address is not the directory's is a rule and a
// filter; over random requests and suppliers both say the same.
func TestDifferingByRuleAndByFilter(t *testing.T) {
	store, rules := campaigns(t)
	addresses := []string{"", "a@example.jp", "b@example.jp"}
	var suppliers []supplier.Supplier
	var requests []campaign.Assignment
	want, open := 0, map[string]bool{}
	for i := range 200 {
		s := supplier.Supplier{ID: "o1-" + number(i), Org: "o1", Code: number(i), Email: addresses[i%3]}
		a := anyAssignment.Example(i)
		a.ID, a.Org, a.Campaign, a.Supplier, a.Email = "c1:"+s.ID, "o1", "c1", s.ID, addresses[i/3%3]
		if i%7 == 0 {
			a.Former = &campaign.Former{}
		}
		if campaign.Differs(a, s) {
			want++
			open[a.ID] = true
		}
		suppliers, requests = append(suppliers, s), append(requests, a)
	}
	if _, err := store.Raw("suppliers").InsertMany(t.Context(), suppliers); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Raw("assignments").InsertMany(t.Context(), requests); err != nil {
		t.Fatal(err)
	}
	got, err := rules.Differing(t.Context(), mailOwner, "c1")
	if err != nil || len(got) != want || want == 0 {
		t.Errorf("%d differ by the filter, %d by the rule (%v)", len(got), want, err)
	}
	for _, a := range got {
		if !open[a.ID] || a.Supplier == "" {
			t.Errorf("%s differs by the filter alone", a.ID)
		}
	}
	for i, s := range suppliers {
		one, err := rules.OpenOf(t.Context(), mailOwner, s.ID)
		if err != nil || (len(one) == 1) != requests[i].Response.Waits() {
			t.Errorf("%s waits in %d requests (%v), it is %s", s.ID, len(one), err, requests[i].Response)
		}
	}
}
