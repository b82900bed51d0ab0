package campaign

import (
	"context"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
)

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
	c, err := decide(a)
	if err != nil {
		return a, err
	}
	next := c.apply(a)
	if c.mail != "" && Writable(next) {
		m := Message(next, s.newID(), c.mail, s.now())
		c.Message = &m
	}
	e := audit.New(v, s.newID(), s.now(), c.action, audit.Ref{Kind: "assignment", ID: a.ID, Name: a.Name}, c.details...).In(a.Campaign)
	return next, s.store.Change(ctx, v, a, c, e)
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
