package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
)

// Suppliers keeps the buyer's directory.
type Suppliers struct{ *DB }

// maxTags bounds the tags offered for filtering.
const maxTags = 200

// Tags lists the tags in use, sorted.
func (s Suppliers) Tags(ctx context.Context, v access.Viewer) ([]string, error) {
	cursor, err := s.coll(colSuppliers).Aggregate(ctx, bson.A{
		bson.D{{Key: "$match", Value: visible(v, bson.E{Key: "tags", Value: bson.D{{Key: "$gt", Value: ""}}})}},
		bson.D{{Key: "$unwind", Value: "$tags"}}, bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$tags"}}}},
		bson.D{{Key: "$sort", Value: bson.D{{Key: "_id", Value: 1}}}}, bson.D{{Key: "$limit", Value: maxTags}},
	})
	if err != nil {
		return nil, known(err)
	}
	var rows []struct {
		Tag string `bson:"_id"`
	}
	err = cursor.All(ctx, &rows)
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.Tag
	}
	return out, known(err)
}
