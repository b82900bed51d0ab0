package schema

import (
	"fmt"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

func TestEverySupplierGetsItsCodeKey(t *testing.T) {
	db := database(t)
	rows := []any{bson.D{{Key: "_id", Value: "x"}, {Key: "code", Value: "Ｓ-0001 a"}}, bson.D{{Key: "_id", Value: "y"}, {Key: "code", Value: "00120"}},
		bson.D{{Key: "_id", Value: "z"}, {Key: "code", Value: "000"}}, bson.D{{Key: "_id", Value: "zz"}, {Key: "code", Value: "-"}}}
	for i := range suppliersAtOnce + 1 {
		rows = append(rows, bson.D{{Key: "_id", Value: fmt.Sprintf("s%04d", i)}, {Key: "code", Value: fmt.Sprintf("C%d", i)}})
	}
	if _, err := db.Collection("suppliers").InsertMany(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	if n, err := codeKeys().Count(t.Context(), db); n != len(rows) || err != nil {
		t.Errorf("%d would be changed of %d (%v)", n, len(rows), err)
	}
	if err := migrating(db, nil, codeKeys()).Upgrade(t.Context()); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{"x": "s0001a", "y": "120", "z": "000", "zz": "-", "s0500": "c500"} {
		var got struct {
			Key string `bson:"code_key"`
		}
		if err := db.Collection("suppliers").FindOne(t.Context(), bson.D{{Key: "_id", Value: id}}).Decode(&got); err != nil || got.Key != want {
			t.Errorf("%s has the key %q, want %q (%v)", id, got.Key, want, err)
		}
	}
	if n, err := codeKeys().Count(t.Context(), db); n != 0 || err != nil {
		t.Errorf("%d are left (%v)", n, err)
	}
}
