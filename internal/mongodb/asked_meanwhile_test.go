package mongodb_test

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/jobs"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/response"
)

// TestAnAddressThatChangesWhileItIsAsked: a supplier was read to be asked, and its address
// changes before, while or after it is: the request notes where the directory is.
func TestAnAddressThatChangesWhileItIsAsked(t *testing.T) {
	store, rules := campaigns(t)
	directory(t, store, "o1", 30, nil)
	c := draftOf(t, rules, mailOwner, campaign.Audience{All: true})
	c.DueAt, c.ClosesAt = issueDay.AddDate(0, 0, 10), issueDay.AddDate(0, 0, 20)
	job := jobs.Job{ID: "j1", Org: "o1", Kind: "issue", Subject: c.ID, State: jobs.Running, Fence: 1, LeaseUntil: issueDay.Add(time.Hour)}
	if _, err := store.Raw("jobs").InsertOne(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	batches, suppliers, v := mongodb.Batches{Campaigns: store}, mongodb.Suppliers(store), access.System("o1", "青木")
	read, err := batches.Audience(t.Context(), v, c.Audience, issueDay, "", 30)
	if err != nil || len(read) != 30 {
		t.Fatalf("%d suppliers, %v", len(read), err)
	}
	for i, s := range read {
		asked, err := batches.EncodeAsked(response.Ask(v, c, s, fmt.Sprintf("e%d", i), issueDay))
		if err != nil {
			t.Fatal(err)
		}
		moved := s
		moved.Email, moved.Revision = fmt.Sprintf("new-%d@example.jp", i), s.Revision+1
		ask := func() error { return batches.Ask(t.Context(), job, []mongodb.Asked{asked}, s.ID) }
		mark := func() error { return batches.MarkAsked(t.Context(), v, c, map[string]string{s.ID: s.Email}) }
		move := func() error { return suppliers.Update(t.Context(), mailOwner, moved, entryAbout("o1")) }
		var both errgroup.Group
		switch i % 5 {
		case 0: // before
			err = inTurn(move, ask, mark)
		case 1: // between
			err = inTurn(ask, move, mark)
		case 2: // after
			err = inTurn(ask, mark, move)
		case 3: // while it is asked
			both.Go(move)
			both.Go(func() error { return inTurn(ask, mark) })
			err = both.Wait()
		case 4: // while it is marked
			if err = ask(); err == nil {
				both.Go(move)
				both.Go(mark)
				err = both.Wait()
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		a, err := store.Assignment(t.Context(), mailOwner, campaign.AssignmentID(c.ID, s.ID))
		if err != nil || a.Elsewhere != moved.Email {
			t.Errorf("%d: the request notes %q, the directory has %q (%v)", i%5, a.Elsewhere, moved.Email, err)
		}
	}
}

// inTurn runs steps until one fails.
func inTurn(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
