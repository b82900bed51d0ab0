package campaign

import (
	"context"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/supplier"
)

// Decided is a change of a request as it was read, with its entry.
type Decided struct {
	Assignment Assignment
	Change     Change
	Entry      audit.Entry
}

// change loads a request, lets a rule decide, and saves what it decided with its
// entry and its mail.
func (s *Service) change(ctx context.Context, v access.Viewer, id string, decide func(Assignment) (Change, error)) (Assignment, error) {
	if !v.Can(access.EditCampaigns) {
		return Assignment{}, forbidden()
	}
	a, err := s.Assignment(ctx, v, id)
	if err != nil {
		return a, err
	}
	d, err := s.decided(v, a, decide)
	if err != nil {
		return a, err
	}
	return d.Change.apply(a), s.store.Change(ctx, v, d)
}

// decided lets a rule decide about a request, and adds the entry and the mail.
func (s *Service) decided(v access.Viewer, a Assignment, decide func(Assignment) (Change, error)) (Decided, error) {
	c, err := decide(a)
	if err != nil {
		return Decided{}, err
	}
	c = c.parting(a)
	c.Messages = c.messages(c.apply(a), s.newID(), s.now())
	e := audit.New(v, s.newID(), s.now(), c.action, audit.Ref{Kind: "assignment", ID: a.ID, Name: a.Name}, c.details...).In(a.Campaign)
	return Decided{a, c, e}, nil
}

// messages are the mails that a change owes, to whom the request is for after it.
func (c Change) messages(next Assignment, id string, now time.Time) []notify.Message {
	switch {
	case len(c.added) > 0 && Mailable(next):
		return MessagesTo(next, c.added, id, notify.Request, now)
	case c.mail != "" && Writable(next):
		return Messages(next, id, c.mail, now)
	}
	return nil
}

// Extend gives one supplier more time.
func (s *Service) Extend(ctx context.Context, v access.Viewer, id string, due time.Time) error {
	_, err := s.change(ctx, v, id, func(a Assignment) (Change, error) { return Extend(a, due, s.now()) })
	return err
}

// Revoke makes the present link worthless.
func (s *Service) Revoke(ctx context.Context, v access.Viewer, id string) error {
	_, err := s.change(ctx, v, id, Revoke)
	return err
}

// Withdraw takes a request back, with a reason.
func (s *Service) Withdraw(ctx context.Context, v access.Viewer, id, reason string) error {
	_, err := s.change(ctx, v, id, func(a Assignment) (Change, error) { return Withdraw(a, reason) })
	return err
}

// Readdress sends the request to another person or mailbox. The directory is not
// changed: this is about one campaign.
func (s *Service) Readdress(ctx context.Context, v access.Viewer, id string, to Address, revoke bool) error {
	_, err := s.change(ctx, v, id, func(a Assignment) (Change, error) { return Readdress(a, to, revoke) })
	return err
}

// Stale lists a supplier's requests that take answers still, and wait at another address
// than the directory has now, or are read along by others.
func (s *Service) Stale(ctx context.Context, v access.Viewer, sup supplier.Supplier) ([]Assignment, error) {
	waiting, err := s.OpenOf(ctx, v, sup.ID)
	if err != nil {
		return nil, err
	}
	var out []Assignment
	for _, a := range waiting {
		if (Differs(a, sup) || copiesDiffer(a, sup)) && s.now().Before(a.ClosesAt) {
			out = append(out, a)
		}
	}
	return out, nil
}

// CarryOver gives the requests of a supplier that are Stale whom the directory names now,
// all of them or none, and tells how many they were. With revoke the
// links that went to the earlier address stop working.
func (s *Service) CarryOver(ctx context.Context, v access.Viewer, sup supplier.Supplier, revoke bool) (int, error) {
	if !v.Can(access.EditCampaigns) {
		return 0, forbidden()
	}
	stale, err := s.Stale(ctx, v, sup)
	if err != nil {
		return 0, err
	}
	changes := make([]Decided, len(stale))
	for i, a := range stale {
		if changes[i], err = s.decided(v, a, func(a Assignment) (Change, error) { return CarryOver(a, sup, revoke) }); err != nil {
			return 0, err
		}
	}
	return len(stale), s.store.Change(ctx, v, changes...)
}

// CarryImport queues the job that sends the open requests of the suppliers whose address
// an import brought to that address. Conflict when there is none, or it was asked before
// and goes on still.
func (s *Service) CarryImport(ctx context.Context, v access.Viewer, i supplier.Import, revoke bool) error {
	if !v.Can(access.EditCampaigns) {
		return forbidden()
	}
	n, err := s.Behind(ctx, v, i.ID, s.now())
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.Conflict, "fault.conflict")
	}
	return s.store.StartCarrying(ctx, v, i.ID, revoke, n, audit.New(v, s.newID(), s.now(), ActionCarried, i.Ref()))
}

// SendAgain sends the request once more to the same address.
func (s *Service) SendAgain(ctx context.Context, v access.Viewer, id string) error {
	_, err := s.change(ctx, v, id, SendAgain)
	return err
}

// AllowMore lets the supplier cause more mails, as it asked.
func (s *Service) AllowMore(ctx context.Context, v access.Viewer, id string) error {
	_, err := s.change(ctx, v, id, AllowMore)
	return err
}

// HandOver notes that the buyer gave the link by another way than mail.
func (s *Service) HandOver(ctx context.Context, v access.Viewer, id string) error {
	_, err := s.change(ctx, v, id, HandOver)
	return err
}

// ShowLink notes in the trail that the buyer looks at a supplier's link, and gives the
// request that it belongs to.
func (s *Service) ShowLink(ctx context.Context, v access.Viewer, id string) (Assignment, error) {
	return s.change(ctx, v, id, ShowLink)
}
