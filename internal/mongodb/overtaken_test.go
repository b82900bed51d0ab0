package mongodb_test

import (
	"context"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/queue"
	"tsunagi/internal/notify"
	"tsunagi/internal/response"
)

// binding is a request with one queued mail of every kind, and what may change it.
type binding struct {
	store  mongodb.Campaigns
	rules  *campaign.Service
	outbox queue.Outbox
	a      campaign.Assignment
}

func bound(t *testing.T) binding {
	t.Helper()
	store, rules := campaigns(t)
	directory(t, store, "o1", 1, nil)
	c := issued(t, store, rules, mailOwner, 1)
	b := binding{store: store, rules: rules, outbox: store.Outbox()}
	if err := store.Raw("assignments").FindOne(t.Context(), bson.D{{Key: "org_id", Value: "o1"}, {Key: "campaign_id", Value: c.ID}}).Decode(&b.a); err != nil {
		t.Fatal(err)
	}
	for _, kind := range notify.Resendable() {
		if kind != notify.Request { // issuing owes that one
			b.add(t, campaign.Message(b.a, "q-"+string(kind), kind, issueDay))
		}
	}
	return b
}

func (b binding) add(t *testing.T, m notify.Message) {
	t.Helper()
	if _, err := b.store.Raw("outbox").InsertOne(t.Context(), m); err != nil {
		t.Fatal(err)
	}
}

// before gives the mails that were queued before the change, and after those since.
func (b binding) mails(t *testing.T) (before, after []notify.Message) {
	t.Helper()
	cursor, err := b.store.Raw("outbox").Find(t.Context(), bson.D{{Key: "org_id", Value: "o1"}, {Key: "assignment_id", Value: b.a.ID}})
	if err != nil {
		t.Fatal(err)
	}
	var all []notify.Message
	if err := cursor.All(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if m.ID == "request:"+b.a.ID || m.ID[:2] == "q-" {
			before = append(before, m)
		} else {
			after = append(after, m)
		}
	}
	return before, after
}

func (b binding) now(t *testing.T) campaign.Assignment {
	return stored[campaign.Assignment](t, b.store.DB, "assignments", b.a.ID)
}

// rebind are the changes that leave a request with another link or address.
var rebind = map[string]struct {
	do      func(context.Context, binding) error
	revokes bool
	anew    bool // a mail goes out in place of the old ones
}{
	"revoked": {func(ctx context.Context, b binding) error { return b.rules.Revoke(ctx, mailOwner, b.a.ID) }, true, false},
	"another address": {func(ctx context.Context, b binding) error {
		return b.rules.Readdress(ctx, mailOwner, b.a.ID, campaign.Address{Email: "new@example.jp"}, false)
	}, false, true},
	"another address and link": {func(ctx context.Context, b binding) error {
		return b.rules.Readdress(ctx, mailOwner, b.a.ID, campaign.Address{Email: "new@example.jp"}, true)
	}, true, true},
	"the same address and another link": {func(ctx context.Context, b binding) error {
		return b.rules.Readdress(ctx, mailOwner, b.a.ID, campaign.Address{Email: b.a.Email}, true)
	}, true, true},
	"another person, named by the supplier": {func(ctx context.Context, b binding) error {
		v, next := access.Supplier("o1", b.a.ID, 1, ""), b.a
		next.Person, next.Email = "別 人", "new@example.jp"
		e := audit.New(v, newULID(), issueDay, response.ActionDelegated, audit.Ref{Kind: "assignment", ID: b.a.ID})
		return mongodb.Responses(b.store).Delegate(ctx, v, b.a, next, e, []notify.Message{campaign.Message(next, newULID(), notify.Delegated, issueDay)})
	}, false, true},
	"a failed mail sent again to a corrected address": {func(ctx context.Context, b binding) error {
		failed := campaign.Message(b.a, newULID(), notify.Request, issueDay)
		failed.State = notify.Failed
		if _, err := b.store.Raw("outbox").InsertOne(ctx, failed); err != nil {
			return err
		}
		ledger := campaign.NewLedger(b.outbox, func() time.Time { return issueDay }, newULID)
		return ledger.Resend(ctx, mailOwner, failed.ID, "new@example.jp")
	}, false, true},
}

// TestAQueuedMailIsBoundToItsLinkAndAddress: once either is another one, nothing that
// was queued for the old one is in the queue any more, at the moment of the change.
func TestAQueuedMailIsBoundToItsLinkAndAddress(t *testing.T) {
	for name, change := range rebind {
		t.Run(name, func(t *testing.T) {
			b := bound(t)
			if err := change.do(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			before, after := b.mails(t)
			for _, m := range before {
				want, reason := notify.Cancelled, notify.OtherAddress
				switch {
				case change.revokes:
					reason = notify.LinkChanged
				case m.Kind.Traits().Elsewhere:
					want, reason = notify.Queued, notify.NoReason
				}
				if m.State != want || m.Reason != reason {
					t.Errorf("the %s mail is %s (%s), want %s (%s)", m.Kind, m.State, m.Reason, want, reason)
				}
			}
			queued := 0
			for _, m := range after {
				if m.State == notify.Queued && m.Generation == b.now(t).Generation && m.To.Email == b.now(t).Email {
					queued++
				}
			}
			want, delivery := 0, campaign.DeliveryPending
			if change.anew {
				want, delivery = 1, campaign.DeliveryQueued
			}
			if queued != want || b.now(t).Delivery != delivery {
				t.Errorf("%d new mails wait and the request is %s, want %d and %s", queued, b.now(t).Delivery, want, delivery)
			}
		})
	}
}

// TestAMailThatIsOnItsWayWhenTheLinkIsRevoked: it may arrive, and then the ledger says
// so, but it says nothing of the new link; when it did not, it is not tried again.
func TestAMailThatIsOnItsWayWhenTheLinkIsRevoked(t *testing.T) {
	for outcome, want := range map[notify.State]notify.State{notify.Sent: notify.Sent, notify.Queued: notify.Cancelled, notify.Failed: notify.Cancelled} {
		t.Run(string(outcome), func(t *testing.T) {
			b := bound(t)
			held := claimAll(t, b.outbox, issueDay.Add(time.Minute))
			if err := b.rules.Revoke(t.Context(), mailOwner, b.a.ID); err != nil {
				t.Fatal(err)
			}
			var outcomes []notify.Outcome
			for _, m := range held {
				outcomes = append(outcomes, notify.Outcome{Message: m, State: outcome, Attempts: 1, NextAt: issueDay, At: issueDay})
			}
			if err := b.outbox.Settle(t.Context(), outcomes); err != nil {
				t.Fatal(err)
			}
			before, _ := b.mails(t)
			for _, m := range before {
				if m.State != want {
					t.Errorf("the %s mail is %s, want %s", m.Kind, m.State, want)
				}
			}
			if got := b.now(t).Delivery; got != campaign.DeliveryPending {
				t.Errorf("the request is %s, want pending", got)
			}
			if again := claimAll(t, b.outbox, issueDay.AddDate(0, 0, 3)); len(again) != 0 {
				t.Errorf("%d mails are tried again", len(again))
			}
		})
	}
}

// TestWhoWritesKeepsNoLinkAlive: what the holder of a link does at the moment in which it
// is revoked does not stand in the way; another revocation does, so that two clicks are one.
func TestWhoWritesKeepsNoLinkAlive(t *testing.T) {
	for field, tt := range map[string]struct {
		value    any
		conflict bool
	}{
		"response": {campaign.Answering, false}, "email": {"new@example.jp", false},
		"generation": {2, true}, "withdrawn": {campaign.Withdrawn, true},
	} {
		t.Run(field, func(t *testing.T) {
			b := bound(t)
			if field == "withdrawn" {
				field = "response"
			}
			change, err := campaign.Revoke(b.a)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.store.Raw("assignments").UpdateOne(t.Context(), bson.D{{Key: "_id", Value: b.a.ID}},
				bson.D{{Key: "$set", Value: bson.D{{Key: field, Value: tt.value}}}}); err != nil {
				t.Fatal(err)
			}
			e := audit.New(mailOwner, newULID(), issueDay, campaign.ActionRevoked, audit.Ref{Kind: "assignment", ID: b.a.ID})
			err = b.store.Change(t.Context(), mailOwner, campaign.Decided{Assignment: b.a, Change: change, Entry: e})
			if got := fault.KindOf(err) == fault.Conflict; got != tt.conflict || err != nil && !got {
				t.Fatalf("revoked: %v, conflict wanted: %t", err, tt.conflict)
			}
			if got := b.now(t).Generation; !tt.conflict && got != 2 {
				t.Errorf("the link is of generation %d still", got)
			}
		})
	}
}
