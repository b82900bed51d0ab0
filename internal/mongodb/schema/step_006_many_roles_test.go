package schema

import (
	"fmt"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

func TestEveryRoleBecomesAList(t *testing.T) {
	db := database(t)
	insert := func(collection string, record bson.D) {
		if _, err := db.Collection(collection).InsertOne(t.Context(), record); err != nil {
			t.Fatal(err)
		}
	}
	one := bson.E{Key: "role", Value: "buyer"}
	insert("memberships", bson.D{{Key: "_id", Value: "o:u"}, one})
	insert("memberships", bson.D{{Key: "_id", Value: "o:v"}, {Key: "roles", Value: bson.A{"buyer", "reviewer"}}})
	insert("invitations", bson.D{{Key: "_id", Value: "i"}, one})
	insert("documents", bson.D{{Key: "_id", Value: "d"}, {Key: "for", Value: bson.D{{Key: "user_id", Value: "u"}, one}}})
	if n, err := manyRoles().Count(t.Context(), db); n != 3 || err != nil {
		t.Errorf("%d would be changed, want 3 (%v)", n, err)
	}
	if err := migrating(db, nil, manyRoles()).Upgrade(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := manyRoles().Batch(t.Context(), db, ""); err != nil { // a second time changes nothing
		t.Fatal(err)
	}
	type Kept struct {
		Role  string   `bson:"role"`
		Roles []string `bson:"roles"`
	}
	for _, tt := range []struct {
		collection, id string
		want           []string
	}{{"memberships", "o:u", []string{"buyer"}}, {"memberships", "o:v", []string{"buyer", "reviewer"}}, {"invitations", "i", []string{"buyer"}}, {"documents", "d", []string{"buyer"}}} {
		var got struct {
			Kept `bson:",inline"`
			For  Kept `bson:"for"`
		}
		if err := db.Collection(tt.collection).FindOne(t.Context(), bson.D{{Key: "_id", Value: tt.id}}).Decode(&got); err != nil {
			t.Fatal(err)
		}
		if tt.collection == "documents" {
			got.Kept = got.For
		}
		if !slices.Equal(got.Roles, tt.want) || got.Role != "" {
			t.Errorf("%s %s has %+v, want %v", tt.collection, tt.id, got.Kept, tt.want)
		}
	}
}

func TestTheOldCountsOfGuessesGo(t *testing.T) {
	db := database(t)
	var rows []any
	for i := range attemptsAtOnce + 1 {
		rows = append(rows, bson.D{{Key: "_id", Value: fmt.Sprint("a", i)}})
	}
	if _, err := db.Collection("attempts").InsertMany(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	if err := migrating(db, nil, noAttempts()).Upgrade(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err := noAttempts().Count(t.Context(), db); n != 0 || err != nil {
		t.Errorf("there are %d still (%v)", n, err)
	}
}
