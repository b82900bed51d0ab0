package schema

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// draftsAtOnce is how many drafts one transaction changes.
const draftsAtOnce = 500

// uncountedDrafts takes the number of answers from each draft: how far a sheet is, is
// counted when it is asked.
func uncountedDrafts() Step {
	counted := bson.E{Key: "answered", Value: bson.D{{Key: "$exists", Value: true}}}
	return Step{
		Name: "uncounted-drafts",
		What: "the number of answers that drafts kept goes: it is counted when it is asked",
		Count: func(ctx context.Context, db *mongo.Database) (int, error) {
			n, err := db.Collection("drafts").CountDocuments(ctx, bson.D{counted})
			return int(n), err
		},
		Batch: func(ctx context.Context, db *mongo.Database, after string) (Batch, error) {
			c := db.Collection("drafts")
			cursor, err := c.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: after}}}, counted},
				options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(draftsAtOnce).SetProjection(bson.D{{Key: "_id", Value: 1}}))
			if err != nil {
				return Batch{}, err
			}
			var rows []struct {
				ID string `bson:"_id"`
			}
			if err := cursor.All(ctx, &rows); err != nil || len(rows) == 0 {
				return Batch{Done: true}, err
			}
			last := rows[len(rows)-1].ID
			_, err = c.UpdateMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: after}, {Key: "$lte", Value: last}}}},
				bson.D{{Key: "$unset", Value: bson.D{{Key: "answered", Value: ""}}}})
			return Batch{Position: last, Changed: len(rows)}, err
		},
	}
}
