package work

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
)

// HeadMailStore keeps when the owners of an organisation were last sent its head.
type HeadMailStore interface {
	Organization(ctx context.Context, v access.Viewer) (org.Organization, error)
	Members(ctx context.Context, v access.Viewer) ([]org.Member, error)
	// SaveHeadMails notes that the head was mailed, with the messages that are owed for it,
	// all or nothing. Conflict when it was mailed since the organisation was seen.
	SaveHeadMails(ctx context.Context, seen org.Organization, at time.Time, messages []notify.Message) error
}

// ChainStore verifies chains.
type ChainStore interface {
	// Verify walks a chain, and gives an *audit.Break where it does not hold.
	Verify(ctx context.Context, org string) (audit.Chain, error)
}

// HeadMails send the end of its trail to the owners of each organisation, once a week. Of
// two processes at once one does it: the note of it and the mails are one change.
type HeadMails struct {
	Store  HeadMailStore
	Chains ChainStore
	NewID  func() string
	Now    func() time.Time
	broken map[string]time.Time // when the chain of an organisation last did not hold
}

// lookAgain is how long a chain that does not hold is not walked again.
const lookAgain = 24 * time.Hour

// Tell mails an anchor to the owners of its organisation if that is due. The whole chain is
// walked before: while it does not hold nobody is told its end, and that is given as
// ErrTampered.
func (w *HeadMails) Tell(ctx context.Context, a audit.Anchor) error {
	v, now := access.System(a.Org, "head of the trail"), w.Now()
	o, err := w.Store.Organization(ctx, v)
	if fault.KindOf(err) == fault.NotFound {
		return nil // only its trail is left
	}
	if err != nil || !o.HeadDue(now) || now.Sub(w.broken[a.Org]).Abs() < lookAgain {
		return err
	}
	members, err := w.Store.Members(ctx, v)
	if err != nil {
		return err
	}
	messages := o.HeadMails(members, a, w.NewID, now)
	if len(messages) == 0 { // nobody to tell; the chain is not walked for that each time
		return nil
	}
	if err := w.walk(ctx, a.Org); err != nil {
		return err
	}
	err = w.Store.SaveHeadMails(ctx, o, now, messages)
	if fault.KindOf(err) == fault.Conflict {
		return nil // another process has told them
	}
	return err
}

// walk gives ErrTampered where a chain, or a row beside it, does not hold.
func (w *HeadMails) walk(ctx context.Context, of string) error {
	found, err := w.Chains.Verify(ctx, of)
	if broken := new(audit.Break); err == nil && len(found.Apart) > 0 {
		err = &found.Apart[0]
	} else if err == nil || !errors.As(err, &broken) {
		return err
	}
	if w.broken == nil {
		w.broken = map[string]time.Time{}
	}
	w.broken[of] = w.Now()
	return fmt.Errorf("%w: organisation %s: its head is not mailed: %w", ErrTampered, of, err)
}
