package work

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/jobs"
	"tsunagi/internal/supplier"
	"tsunagi/internal/table"
)

// Import takes a checked list into the directory. The job's subject is the import.
type Import struct{}

// Kind implements jobs.Args.
func (Import) Kind() jobs.Kind { return "import" }

// Check implements jobs.Args.
func (Import) Check() error { return nil }

// ImportStore keeps the directory and the lists that are imported into it.
type ImportStore interface {
	Import(ctx context.Context, v access.Viewer, id string) (supplier.Import, error)
	Upload(ctx context.Context, v access.Viewer, i supplier.Import) ([]byte, error)
	Meant(ctx context.Context, v access.Viewer, a supplier.Asked) ([]supplier.Supplier, error)
	// TakeIn writes a part of a list, which ends before the row named by cursor.
	// supplier.ErrOvertaken when one of its suppliers is not as it was judged.
	TakeIn(ctx context.Context, job jobs.Job, in supplier.Intake, cursor string) error
	// TakeStock counts the directory anew.
	TakeStock(ctx context.Context, v access.Viewer) error
}

// importing is the work of Import.
type importing struct {
	store ImportStore
	now   now
	newID newID
}

// ImportWork registers the work of Import.
func ImportWork(store ImportStore, now func() time.Time, newID func() string) jobs.Registration {
	return jobs.Register(importing{store, now, newID}.run)
}

// maxJudgings is how often a batch is judged before the job is left for later:
// each time, somebody changed one of its suppliers before it was written.
const maxJudgings = 5

// run takes in batches of rows, each one transaction with the job's cursor. Killed
// anywhere, it goes on after the last batch; a row taken in before is found to be
// the same.
func (w importing) run(ctx context.Context, job jobs.Job, _ Import) error {
	v := system(job)
	start, err := strconv.Atoi(job.Cursor)
	if err != nil && job.Cursor != "" {
		return fmt.Errorf("cursor of import %s: %w: %w", job.ID, err, jobs.ErrHopeless)
	}
	list, err := w.open(ctx, v, job.Subject)
	if err != nil {
		return err
	}
	sizer := NewSizer(job)
	for tries := 1; start < len(list.verdicts); tries++ {
		batch := list.verdicts[start:min(start+Batch, len(list.verdicts))]
		err := Commit(sizer, batch, func(part []supplier.Verdict) error {
			end := start + len(part)
			if err := w.store.TakeIn(ctx, job, supplier.TakeIn(v, list.Import, part, w.newID, w.now()), strconv.Itoa(end)); err != nil {
				return err
			}
			start, tries = end, 0
			return nil
		})
		switch {
		case err == nil:
		case errors.Is(err, supplier.ErrOvertaken) && tries < maxJudgings:
			if err := w.judge(ctx, v, &list); err != nil {
				return err
			}
		default:
			return err
		}
	}
	return w.store.TakeStock(ctx, v)
}

// uploadedList is an import with its rows and what becomes of each.
type uploadedList struct {
	supplier.Import
	rows     []supplier.Row
	verdicts []supplier.Verdict
}

func (w importing) open(ctx context.Context, v access.Viewer, id string) (uploadedList, error) {
	i, err := w.store.Import(ctx, v, id)
	if err != nil {
		return uploadedList{}, err
	}
	kept, err := w.store.Upload(ctx, v, i)
	if err != nil {
		return uploadedList{}, err
	}
	read, err := table.ReadList(i, kept)
	if err != nil {
		return uploadedList{}, err
	}
	list := uploadedList{Import: i, rows: read.Rows}
	return list, w.judge(ctx, v, &list)
}

// judge compares the list with the directory as it is now.
func (w importing) judge(ctx context.Context, v access.Viewer, list *uploadedList) error {
	known, err := w.store.Meant(ctx, v, list.Asks(list.rows))
	if err != nil {
		return err
	}
	list.verdicts, _ = list.Judge(list.rows, supplier.NewKnown(known))
	return nil
}
