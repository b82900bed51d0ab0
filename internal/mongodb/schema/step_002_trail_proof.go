package schema

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// trailProof marks the version from which every entry of the trail carries a proof: a
// program that knows of none would write entries that no sealer takes. The entries of
// before are sealed as such at the start, when the trail's key is at hand.
func trailProof() Step {
	return Step{
		Name: "trail-proof",
		What: "the entries of the audit trail that wait to be sealed are sealed as older than its key",
		Count: func(ctx context.Context, db *mongo.Database) (int, error) {
			n, err := db.Collection("audit").CountDocuments(ctx, bson.D{{Key: "seal.seq", Value: nil}})
			return int(n), err
		},
		Batch: func(context.Context, *mongo.Database, string) (Batch, error) { return Batch{Done: true}, nil },
	}
}
