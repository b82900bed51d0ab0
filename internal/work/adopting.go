package work

import (
	"context"
	"errors"
	"slices"

	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
)

// AdoptStore keeps what was written before the trail had a key.
type AdoptStore interface {
	SealStore
	// Begun reads the note that the trail is proven, empty when there is none.
	Begun(ctx context.Context) (string, error)
	SetBegun(ctx context.Context, note string) error
	// Organizations lists the head of every organisation's chain, the empty one too.
	Organizations(ctx context.Context) ([]audit.Head, error)
	// UnsealedOf reads the oldest entries of an organisation that are not sealed, at
	// most n, and the head of its chain.
	UnsealedOf(ctx context.Context, org string, n int) (audit.Head, []audit.Entry, error)
}

// ErrBegun says that the note which Adopt left was changed.
var ErrBegun = errors.New("the note that the audit trail is proven was not made with its key: " +
	"put the trail's keys back from the backup (where they are lost for good: tsunagi audit new-key --lost), or find out who changed the database")

// CheckBegun fails when the trail is proven with keys that are not among ours.
func CheckBegun(ctx context.Context, store AdoptStore, keys audit.Keys) error {
	note, err := store.Begun(ctx)
	if err == nil && note != "" && !keys.HasBegun(note) {
		return ErrBegun
	}
	return err
}

// Adopt seals, once in the life of an installation, what was written before the trail
// had a key, and says in each head how many rows those are: from then on an entry
// without proof is a forgery. It tells how many there are. Killed anywhere, it goes on.
func Adopt(ctx context.Context, store AdoptStore, w *Sealing) (int64, error) {
	note, err := store.Begun(ctx)
	switch {
	case err != nil:
		return 0, err
	case note != "" && !w.Keys.HasBegun(note):
		return 0, ErrBegun
	case note != "":
		return 0, nil
	}
	heads, err := store.Organizations(ctx)
	if err != nil {
		return 0, err
	}
	rows := int64(0)
	for _, head := range heads {
		if head.Proof == nil {
			n, err := w.adopt(ctx, store, head.Org)
			if err != nil {
				return rows, err
			}
			rows += n
		}
	}
	return rows, store.SetBegun(ctx, w.Keys.Begun())
}

// old are those of the entries that none of our keys made.
func (w *Sealing) old(entries []audit.Entry) []audit.Entry {
	return slices.DeleteFunc(entries, func(e audit.Entry) bool { return e.Seal != nil || w.Keys.Lacks(e) == "" })
}

// adopt seals what waits of one organisation, and signs its head.
func (w *Sealing) adopt(ctx context.Context, store AdoptStore, org string) (int64, error) {
	for {
		head, entries, err := store.UnsealedOf(ctx, org, Batch)
		if err != nil {
			return 0, err
		}
		if head.Proof != nil { // by another process
			return head.Before, nil
		}
		sealed, next := head.SealOld(w.old(entries), w.Now())
		if len(sealed) == 0 {
			if head.Seq == 0 {
				return 0, nil
			}
			next = head.Adopt(w.Keys)
		}
		err = store.Seal(ctx, head, next, sealed, nil)
		if err != nil && fault.KindOf(err) != fault.Conflict {
			return 0, err
		}
	}
}
