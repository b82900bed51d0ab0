package app

import (
	"log/slog"
	"slices"
	"testing"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/jobs"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/org"
)

// TestRequeueJobs: what was given up goes on, each by the rule of its kind; what would do
// harm stays, and says why.
func TestRequeueJobs(t *testing.T) {
	a := rotating(t)
	ctx := t.Context()
	campaigns := mongodb.Campaigns{DB: a.DB}
	a.Log = slog.New(slog.DiscardHandler)
	accounts := org.NewService(a.DB.Accounts(), Now, NewID, org.Cost{Passes: 1, Memory: 8})
	a.Campaigns = campaign.NewService(campaigns, accounts, Now, NewID)
	of := organizationOf(t, a)
	if _, err := a.DB.Coll("campaigns").InsertOne(ctx, campaign.Campaign{ID: "c1", Org: of, Name: "調査", State: campaign.Open}); err != nil {
		t.Fatal(err)
	}
	add := func(id string, kind jobs.Kind, subject string, state jobs.State) {
		t.Helper()
		if err := a.DB.Jobs().Add(ctx, jobs.Job{ID: id, Org: of, Kind: kind, Subject: subject, State: state, Attempts: 5, NextAt: Now(), CreatedAt: Now()}); err != nil {
			t.Fatal(err)
		}
	}
	add("01", "import", "i1", jobs.Failed)
	add("02", "undo", "i0", jobs.Failed)
	add("03", "remind", "c1", jobs.Failed)
	add("04", "remind", "c1", jobs.Failed)
	add("05", "document", "d1", jobs.Failed)
	add("06", "import", "i2", jobs.Failed)
	add("07", "look", "f1", jobs.Failed)
	add("08", "look", "f1", jobs.Waiting)
	var on, left []string
	for range 2 {
		if err := a.RequeueJobs(ctx, func(o org.Organization, job jobs.Job, why error) {
			if why == nil {
				on = append(on, job.ID)
			} else {
				left = append(left, job.ID)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	// What a second call leaves is what the first left: a remainder of what is at work.
	if want := []string{"06", "05", "04", "02"}; !slices.Equal(on, want) {
		t.Errorf("went on: %v, want %v", on, want)
	}
	if want := []string{"07", "03", "01", "07", "03", "01"}; !slices.Equal(left, want) {
		t.Errorf("left: %v, want %v", left, want)
	}
	job, err := a.DB.Jobs().Get(ctx, access.System(of, "test"), "06")
	if err != nil || job.State != jobs.Waiting || job.Attempts != 0 {
		t.Errorf("%+v, %v", job, err)
	}
}
