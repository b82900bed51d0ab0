package schema

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

func TestTrailProof(t *testing.T) {
	db := database(t)
	if _, err := db.Collection("audit").InsertMany(t.Context(), []bson.D{
		{{Key: "_id", Value: "a1"}, {Key: "org_id", Value: "o1"}, {Key: "seal", Value: bson.D{{Key: "seq", Value: int64(1)}}}},
		{{Key: "_id", Value: "a2"}, {Key: "org_id", Value: "o1"}},
	}); err != nil {
		t.Fatal(err)
	}
	d := migrating(db, nil, trailProof())
	plan, err := d.Plan(t.Context())
	if err != nil || len(plan) != 1 || plan[0].Records != 1 {
		t.Errorf("the plan is %+v (%v), want one record", plan, err)
	}
	if err := d.Upgrade(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := d.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
