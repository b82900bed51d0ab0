package mongodb_test

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/dbtest"
)

// bothProcesses runs what is due in two processes on one database, until nothing
// waits any more: what was put off for a moment, as a full cache makes it be, is
// tried again a minute later.
func bothProcesses(t *testing.T, store mongodb.Campaigns) {
	t.Helper()
	now := issueDay
	clock := func() time.Time { return now }
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	var runners []*jobs.Runner
	for _, db := range []*mongodb.DB{store.DB, dbtest.Again(t, store.DB)} {
		runner, err := jobs.NewRunner(db.Jobs(), workOn(db, clock), clock, log)
		if err != nil {
			t.Fatal(err)
		}
		runners = append(runners, runner)
	}
	for range 10 {
		var group sync.WaitGroup
		for _, runner := range runners {
			group.Go(func() { untilIdle(t, runner) })
		}
		group.Wait()
		if countIn(t, store, "jobs", bson.D{{Key: "state", Value: jobs.Waiting}}) == 0 {
			return
		}
		now = now.Add(time.Minute)
	}
	t.Error("jobs are put off for ever")
}

// untilIdle works until nothing is due.
func untilIdle(t *testing.T, runner *jobs.Runner) {
	for {
		worked, err := runner.Once(t.Context())
		if err != nil {
			t.Error(err)
		}
		if err != nil || !worked {
			return
		}
	}
}

// Two processes and clicks at the same moment do each thing once, whatever it is.
func TestTwoProcessesAndManyClicksDoNothingTwice(t *testing.T) {
	const n = 1500
	store, rules := campaigns(t)
	directory(t, store, "o1", n, everyFifthCopied)
	c := draftOf(t, rules, mailOwner, campaign.Audience{All: true})
	due := c.DueAt.AddDate(0, 0, 7)
	for _, step := range []struct {
		name  string
		click func() error
		kind  string // of the messages owed
	}{
		{"issue", func() error { return rules.Issue(t.Context(), mailOwner, c.ID, n, n) }, "request"},
		{"remind", func() error {
			return rules.Remind(t.Context(), mailOwner, c.ID, campaign.Reminder{States: campaign.Remindable})
		}, "reminder"},
		{"extend", func() error { return rules.ExtendAll(t.Context(), mailOwner, c.ID, due) }, "extended"},
		{"close", func() error { return rules.Close(t.Context(), mailOwner, c.ID) }, ""},
	} {
		t.Run(step.name, func(t *testing.T) {
			if got := dbtest.AtOnce(t, func(int) error { return step.click() }, fault.Conflict, fault.Invalid); got != 1 {
				t.Errorf("%d of 20 clicks passed, want 1", got)
			}
			bothProcesses(t, store)
			if step.kind == "" {
				return
			}
			for copied, want := range map[any]int{nil: n, true: n / 5} {
				owed := bson.D{{Key: "org_id", Value: "o1"}, {Key: "state", Value: "queued"}, {Key: "kind", Value: step.kind}, {Key: "copy", Value: copied}}
				if got := countIn(t, store, "outbox", owed); got != want {
					t.Errorf("%d messages (copies: %v), want %d", got, copied, want)
				}
			}
			if got := countIn(t, store, "assignments", bson.D{{Key: "org_id", Value: "o1"}, {Key: "reminders", Value: bson.D{{Key: "$gt", Value: 1}}}}); got != 0 {
				t.Errorf("%d suppliers were reminded twice", got)
			}
		})
	}
	if got := countIn(t, store, "jobs", bson.D{{Key: "org_id", Value: "o1"}, {Key: "subject", Value: c.ID}, {Key: "state", Value: jobs.Done}}); got != 4 {
		t.Errorf("%d jobs were done, want 4", got)
	}
}

// A list that is started by many clicks is taken in once.
func TestManyClicksImportOnce(t *testing.T) {
	in := newIntake(t)
	list := []byte("取引先コード,会社名\nA1,架空精工\nA2,見本商会\n")
	i, err := in.rules.Begin(t.Context(), mailOwner, uploaded(t, "取引先.csv", list))
	if err != nil {
		t.Fatal(err)
	}
	if got := dbtest.AtOnce(t, func(int) error { return in.rules.Start(t.Context(), mailOwner, i, i.Preview.State) }, fault.Conflict, fault.Invalid); got != 1 {
		t.Errorf("%d of 20 clicks passed, want 1", got)
	}
	bothProcesses(t, mongodb.Campaigns(in.Suppliers))
	if got := in.details(t); got["new"] != 2 || got["batches"] != 1 {
		t.Errorf("the trail counts %v", got)
	}
}

// Two jobs that remind the same campaign, as a version before let two clicks make,
// remind nobody twice, even where somebody wants all to be reminded again.
func TestASecondReminderJobFindsNobody(t *testing.T) {
	store, rules := campaigns(t)
	directory(t, store, "o1", 30, nil)
	c := issued(t, store, rules, mailOwner, 30)
	queue := store.Jobs()
	for n := range 2 {
		job := jobs.Job{ID: fmt.Sprint("j", n), Org: "o1", Kind: "remind", Subject: c.ID, State: jobs.Waiting, NextAt: issueDay,
			CreatedAt: issueDay, Params: map[string]string{string(campaign.NotStarted): "1"}}
		if err := queue.Add(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		runJobs(t, store)
	}
	if got := countIn(t, store, "outbox", bson.D{{Key: "org_id", Value: "o1"}, {Key: "state", Value: "queued"}, {Key: "kind", Value: "reminder"}}); got != 30 {
		t.Errorf("%d reminders to 30 suppliers", got)
	}
	trail, err := mongodb.Audit(store).Trail(t.Context(), mailOwner, auditFilter())
	entries := trail.Entries
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, e := range entries {
		if e.Action == campaign.ActionReminded {
			told++
		}
	}
	if told != 30 {
		t.Errorf("the trail tells of %d reminders", told)
	}
}

// Who was given more time after the campaign was closed keeps it, though the job
// that closes has not come to it.
func TestMoreTimeAfterTheEndIsKept(t *testing.T) {
	store, rules := campaigns(t)
	directory(t, store, "o1", 2, nil)
	c := issued(t, store, rules, mailOwner, 2)
	if err := rules.Close(t.Context(), mailOwner, c.ID); err != nil {
		t.Fatal(err)
	}
	due := issueDay.AddDate(0, 0, 90)
	if err := rules.Extend(t.Context(), mailOwner, at(c, 1), due); err != nil {
		t.Fatal(err)
	}
	runJobs(t, store)
	for i, want := range []time.Time{issueDay, due} {
		if got := closing(t, store, at(c, i)); !got.Equal(want) {
			t.Errorf("sheet %d closes at %s, want %s", i, got, want)
		}
	}
}

// One job of a kind works on a subject at a time. What was asked for twice before there
// was an index is settled by a migration.
func TestOneJobOfAKindOnASubject(t *testing.T) {
	store, _ := campaigns(t)
	all := store.Jobs()
	if err := all.Add(t.Context(), jobs.Job{ID: "a", Org: "o1", Kind: "remind", Subject: "c1", State: jobs.Waiting}); err != nil {
		t.Fatal(err)
	}
	err := all.Add(t.Context(), jobs.Job{ID: "d", Org: "o1", Kind: "remind", Subject: "c1", State: jobs.Waiting})
	if !isRunning(err) {
		t.Errorf("one more: %v, want that it is running", err)
	}
	for _, other := range []jobs.Job{{ID: "e", Org: "o1", Kind: "reschedule", Subject: "c1"}, {ID: "f", Org: "o2", Kind: "remind", Subject: "c1"},
		{ID: "g", Org: "o1", Kind: "remind", Subject: "c2"}} {
		other.State = jobs.Waiting
		if err := all.Add(t.Context(), other); err != nil {
			t.Errorf("another kind, organisation or subject: %v", err)
		}
	}
}

func isRunning(err error) bool {
	var f *fault.Error
	return errors.As(err, &f) && f.Kind == fault.Conflict && f.Key == "fault.job.running"
}
