package mongodb_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"tsunagi/internal/mongodb/dbtest"
)

// TestAnIndexThatNoQueryUsesGoes: members were listed by their one role; who opens data of
// that time pays for no index of what is not there.
func TestAnIndexThatNoQueryUsesGoes(t *testing.T) {
	db := dbtest.Open(t)
	members := db.Coll("memberships")
	names := func() (all []string) {
		specs, err := members.Indexes().ListSpecifications(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range specs {
			all = append(all, one.Name)
		}
		return all
	}
	want := names()
	byRole := bson.D{{Key: "org_id", Value: 1}, {Key: "role", Value: 1}, {Key: "_id", Value: 1}}
	if _, err := members.Indexes().CreateOne(t.Context(), mongo.IndexModel{Keys: byRole}); err != nil {
		t.Fatal(err)
	}
	dbtest.Again(t, db)
	if got := names(); len(got) != len(want) {
		t.Errorf("indexes of members: %v, want %v", got, want)
	}
}
