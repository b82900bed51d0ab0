package queue

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"tsunagi/internal/backup"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/notify"
)

const sendingID = "mail"

// Pause is the one record of store.Sending, while sending stands still.
type Pause struct {
	ID           string `bson:"_id"`
	notify.Pause `bson:",inline"`
}

// Pause tells whether sending stands still. It belongs to the installation, not to
// an organisation: all share one mail server.
func (s Outbox) Pause(ctx context.Context) (notify.Pause, error) {
	p, err := query.FindOne[notify.Pause](ctx, s.Coll(store.Sending), query.ByID(sendingID))
	if fault.KindOf(err) == fault.NotFound {
		return notify.Pause{}, nil
	}
	return p, err
}

// Held tells whether nothing leaves because the data came out of a backup, and nobody has
// confirmed yet that they are the ones to write from.
func (s Outbox) Held(ctx context.Context) (bool, error) {
	r, err := query.FindOne[backup.Restored](ctx, s.Coll(store.Restored), query.ByID(backup.RestoredID))
	if fault.KindOf(err) == fault.NotFound {
		return false, nil
	}
	return r.Held, err
}

// SavePause puts next in place of the pause that was read, and is false when it is
// no longer that one. The zero pause ends it.
func (s Outbox) SavePause(ctx context.Context, read, next notify.Pause) (bool, error) {
	if !read.On() {
		_, err := s.Coll(store.Sending).InsertOne(ctx, Pause{sendingID, next})
		if mongo.IsDuplicateKeyError(err) {
			return false, nil
		}
		return err == nil, meaning.Of(err)
	}
	asRead := bson.D{query.Eq(field.ID, sendingID), query.Eq(field.Since, read.Since), query.Eq(field.Tries, read.Tries)}
	if !next.On() {
		res, err := s.Coll(store.Sending).DeleteOne(ctx, asRead)
		return err == nil && res.DeletedCount == 1, meaning.Of(err)
	}
	res, err := s.Coll(store.Sending).ReplaceOne(ctx, asRead, next)
	return err == nil && res.MatchedCount == 1, meaning.Of(err)
}

// ClaimProbe leases the message that probes whether the mail server takes mail
// again: none when none is due, or when another sender probes already. The claim
// comes after the right to probe, so that two never send at once.
func (s Outbox) ClaimProbe(ctx context.Context, p notify.Pause, now, until time.Time) ([]notify.Message, error) {
	id, err := s.probeOf(ctx, p, now)
	if err != nil || id == "" {
		return nil, err
	}
	res, err := s.Coll(store.Sending).UpdateOne(ctx, bson.D{query.Eq(field.ID, sendingID), query.Eq(field.Since, p.Since), query.Eq(field.Tries, p.Tries),
		query.Lte(field.Until, now),
		query.Eq(field.ProbeUntil, query.Op("$not", query.Op("$gt", now)))}, query.Update(query.Set(query.To(field.ProbeUntil, until), query.To(field.Holder, s.Holder))))
	if err != nil || res.MatchedCount == 0 {
		return nil, meaning.Of(err)
	}
	return s.lease(ctx, []string{id}, now, until)
}

// probeOf chooses the message: one that was never refused, the longest due; else
// the one whose refusal is the longest ago; the other way round where the pause
// asks for it. It is empty when none is due.
func (s Outbox) probeOf(ctx context.Context, p notify.Pause, now time.Time) (string, error) {
	type choice struct {
		where bson.D
		order string
	}
	choices := []choice{
		{append(due(now), query.Eq(field.RefusedAt, nil)), field.NextAt},
		{append(due(now), query.Gt(field.RefusedAt, time.Time{})), field.RefusedAt},
	}
	if p.RefusedFirst() {
		slices.Reverse(choices)
	}
	for _, c := range choices {
		found, err := s.dueFirst(ctx, c.where, c.order, 1)
		if err != nil {
			return "", err
		}
		if len(found) > 0 {
			return found[0].ID, nil
		}
	}
	return "", nil
}
