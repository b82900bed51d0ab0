package mongodb_test

import (
	"fmt"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/notify"
	"tsunagi/internal/response"
)

// TestTheFilterOfALinkIsItsRule: the right of a link is a rule and a filter; over all
// states and generations both say the same.
func TestTheFilterOfALinkIsItsRule(t *testing.T) {
	d := newDesk(t)
	for i, state := range campaign.Responses {
		for generation := range 3 {
			t.Run(fmt.Sprintf("%s, generation %d", state, generation), func(t *testing.T) {
				_, err := d.db.Raw("assignments").UpdateOne(t.Context(), bson.D{{Key: "_id", Value: "c1:s1"}}, bson.D{
					{Key: "$set", Value: bson.D{{Key: "response", Value: state}, {Key: "generation", Value: generation}}},
					{Key: "$unset", Value: bson.D{{Key: "delegated_at", Value: ""}}}})
				if err != nil {
					t.Fatal(err)
				}
				a := d.assignment(t)
				m := campaign.Message(a, fmt.Sprintf("m%d-%d", i, generation), notify.Delegated, d.clock())
				e := audit.New(d.supplier, newULID(), d.clock(), response.ActionDelegated, audit.Ref{Kind: "assignment", ID: a.ID})
				err = mongodb.Responses{DB: d.db}.Delegate(t.Context(), d.supplier, a, e, m)
				if want := a.CheckLink(d.supplier.Generation); (err == nil) != (want == nil) || want != nil && err.Error() != want.Error() {
					t.Errorf("the write says %v, the rule %v", err, want)
				}
			})
		}
	}
}

// TestADayLaterTheSupplierMayDelegateAgain: the limit is of 24 hours, not of a request.
func TestADayLaterTheSupplierMayDelegateAgain(t *testing.T) {
	d := newDesk(t)
	delegate := func() error {
		return d.answers.Delegate(t.Context(), d.supplier, "別 人", "other@example.jp")
	}
	for range 5 {
		if err := delegate(); err != nil {
			t.Fatal(err)
		}
	}
	if err := delegate(); fault.KindOf(err) != fault.TooMany {
		t.Errorf("the sixth of a day: %v", err)
	}
	d.at = d.at.Add(24*time.Hour - 50*time.Millisecond)
	if err := delegate(); fault.KindOf(err) != fault.TooMany {
		t.Errorf("a little less than a day later: %v", err)
	}
	d.at = d.at.Add(50 * time.Millisecond)
	if err := delegate(); err != nil {
		t.Errorf("a day later: %v", err)
	}
}
