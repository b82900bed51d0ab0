package schema

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// attemptsAtOnce is how many counts one transaction removes.
const attemptsAtOnce = 1000

// noAttempts removes the counts of password guesses that versions before December 2026
// kept: budgets count them since. Their collection stays, empty: a transaction drops none.
func noAttempts() Step {
	return Step{
		Name: "no-attempts",
		What: "the old counts of password guesses are removed",
		Count: func(ctx context.Context, db *mongo.Database) (int, error) {
			n, err := db.Collection("attempts").CountDocuments(ctx, bson.D{})
			return int(n), err
		},
		Batch: func(ctx context.Context, db *mongo.Database, _ string) (Batch, error) {
			c := db.Collection("attempts")
			cursor, err := c.Find(ctx, bson.D{}, options.Find().SetLimit(attemptsAtOnce).SetProjection(bson.D{{Key: "_id", Value: 1}}))
			if err != nil {
				return Batch{}, err
			}
			var rows []struct {
				ID any `bson:"_id"`
			}
			if err := cursor.All(ctx, &rows); err != nil || len(rows) == 0 {
				return Batch{Done: true}, err
			}
			ids := make(bson.A, len(rows))
			for i, r := range rows {
				ids[i] = r.ID
			}
			_, err = c.DeleteMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}})
			return Batch{Changed: len(rows)}, err
		},
	}
}
