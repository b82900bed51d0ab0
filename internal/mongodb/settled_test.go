package mongodb_test

import (
	"context"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
	"tsunagi/internal/once"
)

// unconfirmed lets what is written meanwhile be there for other writes, but not for reads,
// as happens for a moment with every write; the function that it returns ends that.
func unconfirmed(t *testing.T, client *mongo.Client) func() {
	t.Helper()
	set := func(mode string) {
		t.Helper()
		fail := bson.D{{Key: "configureFailPoint", Value: "disableSnapshotting"}, {Key: "mode", Value: mode}}
		if err := client.Database("admin").RunCommand(context.Background(), fail).Err(); err != nil {
			t.Fatal(err)
		}
	}
	set("alwaysOn")
	return func() {
		set("off")
		// The next write carries those before it along.
		_, err := client.Database("nudge").Collection("nudge").InsertOne(context.Background(), bson.D{})
		if err != nil {
			t.Error(err)
		}
	}
}

// TestWhoIsRefusedSeesByWhat: a second click that is refused by the first finds what the
// first did, also in the moment after it.
func TestWhoIsRefusedSeesByWhat(t *testing.T) {
	p := newPeople(t)
	owner := access.Viewer{Kind: access.Member, Org: "o1", User: "u1", Roles: []access.Role{access.Owner}}
	notes := p.Coll("marks")
	if _, err := notes.InsertOne(t.Context(), bson.D{{Key: "_id", Value: "n"}, {Key: "value", Value: "before"}}); err != nil {
		t.Fatal(err)
	}
	click := func(ctx context.Context) error {
		return p.InTx(ctx, func(ctx context.Context) error {
			res, err := notes.UpdateOne(ctx, bson.D{{Key: "_id", Value: "n"}, {Key: "value", Value: "before"}},
				bson.D{{Key: "$set", Value: bson.D{{Key: "value", Value: "after"}}}})
			if err == nil && res.MatchedCount == 0 {
				return fault.New(fault.Conflict, "fault.conflict")
			}
			if err == nil {
				err = p.Record(ctx, []audit.Entry{entryOf(owner)}, nil)
			}
			return err
		})
	}
	confirm := unconfirmed(t, p.Client)
	first := make(chan error, 1)
	go func() { first <- click(once.With(t.Context(), "key")) }()
	time.Sleep(150 * time.Millisecond) // until the first is there
	time.AfterFunc(250*time.Millisecond, confirm)
	if err := click(once.With(t.Context(), "key")); fault.KindOf(err) != fault.Conflict {
		t.Errorf("the second click: %v", err)
	}
	if _, found, err := p.DB.Forms().Posted(t.Context(), "key"); err != nil || !found {
		t.Errorf("what the first did is found: %v, %v", found, err)
	}
	if err := <-first; err != nil {
		t.Error(err)
	}
}
