package schema

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// roleFields are where somebody's one role stood, by collection.
var roleFields = []struct{ collection, was, is string }{
	{"memberships", "role", "roles"},
	{"invitations", "role", "roles"},
	{"documents", "for.role", "for.roles"},
}

// manyRoles makes a list of each person's role: somebody may have several.
func manyRoles() Step {
	having := func(field string) bson.D {
		return bson.D{{Key: field, Value: bson.D{{Key: "$exists", Value: true}}}}
	}
	return Step{
		Name: "many-roles",
		What: "members, invitations and documents keep a list of roles",
		Count: func(ctx context.Context, db *mongo.Database) (int, error) {
			all := 0
			for _, f := range roleFields {
				n, err := db.Collection(f.collection).CountDocuments(ctx, having(f.was))
				if err != nil {
					return 0, err
				}
				all += int(n)
			}
			return all, nil
		},
		Batch: func(ctx context.Context, db *mongo.Database, _ string) (Batch, error) {
			changed := 0
			for _, f := range roleFields {
				res, err := db.Collection(f.collection).UpdateMany(ctx, having(f.was), mongo.Pipeline{
					{{Key: "$set", Value: bson.D{{Key: f.is, Value: bson.A{"$" + f.was}}}}},
					{{Key: "$unset", Value: f.was}}})
				if err != nil {
					return Batch{}, err
				}
				changed += int(res.ModifiedCount)
			}
			return Batch{Done: true, Changed: changed}, nil
		},
	}
}
