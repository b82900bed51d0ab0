package mongodb_test

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/mongodb/queue"
	"tsunagi/internal/notify"
)

// TestAClosedCampaignStaysClosed: whatever was asked for before, in whatever state its
// job is, nobody is reminded or given more time when the campaign was closed since.
func TestAClosedCampaignStaysClosed(t *testing.T) {
	states := map[string]func(*testing.T, queue.Jobs, jobs.Job){
		"waits": func(*testing.T, queue.Jobs, jobs.Job) {},
		"runs":  func(*testing.T, queue.Jobs, jobs.Job) {},
		"was given up": func(t *testing.T, queue queue.Jobs, job jobs.Job) {
			if err := queue.Release(t.Context(), job, issueDay, true, "disk full"); err != nil {
				t.Fatal(err)
			}
		},
	}
	for what, ask := range map[string]func(*testing.T, *campaign.Service, string) error{
		"extension": func(t *testing.T, rules *campaign.Service, id string) error {
			return rules.ExtendAll(t.Context(), mailOwner, id, issueDay.AddDate(0, 2, 0))
		},
		"reminder": func(t *testing.T, rules *campaign.Service, id string) error {
			return rules.Remind(t.Context(), mailOwner, id, campaign.Reminder{States: campaign.Remindable})
		},
	} {
		for name, bring := range states {
			t.Run(what+" that "+name, func(t *testing.T) {
				store, rules := campaigns(t)
				directory(t, store, "o1", 3, nil)
				c := issued(t, store, rules, mailOwner, 3)
				if err := ask(t, rules, c.ID); err != nil {
					t.Fatal(err)
				}
				queue, job := store.Jobs(), jobs.Job{}
				if name != "waits" {
					var err error
					if job, _, err = queue.Claim(t.Context(), issueDay, issueDay.Add(time.Minute)); err != nil {
						t.Fatal(err)
					}
					bring(t, queue, job)
				}
				if err := rules.Close(t.Context(), mailOwner, c.ID); err != nil {
					t.Fatalf("close: %v", err)
				}
				runJobs(t, store)
				if err := rules.Resume(t.Context(), mailOwner, c.ID); fault.KindOf(err) != fault.Conflict {
					t.Errorf("resume what the end of the campaign overtook: %v, want Conflict", err)
				}
				runJobs(t, store)
				if job.ID != "" {
					if err := queue.Advance(t.Context(), job, "", 1, 0); fault.KindOf(err) != fault.Conflict {
						t.Errorf("who still worked on it writes: %v, want Conflict", err)
					}
				}
				of := bson.D{{Key: "org_id", Value: "o1"}, {Key: "campaign_id", Value: c.ID}}
				if n := countIn(t, store, "assignments", append(of[:2:2], bson.E{Key: "closes_at", Value: issueDay}, bson.E{Key: "reminders", Value: 0})); n != 3 {
					t.Errorf("%d of 3 sheets are closed and were not reminded", n)
				}
				late := append(of[:2:2], bson.E{Key: "kind", Value: bson.D{{Key: "$in", Value: bson.A{notify.Reminder, notify.Extended}}}})
				if n := countIn(t, store, "outbox", late); n != 0 {
					t.Errorf("%d mails were queued", n)
				}
			})
		}
	}
}

// TestAJobThatWasGivenUpIsShownUntilItIsMade: a later job that is done hides no earlier
// one that was given up, and what is asked for anew ends what it repeats.
func TestAJobThatWasGivenUpIsShownUntilItIsMade(t *testing.T) {
	store, rules := campaigns(t)
	directory(t, store, "o1", 3, nil)
	c := issued(t, store, rules, mailOwner, 3)
	queue := store.Jobs()
	giveUp := func() jobs.Job {
		job, ok, err := queue.Claim(t.Context(), issueDay, issueDay.Add(time.Minute))
		if err != nil || !ok {
			t.Fatalf("claim: %v, %v", ok, err)
		}
		if err := queue.Release(t.Context(), job, issueDay, true, "disk full"); err != nil {
			t.Fatal(err)
		}
		return job
	}
	remind := func() {
		if err := rules.Remind(t.Context(), mailOwner, c.ID, campaign.Reminder{States: campaign.Remindable, Again: true}); err != nil {
			t.Fatal(err)
		}
	}
	if err := rules.ExtendAll(t.Context(), mailOwner, c.ID, issueDay.AddDate(0, 2, 0)); err != nil {
		t.Fatal(err)
	}
	moving := giveUp()
	remind()
	giveUp()
	remind()
	runJobs(t, store)
	shown, err := queue.Unfinished(t.Context(), mailOwner, c.ID)
	if err != nil || shown.ID != moving.ID {
		t.Fatalf("shown is %+v, %v, want the move that was given up", shown, err)
	}
	if err := rules.Resume(t.Context(), mailOwner, c.ID); err != nil {
		t.Fatal(err)
	}
	runJobs(t, store)
	if shown, err := queue.Unfinished(t.Context(), mailOwner, c.ID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("shown is %+v, %v, want nothing: the reminder that was given up was sent anew", shown, err)
	}
	told := bson.D{{Key: "org_id", Value: "o1"}, {Key: "campaign_id", Value: c.ID}, {Key: "kind", Value: notify.Extended}}
	if n := countIn(t, store, "outbox", told); n != 3 {
		t.Errorf("%d of 3 were told of the new date", n)
	}
}
