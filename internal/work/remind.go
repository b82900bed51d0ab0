package work

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/jobs"
)

// Remind reminds those of a campaign who are in one of the states, can be reached by
// mail, and were not reminded since the click. The job's subject is the campaign.
type Remind struct {
	States []campaign.Response `json:"states"`
	Before time.Time           `json:"before,omitzero"` // who was reminded since then is left alone, too
}

// Kind implements jobs.Args.
func (Remind) Kind() jobs.Kind { return "remind" }

// Check implements jobs.Args.
func (r Remind) Check() error {
	if len(r.States) == 0 {
		return errors.New("nobody is to be reminded")
	}
	for _, state := range r.States {
		if !slices.Contains(campaign.Remindable, state) {
			return fmt.Errorf("nobody is reminded who is %q", state)
		}
	}
	return nil
}

// FromParams reads what versions before December 2026 stored: a name for each state.
func (r *Remind) FromParams(params map[string]string) error {
	for name, text := range params {
		if name != "before" {
			r.States = append(r.States, campaign.Response(name))
			continue
		}
		before, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return fmt.Errorf("since when suppliers must not have been reminded: %w", err)
		}
		r.Before = before
	}
	return nil
}

// RemindStore finds and writes who is reminded.
type RemindStore interface {
	// Remindable reads the next of a campaign who are to be reminded, in the order
	// of their ids.
	Remindable(ctx context.Context, v access.Viewer, campaign string, r campaign.Reminder, after string, n int) ([]campaign.Assignment, error)
	// Remind notes the reminder on those of a batch who are to be reminded still,
	// with what was decided about each and the job's cursor.
	Remind(ctx context.Context, job jobs.Job, r campaign.Reminder, batch []campaign.Assignment, at time.Time, decide func(campaign.Assignment) campaign.Told) error
}

// reminding is the work of Remind.
type reminding struct {
	store RemindStore
	now   now
	newID newID
}

// RemindWork registers the work of Remind.
func RemindWork(store RemindStore, now func() time.Time, newID func() string) jobs.Registration {
	return jobs.Register(reminding{store, now, newID}.run)
}

func (w reminding) run(ctx context.Context, job jobs.Job, args Remind) error {
	v := system(job)
	who := campaign.Reminder{States: args.States, Before: args.Before}
	if who.Before.IsZero() {
		who.Before = job.CreatedAt // nobody twice, whatever happened since the click
	}
	return steps[campaign.Assignment]{
		next: func(ctx context.Context, after string, n int) ([]campaign.Assignment, error) {
			return w.store.Remindable(ctx, v, job.Subject, who, after, n)
		},
		name: byID,
		commit: func(ctx context.Context, batch []campaign.Assignment, _ string) error {
			by := campaign.Batch{By: v, Job: job.ID, At: w.now(), NewID: w.newID}
			return w.store.Remind(ctx, job, who, batch, by.At, by.Remind)
		},
	}.run(ctx, job)
}

func byID(a campaign.Assignment) string { return a.ID }
