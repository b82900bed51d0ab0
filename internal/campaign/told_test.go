package campaign

import (
	"testing"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/notify"
)

func TestWhatABatchLeavesBehind(t *testing.T) {
	now := time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)
	due := now.AddDate(0, 0, 10)
	batch := Batch{By: access.System("o1", "青木"), Job: "j1", At: now, NewID: func() string { return "e1" }}
	a := Assignment{ID: "c1:s1", Org: "o1", Campaign: "c1", Name: "架空精工", Email: "a@example.jp", Delivery: DeliverySent, Response: NotStarted}
	unreachable := a
	unreachable.Email = ""
	for _, tc := range []struct {
		name    string
		told    Told
		action  string
		message string
		kind    notify.Kind
	}{
		{"reminded", batch.Remind(a), string(ActionReminded), "remind:j1:c1:s1", notify.Reminder},
		{"moved", batch.Move(a, Move{DueAt: due, ClosesAt: due}), string(ActionExtended), "extend:j1:c1:s1", notify.Extended},
		{"moved without an address", batch.Move(unreachable, Move{DueAt: due, ClosesAt: due}), string(ActionExtended), "", ""},
		{"closed", batch.Move(a, Move{ClosesAt: now}), "", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			action, message, kind := "", "", notify.Kind("")
			if e := tc.told.Entry; e != nil {
				entries.Note(*e)
				action = string(e.Action)
				if e.Org != "o1" || e.Campaign != "c1" || e.Record.ID != a.ID || !e.At.Equal(now) {
					t.Errorf("the entry: %+v", e)
				}
			}
			for _, m := range tc.told.Messages {
				message, kind = m.ID, m.Kind
			}
			if action != tc.action || message != tc.message || kind != tc.kind {
				t.Errorf("entry %q, message %q of kind %q; want %q, %q, %q", action, message, kind, tc.action, tc.message, tc.kind)
			}
		})
	}
}

func TestMoves(t *testing.T) {
	due := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name string
		move Move
		ends bool
		ok   bool
	}{
		{"nothing", Move{}, true, false},
		{"new dates", MoveOf(Campaign{State: Open, DueAt: due, ClosesAt: due.AddDate(0, 0, 7)}), false, true},
		{"the end", MoveOf(Campaign{State: Closed, DueAt: due, ClosesAt: due.AddDate(0, 0, -7)}), true, true},
		{"without an end", Move{DueAt: due}, false, false},
		{"closes before it is due", Move{DueAt: due, ClosesAt: due.Add(-time.Hour)}, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.move.Ends() != tc.ends || (tc.move.Check() == nil) != tc.ok {
				t.Errorf("ends %v, judged %v; want %v, %v", tc.move.Ends(), tc.move.Check(), tc.ends, tc.ok)
			}
		})
	}
}
