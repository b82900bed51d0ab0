package snapshot

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/backup"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
)

// Claim implements work.BackupPlan.
func (s Records) Claim(ctx context.Context, every time.Duration, now, until time.Time) (string, error) {
	_, err := s.Coll(store.BackupPlan).UpdateOne(ctx, query.ByID(backup.PlanID),
		query.Update(query.Eq("$setOnInsert", bson.D{query.To(field.At, time.Unix(0, 0).UTC())})), options.UpdateOne().SetUpsert(true))
	if err != nil && !mongo.IsDuplicateKeyError(err) {
		return "", meaning.Of(err)
	}
	claim := s.NewID()
	// One that was begun in the future was so by a clock that was put back since.
	due := query.Or(bson.D{query.Lte(field.At, now.Add(-every))}, bson.D{query.Gt(field.At, now.Add(backup.AheadAtMost))})
	res, err := s.Coll(store.BackupPlan).UpdateOne(ctx, bson.D{query.Eq(field.ID, backup.PlanID), due, query.Eq(field.Until, query.Op("$not", query.Op("$gt", now)))},
		query.Update(query.Set(query.To(field.Until, until), query.To(field.Claim, claim))))
	if err != nil || res.MatchedCount == 0 {
		return "", meaning.Of(err)
	}
	return claim, nil
}

// Renew implements work.BackupPlan.
func (s Records) Renew(ctx context.Context, claim string, until time.Time) (bool, error) {
	return s.held(ctx, claim, query.Set(query.To(field.Until, until)))
}

// Planned implements work.BackupPlan.
func (s Records) Planned(ctx context.Context, claim string, at time.Time) error {
	_, err := s.held(ctx, claim, query.Set(query.To(field.At, at)), query.Unset(field.Until, field.Claim))
	return err
}

// held changes the plan while a claim holds.
func (s Records) held(ctx context.Context, claim string, change ...bson.E) (bool, error) {
	res, err := s.Coll(store.BackupPlan).UpdateOne(ctx, bson.D{query.Eq(field.ID, backup.PlanID), query.Eq(field.Claim, claim)}, query.Update(change...))
	return err == nil && res.MatchedCount == 1, meaning.Of(err)
}
