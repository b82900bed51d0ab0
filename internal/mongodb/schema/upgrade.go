package schema

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/mongodb/transaction"
)

// errOvertaken says that another process has taken the migration over.
var errOvertaken = errors.New("another process has taken the migration over")

// Upgrade brings the data to the newest version. Of several processes one works,
// under a lease with a fencing number, while the others wait for it. Killed anywhere,
// it goes on after the last batch that was committed. Newer data are a *NewerError,
// and stay as they are.
func (d Data) Upgrade(ctx context.Context) error {
	if err := d.begin(ctx); err != nil {
		return err
	}
	for told := false; ; {
		s, err := d.read(ctx)
		switch {
		case err != nil:
			return err
		case s.Version > d.Newest():
			return &NewerError{s.Version, d.Newest()}
		case s.Version == d.Newest():
			return nil
		}
		s, ours, err := d.claim(ctx)
		if err != nil {
			return err
		}
		if ours {
			if err := d.run(ctx, s); !errors.Is(err, errOvertaken) {
				return err
			}
		}
		if !told {
			d.Log.Info("another process migrates the data; waiting for it")
			told = true
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(d.pause):
		}
	}
}

// claim takes the lease if nobody holds it. Its time is the database's own, so that
// processes whose clocks differ agree.
func (d Data) claim(ctx context.Context) (s state, ours bool, err error) {
	free := bson.D{{Key: "_id", Value: documentID}, {Key: "version", Value: bson.D{{Key: "$lt", Value: d.Newest()}}},
		{Key: "$expr", Value: bson.D{{Key: "$lte", Value: bson.A{"$lease_until", "$$NOW"}}}}}
	take := bson.A{bson.D{{Key: "$set", Value: bson.D{{Key: "lease_until", Value: d.leaseEnd()},
		{Key: "fence", Value: bson.D{{Key: "$add", Value: bson.A{"$fence", 1}}}}}}}}
	err = d.coll().FindOneAndUpdate(ctx, free, take, options.FindOneAndUpdate().SetReturnDocument(options.After)).Decode(&s)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return s, false, nil
	}
	if err != nil {
		return s, false, fmt.Errorf("claim the migration: %w", err)
	}
	return s, true, nil
}

func (d Data) leaseEnd() bson.D {
	return bson.D{{Key: "$add", Value: bson.A{"$$NOW", d.lease.Milliseconds()}}}
}

// run works through the steps that are left, and hands the lease back.
func (d Data) run(ctx context.Context, s state) (err error) {
	defer func() { err = errors.Join(err, d.release(ctx, s)) }()
	from := s.Version
	for s.Version < d.Newest() {
		step := d.Steps[s.Version]
		if s, err = d.walk(ctx, step, s); err != nil {
			return fmt.Errorf("migrate the data to version %d (%s): %w", s.Version+1, step.Name, err)
		}
	}
	d.Log.Info("the data were migrated", "from", from, "to", s.Version)
	return nil
}

// walk takes the data through one step, batch after batch.
func (d Data) walk(ctx context.Context, step Step, s state) (state, error) {
	left, err := step.Count(ctx, d.DB)
	if err != nil {
		return s, err
	}
	total := s.Changed + left
	log := d.Log.With("step", step.Name, "version", s.Version+1)
	log.Info("migrating the data", "changed", s.Changed, "records", total)
	for told := time.Now(); ; {
		next, err := d.batch(ctx, step, s)
		if err != nil {
			return s, err
		}
		if next.Version > s.Version {
			return next, nil
		}
		if s = next; time.Since(told) > time.Second {
			told = time.Now()
			log.Info("migrating the data", "changed", s.Changed, "records", total)
		}
	}
}

// batch changes the next records and notes it, in one transaction: all of it, or
// nothing when it was killed, or when another process holds the lease by now.
func (d Data) batch(ctx context.Context, step Step, s state) (state, error) {
	next := s
	err := transaction.Run(ctx, d.DB.Client(), func(ctx context.Context) error {
		b, err := step.Batch(ctx, d.DB, s.Position)
		if err != nil {
			return err
		}
		next = s
		next.Position, next.Changed = b.Position, s.Changed+b.Changed
		note := bson.D{{Key: "lease_until", Value: d.leaseEnd()}}
		if b.Done {
			applied := bson.D{{Key: "name", Value: step.Name}, {Key: "records", Value: next.Changed}, {Key: "at", Value: "$$NOW"}}
			note = append(note, bson.E{Key: "steps", Value: bson.D{{Key: "$concatArrays", Value: bson.A{"$steps", bson.A{applied}}}}})
			next.Version, next.Position, next.Changed = s.Version+1, "", 0
		}
		note = append(note, bson.D{{Key: "version", Value: next.Version}, {Key: "changed", Value: next.Changed},
			{Key: "position", Value: bson.D{{Key: "$literal", Value: next.Position}}}}...)
		return d.changeHeld(ctx, s, note)
	})
	return next, err
}

// changeHeld changes the document while the lease is ours, and gives errOvertaken when
// it is not.
func (d Data) changeHeld(ctx context.Context, s state, fields bson.D) error {
	res, err := d.coll().UpdateOne(ctx, bson.D{{Key: "_id", Value: documentID}, {Key: "fence", Value: s.Fence}},
		bson.A{bson.D{{Key: "$set", Value: fields}}})
	if err == nil && res.MatchedCount == 0 {
		return errOvertaken
	}
	return err
}

// release hands the lease back, also when the context has ended, so that the next
// process need not wait for its end.
func (d Data) release(ctx context.Context, s state) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := d.changeHeld(ctx, s, bson.D{{Key: "lease_until", Value: nil}})
	if errors.Is(err, errOvertaken) {
		return nil // it is somebody else's
	}
	return err
}
