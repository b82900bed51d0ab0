package work

import (
	"context"
	"slices"
	"time"
)

const (
	// sweepAfter is how old a file is before it is looked at: a file is stored
	// before the record that names it, and a slow upload may take minutes.
	sweepAfter = time.Hour
	// sweepBatch is how many files are looked up at once.
	sweepBatch = 500
)

// Files are stored files of one sort.
type Files interface {
	// Stored reads the ids of the next files that were begun before a moment.
	Stored(ctx context.Context, after string, before time.Time, n int) ([]string, error)
	// Named tells which of the files a record names.
	Named(ctx context.Context, ids []string) ([]string, error)
	// Remove removes a file; one that is gone is fine.
	Remove(ctx context.Context, id string) error
}

// ExpiredStore keeps what expires.
type ExpiredStore interface {
	// RemoveExpired removes at most n of what has expired, and tells how many.
	RemoveExpired(ctx context.Context, n int) (int, error)
}

// Sweeping removes stored files that no record names: lists whose import is over,
// evidence that was taken back before anybody saw it, and files left behind by a
// process that was killed while it received them.
type Sweeping struct {
	Files []Files
	Now   func() time.Time
}

// Once removes what nothing names and tells how many files that were. Two at once do
// no harm.
func (w Sweeping) Once(ctx context.Context) (int, error) {
	removed := 0
	for _, files := range w.Files {
		n, err := w.sweep(ctx, files)
		removed += n
		if err != nil {
			return removed, err
		}
	}
	return removed, nil
}

func (w Sweeping) sweep(ctx context.Context, files Files) (removed int, err error) {
	before, last := w.Now().Add(-sweepAfter), ""
	for {
		ids, err := files.Stored(ctx, last, before, sweepBatch)
		if err != nil || len(ids) == 0 {
			return removed, err
		}
		last = ids[len(ids)-1]
		keep, err := files.Named(ctx, ids)
		if err != nil {
			return removed, err
		}
		for _, id := range ids {
			if slices.Contains(keep, id) {
				continue
			}
			if err := files.Remove(ctx, id); err != nil {
				return removed, err
			}
			removed++
		}
	}
}

// Run sweeps until the context ends.
func (w Sweeping) Run(ctx context.Context, every time.Duration, report func(removed int, err error)) {
	for ctx.Err() == nil {
		removed, err := w.Once(ctx)
		if ctx.Err() == nil && (removed > 0 || err != nil) {
			report(removed, err)
		}
		pause(ctx, every)
	}
}

// expireBatch is how many documents are removed before the context is looked at.
const expireBatch = 100

// Expire removes what has expired until the context ends.
func Expire(ctx context.Context, store ExpiredStore, every time.Duration, report func(error)) {
	for ctx.Err() == nil {
		n, err := store.RemoveExpired(ctx, expireBatch)
		if err != nil && ctx.Err() == nil {
			report(err)
		}
		if n == expireBatch && err == nil {
			continue
		}
		pause(ctx, every)
	}
}
