package transaction

import (
	"context"
	"errors"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/fault"
	"tsunagi/internal/mongod/mongodtest"
)

// TestSilentDatabase: it falls silent in the middle of a transaction. Who waits is told at
// once, nothing of it is kept, and when it answers again the record can be written.
func TestSilentDatabase(t *testing.T) {
	own := mongodtest.NewOwn(t)
	client, err := mongo.Connect(options.Client().ApplyURI(own.URI()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	records := client.Database("silent").Collection("records")
	one := bson.D{{Key: "_id", Value: 1}}
	write := func(ctx context.Context, value string) error {
		_, err := records.UpdateOne(ctx, one, bson.D{{Key: "$set", Value: bson.D{{Key: "value", Value: value}}}}, options.UpdateOne().SetUpsert(true))
		return err
	}
	if err := write(t.Context(), "before"); err != nil {
		t.Fatal(err)
	}

	for name, begun := range map[string]bool{"at its first command": false, "in the middle": true} {
		waiting, lose := context.WithCancelCause(t.Context())
		err = Run(waiting, client, func(ctx context.Context) error {
			if begun {
				if err := write(ctx, "lost"); err != nil {
					return err
				}
			}
			own.Suspend()
			lose(fault.New(fault.Unavailable, "fault.unavailable"))
			return write(ctx, "lost too")
		})
		if err == nil || !fault.Lost(waiting) {
			t.Fatalf("%s: %v", name, err)
		}
		own.Resume()
		if err := Run(t.Context(), client, func(ctx context.Context) error { return write(ctx, name) }); err != nil {
			t.Errorf("%s: the record cannot be written: %v", name, err)
		}
		var got struct{ Value string }
		if err := records.FindOne(t.Context(), one).Decode(&got); err != nil || got.Value != name {
			t.Errorf("%s: %q is kept (%v)", name, got.Value, err)
		}
	}
}

func TestCancelled(t *testing.T) {
	uri := mongodtest.URI(t)
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	left, leave := context.WithCancel(t.Context())
	if err := Run(left, client, func(ctx context.Context) error { leave(); return ctx.Err() }); err != nil {
		t.Errorf("what has begun when somebody leaves is not finished: %v", err)
	}
	if err := Run(left, client, func(context.Context) error { t.Error("it begins for nobody"); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("begun for nobody: %v", err)
	}
}
