package schema

import (
	"fmt"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

func TestEveryRequestNotesWhereTheDirectoryIs(t *testing.T) {
	db := database(t)
	row := func(id, supplier, email string, more ...bson.E) bson.D {
		return append(bson.D{{Key: "_id", Value: id}, {Key: "supplier_id", Value: supplier}, {Key: "email", Value: email}}, more...)
	}
	suppliers := []any{row("a", "", "new@example.jp"), row("b", "", "same@example.jp"), row("c", "", "nowhere"), row("d", "", "")}
	requests := []any{row("c1:a", "a", "old@example.jp"), row("c1:b", "b", "same@example.jp"), row("c1:c", "c", "old@example.jp"),
		row("c1:d", "d", "old@example.jp"), row("c1:e", "gone", "old@example.jp"), row("c2:a", "a", ""),
		row("c3:a", "a", "named@example.jp", bson.E{Key: "former", Value: bson.D{{Key: "email", Value: "old@example.jp"}}})}
	for i := range requestsAtOnce {
		requests = append(requests, row(fmt.Sprintf("c0:%04d", i), "b", "same@example.jp"))
	}
	for name, rows := range map[string][]any{"suppliers": suppliers, "assignments": requests} {
		if _, err := db.Collection(name).InsertMany(t.Context(), rows); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := elsewhere().Count(t.Context(), db); n != 2 || err != nil {
		t.Errorf("%d would be noted, want 2 (%v)", n, err)
	}
	if err := migrating(db, nil, elsewhere()).Upgrade(t.Context()); err != nil {
		t.Fatal(err)
	}
	cursor, err := db.Collection("assignments").Find(t.Context(), bson.D{{Key: "elsewhere", Value: bson.D{{Key: "$ne", Value: nil}}}})
	var noted []struct {
		ID        string `bson:"_id"`
		Elsewhere string `bson:"elsewhere"`
	}
	if err == nil {
		err = cursor.All(t.Context(), &noted)
	}
	if err != nil || len(noted) != 2 {
		t.Fatalf("noted are %v (%v)", noted, err)
	}
	for _, a := range noted {
		if a.Elsewhere != "new@example.jp" || a.ID != "c1:a" && a.ID != "c2:a" {
			t.Errorf("noted is %+v", a)
		}
	}
}
