package schema

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// administrators marks who sees to the installation: the owners, without an end date, of
// the organisation that was made first. Others are marked by tsunagi admin.
func administrators() Step {
	return Step{
		Name: "administrators",
		What: "the owners of the first organisation see to the installation",
		Count: func(ctx context.Context, db *mongo.Database) (int, error) {
			ids, err := firstOwners(ctx, db)
			if err != nil || len(ids) == 0 {
				return 0, err
			}
			n, err := db.Collection("users").CountDocuments(ctx, unmarked(ids))
			return int(n), err
		},
		Batch: func(ctx context.Context, db *mongo.Database, _ string) (Batch, error) {
			ids, err := firstOwners(ctx, db)
			if err != nil || len(ids) == 0 {
				return Batch{Done: true}, err
			}
			res, err := db.Collection("users").UpdateMany(ctx, unmarked(ids), bson.D{{Key: "$set", Value: bson.D{{Key: "administrator", Value: true}}}})
			if err != nil {
				return Batch{}, err
			}
			return Batch{Done: true, Changed: int(res.ModifiedCount)}, nil
		},
	}
}

func unmarked(ids bson.A) bson.D {
	return bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}, {Key: "administrator", Value: bson.D{{Key: "$ne", Value: true}}}}
}

// firstOwners are the owners of the organisation that was made first.
func firstOwners(ctx context.Context, db *mongo.Database) (bson.A, error) {
	var first struct {
		ID string `bson:"_id"`
	}
	err := db.Collection("organizations").FindOne(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: ""}}}},
		options.FindOne().SetSort(bson.D{{Key: "created_at", Value: 1}, {Key: "_id", Value: 1}})).Decode(&first)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	cursor, err := db.Collection("memberships").Find(ctx, bson.D{{Key: "org_id", Value: first.ID}, {Key: "roles", Value: "owner"}, {Key: "until", Value: nil}})
	if err != nil {
		return nil, err
	}
	var rows []struct {
		User string `bson:"user_id"`
	}
	if err := cursor.All(ctx, &rows); err != nil {
		return nil, err
	}
	var ids bson.A
	for _, r := range rows {
		ids = append(ids, r.User)
	}
	return ids, nil
}
