package mongodb_test

import (
	"time"

	"tsunagi/internal/jobs"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/work"
)

// workOn registers the work on the records of a database.
func workOn(db *mongodb.DB, now func() time.Time) []jobs.Registration {
	batches := mongodb.Batches{Campaigns: mongodb.Campaigns{DB: db}}
	return []jobs.Registration{work.IssueWork(batches, now, newULID), work.RemindWork(batches, now, newULID),
		work.RescheduleWork(batches, now, newULID), work.ImportWork(mongodb.Suppliers{DB: db}, now, newULID),
		work.UndoWork(mongodb.Suppliers{DB: db}, now, newULID)}
}

// worker is what works a kind of job.
func worker(db *mongodb.DB, kind jobs.Kind, now func() time.Time) jobs.Handler {
	for _, r := range workOn(db, now) {
		if r.Kind == kind {
			return r.Work
		}
	}
	return nil
}

func onIssueDay() time.Time { return issueDay }
