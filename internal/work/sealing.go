package work

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
)

// SealStore keeps the trail.
type SealStore interface {
	// Unsealed reads the oldest entries of one organisation that are neither sealed nor
	// refused, at most n, and the head of its chain; none when all are. Organisations
	// named in except are passed over.
	Unsealed(ctx context.Context, n int, except []string) (audit.Head, []audit.Entry, error)
	// Seal writes the seals and the refusals, and moves the head from before to after.
	// Conflict when somebody else moved it or sealed one of them: nothing is written then.
	Seal(ctx context.Context, before, after audit.Head, sealed, refused []audit.Entry) error
	// Refused reads the oldest entries of any organisation that were refused, at most n.
	Refused(ctx context.Context, n int) ([]audit.Entry, error)
	// Release lets a refused entry wait again.
	Release(ctx context.Context, e audit.Entry) error
}

// ErrTampered says that the trail holds what the product did not write.
var ErrTampered = errors.New("the audit trail was tampered with")

// Sealing seals the trail into its chains.
type Sealing struct {
	Store SealStore
	Keys  audit.Keys
	Now   func() time.Time
	// halted are organisations whose head is not ours: nothing is sealed onto it.
	halted []string
}

// Once seals the oldest entries of one organisation and tells how many were dealt with.
// Two sealers at once never fork a chain: both move the same head, and one of them is
// refused. What is not ours is told as ErrTampered, and does not stop the rest.
func (w *Sealing) Once(ctx context.Context) (int, error) {
	head, entries, err := w.Store.Unsealed(ctx, Batch, w.halted)
	if err != nil || len(entries) == 0 {
		return 0, err
	}
	if why := w.Keys.LacksHead(head); why != "" {
		w.halted = append(w.halted, head.Org)
		return len(entries), fmt.Errorf("%w: the head of the chain of organisation %s is %s; nothing more of it is sealed", ErrTampered, head.Org, why)
	}
	var tampered []error
	err = Commit(NewSizer(jobs.Job{}), entries, func(part []audit.Entry) error {
		sealed, refused, next := head.SealAll(w.Keys, part, w.Now())
		if err := w.Store.Seal(ctx, head, next, sealed, refused); err != nil {
			return err
		}
		head = next
		for _, e := range refused {
			tampered = append(tampered, refusal(e))
		}
		return nil
	})
	return len(entries), errors.Join(append(tampered, err)...)
}

func refusal(e audit.Entry) error {
	return fmt.Errorf("%w: entry %s of organisation %s is %s and is not sealed", ErrTampered, e.ID, e.Org, e.Refused.Reason)
}

// maxRefused is how many refused entries are looked at again at once.
const maxRefused = 100

// Again looks at what was refused: an entry whose proof holds now, because its key is
// known since, waits again; the others are told once more.
func (w *Sealing) Again(ctx context.Context) error {
	w.halted = nil
	refused, err := w.Store.Refused(ctx, maxRefused)
	if err != nil {
		return err
	}
	var tampered []error
	for _, e := range refused {
		if e.Seal != nil || w.Keys.Lacks(e) != "" {
			tampered = append(tampered, refusal(e))
			continue
		}
		if err := w.Store.Release(ctx, e); err != nil {
			return err
		}
	}
	return errors.Join(tampered...)
}

// againEvery is how often what was refused is looked at, and told.
const againEvery = time.Hour

// maxBeaten is how many times in a row another process may be faster before that is told:
// then it is none, and something holds the chain.
const maxBeaten = 20

// Run seals until the context ends, and looks again after idle when there was nothing
// left to seal, or another process sealed it first: of two that is no error. While there
// is more it rests for three times as long as it worked: sealing may come seconds later,
// and what wrote so much is still writing.
func (w *Sealing) Run(ctx context.Context, idle time.Duration, report func(error)) {
	var looked time.Time
	for beaten := 0; ctx.Err() == nil; {
		begun := time.Now()
		if begun.Sub(looked) >= againEvery {
			tell(ctx, w.Again(ctx), report)
			looked = begun
		}
		n, err := w.Once(ctx)
		rest := idle
		if beaten++; fault.KindOf(err) != fault.Conflict || errors.Is(err, ErrTampered) {
			beaten = 0
		}
		if beaten == 0 || beaten > maxBeaten {
			tell(ctx, err, report)
		}
		if n == Batch && (err == nil || errors.Is(err, ErrTampered)) {
			rest = 3 * time.Since(begun)
		}
		pause(ctx, rest)
	}
}

func tell(ctx context.Context, err error, report func(error)) {
	if err != nil && ctx.Err() == nil {
		report(err)
	}
}

// pause waits, or until the context ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
