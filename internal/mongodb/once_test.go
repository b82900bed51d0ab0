package mongodb_test

import (
	"context"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/once"
)

// TestOnePostMakesOneCampaign posts a form twenty times at once, to two processes: one
// campaign is made, and every other post is told which.
func TestOnePostMakesOneCampaign(t *testing.T) {
	store, _ := campaigns(t)
	directory(t, store, "o1", 1, nil)
	other := mongodb.Campaigns{DB: dbtest.Again(t, store.DB)}
	var mu sync.Mutex
	made := map[string]int{}
	done := dbtest.AtOnce(t, func(i int) error {
		s := []mongodb.Campaigns{store, other}[i%2]
		c := campaign.Campaign{ID: newULID(), Org: "o1", Name: "調査", State: campaign.Draft, Revision: 1}
		err := s.Create(once.With(t.Context(), "key"), c, audit.Entry{ID: newULID(), Org: "o1", Record: audit.Ref{Kind: "campaign", ID: c.ID}})
		mu.Lock()
		defer mu.Unlock()
		if id, twice := once.Made(err); twice {
			made[id]++
			return fault.New(fault.Conflict, "fault.conflict").Because(err)
		}
		if err == nil {
			made[c.ID]++
		}
		return err
	}, fault.Conflict)
	if done != 1 || len(made) != 1 {
		t.Errorf("%d posts made one, and they name %v", done, made)
	}
	if n := countIn(t, store, "campaigns", bson.D{{Key: "org_id", Value: "o1"}}); n != 1 {
		t.Errorf("%d campaigns were made, want 1", n)
	}
}

// TestAKeyIsUsedUpByAnEffect: a change that was refused leaves the key to the next one,
// and what follows the first change in the same request is not bound to it.
func TestAKeyIsUsedUpByAnEffect(t *testing.T) {
	p := newPeople(t)
	ctx := once.With(t.Context(), "key")
	refused := func(context.Context) error { return fault.New(fault.Invalid, "fault.choose") }
	if err := p.InTx(ctx, refused); fault.KindOf(err) != fault.Invalid {
		t.Fatal(err)
	}
	posts := p.DB.Forms()
	if _, found, err := posts.Posted(t.Context(), "key"); found || err != nil {
		t.Errorf("after a refusal it is written down: %v", err)
	}
	owner := access.Viewer{Kind: access.Member, Org: "o1", User: "u1", Roles: []access.Role{access.Owner}}
	for range 2 {
		p.must(p.db.AddEntry(ctx, entryOf(owner)))
	}
	p.must(posts.Answered(t.Context(), "key", "/there", "said"))
	got, found, err := posts.Posted(t.Context(), "key")
	if err != nil || !found || got.Path != "/there" || got.Said != "said" {
		t.Errorf("Posted = %+v, %v, %v", got, found, err)
	}
	if _, twice := once.Made(p.db.AddEntry(once.With(t.Context(), "key"), entryOf(owner))); !twice {
		t.Error("another request with the same key had an effect")
	}
}
