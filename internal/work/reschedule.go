package work

import (
	"context"
	"fmt"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/jobs"
)

// Reschedule moves the dates of a campaign's assignments that wait, or ends their
// time. The job's subject is the campaign.
type Reschedule struct{ campaign.Move }

// Kind implements jobs.Args. Check comes with the move.
func (Reschedule) Kind() jobs.Kind { return "reschedule" }

// FromParams reads what versions before December 2026 stored: a text for each date.
func (r *Reschedule) FromParams(params map[string]string) (err error) {
	for name, into := range map[string]*time.Time{"due": &r.DueAt, "closes": &r.ClosesAt} {
		text := params[name]
		if text == "" && name == "due" {
			continue // the campaign is closed
		}
		if *into, err = time.Parse(time.RFC3339Nano, text); err != nil {
			return fmt.Errorf("the date %q: %w", name, err)
		}
	}
	return nil
}

// RescheduleStore finds and writes whose dates move.
type RescheduleStore interface {
	// Movable reads the next of a campaign who wait, would be due earlier, and were
	// not given other dates since the click, in the order of their ids.
	Movable(ctx context.Context, v access.Viewer, campaign string, m campaign.Move, since time.Time, after string, n int) ([]campaign.Assignment, error)
	// Move moves those of a batch who are movable still, with what was decided about
	// each and the job's cursor. Whoever has more time keeps it, unless m ends it.
	Move(ctx context.Context, job jobs.Job, m campaign.Move, batch []campaign.Assignment, decide func(campaign.Assignment) campaign.Told) error
}

// rescheduling is the work of Reschedule.
type rescheduling struct {
	store RescheduleStore
	now   now
	newID newID
}

// RescheduleWork registers the work of Reschedule.
func RescheduleWork(store RescheduleStore, now func() time.Time, newID func() string) jobs.Registration {
	return jobs.Register(rescheduling{store, now, newID}.run)
}

func (w rescheduling) run(ctx context.Context, job jobs.Job, args Reschedule) error {
	v := system(job)
	return steps[campaign.Assignment]{
		next: func(ctx context.Context, after string, n int) ([]campaign.Assignment, error) {
			return w.store.Movable(ctx, v, job.Subject, args.Move, job.CreatedAt, after, n)
		},
		name: byID,
		commit: func(ctx context.Context, batch []campaign.Assignment, _ string) error {
			by := campaign.Batch{By: v, Job: job.ID, At: w.now(), NewID: w.newID}
			return w.store.Move(ctx, job, args.Move, batch, func(a campaign.Assignment) campaign.Told { return by.Move(a, args.Move) })
		},
	}.run(ctx, job)
}
