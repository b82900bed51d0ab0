package schema

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// singleJobs settles what two clicks left: of several jobs of one kind that wait or
// run on one subject the newest stays, because it holds what was wanted last. The
// others are ended, and say why; their fence is raised, so that nobody who still works
// on one can write. From this version on an index lets only one be.
func singleJobs() Step {
	return Step{
		Name: "single-jobs",
		What: "jobs that wait beside a newer one of the same kind on the same campaign are ended without being run",
		Count: func(ctx context.Context, db *mongo.Database) (int, error) {
			older, err := olderJobs(ctx, db)
			return len(older), err
		},
		Batch: func(ctx context.Context, db *mongo.Database, _ string) (Batch, error) {
			older, err := olderJobs(ctx, db)
			if err != nil || len(older) == 0 {
				return Batch{Done: true}, err
			}
			_, err = db.Collection("jobs").UpdateMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: older}}}}, bson.D{
				{Key: "$set", Value: bson.D{{Key: "state", Value: "ended"}, {Key: "finished_at", Value: time.Now().UTC()},
					{Key: "error", Value: "not run: a newer job of the same kind waited on the same subject"}}},
				{Key: "$unset", Value: bson.D{{Key: "lease_until", Value: ""}}},
				{Key: "$inc", Value: bson.D{{Key: "fence", Value: 1}}}})
			return Batch{Changed: len(older), Done: true}, err
		},
	}
}

// olderJobs lists the jobs beside which a newer one waits or runs. They are as few as
// people who clicked twice; ids grow with time.
func olderJobs(ctx context.Context, db *mongo.Database) ([]string, error) {
	cursor, err := db.Collection("jobs").Aggregate(ctx, bson.A{
		bson.D{{Key: "$match", Value: bson.D{{Key: "state", Value: bson.D{{Key: "$in", Value: bson.A{"waiting", "running"}}}}}}},
		bson.D{{Key: "$sort", Value: bson.D{{Key: "_id", Value: -1}}}},
		bson.D{{Key: "$group", Value: bson.D{
			{Key: "_id", Value: bson.D{{Key: "org", Value: "$org_id"}, {Key: "kind", Value: "$kind"}, {Key: "subject", Value: "$subject"}}},
			{Key: "jobs", Value: bson.D{{Key: "$push", Value: "$_id"}}}}}},
		bson.D{{Key: "$match", Value: bson.D{{Key: "jobs.1", Value: bson.D{{Key: "$exists", Value: true}}}}}},
	})
	if err != nil {
		return nil, err
	}
	var groups []struct {
		Jobs []string `bson:"jobs"`
	}
	if err := cursor.All(ctx, &groups); err != nil {
		return nil, err
	}
	var older []string
	for _, g := range groups {
		older = append(older, g.Jobs[1:]...)
	}
	return older, nil
}
