package campaign

import (
	"slices"
	"testing"
	"time"

	"tsunagi/internal/notify"
)

func TestStillDue(t *testing.T) {
	now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	open := Assignment{Email: "a@example.jp", Response: NotStarted, Generation: 2, ClosesAt: now.Add(time.Hour)}
	with := func(change func(*Assignment)) Assignment {
		a := open
		change(&a)
		return a
	}
	of := func(generation int, kind notify.Kind, email string) notify.Message {
		return notify.Message{Kind: kind, To: notify.Recipient{Email: email}, Generation: generation}
	}
	to := func(kind notify.Kind, email string) notify.Message { return of(2, kind, email) }
	first := with(func(a *Assignment) { a.Generation = 1 })
	for _, tc := range []struct {
		name string
		m    notify.Message
		a    Assignment
		want notify.Reason
	}{
		{"request to who has not begun", to(notify.Request, "a@example.jp"), open, notify.NoReason},
		{"reminder to who has begun", to(notify.Reminder, "a@example.jp"), with(func(a *Assignment) { a.Response = Answering }), notify.NoReason},
		{"reminder to who submitted", to(notify.Reminder, "a@example.jp"), with(func(a *Assignment) { a.Response = Submitted }), notify.Answered},
		{"reminder to who declined", to(notify.Reminder, "a@example.jp"), with(func(a *Assignment) { a.Response = Declined }), notify.Answered},
		{"request withdrawn", to(notify.Request, "a@example.jp"), with(func(a *Assignment) { a.Response = Withdrawn }), notify.Withdrawn},
		{"receipt after withdrawal", to(notify.Receipt, "a@example.jp"), with(func(a *Assignment) { a.Response = Withdrawn }), notify.NoReason},
		{"closed", to(notify.Reminder, "a@example.jp"), with(func(a *Assignment) { a.ClosesAt = now.Add(-time.Second) }), notify.Ended},
		{"address corrected", to(notify.Request, "old@example.jp"), open, notify.OtherAddress},
		{"the person in charge now", to(notify.Delegated, "a@example.jp"), open, notify.NoReason},
		{"a person who was replaced", to(notify.Delegated, "old@example.jp"), open, notify.OtherAddress},
		{"returned to who answered", to(notify.Returned, "a@example.jp"), with(func(a *Assignment) { a.Response = Returned }), notify.NoReason},
		{"returned to who was replaced", to(notify.Returned, "old@example.jp"), with(func(a *Assignment) { a.Response = Returned }), notify.OtherAddress},
		{"returned, but submitted again", to(notify.Returned, "a@example.jp"), with(func(a *Assignment) { a.Response = Submitted }), notify.Answered},
		{"receipt of who was replaced", to(notify.Receipt, "old@example.jp"), open, notify.NoReason},
		{"revoked link", of(1, notify.Request, "a@example.jp"), open, notify.LinkChanged},
		{"receipt with a revoked link", of(1, notify.Receipt, "a@example.jp"), open, notify.LinkChanged},
		{"from before generations, nothing revoked", of(0, notify.Request, "a@example.jp"), first, notify.NoReason},
		{"from before generations, something revoked", of(0, notify.Request, "a@example.jp"), open, notify.LinkChanged},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := StillDue(tc.m, tc.a, now); got != tc.want {
				t.Errorf("StillDue(%s to %s, %s) = %q, want %q", tc.m.Kind, tc.m.To.Email, tc.a.Response, got, tc.want)
			}
		})
	}
}

func TestDeliveryAfterNeverDowngrades(t *testing.T) {
	final := []Delivery{DeliveryOpened, DeliveryPrinted, DeliveryByHand}
	for _, kind := range notify.Kinds {
		for _, state := range []notify.State{notify.Queued, notify.Sent, notify.Failed, notify.Cancelled} {
			next, from, ok := DeliveryAfter(kind, state)
			for _, d := range final {
				if slices.Contains(from, d) {
					t.Errorf("DeliveryAfter(%s, %s) would change %s", kind, state, d)
				}
			}
			want := kind.Traits().Asks && (state == notify.Sent || state == notify.Failed)
			if ok != want {
				t.Errorf("DeliveryAfter(%s, %s) = %q, %v, want %v", kind, state, next, ok, want)
			}
		}
	}
}

func TestDeliveryWithoutAMail(t *testing.T) {
	for _, tc := range []struct {
		reason notify.Reason
		sent   bool
		want   Delivery
	}{
		{notify.LinkChanged, false, DeliveryPending}, {notify.LinkChanged, true, DeliveryPending}, {notify.OtherAddress, true, DeliveryPending},
		{notify.Ended, false, DeliveryPending}, {notify.Ended, true, DeliverySent}, {notify.Answered, true, DeliverySent},
	} {
		got := DeliveryWithout(tc.reason, tc.sent)
		if got != tc.want {
			t.Errorf("DeliveryWithout(%s, %v) = %s, want %s", tc.reason, tc.sent, got, tc.want)
		}
		a := Assignment{Response: NotStarted, Email: "a@example.jp", Delivery: got}
		if _, err := SendAgain(a); err != nil {
			t.Errorf("after %s it cannot be sent again: %v", tc.reason, err)
		}
	}
}
