package mongodb_test

import (
	"fmt"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/notify"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
)

// mailed is how many mails are owed for the request.
func (d *desk) mailed(t *testing.T) int { return d.count(t, "outbox", bson.D{}) }

// TestALinkWritesToFiveNewAddresses: the sixth is refused and the buyer asked, once. Who
// was written to before is no new address. What the buyer allows holds at once, and so
// does the next day.
func TestALinkWritesToFiveNewAddresses(t *testing.T) {
	d := newDesk(t)
	n := 0
	next := func() error {
		n++
		return d.answers.Delegate(t.Context(), d.supplier, response.Handing{Name: "別 人", Email: fmt.Sprintf("n%d@example.jp", n), By: "例"})
	}
	five := func(when string) {
		t.Helper()
		for range 5 {
			if err := next(); err != nil {
				t.Fatalf("%s: %v", when, err)
			}
		}
	}
	five("on the first day")
	for range 2 {
		if err := next(); fault.KindOf(err) != fault.TooMany {
			t.Fatalf("after five: %v", err)
		}
	}
	asked := bson.D{{Key: "action", Value: response.ActionAskedMore}}
	if d.assignment(t).MoreAskedAt.IsZero() || d.count(t, "audit", asked) != 1 {
		t.Errorf("the buyer was asked %d times, want once; since %s", d.count(t, "audit", asked), d.assignment(t).MoreAskedAt)
	}
	if err := d.answers.Delegate(t.Context(), d.supplier, response.Handing{Name: "別 人", Email: "n1@example.jp", By: "例"}); err != nil {
		t.Errorf("to one who was written to before: %v", err)
	}
	store := mongodb.Campaigns{DB: d.db}
	if waits, err := store.Asking(t.Context(), d.reviewer, 5); err != nil || len(waits) != 1 {
		t.Errorf("%d requests ask, %v", len(waits), err)
	}
	change, err := campaign.AllowMore(d.assignment(t))
	if err == nil {
		err = store.Change(t.Context(), d.reviewer, campaign.Decided{Assignment: d.assignment(t), Change: change, Entry: entryOf(d.reviewer)})
	}
	if err != nil {
		t.Fatal(err)
	}
	if waits, err := store.Asking(t.Context(), d.reviewer, 5); err != nil || len(waits) != 0 {
		t.Errorf("afterwards %d requests ask, %v", len(waits), err)
	}
	five("once it was allowed")
	d.at = d.at.Add(24 * time.Hour)
	five("a day later")
}

// TestALinkCausesThirtyMails, whoever they go to; what only tells of something that has
// happened is left out then, and it happens all the same.
func TestALinkCausesThirtyMails(t *testing.T) {
	d := newDesk(t)
	start := d.mailed(t)
	n := 0
	delegate := func() error { // two mails: to who takes over, and to who had it
		n++
		return d.answers.Delegate(t.Context(), d.supplier, response.Handing{Name: "別 人", Email: fmt.Sprintf("other%d@example.jp", n%2), By: "例"})
	}
	for i := range 15 {
		if err := delegate(); err != nil {
			t.Fatalf("mails %d: %v", 2*i+1, err)
		}
	}
	if err := delegate(); fault.KindOf(err) != fault.TooMany || d.mailed(t) != start+30 {
		t.Errorf("after thirty: %v, and %d mails", err, d.mailed(t)-start)
	}
	d.answerAll(t, questionnaire.Partly)
	if _, err := d.submit(t); err != nil || d.assignment(t).Response != campaign.Submitted {
		t.Errorf("submitted: %v", err)
	}
	if n := d.count(t, "outbox", bson.D{{Key: "kind", Value: notify.Receipt}}); n != 0 {
		t.Errorf("%d receipts beyond the thirty", n)
	}
	if err := d.answers.Return(t.Context(), d.reviewer, "c1:s1", response.Correction{Reason: "ご確認ください"}); err != nil || d.mailed(t) != start+31 {
		t.Errorf("what the buyer writes is not counted: %v, %d mails", err, d.mailed(t)-start)
	}
}
