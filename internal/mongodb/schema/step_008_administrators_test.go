package schema

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

func TestTheFirstOwnersSeeToTheInstallation(t *testing.T) {
	db := database(t)
	if err := migrating(db, nil, administrators()).Upgrade(t.Context()); err != nil { // of an installation that is new
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for collection, rows := range map[string][]bson.D{
		"organizations": {{{Key: "_id", Value: "o1"}, {Key: "created_at", Value: at.AddDate(0, 0, 1)}}, {{Key: "_id", Value: "o2"}, {Key: "created_at", Value: at}}},
		"users":         {{{Key: "_id", Value: "a"}}, {{Key: "_id", Value: "b"}}, {{Key: "_id", Value: "c"}}, {{Key: "_id", Value: "d"}}},
		"memberships": {
			{{Key: "_id", Value: "o1:a"}, {Key: "org_id", Value: "o1"}, {Key: "user_id", Value: "a"}, {Key: "roles", Value: bson.A{"owner"}}},
			{{Key: "_id", Value: "o2:b"}, {Key: "org_id", Value: "o2"}, {Key: "user_id", Value: "b"}, {Key: "roles", Value: bson.A{"owner", "reviewer"}}},
			{{Key: "_id", Value: "o2:c"}, {Key: "org_id", Value: "o2"}, {Key: "user_id", Value: "c"}, {Key: "roles", Value: bson.A{"buyer"}}},
			{{Key: "_id", Value: "o2:d"}, {Key: "org_id", Value: "o2"}, {Key: "user_id", Value: "d"}, {Key: "roles", Value: bson.A{"owner"}}, {Key: "until", Value: at}},
		},
	} {
		for _, row := range rows {
			if _, err := db.Collection(collection).InsertOne(t.Context(), row); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n, err := administrators().Count(t.Context(), db); n != 1 || err != nil {
		t.Errorf("%d would be changed, want 1 (%v)", n, err)
	}
	for range 2 { // a second time changes nothing
		if _, err := administrators().Batch(t.Context(), db, ""); err != nil {
			t.Fatal(err)
		}
	}
	cursor, err := db.Collection("users").Find(t.Context(), bson.D{{Key: "administrator", Value: true}})
	if err != nil {
		t.Fatal(err)
	}
	var marked []struct {
		ID string `bson:"_id"`
	}
	if err := cursor.All(t.Context(), &marked); err != nil || len(marked) != 1 || marked[0].ID != "b" {
		t.Errorf("marked are %v, %v, want the first organisation's owner for good", marked, err)
	}
}
