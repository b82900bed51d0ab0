package work

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tsunagi/internal/audit"
)

// AnchorStore reads the chains of the trail.
type AnchorStore interface {
	Organizations(ctx context.Context) ([]audit.Head, error)
	// HashAt is the hash of a row, empty when there is none.
	HashAt(ctx context.Context, org string, seq int64) (string, error)
}

// Anchors are kept outside the database.
type Anchors interface {
	Each(visit func(audit.Anchor) error) error
	Add(a audit.Anchor) error
}

// Anchoring notes the heads of the chains outside the database.
type Anchoring struct {
	Store   AnchorStore
	Anchors Anchors
	Now     func() time.Time
	Mails   *HeadMails              // tell the owners now and then; nil for nobody
	last    map[string]audit.Anchor // by organisation; nil until they were read
}

// Once notes every head that has moved, and mails those that are due. Where the chain no
// longer holds what was noted last it tells so as ErrTampered, and notes and mails nothing
// more of that chain.
func (w *Anchoring) Once(ctx context.Context) error {
	if err := w.read(); err != nil {
		return err
	}
	heads, err := w.Store.Organizations(ctx)
	if err != nil {
		return err
	}
	now := map[string]audit.Head{}
	for _, h := range heads {
		now[h.Org] = h
	}
	var tampered []error
	for _, last := range w.last {
		hash, err := w.Store.HashAt(ctx, last.Org, last.Seq)
		if err != nil {
			return err
		}
		if err := last.Holds(now[last.Org], hash); err != nil {
			tampered = append(tampered, fmt.Errorf("%w: %w", ErrTampered, err))
			delete(now, last.Org)
		}
	}
	for _, h := range now {
		if h.Seq == 0 || w.last[h.Org].Seq == h.Seq {
			continue
		}
		a := h.Anchor(w.Now())
		if err := w.Anchors.Add(a); err != nil {
			return errors.Join(append(tampered, err)...)
		}
		w.last[h.Org] = a
	}
	return errors.Join(append(tampered, w.mail(ctx, now))...)
}

// mail tells the owners the heads of their chains. One that fails keeps no other back.
func (w *Anchoring) mail(ctx context.Context, heads map[string]audit.Head) error {
	if w.Mails == nil {
		return nil
	}
	var failed []error
	for _, h := range heads {
		if h.Seq > 0 {
			failed = append(failed, w.Mails.Tell(ctx, h.Anchor(w.Now())))
		}
	}
	return errors.Join(failed...)
}

func (w *Anchoring) read() error {
	if w.last != nil {
		return nil
	}
	last := map[string]audit.Anchor{}
	err := w.Anchors.Each(func(a audit.Anchor) error {
		last[a.Org] = a
		return nil
	})
	if err == nil {
		w.last = last
	}
	return err
}

// Run notes the heads now and again until the context ends.
func (w *Anchoring) Run(ctx context.Context, every time.Duration, report func(error)) {
	for ctx.Err() == nil {
		tell(ctx, w.Once(ctx), report)
		pause(ctx, every)
	}
}
