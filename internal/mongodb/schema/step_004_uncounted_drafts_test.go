package schema

import (
	"fmt"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

func TestDraftsKeepNoNumberOfAnswers(t *testing.T) {
	db := database(t)
	var rows []any
	for i := range draftsAtOnce + 1 {
		row := bson.D{{Key: "_id", Value: fmt.Sprintf("c:%04d", i)}, {Key: "answers", Value: bson.D{{Key: "a", Value: "kept"}}}}
		if i > 0 {
			row = append(row, bson.E{Key: "answered", Value: i % 3})
		}
		rows = append(rows, row)
	}
	if _, err := db.Collection("drafts").InsertMany(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	if n, err := uncountedDrafts().Count(t.Context(), db); n != draftsAtOnce || err != nil {
		t.Errorf("%d would be changed, want %d (%v)", n, draftsAtOnce, err)
	}
	if err := migrating(db, nil, uncountedDrafts()).Upgrade(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err := uncountedDrafts().Count(t.Context(), db); n != 0 || err != nil {
		t.Errorf("%d are left (%v)", n, err)
	}
	if n, err := db.Collection("drafts").CountDocuments(t.Context(), bson.D{{Key: "answers.a", Value: "kept"}}); int(n) != len(rows) || err != nil {
		t.Errorf("%d sheets have their answers, want %d (%v)", n, len(rows), err)
	}
}
