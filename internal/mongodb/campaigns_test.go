package mongodb_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/org"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/supplier"
)

var issueDay = time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)

// campaigns is a database at issueDay with the rules over it.
func campaigns(t *testing.T) (mongodb.Campaigns, *campaign.Service) {
	t.Helper()
	now := func() time.Time { return issueDay }
	store := mongodb.Campaigns{DB: dbtest.OpenAt(t, now)}
	return store, rulesOver(t, store, now)
}

// rulesOver are the campaign rules over a store in which two buyers are known.
func rulesOver(t *testing.T, store mongodb.Campaigns, now func() time.Time) *campaign.Service {
	t.Helper()
	for _, id := range []string{"o1", "o2"} {
		if _, err := store.Raw("organizations").InsertOne(t.Context(), org.Organization{ID: id, Name: "甲社"}); err != nil {
			t.Fatal(err)
		}
	}
	return campaign.NewService(store, store.Accounts(), now, newULID)
}

// directory puts suppliers s0000 … into an organisation; change may alter each.
func directory(t *testing.T, s mongodb.Campaigns, org string, n int, change func(int, *supplier.Supplier)) {
	t.Helper()
	rows := make([]supplier.Supplier, n)
	for i := range rows {
		one := supplier.Supplier{ID: fmt.Sprintf("%s-s%04d", org, i), Org: org, Code: fmt.Sprintf("C%04d", i),
			Name: fmt.Sprintf("取引先%04d株式会社", i), Kana: fmt.Sprintf("トリヒキサキ%04d", i), Lang: "ja",
			Email: fmt.Sprintf("s%04d@example.jp", i), Lane: supplier.LaneMail, Tags: []string{"図面"}, Rank: 1 + i%3}
		if change != nil {
			change(i, &one)
		}
		email := one.Email
		_ = one.Prepare()
		one.Email = email
		rows[i] = one
	}
	for part := range slices.Chunk(rows, 250) {
		if _, err := s.Raw("suppliers").InsertMany(t.Context(), part); err != nil {
			t.Fatal(err)
		}
	}
}

func draftOf(t *testing.T, rules *campaign.Service, v access.Viewer, a campaign.Audience) campaign.Campaign {
	t.Helper()
	c, err := rules.Create(t.Context(), v, campaign.Campaign{Name: "調査", Purpose: "確認のため", Necessity: "図面をお預けしているため",
		Contact:       org.Contact{Department: "調達部", Phone: "000-0000-0000", Email: "ask@example.jp"},
		Questionnaire: questionnaire.Questionnaire{Key: "basic25", Title: questionnaire.Text{JA: "基本25"}},
		DueAt:         issueDay.AddDate(0, 0, 20), ClosesAt: issueDay.AddDate(0, 0, 34), Audience: a})
	if err != nil {
		t.Fatalf("Create: %v %v", err, fault.FieldsOf(err))
	}
	return c
}

// issued makes a campaign, issues it to n suppliers and runs the job.
func issued(t *testing.T, store mongodb.Campaigns, rules *campaign.Service, v access.Viewer, n int) campaign.Campaign {
	t.Helper()
	c := draftOf(t, rules, v, campaign.Audience{All: true})
	if err := rules.Issue(t.Context(), v, c.ID, n, n); err != nil {
		t.Fatal(err)
	}
	runJobs(t, store)
	return c
}

// runJobs claims and runs every job that is due.
func runJobs(t *testing.T, store mongodb.Campaigns) {
	t.Helper()
	queue := store.Jobs()
	for {
		job, ok, err := queue.Claim(t.Context(), issueDay, issueDay.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return
		}
		if err := worker(store.DB, job.Kind, onIssueDay)(t.Context(), job); err != nil {
			t.Fatalf("%s: %v", job.Kind, err)
		}
		if err := queue.Finish(t.Context(), job, issueDay); err != nil {
			t.Fatal(err)
		}
	}
}

func countIn(t *testing.T, s mongodb.Campaigns, collection string, filter bson.D) int {
	t.Helper()
	n, err := s.Raw(collection).CountDocuments(t.Context(), filter)
	if err != nil {
		t.Fatalf("count %s: %v", collection, err)
	}
	return int(n)
}

func TestIssueKilledAnywhereGoesOnAndDoublesNothing(t *testing.T) {
	store, rules := campaigns(t)
	const n = 2300
	directory(t, store, "o1", n, everyFifthCopied)
	directory(t, store, "o2", 40, nil)
	c := draftOf(t, rules, mailOwner, campaign.Audience{All: true})
	for _, typed := range []int{0, n - 1} {
		if err := rules.Issue(t.Context(), mailOwner, c.ID, n, typed); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%d typed for %d: %v, want Invalid", typed, n, err)
		}
	}
	if err := rules.Issue(t.Context(), mailOwner, c.ID, n, n); err != nil {
		t.Fatal(err)
	}
	queue := store.Jobs()
	at, kills := issueDay, 0
	for done := false; !done; {
		job, ok, err := queue.Claim(t.Context(), at, at.Add(time.Minute))
		if err != nil || !ok {
			t.Fatalf("claim after %d kills: %v %v", kills, ok, err)
		}
		ctx, kill := context.WithCancel(t.Context())
		timer := time.AfterFunc(time.Duration(20+kills*35)*time.Millisecond, kill)
		err = worker(store.DB, "issue", onIssueDay)(ctx, job)
		timer.Stop()
		kill()
		if done = err == nil; !done && !errors.Is(err, context.Canceled) {
			t.Fatalf("RunIssue: %v", err)
		}
		// The killed process never releases its job: another claims it when the lease
		// has passed.
		at, kills = at.Add(2*time.Minute), kills+1
	}
	if kills < 2 {
		t.Fatalf("the job was never killed in the middle")
	}
	ours := bson.D{{Key: "org_id", Value: "o1"}, {Key: "campaign_id", Value: c.ID}}
	if got := countIn(t, store, "assignments", ours); got != n {
		t.Errorf("assignments after %d kills = %d, want %d", kills, got, n)
	}
	if got := countIn(t, store, "outbox", append(ours[:2:2], bson.E{Key: "state", Value: "queued"})); got != n+n/5 {
		t.Errorf("messages = %d, want %d", got, n+n/5)
	}
	if got := countIn(t, store, "drafts", bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: c.ID}, {Key: "$lt", Value: c.ID + ";"}}}}); got != n {
		t.Errorf("drafts = %d, want %d", got, n)
	}
	if got := countIn(t, store, "suppliers", bson.D{{Key: "org_id", Value: "o1"}, {Key: "asked_at", Value: issueDay}, {Key: "asked_until", Value: c.ClosesAt}}); got != n {
		t.Errorf("suppliers marked as asked = %d, want %d", got, n)
	}
	asked := 0
	cursor, err := store.Raw("audit").Find(t.Context(), ours)
	if err != nil {
		t.Fatal(err)
	}
	records := map[string]int{}
	for cursor.Next(t.Context()) {
		var e struct {
			Action string
			Record struct{ ID string }
		}
		if err := cursor.Decode(&e); err != nil {
			t.Fatal(err)
		}
		if e.Action == string(campaign.ActionAsked) {
			asked++
			records[e.Record.ID]++
		}
	}
	if asked != n || len(records) != n {
		t.Errorf("trail entries = %d of %d assignments, want %d", asked, len(records), n)
	}
	if got, err := store.Get(t.Context(), mailOwner, c.ID); err != nil || got.State != campaign.Open || got.Asked != n {
		t.Errorf("campaign after the job = %s, %d asked (%v)", got.State, got.Asked, err)
	}
}

func TestALateWorkerWritesNothing(t *testing.T) {
	store, rules := campaigns(t)
	directory(t, store, "o1", 5, nil)
	c := draftOf(t, rules, mailOwner, campaign.Audience{All: true})
	if err := rules.Issue(t.Context(), mailOwner, c.ID, 5, 0); err != nil {
		t.Fatal(err)
	}
	queue := store.Jobs()
	late, _, err := queue.Claim(t.Context(), issueDay, issueDay.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok, err := queue.Claim(t.Context(), issueDay.Add(2*time.Minute), issueDay.Add(3*time.Minute)); err != nil || !ok {
		t.Fatalf("second claim: %v %v", ok, err)
	}
	if err := worker(store.DB, "issue", onIssueDay)(t.Context(), late); fault.KindOf(err) != fault.Conflict {
		t.Errorf("RunIssue of a lost job: %v, want Conflict", err)
	}
	if got := countIn(t, store, "assignments", bson.D{{Key: "org_id", Value: "o1"}}); got != 0 {
		t.Errorf("a late worker made %d assignments", got)
	}
}

func TestIssueDeliversOnlyWhereMailReaches(t *testing.T) {
	store, rules := campaigns(t)
	directory(t, store, "o1", 4, func(i int, s *supplier.Supplier) {
		switch i {
		case 1:
			s.Email = ""
		case 2:
			s.Lane = supplier.LanePaper
		case 3:
			s.Email = "not an address"
		}
	})
	c := issued(t, store, rules, mailOwner, 4)
	counts, err := store.Counts(t.Context(), mailOwner, c.ID, issueDay)
	if err != nil {
		t.Fatal(err)
	}
	want := map[campaign.Delivery]int{campaign.DeliveryQueued: 1, campaign.DeliveryPending: 3}
	if diff := cmp.Diff(want, counts.Delivery); diff != "" {
		t.Errorf("deliveries (-want +got):\n%s", diff)
	}
	if got := countIn(t, store, "outbox", bson.D{{Key: "org_id", Value: "o1"}, {Key: "state", Value: "queued"}}); got != 1 {
		t.Errorf("messages = %d, want 1", got)
	}
}

func TestTwoClicksIssueOnce(t *testing.T) {
	store, rules := campaigns(t)
	directory(t, store, "o1", 3, nil)
	c := draftOf(t, rules, mailOwner, campaign.Audience{All: true})
	results := make(chan error, 2)
	for range 2 {
		go func() { results <- rules.Issue(context.Background(), mailOwner, c.ID, 3, 0) }()
	}
	a, b := <-results, <-results
	if (a == nil) == (b == nil) {
		t.Fatalf("two clicks: %v and %v, want one to succeed", a, b)
	}
	if err := errors.Join(a, b); fault.KindOf(err) != fault.Conflict {
		t.Errorf("the second click: %v, want Conflict", err)
	}
	if got := countIn(t, store, "jobs", bson.D{{Key: "org_id", Value: "o1"}, {Key: "subject", Value: c.ID}}); got != 1 {
		t.Errorf("jobs = %d, want 1", got)
	}
}

func TestRehearsalFindsEveryProblem(t *testing.T) {
	store, rules := campaigns(t)
	year := calendar.FiscalYearStart(issueDay)
	directory(t, store, "o1", 60, func(i int, s *supplier.Supplier) {
		switch i {
		case 1:
			s.Email = ""
		case 2:
			s.Lane = supplier.LanePaper
		case 3:
			s.Email = "broken@@example"
		case 4, 5, 6:
			s.Email = "shared@example.jp"
		case 7:
			s.AskedAt = year.AddDate(0, 1, 0)
		case 8:
			s.AskedAt, s.AskedUntil = year.AddDate(0, -1, 0), issueDay.AddDate(0, 0, 3)
		case 9:
			s.AskedAt, s.AskedUntil = year.AddDate(0, -3, 0), year.AddDate(0, -1, 0)
		}
	})
	directory(t, store, "o2", 3, func(_ int, s *supplier.Supplier) { s.Email = "shared@example.jp" })
	c := draftOf(t, rules, mailOwner, campaign.Audience{All: true, Except: []string{"o1-s0006"}})
	f := campaign.RehearsalFilter{Page: 1, Size: 50, Year: year, Now: issueDay}
	r, err := store.Rehearse(t.Context(), mailOwner, c, f)
	if err != nil {
		t.Fatal(err)
	}
	want := map[campaign.Problem]int{campaign.NoAddress: 1, campaign.OnPaper: 1, campaign.BadAddress: 1, campaign.SameBox: 2,
		campaign.AskedNow: 2, campaign.AnyProblem: 7}
	if diff := cmp.Diff(want, r.Counts); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if r.Total != 59 || r.Mailed != 56 || len(r.Rows) != 50 || !r.More {
		t.Errorf("total %d, mailed %d, %d rows, more %v", r.Total, r.Mailed, len(r.Rows), r.More)
	}
	for _, p := range append(campaign.Problems, campaign.AnyProblem) {
		f.Problem = p
		page, err := store.Rehearse(t.Context(), mailOwner, c, f)
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		n := 0
		for _, row := range page.Rows {
			if !row.Excluded {
				n++
			}
			if p != campaign.AnyProblem && !cmp.Equal(true, contains(row.Problems, p)) {
				t.Errorf("page of %s holds %s with %v", p, row.Supplier, row.Problems)
			}
		}
		if n != want[p] {
			t.Errorf("page of %s has %d rows, want %d", p, n, want[p])
		}
	}
}

func contains(list []campaign.Problem, p campaign.Problem) bool {
	for _, x := range list {
		if x == p {
			return true
		}
	}
	return false
}

func TestAJobThatWasGivenUpGoesOn(t *testing.T) {
	store, rules := campaigns(t)
	directory(t, store, "o1", 3, nil)
	c := draftOf(t, rules, mailOwner, campaign.Audience{All: true})
	if err := rules.Issue(t.Context(), mailOwner, c.ID, 3, 0); err != nil {
		t.Fatal(err)
	}
	if err := rules.Resume(t.Context(), mailOwner, c.ID); fault.KindOf(err) != fault.Conflict {
		t.Errorf("resume of what was not given up: %v, want Conflict", err)
	}
	queue := store.Jobs()
	job, _, err := queue.Claim(t.Context(), issueDay, issueDay.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if err := queue.Release(t.Context(), job, issueDay, true, "disk full"); err != nil {
		t.Fatal(err)
	}
	if err := rules.Resume(t.Context(), mailOwner, c.ID); err != nil {
		t.Fatal(err)
	}
	runJobs(t, store)
	if got := countIn(t, store, "assignments", bson.D{{Key: "org_id", Value: "o1"}}); got != 3 {
		t.Errorf("assignments = %d, want 3", got)
	}
}

// A campaign whose issuing was given up is closed for those asked so far, and asks
// nobody more.
func TestACampaignWhoseIssuingWasGivenUpIsClosed(t *testing.T) {
	store, rules := campaigns(t)
	directory(t, store, "o1", 2, nil)
	c := issued(t, store, rules, mailOwner, 2)
	directory(t, store, "o1b", 1, func(_ int, s *supplier.Supplier) { s.Org, s.Code = "o1", "later" })
	for collection, fields := range map[string]bson.D{ // as it stands when one of three is missing
		"campaigns": {{Key: "state", Value: campaign.Issuing}, {Key: "asked", Value: 3}},
		"jobs":      {{Key: "state", Value: jobs.Running}},
	} {
		if _, err := store.Raw(collection).UpdateMany(t.Context(), bson.D{}, bson.D{{Key: "$set", Value: fields}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := rules.Close(t.Context(), mailOwner, c.ID); fault.KindOf(err) != fault.Conflict {
		t.Fatalf("close while it is being issued: %v, want Conflict", err)
	}
	if got, err := store.Get(t.Context(), mailOwner, c.ID); err != nil || got.State != campaign.Issuing {
		t.Errorf("after that it is %s, %v", got.State, err)
	}
	if _, err := store.Raw("jobs").UpdateMany(t.Context(), bson.D{}, bson.D{{Key: "$set", Value: bson.D{{Key: "state", Value: jobs.Failed}}}}); err != nil {
		t.Fatal(err)
	}
	if err := rules.Close(t.Context(), mailOwner, c.ID); err != nil {
		t.Fatal(err)
	}
	runJobs(t, store)
	got, err := store.Get(t.Context(), mailOwner, c.ID)
	if err != nil || got.State != campaign.Closed || got.Asked != 2 {
		t.Errorf("closed: %s, %d asked, %v", got.State, got.Asked, err)
	}
	if n := countIn(t, store, "assignments", bson.D{{Key: "org_id", Value: "o1"}, {Key: "campaign_id", Value: c.ID}, {Key: "closes_at", Value: issueDay}}); n != 2 {
		t.Errorf("%d of 2 sheets are closed", n)
	}
	if err := rules.Resume(t.Context(), mailOwner, c.ID); fault.KindOf(err) != fault.Conflict {
		t.Errorf("resume what was ended: %v, want Conflict", err)
	}
}
