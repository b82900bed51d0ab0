// Package snapshot copies a whole database as it was at one moment while others write to
// it, puts such a copy into an empty one, and keeps the record of backups. It reads and
// writes documents of every organisation as they are, and has no viewer: nothing of it but
// the record is for pages.
package snapshot

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/backup"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/shape"
	"tsunagi/internal/mongodb/store"
)

// Records keeps what is known of the backups of the installation. It is no organisation's.
type Records struct{ *store.DB }

// kept is for how long the record of a backup is kept; the last good one for ever.
const kept = 400 * 24 * time.Hour

// Begin notes that a backup is begun.
func (s Records) Begin(ctx context.Context, r backup.Record) error {
	_, err := s.Coll(store.Backups).InsertOne(ctx, r)
	return meaning.Of(err)
}

// End notes what became of a backup, also of one that failed before it was begun, and
// forgets those of long ago.
func (s Records) End(ctx context.Context, r backup.Record) error {
	_, err := s.Coll(store.Backups).UpdateOne(ctx, query.ByID(r.ID), query.Update(query.Eq("$set", said(r))),
		options.UpdateOne().SetUpsert(true))
	if err != nil {
		return meaning.Of(err)
	}
	state, err := s.State(ctx)
	if err != nil {
		return err
	}
	long := r.At.Add(-kept)
	if now := s.Now(); r.At.After(now) {
		long = now.Add(-kept)
	}
	_, err = s.Coll(store.Backups).DeleteMany(ctx, bson.D{query.Lt(field.At, long), query.Ne(field.ID, state.Good.ID)})
	return meaning.Of(err)
}

// said are the fields of a record that its backup tells by itself: the marks are counted.
func said(r backup.Record) bson.D {
	fields, _ := shape.Without(r, field.Marks).(bson.D)
	return slices.DeleteFunc(fields, func(f bson.E) bool { return f.Key == field.ID })
}

// State is the last backup, and the last good one. What a clock dates to the future that was
// put back since is passed over: it would stay the last one, whatever fails now.
func (s Records) State(ctx context.Context) (backup.State, error) {
	var out backup.State
	newest := options.FindOne().SetSort(query.Sorted("-" + field.At))
	past := query.Lte(field.At, s.Now().Add(backup.AheadAtMost))
	last, err := query.FindOne[backup.Record](ctx, s.Coll(store.Backups), bson.D{past}, newest)
	if fault.KindOf(err) == fault.NotFound {
		return out, nil
	}
	if out.Last = last; err != nil || last.Good() {
		out.Good = last
		return out, err
	}
	good, err := query.FindOne[backup.Record](ctx, s.Coll(store.Backups), bson.D{past, query.Gt(field.EndedAt, time.Time{}), query.Eq(field.Error, "")}, newest)
	if fault.KindOf(err) == fault.NotFound {
		return out, nil
	}
	out.Good = good
	return out, err
}
