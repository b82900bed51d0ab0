package work

import (
	"context"
	"time"

	"tsunagi/internal/audit"
	"tsunagi/internal/jobs"
)

// SealStore keeps the trail.
type SealStore interface {
	// Unsealed reads the oldest entries of one organisation that are not sealed, at
	// most n, and the head of its chain; none when all are.
	Unsealed(ctx context.Context, n int) (audit.Head, []audit.Entry, error)
	// Seal writes the seals and moves the head from before to after. Conflict when
	// somebody else moved it or sealed one of them: nothing is written then.
	Seal(ctx context.Context, before, after audit.Head, sealed []audit.Entry) error
}

// Sealing seals the trail into its chains.
type Sealing struct {
	Store SealStore
	Now   func() time.Time
}

// Once seals the oldest entries of one organisation and tells how many. Two sealers
// at once never fork a chain: both move the same head, and one of them is refused.
func (w Sealing) Once(ctx context.Context) (int, error) {
	head, entries, err := w.Store.Unsealed(ctx, Batch)
	if err != nil || len(entries) == 0 {
		return 0, err
	}
	err = Commit(NewSizer(jobs.Job{}), entries, func(part []audit.Entry) error {
		sealed, next := head.SealAll(part, w.Now())
		if err := w.Store.Seal(ctx, head, next, sealed); err != nil {
			return err
		}
		head = next
		return nil
	})
	return len(entries), err
}

// Run seals until the context ends, and looks again after idle when there was
// nothing left to seal. While there is more it rests for three times as long as it
// worked: sealing may come seconds later, and what wrote so much is still writing.
func (w Sealing) Run(ctx context.Context, idle time.Duration, report func(error)) {
	for ctx.Err() == nil {
		begun := time.Now()
		n, err := w.Once(ctx)
		if err != nil && ctx.Err() == nil {
			report(err)
		}
		rest := idle
		if n == Batch && err == nil {
			rest = 3 * time.Since(begun)
		}
		pause(ctx, rest)
	}
}

// pause waits, or until the context ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
