package work

import (
	"context"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/jobs"
	"tsunagi/internal/supplier"
)

// Carry sends the open requests of suppliers whose address an import brought to that
// address. The job's subject is the import.
type Carry struct {
	Revoke bool `json:"revoke,omitempty"` // the links that went to the earlier addresses stop working
}

// Kind implements jobs.Args.
func (Carry) Kind() jobs.Kind { return "carry" }

// Check implements jobs.Args.
func (Carry) Check() error { return nil }

// CarryStore finds and writes the requests that an import left behind.
type CarryStore interface {
	// LeftBehind reads the next of them, in the order of their ids.
	LeftBehind(ctx context.Context, v access.Viewer, imported string, now time.Time, after string, n int) ([]campaign.Assignment, error)
	// CarryOver writes what is decided about those of a batch that are behind still, with
	// the job's cursor. Whoever is decided nothing about is left as it is.
	CarryOver(ctx context.Context, job jobs.Job, batch []campaign.Assignment, now time.Time, decide func(campaign.Assignment, supplier.Supplier) (campaign.Decided, error)) error
}

// carrying is the work of Carry.
type carrying struct {
	store CarryStore
	now   now
	newID newID
}

// CarryWork registers the work of Carry.
func CarryWork(store CarryStore, now func() time.Time, newID func() string) jobs.Registration {
	return jobs.Register(carrying{store, now, newID}.run)
}

func (w carrying) run(ctx context.Context, job jobs.Job, args Carry) error {
	v := system(job)
	return steps[campaign.Assignment]{
		next: func(ctx context.Context, after string, n int) ([]campaign.Assignment, error) {
			return w.store.LeftBehind(ctx, v, job.Subject, w.now(), after, n)
		},
		name: byID,
		commit: func(ctx context.Context, batch []campaign.Assignment, _ string) error {
			by := campaign.Batch{By: v, Job: job.ID, At: w.now(), NewID: w.newID}
			return w.store.CarryOver(ctx, job, batch, by.At, func(a campaign.Assignment, s supplier.Supplier) (campaign.Decided, error) {
				return by.CarryOver(a, s, args.Revoke)
			})
		},
	}.run(ctx, job)
}
