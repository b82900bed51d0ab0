package work

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
)

// LoseStore keeps the trail whose key was lost.
type LoseStore interface {
	AdoptStore
	// Append writes an entry, proven by the keys.
	Append(ctx context.Context, e audit.Entry) error
}

// ErrNotLost says that the trail is proven by keys that are at hand.
var ErrNotLost = errors.New("the keys of the audit trail are at hand, or were never made: nothing was lost")

// Lose notes, in the chain of every organisation, that the keys which proved it were lost
// for good: its rows still chain, and the new key proves from then on. What waits to be
// sealed is sealed first. It tells of how many rows that is so. Killed anywhere, it goes on.
func Lose(ctx context.Context, store LoseStore, w *Sealing) (int64, error) {
	note, err := store.Begun(ctx)
	if err != nil {
		return 0, err
	}
	if note == "" || w.Keys.HasBegun(note) {
		return 0, ErrNotLost
	}
	heads, err := store.Organizations(ctx)
	if err != nil {
		return 0, err
	}
	rows := int64(0)
	for _, head := range heads {
		n, err := w.lose(ctx, store, head.Org)
		if err != nil {
			return rows, fmt.Errorf("organisation %s: %w", head.Org, err)
		}
		rows += n
	}
	return rows, store.SetBegun(ctx, w.Keys.Begun())
}

// lose deals with one organisation.
func (w *Sealing) lose(ctx context.Context, store LoseStore, org string) (int64, error) {
	var lost []string
	for {
		head, entries, err := store.UnsealedOf(ctx, org, Batch)
		if err != nil || head.Lost > 0 && w.Keys.LacksHead(head) == "" || head.Seq == 0 && len(entries) == 0 {
			return head.Lost, err
		}
		waiting := slices.DeleteFunc(entries, func(e audit.Entry) bool { return e.Seal != nil || w.Keys.Lacks(e) != audit.UnknownKey })
		lost = keysOf(lost, head, waiting)
		sealed, next := head.SealOld(waiting, w.Now())
		next.Proof = head.Proof // of the lost key, until all are sealed
		if len(sealed) == 0 {
			if head.Seq == 0 {
				return 0, nil
			}
			next = head.Lose(w.Keys)
			err := store.Append(ctx, audit.LostEntry(org, w.Now(), w.Keys, lost, next.Lost))
			if err != nil && fault.KindOf(err) != fault.Conflict { // there is one of an earlier try
				return 0, err
			}
		}
		if err := store.Seal(ctx, head, next, sealed, nil); err != nil && fault.KindOf(err) != fault.Conflict {
			return 0, err
		}
	}
}

// keysOf adds the ids of the keys that proved a head and entries.
func keysOf(known []string, head audit.Head, entries []audit.Entry) []string {
	proofs := []*audit.Proof{head.Proof}
	for _, e := range entries {
		proofs = append(proofs, e.Proof)
	}
	for _, p := range proofs {
		if p != nil && !slices.Contains(known, p.Key) {
			known = append(known, p.Key)
		}
	}
	return known
}
