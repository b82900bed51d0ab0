package work

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/jobs"
	"tsunagi/internal/supplier"
)

// Undo takes an import back, as far as nobody changed its suppliers since. The job's
// subject is the import.
type Undo struct{}

// Kind implements jobs.Args.
func (Undo) Kind() jobs.Kind { return "undo" }

// Check implements jobs.Args.
func (Undo) Check() error { return nil }

// UndoStore keeps the directory and what imports did to it.
type UndoStore interface {
	Import(ctx context.Context, v access.Viewer, id string) (supplier.Import, error)
	Parts(ctx context.Context, v access.Viewer, id, after string, n int) ([]supplier.Part, error)
	ByIDs(ctx context.Context, v access.Viewer, ids []string) (map[string]supplier.Supplier, error)
	// TakeBack writes what becomes of a part, up to the place that cursor names.
	// supplier.ErrOvertaken when one of its suppliers is not as it was judged.
	TakeBack(ctx context.Context, job jobs.Job, back supplier.Returned, cursor string) error
	TakeStock(ctx context.Context, v access.Viewer) error
}

// undoing is the work of Undo.
type undoing struct {
	store UndoStore
	now   now
	newID newID
}

// UndoWork registers the work of Undo.
func UndoWork(store UndoStore, now func() time.Time, newID func() string) jobs.Registration {
	return jobs.Register(undoing{store, now, newID}.run)
}

// run takes back part after part, each in one transaction with the job's cursor: the part
// before the one it is at, and how much of that is done.
func (w undoing) run(ctx context.Context, job jobs.Job, _ Undo) error {
	v := system(job)
	i, err := w.store.Import(ctx, v, job.Subject)
	if err != nil {
		return err
	}
	after, done, err := placeOf(job)
	if err != nil {
		return err
	}
	sizer := NewSizer(job)
	for {
		parts, err := w.store.Parts(ctx, v, i.ID, after, 1)
		if err != nil {
			return err
		}
		if len(parts) == 0 {
			return w.store.TakeStock(ctx, v)
		}
		part := parts[0]
		err = Commit(sizer, part.Takings[min(done, len(part.Takings)):], func(some []supplier.Taking) error {
			done += len(some)
			cursor := after + "/" + strconv.Itoa(done)
			if done == len(part.Takings) {
				cursor = part.ID + "/0"
			}
			err := w.takeBack(ctx, job, i, some, cursor)
			if err != nil {
				done -= len(some)
			}
			return err
		})
		if err != nil {
			return err
		}
		after, done = part.ID, 0
	}
}

// takeBack judges suppliers and writes what becomes of them, again when somebody changed
// one meanwhile.
func (w undoing) takeBack(ctx context.Context, job jobs.Job, i supplier.Import, some []supplier.Taking, cursor string) error {
	v := system(job)
	ids := make([]string, len(some))
	for n, t := range some {
		ids[n] = t.ID
	}
	for tries := 1; ; tries++ {
		present, err := w.store.ByIDs(ctx, v, ids)
		if err != nil {
			return err
		}
		err = w.store.TakeBack(ctx, job, supplier.TakeBack(v, i, some, present, w.newID, w.now()), cursor)
		if !errors.Is(err, supplier.ErrOvertaken) || tries == maxJudgings {
			return err
		}
	}
}

func placeOf(job jobs.Job) (after string, done int, err error) {
	if job.Cursor == "" {
		return "", 0, nil
	}
	after, n, _ := strings.Cut(job.Cursor, "/")
	if done, err = strconv.Atoi(n); err != nil || done < 0 {
		return "", 0, fmt.Errorf("cursor of job %s: %q: %w", job.ID, job.Cursor, jobs.ErrHopeless)
	}
	return after, done, nil
}
