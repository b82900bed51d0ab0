package mongodb_test

import (
	"context"
	"errors"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/notify"
)

// woken counts who was woken how often since the last look.
type woken struct{ mail, jobs int }

func (w *woken) expect(t *testing.T, what string, mail, jobs int) {
	t.Helper()
	if w.mail != mail || w.jobs != jobs {
		t.Errorf("%s: the sender was woken %d times and the runner %d, want %d and %d", what, w.mail, w.jobs, mail, jobs)
	}
	*w = woken{}
}

// countWakes counts from now on.
func countWakes(db *mongodb.DB) *woken {
	w := new(woken)
	db.WakeBy(func() { w.mail++ }, func() { w.jobs++ })
	return w
}

// Who works off a queue is woken by the commit that put something into it, be it a
// click's or a job's, and by nothing else.
func TestACommitWakesWhomItQueuedFor(t *testing.T) {
	store, rules := campaigns(t)
	w, queue, outbox := countWakes(store.DB), store.Jobs(), store.Outbox()
	directory(t, store, "o1", 3, nil)
	c := draftOf(t, rules, mailOwner, campaign.Audience{All: true})
	w.expect(t, "a draft", 0, 0)
	if err := rules.Issue(t.Context(), mailOwner, c.ID, 3, 0); err != nil {
		t.Fatal(err)
	}
	w.expect(t, "issuing", 0, 1)
	job, _, err := queue.Claim(t.Context(), issueDay, after(60))
	if err != nil {
		t.Fatal(err)
	}
	if err := queue.Release(t.Context(), job, issueDay, true, "disk full"); err != nil {
		t.Fatal(err)
	}
	w.expect(t, "a job that was given up", 0, 0)
	if err := rules.Resume(t.Context(), mailOwner, c.ID); err != nil {
		t.Fatal(err)
	}
	w.expect(t, "resuming", 0, 1)
	runJobs(t, store)
	w.expect(t, "the work of issuing", 1, 0)
	if err := rules.Remind(t.Context(), mailOwner, c.ID, campaign.Reminder{States: campaign.Remindable, Again: true}); err != nil {
		t.Fatal(err)
	}
	w.expect(t, "reminding", 0, 1)
	runJobs(t, store)
	w.expect(t, "the work of reminding", 1, 0)
	broke(t, store.DB, claimAll(t, outbox, issueDay.AddDate(0, 0, 2)), "554 5.7.1 no")
	group := notify.Failure{Reason: notify.NoReason, Answer: "554 5.7.1"}
	n, err := outbox.SaveRequeued(t.Context(), mailOwner, group, 0, 100, issueDay, func(int) audit.Entry { return audit.Entry{ID: "again"} })
	if err != nil || n != 6 {
		t.Fatalf("sent again: %d %v", n, err)
	}
	w.expect(t, "sending again", 1, 0)
	if _, err := outbox.SaveRequeued(t.Context(), mailOwner, group, 0, 100, issueDay, func(int) audit.Entry { return audit.Entry{} }); err != nil {
		t.Fatal(err)
	}
	w.expect(t, "sending again what is not failed", 0, 0)
}

// What is undone wakes nobody: not a change that fails at its end, not one that is
// tried again and then has nothing to queue.
func TestWhatIsUndoneWakesNobody(t *testing.T) {
	db := dbtest.OpenAt(t, onIssueDay)
	w := countWakes(db)
	mail := func(id string) notify.Message {
		return notify.New(id, "", notify.Reset, notify.Recipient{Email: "a@example.jp"}, "ja", issueDay)
	}
	failed := errors.New("failed")
	err := db.InTx(t.Context(), func(ctx context.Context) error {
		if err := db.Owe(ctx, mail("undone")); err != nil {
			return err
		}
		return failed
	})
	if !errors.Is(err, failed) {
		t.Fatal(err)
	}
	w.expect(t, "a change that failed", 0, 0)
	tries := 0
	err = db.InTx(t.Context(), func(ctx context.Context) error {
		if tries++; tries > 1 {
			return nil
		}
		if err := db.Owe(ctx, mail("in the way")); err != nil {
			return err
		}
		return mongo.CommandError{Code: 112, Labels: []string{"TransientTransactionError"}}
	})
	if err != nil || tries != 2 {
		t.Fatalf("%d tries: %v", tries, err)
	}
	w.expect(t, "a change that had nothing to queue in the end", 0, 0)
	if err := db.InTx(t.Context(), func(ctx context.Context) error { return db.Owe(ctx, mail("kept")) }); err != nil {
		t.Fatal(err)
	}
	w.expect(t, "a change that was kept", 1, 0)
	if n, err := db.Raw("outbox").CountDocuments(t.Context(), bson.D{{Key: "state", Value: notify.Queued}}); err != nil || n != 1 {
		t.Errorf("%d mails are queued, %v", n, err)
	}
}

// A job that may not be queued, since one of its kind waits, wakes nobody.
func TestASecondClickWakesNobody(t *testing.T) {
	store, rules := campaigns(t)
	directory(t, store, "o1", 3, nil)
	c := issued(t, store, rules, mailOwner, 3)
	w := countWakes(store.DB)
	remind := func() error {
		return rules.Remind(t.Context(), mailOwner, c.ID, campaign.Reminder{States: campaign.Remindable, Again: true})
	}
	if err := remind(); err != nil {
		t.Fatal(err)
	}
	w.expect(t, "the first click", 0, 1)
	if err := remind(); fault.KindOf(err) != fault.Conflict {
		t.Fatalf("the second click: %v, want Conflict", err)
	}
	w.expect(t, "the second click", 0, 0)
}
