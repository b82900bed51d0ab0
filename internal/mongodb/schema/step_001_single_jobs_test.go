package schema

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
)

func TestSingleJobs(t *testing.T) {
	db := database(t)
	for _, j := range [][]any{
		{"j1", "o1", "remind", "c1", "waiting"},
		{"j2", "o1", "remind", "c1", "running"},
		{"j3", "o1", "remind", "c1", "waiting"},
		{"j4", "o1", "remind", "c2", "waiting"}, // another campaign
		{"j5", "o1", "reschedule", "c1", "waiting"},
		{"j6", "o2", "remind", "c1", "waiting"}, // another organisation
		{"j7", "o1", "reschedule", "c1", "failed"},
		{"j8", "o1", "remind", "c1", "done"},
	} {
		if _, err := db.Collection("jobs").InsertOne(t.Context(), bson.D{{Key: "_id", Value: j[0]}, {Key: "org_id", Value: j[1]}, {Key: "kind", Value: j[2]},
			{Key: "subject", Value: j[3]}, {Key: "state", Value: j[4]}, {Key: "fence", Value: 1}, {Key: "params", Value: bson.D{{Key: "answering", Value: "1"}}}}); err != nil {
			t.Fatal(err)
		}
	}
	d := migrating(db, nil, singleJobs())
	plan, err := d.Plan(t.Context())
	if err != nil || len(plan) != 1 || plan[0].Records != 2 {
		t.Errorf("the plan is %+v (%v), want two records", plan, err)
	}
	if err := d.Upgrade(t.Context()); err != nil {
		t.Fatal(err)
	}
	cursor, err := db.Collection("jobs").Find(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		ID     string            `bson:"_id"`
		State  string            `bson:"state"`
		Fence  int               `bson:"fence"`
		Error  string            `bson:"error"`
		Params map[string]string `bson:"params"`
	}
	if err := cursor.All(t.Context(), &rows); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range rows {
		got[r.ID] = r.State
		if older := r.ID == "j1" || r.ID == "j2"; older != strings.Contains(r.Error, "newer job") || older != (r.Fence == 2) || r.Params["answering"] != "1" {
			t.Errorf("%+v", r)
		}
	}
	want := map[string]string{"j1": "ended", "j2": "ended", "j3": "waiting", "j4": "waiting", "j5": "waiting", "j6": "waiting", "j7": "failed", "j8": "done"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
