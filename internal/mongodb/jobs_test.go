package mongodb_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/mongodb/queue"
	"tsunagi/internal/notify"
	"tsunagi/internal/watch"
)

func waiting(t *testing.T, all ...jobs.Job) queue.Jobs {
	t.Helper()
	q := dbtest.OpenAt(t, func() time.Time { return issueDay }).Jobs()
	for _, job := range all {
		if job.State == "" {
			job.State = jobs.Waiting
		}
		job.Org, job.Kind, job.Subject = "o1", "issue", "of "+job.ID
		if err := q.Add(t.Context(), job); err != nil {
			t.Fatal(err)
		}
	}
	return q
}

func after(seconds int) time.Time { return issueDay.Add(time.Duration(seconds) * time.Second) }

func TestClaimTakesWhatIsDue(t *testing.T) {
	q := waiting(t, jobs.Job{ID: "later", NextAt: after(60)}, jobs.Job{ID: "second", NextAt: after(-1)}, jobs.Job{ID: "first", NextAt: after(-2)},
		jobs.Job{ID: "done", State: jobs.Done, NextAt: after(-9)}, jobs.Job{ID: "given up", State: jobs.Failed, NextAt: after(-9)},
		jobs.Job{ID: "held", State: jobs.Running, Fence: 4, NextAt: after(20)}, jobs.Job{ID: "left behind", State: jobs.Running, Fence: 7, NextAt: after(-3)})
	lost := map[string]int{}
	q.DB.Lost = func(of string, n int) { lost[of] += n }
	for _, want := range []string{"left behind", "first", "second", ""} {
		job, ok, err := q.Claim(t.Context(), issueDay, after(30), "issue")
		if err != nil || job.ID != want || ok != (want != "") {
			t.Fatalf("claimed %q %v %v, want %q", job.ID, ok, err, want)
		}
		if ok && (job.State != jobs.Running || job.Attempts != 1 || !job.LeaseUntil.Equal(after(30)) || want == "left behind" && job.Fence != 8 || (job.Lost == 1) != (want == "left behind")) {
			t.Errorf("claimed %+v", job)
		}
	}
	if lost[watch.OfJobs] != 1 || len(lost) != 1 {
		t.Errorf("told of %v lost leases, want that of the job that was left behind", lost)
	}
	job, ok, err := q.Claim(t.Context(), after(25), after(55), "issue")
	if err != nil || !ok || job.ID != "held" || job.Fence != 5 {
		t.Errorf("after its lease: %+v %v %v", job, ok, err)
	}
}

// Claims at the same moment never give a job to two.
func TestClaimIsExclusive(t *testing.T) {
	var all []jobs.Job
	for n := range 60 {
		all = append(all, jobs.Job{ID: fmt.Sprint("j", n), NextAt: after(-1)})
	}
	q := waiting(t, all...)
	var (
		mu    sync.Mutex
		taken = map[string]int{}
		group sync.WaitGroup
	)
	for range 8 {
		group.Go(func() {
			for {
				job, ok, err := q.Claim(t.Context(), issueDay, after(30), "issue")
				if err != nil {
					t.Error(err)
				}
				if err != nil || !ok {
					return
				}
				mu.Lock()
				taken[job.ID]++
				mu.Unlock()
			}
		})
	}
	group.Wait()
	if len(taken) != len(all) {
		t.Errorf("%d jobs were taken, want %d", len(taken), len(all))
	}
	for id, n := range taken {
		if n != 1 {
			t.Errorf("%s was taken %d times", id, n)
		}
	}
}

// Who lost its lease can neither note progress, nor finish, nor give back.
func TestFenceKeepsTheOldHolderOut(t *testing.T) {
	q := waiting(t, jobs.Job{ID: "j", NextAt: issueDay, Total: 10})
	old, _, err := q.Claim(t.Context(), issueDay, after(30), "issue")
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Advance(t.Context(), old, "3", 3, 1); err != nil {
		t.Fatal(err)
	}
	held, ok, err := q.Claim(t.Context(), after(30), after(60))
	if err != nil || !ok || held.Cursor != "3" || held.Done != 3 || held.Skipped != 1 || held.Attempts != 1 {
		t.Fatalf("taken over: %+v %v %v", held, ok, err)
	}
	for name, err := range map[string]error{
		"Advance": q.Advance(t.Context(), old, "9", 6, 0), "Extend": q.Extend(t.Context(), old, after(600)),
		"Finish": q.Finish(t.Context(), old, issueDay), "Release": q.Release(t.Context(), old, issueDay, true, "lost"),
	} {
		if fault.KindOf(err) != fault.Conflict {
			t.Errorf("%s by the old holder: %v, want Conflict", name, err)
		}
	}
	if got, err := q.Get(t.Context(), mailOwner, "j"); err != nil || got.Cursor != "3" || got.Done != 3 || got.State != jobs.Running || !got.LeaseUntil.Equal(after(60)) {
		t.Errorf("the old holder changed it: %+v %v", got, err)
	}
	if err := q.Advance(t.Context(), held, "10", 7, 0); err != nil {
		t.Error(err)
	}
	if err := q.Finish(t.Context(), held, after(31)); err != nil {
		t.Error(err)
	}
	if err := q.Advance(t.Context(), held, "11", 1, 0); fault.KindOf(err) != fault.Conflict {
		t.Errorf("progress after the end: %v, want Conflict", err)
	}
	if got, err := q.Get(t.Context(), mailOwner, "j"); err != nil || got.State != jobs.Done || got.Done != 10 || !got.FinishedAt.Equal(after(31)) || !got.LeaseUntil.IsZero() {
		t.Errorf("finished: %+v %v", got, err)
	}
}

func TestReleaseWaitsOrGivesUp(t *testing.T) {
	q := waiting(t, jobs.Job{ID: "j", NextAt: issueDay})
	claim := func(second int) (jobs.Job, bool) {
		t.Helper()
		job, ok, err := q.Claim(t.Context(), after(second), after(second+30))
		if err != nil {
			t.Fatal(err)
		}
		return job, ok
	}
	first, _ := claim(0)
	if err := q.Release(t.Context(), first, after(5), false, "the mail server is away"); err != nil {
		t.Fatal(err)
	}
	if job, ok := claim(4); ok {
		t.Errorf("claimed before its time: %+v", job)
	}
	second, ok := claim(5)
	if !ok || second.Attempts != 2 || second.Error != "the mail server is away" {
		t.Errorf("the second try: %+v %v", second, ok)
	}
	if err := q.Release(t.Context(), second, after(6), true, "no"); err != nil {
		t.Fatal(err)
	}
	if job, ok := claim(600); ok {
		t.Errorf("claimed after it was given up: %+v", job)
	}
}

func TestJobsAreTheirOrganisations(t *testing.T) {
	q := waiting(t, jobs.Job{ID: "j", NextAt: issueDay})
	if err := q.Add(t.Context(), jobs.Job{ID: "k", Org: "o1", Kind: "remind", Subject: "of j", State: jobs.Waiting}); err != nil {
		t.Fatal(err)
	}
	if got, err := q.Unfinished(t.Context(), mailOwner, "of j"); err != nil || got.ID != "k" {
		t.Errorf("the newest: %+v %v", got, err)
	}
	if _, err := q.Coll("jobs").InsertOne(t.Context(), bson.D{{Key: "_id", Value: "theirs"}, {Key: "org_id", Value: "o2"}, {Key: "subject", Value: "of j"}}); err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]access.Viewer{"nobody": {}, "without an organisation": {Kind: access.Member, User: "u1", Roles: []access.Role{access.Owner}}, "another buyer": stranger} {
		if got, err := q.Get(t.Context(), v, "j"); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s gets %+v, %v", name, got, err)
		}
		if got, err := q.Unfinished(t.Context(), v, "of j"); got.Org == "o1" || name != "another buyer" && fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s finds %+v, %v", name, got, err)
		}
	}
}

// TestLeasesOfADeadProcessAreFree: what a process proven dead held is due at once, its jobs
// count as lost, and what others hold stays theirs. A second burial changes nothing.
func TestLeasesOfADeadProcessAreFree(t *testing.T) {
	q := waiting(t)
	held := func(holder string) string {
		job := jobs.Job{ID: "job of " + holder, Org: "o1", Kind: "issue", Subject: holder, State: jobs.Running, Fence: 3, Attempts: 1, NextAt: after(30), LeaseUntil: after(30)}
		if err := q.Add(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		mail := notify.Message{ID: "mail of " + holder, Org: "o1", Kind: notify.Request, State: notify.Queued, Fence: 3, NextAt: after(120), LeaseUntil: after(120)}
		if _, err := q.Coll("outbox").InsertOne(t.Context(), mail); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"jobs", "outbox"} {
			if _, err := q.Coll(name).UpdateMany(t.Context(), bson.M{"_id": bson.M{"$regex": " " + holder + "$"}}, bson.M{"$set": bson.M{"holder": holder}}); err != nil {
				t.Fatal(err)
			}
		}
		return holder
	}
	held("alive")
	dead := held("dead")
	for _, want := range []int64{2, 0} {
		if n, err := queue.Leases(q).FreeLeases(t.Context(), []string{dead, "another"}); err != nil || n != want {
			t.Errorf("%d leases freed, %v; want %d", n, err, want)
		}
	}
	job, ok, err := q.Claim(t.Context(), issueDay, after(30), "issue")
	if err != nil || !ok || job.ID != "job of dead" || job.Lost != 1 || job.Fence != 4 {
		t.Errorf("claimed %+v %v %v, want the job of the dead, lost once", job, ok, err)
	}
	if job, ok, err := q.Claim(t.Context(), issueDay, after(30), "issue"); ok || err != nil {
		t.Errorf("claimed %q, %v: it is held by one that lives", job.ID, err)
	}
	mails, err := queue.Outbox(q).Claim(t.Context(), 9, issueDay, after(120))
	if err != nil || len(mails) != 1 || mails[0].ID != "mail of dead" {
		t.Errorf("mails claimed: %v, %v", mails, err)
	}
}

// TestAClockThatWasPutBackKeepsNothingWaiting: leases that lie further ahead than they last,
// and mails for a time that was already there, are due; what waits as it should goes on.
func TestAClockThatWasPutBackKeepsNothingWaiting(t *testing.T) {
	day := 24 * 3600
	job := func(id string, state jobs.State, next int) jobs.Job {
		return jobs.Job{ID: id, State: state, NextAt: after(next), LeaseUntil: after(next)}
	}
	q := waiting(t, job("leased", jobs.Running, 30), job("leased in the future", jobs.Running, day+30), job("waits", jobs.Waiting, 30),
		job("waits in the future", jobs.Waiting, day+5), job("done in the future", jobs.Done, day))
	for id, m := range map[string]notify.Message{
		"leased":                {CreatedAt: after(-9), NextAt: after(120), LeaseUntil: after(120)},
		"retried":               {CreatedAt: after(-9), NextAt: after(18 * 3600), Attempts: 12},
		"waits for a day":       {CreatedAt: after(-9), NextAt: after(day)},
		"leased in the future":  {CreatedAt: after(day - 9), NextAt: after(day + 120), LeaseUntil: after(day + 120)},
		"queued in the future":  {CreatedAt: after(day), NextAt: after(day)},
		"retried in the future": {CreatedAt: after(day - 9), NextAt: after(day + 18*3600), Attempts: 12},
	} {
		m.ID, m.Org, m.Kind, m.State = id, "o1", notify.Request, notify.Queued
		if _, err := q.Coll("outbox").InsertOne(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	outbox := queue.Outbox(q)
	if _, err := outbox.SavePause(t.Context(), notify.Pause{}, notify.Pause{Since: after(day - 60), Until: after(day), Tries: 1}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int64{6, 0} {
		if n, err := queue.Leases(q).FreeFarAhead(t.Context()); err != nil || n != want {
			t.Errorf("%d made due, %v; want %d", n, err, want)
		}
	}
	for range 2 {
		if job, ok, err := q.Claim(t.Context(), issueDay, after(30), "issue"); !ok || err != nil || job.ID != "leased in the future" && job.ID != "waits in the future" {
			t.Errorf("claimed %q %v", job.ID, err)
		}
	}
	mails, err := outbox.Claim(t.Context(), 9, issueDay, after(120))
	if err != nil || len(mails) != 3 {
		t.Errorf("%d mails claimed, %v; want the three of the future", len(mails), err)
	}
	if p, err := outbox.Pause(t.Context()); err != nil || p.Until.After(issueDay) {
		t.Errorf("sending stands still until %v, %v", p.Until, err)
	}
}
