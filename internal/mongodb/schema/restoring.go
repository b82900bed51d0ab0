package schema

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// restoring is the version of data that are half restored: no program knows it, so that none
// of any age serves them.
const restoring = 1 << 30

// How an administrator goes on.
var (
	// ErrHalfRestored says that a restore was broken off.
	ErrHalfRestored = errors.New("these data are half restored: run tsunagi restore with the backup again, which begins anew")

	errRestores = errors.New("another tsunagi restore is putting a backup into this database: let it end, or wait half a minute after it was ended")
)

// NotEmptyError says that a restore would meet what is there.
type NotEmptyError struct{ Database, Collection string }

func (e *NotEmptyError) Error() string {
	return fmt.Sprintf("the database %s is not empty (%s has records), and a backup takes the place of nothing: restore into a new folder (--data), "+
		"or into a database of another name (--mongodb-name)", e.Database, e.Collection)
}

// restoreLease is after how long a restore that says nothing counts as ended.
const restoreLease = 30 * time.Second

// Restore is the right to put data into an empty database. No program opens them until
// Done.
type Restore struct {
	data  Data
	fence int64
}

// BeginRestore marks an empty database, or one that a restore left half, as being restored,
// and removes what is in it. Of two at once one does it.
func (d Data) BeginRestore(ctx context.Context) (*Restore, error) {
	s, err := d.read(ctx)
	switch {
	case errors.Is(err, ErrHalfRestored):
	case err != nil && !errors.Is(err, mongo.ErrNoDocuments):
		return nil, err
	default:
		if err := d.empty(ctx); err != nil {
			return nil, err
		}
	}
	free := bson.D{{Key: "_id", Value: documentID}, {Key: "version", Value: s.Version},
		{Key: "$expr", Value: bson.D{{Key: "$lte", Value: bson.A{"$lease_until", "$$NOW"}}}}}
	take := bson.A{bson.D{{Key: "$set", Value: bson.D{{Key: "version", Value: restoring}, {Key: "lease_until", Value: restoreUntil()},
		{Key: "fence", Value: bson.D{{Key: "$add", Value: bson.A{bson.D{{Key: "$ifNull", Value: bson.A{"$fence", 0}}}, int64(1)}}}}}}}}
	upsert := errors.Is(err, mongo.ErrNoDocuments)
	if upsert {
		free = bson.D{{Key: "_id", Value: documentID}, {Key: "version", Value: -1}}
	}
	var now state
	err = d.coll().FindOneAndUpdate(ctx, free, take, options.FindOneAndUpdate().SetUpsert(upsert).SetReturnDocument(options.After)).Decode(&now)
	if errors.Is(err, mongo.ErrNoDocuments) || mongo.IsDuplicateKeyError(err) {
		return nil, errRestores
	}
	if err != nil {
		return nil, fmt.Errorf("begin the restore: %w", err)
	}
	r := &Restore{d, now.Fence}
	return r, r.clear(ctx)
}

func restoreUntil() bson.D {
	return bson.D{{Key: "$add", Value: bson.A{"$$NOW", restoreLease.Milliseconds()}}}
}

// empty fails when any collection but the version's has a record.
func (d Data) empty(ctx context.Context) error {
	names, err := d.collections(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		err := d.DB.Collection(name).FindOne(ctx, bson.D{}, options.FindOne().SetHint(bson.D{{Key: "_id", Value: 1}})).Err()
		if err == nil {
			return &NotEmptyError{d.DB.Name(), name}
		}
		if !errors.Is(err, mongo.ErrNoDocuments) {
			return fmt.Errorf("look whether the database is empty: %w", err)
		}
	}
	return nil
}

// collections are all but the version's.
func (d Data) collections(ctx context.Context) ([]string, error) {
	names, err := d.DB.ListCollectionNames(ctx, bson.D{{Key: "type", Value: "collection"}, {Key: "name", Value: bson.D{{Key: "$nin", Value: bson.A{Collection}}}}})
	if err != nil {
		return nil, fmt.Errorf("list the collections: %w", err)
	}
	return names, nil
}

// clear drops what an earlier try left.
func (r *Restore) clear(ctx context.Context) error {
	names, err := r.data.collections(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := r.data.DB.Collection(name).Drop(ctx); err != nil {
			return fmt.Errorf("remove what was half restored: %w", err)
		}
	}
	return nil
}

// Renew keeps the right. It fails when another one has it by now.
func (r *Restore) Renew(ctx context.Context) error {
	return r.change(ctx, bson.D{{Key: "lease_until", Value: restoreUntil()}})
}

// Let gives the right up, so that another try need not wait for its end.
func (r *Restore) Let(ctx context.Context) error {
	return r.change(ctx, bson.D{{Key: "lease_until", Value: nil}})
}

// Done makes the data those of the version that they have.
func (r *Restore) Done(ctx context.Context, version bson.Raw) error {
	fields := bson.D{{Key: "version", Value: 0}, {Key: "position", Value: ""}, {Key: "changed", Value: 0}, {Key: "steps", Value: bson.A{}}}
	if len(version) > 0 {
		fields = nil
		if err := bson.Unmarshal(version, &fields); err != nil {
			return err
		}
	}
	var out bson.D
	for _, f := range fields {
		if f.Key != "_id" && f.Key != "fence" && f.Key != "lease_until" {
			out = append(out, bson.E{Key: f.Key, Value: bson.D{{Key: "$literal", Value: f.Value}}})
		}
	}
	return r.change(ctx, append(out, bson.E{Key: "lease_until", Value: nil}))
}

func (r *Restore) change(ctx context.Context, fields bson.D) error {
	err := r.data.changeHeld(ctx, state{Fence: r.fence}, fields)
	if errors.Is(err, errOvertaken) {
		return errRestores
	}
	return err
}
