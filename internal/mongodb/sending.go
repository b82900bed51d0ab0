package mongodb

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
)

// colSending has one document while sending stands still, and none while it does not.
const colSending = "sending"

const sendingID = "mail"

// pause is the document.
type pause struct {
	ID           string `bson:"_id"`
	notify.Pause `bson:",inline"`
}

// Pause tells whether sending stands still. It belongs to the installation, not to
// an organisation: all share one mail server.
func (s Outbox) Pause(ctx context.Context) (notify.Pause, error) {
	p, err := findOne[notify.Pause](ctx, s.coll(colSending), byID(sendingID))
	if fault.KindOf(err) == fault.NotFound {
		return notify.Pause{}, nil
	}
	return p, err
}

// SavePause puts next in place of the pause that was read, and is false when it is
// no longer that one. The zero pause ends it.
func (s Outbox) SavePause(ctx context.Context, read, next notify.Pause) (bool, error) {
	if !read.On() {
		_, err := s.coll(colSending).InsertOne(ctx, pause{sendingID, next})
		if mongo.IsDuplicateKeyError(err) {
			return false, nil
		}
		return err == nil, known(err)
	}
	asRead := bson.D{eq(fieldID, sendingID), eq(fieldSince, read.Since), eq(fieldTries, read.Tries)}
	if !next.On() {
		res, err := s.coll(colSending).DeleteOne(ctx, asRead)
		return err == nil && res.DeletedCount == 1, known(err)
	}
	res, err := s.coll(colSending).ReplaceOne(ctx, asRead, next)
	return err == nil && res.MatchedCount == 1, known(err)
}

// ClaimProbe leases the message that probes whether the mail server takes mail
// again: none when none is due, or when another sender probes already. The claim
// comes after the right to probe, so that two never send at once.
func (s Outbox) ClaimProbe(ctx context.Context, p notify.Pause, now, until time.Time) ([]notify.Message, error) {
	id, err := s.probeOf(ctx, p, now)
	if err != nil || id == "" {
		return nil, err
	}
	res, err := s.coll(colSending).UpdateOne(ctx, bson.D{eq(fieldID, sendingID), eq(fieldSince, p.Since), eq(fieldTries, p.Tries),
		lte(fieldUntil, now),
		eq(fieldProbeUntil, op("$not", op("$gt", now)))}, update(set(to(fieldProbeUntil, until), to(fieldHolder, s.holder))))
	if err != nil || res.MatchedCount == 0 {
		return nil, known(err)
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
		{append(due(now), eq(fieldRefusedAt, nil)), fieldNextAt},
		{append(due(now), gt(fieldRefusedAt, time.Time{})), fieldRefusedAt},
	}
	if p.RefusedFirst() {
		slices.Reverse(choices)
	}
	for _, c := range choices {
		ids, err := s.dueIDs(ctx, c.where, c.order, 1)
		if err != nil {
			return "", err
		}
		if len(ids) > 0 {
			return ids[0], nil
		}
	}
	return "", nil
}
