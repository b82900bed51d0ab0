package mongodb_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tsunagi/internal/audit"
	"tsunagi/internal/jobs"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/notify"
	"tsunagi/internal/watch"
)

// TestDepthsOfTheQueues: what may be taken now, since when, what waits for its time or is
// held, and what was given up, over all organisations.
func TestDepthsOfTheQueues(t *testing.T) {
	db := dbtest.OpenAt(t, func() time.Time { return issueDay })
	depths := db.Depths()
	if mails, err := depths.Mails(t.Context(), issueDay); err != nil || !slices.Equal(mails, []watch.Depth{{State: watch.Due}, {State: watch.Later}, {State: watch.Failed}}) {
		t.Errorf("no mails: %+v, %v", mails, err)
	}
	for i, m := range []notify.Message{{Org: "o1", NextAt: after(-60)}, {Org: "o2", NextAt: after(-5)}, {Org: "o1", NextAt: after(60)},
		{Org: "o2", State: notify.Failed, NextAt: after(-90)}, {Org: "o1", State: notify.Sent}, {Org: "o1", State: notify.Cancelled}} {
		m.ID = string(rune('a' + i))
		if m.State == "" {
			m.State = notify.Queued
		}
		if _, err := db.Raw("outbox").InsertOne(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	for i, j := range []jobs.Job{{Kind: "issue", State: jobs.Waiting, NextAt: after(-30)}, {Kind: "issue", State: jobs.Waiting, NextAt: after(-10)},
		{Kind: "issue", State: jobs.Running, NextAt: after(20)}, {Kind: "look", State: jobs.Waiting, NextAt: after(9)}, {Kind: "look", State: jobs.Failed, NextAt: after(-99)},
		{Kind: "look", State: jobs.Failed, NextAt: after(99)}, {Kind: "issue", State: jobs.Done}} {
		j.ID, j.Org = string(rune('a'+i)), "o"+string(rune('1'+i%2))
		j.Subject = j.ID
		if err := db.Jobs().Add(t.Context(), j); err != nil {
			t.Fatal(err)
		}
	}
	if mails, err := depths.Mails(t.Context(), issueDay); err != nil || !slices.Equal(mails, []watch.Depth{
		{State: watch.Due, N: 2, Age: time.Minute}, {State: watch.Later, N: 1}, {State: watch.Failed, N: 1}}) {
		t.Errorf("mails: %+v, %v", mails, err)
	}
	found, err := depths.Jobs(t.Context(), issueDay)
	slices.SortFunc(found, func(a, b watch.Depth) int { return strings.Compare(a.Kind+a.State, b.Kind+b.State) })
	if err != nil || !slices.Equal(found, []watch.Depth{{Kind: "issue", State: watch.Due, N: 2, Age: 30 * time.Second}, {Kind: "issue", State: watch.Later, N: 1, Age: 0},
		{Kind: "look", State: watch.Failed, N: 2, Age: 0}, {Kind: "look", State: watch.Later, N: 1, Age: 0}}) {
		t.Errorf("jobs: %+v, %v", found, err)
	}
}

// TestHowLongASealIsOwed: since when the oldest entry waits; what was refused waits no more.
func TestHowLongASealIsOwed(t *testing.T) {
	db := dbtest.OpenAt(t, func() time.Time { return issueDay })
	if at, err := db.Chains().Waits(t.Context()); err != nil || !at.IsZero() {
		t.Errorf("nothing waits: %v, %v", at, err)
	}
	for _, e := range []audit.Entry{{ID: "a", At: after(-90), Refused: &audit.Refused{Reason: "forged"}}, {ID: "b", At: after(-60)}, {ID: "c", At: after(-1)}} {
		e.Org = "o1"
		if _, err := db.Raw("audit").InsertOne(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if at, err := db.Chains().Waits(t.Context()); err != nil || !at.Equal(after(-60)) {
		t.Errorf("the oldest was written at %v, %v, want %v", at, err, after(-60))
	}
}
