package mongodb_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/supplier"
)

// everyFifthCopied gives every fifth supplier somebody who reads along, and an approver.
func everyFifthCopied(i int, s *supplier.Supplier) {
	if i%5 == 0 {
		s.Contacts = []supplier.Contact{{Role: supplier.RoleCopy, Email: "copy@example.jp", Name: "写 花子"}, {Role: supplier.RoleApprover, Email: "boss@example.jp"}}
	}
}

// copied is a request that one person reads along, with the mails that issuing owes.
func copied(t *testing.T) (b binding, main, along notify.Message) {
	t.Helper()
	store, rules := campaigns(t)
	directory(t, store, "o1", 1, everyFifthCopied)
	c := issued(t, store, rules, mailOwner, 1)
	b = binding{store: store, rules: rules, outbox: store.Outbox()}
	b.a = stored[campaign.Assignment](t, store.DB, "assignments", at(c, 0))
	before, _ := b.mails(t)
	along = stored[notify.Message](t, store.DB, "outbox", "request:"+b.a.ID+":copy1")
	if len(before) != 1 || along.To.Email != "copy@example.jp" || !along.Copy || along.Generation != 1 {
		t.Fatalf("mails %+v and %+v", before, along)
	}
	return b, before[0], along
}

// settle notes what became of some of the mails that wait.
func (b binding) settle(t *testing.T, outcomes map[string]notify.Outcome) {
	t.Helper()
	var all []notify.Outcome
	for _, m := range claimAll(t, b.outbox, issueDay.Add(time.Hour)) {
		o, ok := outcomes[m.ID]
		if !ok {
			o = notify.Outcome{State: notify.Queued, NextAt: issueDay}
		}
		o.Message, o.At = m, issueDay
		all = append(all, o)
	}
	if err := b.outbox.Settle(t.Context(), all); err != nil {
		t.Fatal(err)
	}
}

// The fate of the request is that of the mail to the person asked, whatever becomes of
// the copies.
func TestACopyNeverDecidesTheDelivery(t *testing.T) {
	sent, failed := notify.Outcome{State: notify.Sent}, notify.Outcome{State: notify.Failed, Reply: "550 no such user"}
	cancelled := notify.Outcome{State: notify.Cancelled, Reason: notify.OtherAddress}
	for _, c := range []struct {
		name        string
		main, along *notify.Outcome
		want        campaign.Delivery
	}{
		{"only the copy fails", nil, &failed, campaign.DeliveryQueued},
		{"only the copy leaves", nil, &sent, campaign.DeliveryQueued},
		{"only the copy is cancelled", nil, &cancelled, campaign.DeliveryQueued},
		{"the copy fails, the other leaves", &sent, &failed, campaign.DeliverySent},
		{"the copy leaves, the other fails", &failed, &sent, campaign.DeliveryFailed},
		{"the other is cancelled while the copy waits", &cancelled, nil, campaign.DeliveryPending},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, main, along := copied(t)
			outcomes := map[string]notify.Outcome{}
			for id, o := range map[string]*notify.Outcome{main.ID: c.main, along.ID: c.along} {
				if o != nil {
					outcomes[id] = *o
				}
			}
			b.settle(t, outcomes)
			if got := b.now(t); got.Delivery != c.want || c.main != &failed && got.DeliveryNote != "" {
				t.Errorf("the delivery is %s (%s), want %s", got.Delivery, got.DeliveryNote, c.want)
			}
		})
	}
}

// A copy that failed is named, and goes once to the corrected address: the copy's, not
// the request's.
func TestAFailedCopyIsCorrected(t *testing.T) {
	b, main, along := copied(t)
	b.settle(t, map[string]notify.Outcome{main.ID: {State: notify.Sent}, along.ID: {State: notify.Failed, Reply: "550 no such user"}})
	named, err := b.outbox.FailedCopies(t.Context(), mailOwner, []string{b.a.ID, "c:none"})
	if err != nil || len(named) != 1 || named[0].ID != along.ID {
		t.Fatalf("failed copies %+v, %v", named, err)
	}
	ledger := campaign.NewLedger(b.outbox, func() time.Time { return issueDay }, newULID)
	if err := ledger.Resend(t.Context(), mailOwner, along.ID, b.a.Email); fault.KindOf(err) != fault.Invalid {
		t.Errorf("to the person asked: %v", err)
	}
	if err := ledger.Resend(t.Context(), mailOwner, along.ID, "right@example.jp"); err != nil {
		t.Fatal(err)
	}
	if err := ledger.Resend(t.Context(), mailOwner, along.ID, "right@example.jp"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a second click: %v", err)
	}
	now := b.now(t)
	if now.Email != b.a.Email || now.Delivery != campaign.DeliverySent || len(now.Copies) != 1 || now.Copies[0].Email != "right@example.jp" {
		t.Errorf("the request is %+v", now)
	}
	_, after := b.mails(t)
	after = slices.DeleteFunc(after, func(m notify.Message) bool { return m.ID == along.ID })
	if len(after) != 1 || !after[0].Copy || after[0].To.Email != "right@example.jp" || after[0].State != notify.Queued {
		t.Errorf("mails %+v", after)
	}
	if named, err := b.outbox.FailedCopies(t.Context(), mailOwner, []string{b.a.ID}); err != nil || len(named) != 0 {
		t.Errorf("named still: %+v, %v", named, err)
	}
	if named, err := b.outbox.FailedCopies(t.Context(), stranger, []string{b.a.ID}); err != nil || len(named) != 0 {
		t.Errorf("to a stranger: %+v, %v", named, err)
	}
}

// Whoever reads along no longer gets nothing that was queued; who is new gets the request,
// the person asked nothing again. A second click finds nothing to do.
func TestWhoReadsAlongIsCarriedOver(t *testing.T) {
	b, main, along := copied(t)
	s := stored[supplier.Supplier](t, b.store.DB, "suppliers", b.a.Supplier)
	s.Contacts = []supplier.Contact{{Role: supplier.RoleCopy, Email: "new@example.jp", Lang: "en"}}
	for _, want := range []int{1, 0} { // a second click finds nothing
		if n, err := b.rules.CarryOver(t.Context(), mailOwner, s, false); err != nil || n != want {
			t.Fatalf("carried over to %d, %v, want %d", n, err, want)
		}
	}
	if got := stored[notify.Message](t, b.store.DB, "outbox", along.ID); got.State != notify.Cancelled || got.Reason != notify.OtherAddress {
		t.Errorf("the mail to who reads along no longer is %s (%s)", got.State, got.Reason)
	}
	if got := stored[notify.Message](t, b.store.DB, "outbox", main.ID); got.State != notify.Queued {
		t.Errorf("the mail to the person asked is %s", got.State)
	}
	_, after := b.mails(t)
	after = slices.DeleteFunc(after, func(m notify.Message) bool { return m.ID == along.ID })
	if len(after) != 1 || after[0].To.Email != "new@example.jp" || after[0].Kind != notify.Request || !after[0].Copy || after[0].Lang != "en" {
		t.Errorf("mails since %+v", after)
	}
	now := b.now(t)
	if diff := cmp.Diff([]campaign.Copy{{Email: "new@example.jp", Lang: "en"}}, now.Copies); diff != "" || now.Delivery != campaign.DeliveryQueued || now.Email != b.a.Email {
		t.Errorf("the request is %s, %s: %s", now.Email, now.Delivery, diff)
	}
	rows, _, err := b.store.Assignments(t.Context(), mailOwner, campaign.Filter{Campaign: b.a.Campaign, Search: supplier.ParseQuery("new@example.jp"), Page: 1, Size: 10})
	if err != nil || len(rows) != 1 {
		t.Errorf("found %d by who is new: %v", len(rows), err)
	}
	if n := countIn(t, b.store, "audit", bson.D{{Key: "org_id", Value: "o1"}, {Key: "action", Value: campaign.ActionCopies}}); n != 1 {
		t.Errorf("%d entries", n)
	}
}
