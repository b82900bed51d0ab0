package campaign

import (
	"context"
	"strings"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
)

// Audit actions about one assignment, beside those of issuing.
const (
	ActionExtended  audit.Action = "assignment.extended"
	ActionRevoked   audit.Action = "assignment.link-revoked"
	ActionWithdrew  audit.Action = "assignment.withdrawn"
	ActionShown     audit.Action = "assignment.link-shown"
	ActionHanded    audit.Action = "assignment.handed-over"
	ActionReadress  audit.Action = "assignment.readdressed"
	ActionSentAgain audit.Action = "assignment.sent-again"
)

// Change is a change of one assignment by the buyer; zero fields change nothing.
type Change struct {
	DueAt, ClosesAt time.Time
	Revoke          bool // raise the generation: the present link stops working
	Withdraw        bool
	Reason          string
	Reopen          bool     // declined → answering: somebody else is asked
	Delivery        Delivery // the new delivery state, "" to keep it
	To              *Address
	Message         *notify.Message
}

// Address is whom a request is addressed to.
type Address struct{ Department, Person, Email string }

// Extend gives one supplier more time, and tells it so; a sheet that was closed
// takes answers again.
func (s *Service) Extend(ctx context.Context, v access.Viewer, id string, due time.Time) error {
	a, err := s.changeable(ctx, v, id)
	if err != nil {
		return err
	}
	f := s.checkDue(due)
	if !a.Response.TakesAnswers() {
		f.Add("due", "fault.campaign.not-waiting")
	}
	if err := f.Err(); err != nil {
		return err
	}
	change := Change{DueAt: due, ClosesAt: a.ClosesAt}
	if change.ClosesAt.Before(due) {
		change.ClosesAt = due
	}
	a.DueAt, a.ClosesAt = change.DueAt, change.ClosesAt
	change.Message = s.message(a, notify.Extended)
	return s.store.Change(ctx, v, a, change, s.assignmentEntry(v, ActionExtended, a,
		audit.Detail{Key: "due", Value: due.Format(time.RFC3339)}))
}

func (s *Service) checkDue(due time.Time) (f fault.Fields) {
	if !due.After(s.now()) {
		f.Add("due", "fault.date-past")
	} else if due.After(s.now().AddDate(1, 0, 0)) {
		f.Add("due", "fault.campaign.due-far")
	}
	return f
}

// message is a mail about an assignment, nil when it has no usable address.
func (s *Service) message(a Assignment, kind notify.Kind) *notify.Message {
	if !org.ValidEmail(a.Email) {
		return nil
	}
	m := Message(a, s.newID(), kind, s.now())
	return &m
}

// Revoke makes the present link and every session of it worthless. Nothing is
// sent: the address may be wrong.
func (s *Service) Revoke(ctx context.Context, v access.Viewer, id string) error {
	a, err := s.changeable(ctx, v, id)
	if err != nil {
		return err
	}
	if a.Response == Withdrawn {
		return fault.New(fault.Conflict, "fault.campaign.withdrawn")
	}
	return s.store.Change(ctx, v, a, Change{Revoke: true}, s.assignmentEntry(v, ActionRevoked, a))
}

// Withdraw takes a request back, with a reason.
func (s *Service) Withdraw(ctx context.Context, v access.Viewer, id, reason string) error {
	a, err := s.changeable(ctx, v, id)
	if err != nil {
		return err
	}
	reason = strings.TrimSpace(reason)
	var f fault.Fields
	f.Required("reason", reason, 500)
	if err := f.Err(); err != nil {
		return err
	}
	if !a.Response.CanBecome(Withdrawn) {
		return fault.New(fault.Conflict, "fault.campaign.not-waiting")
	}
	return s.store.Change(ctx, v, a, Change{Withdraw: true, Reason: reason}, s.assignmentEntry(v, ActionWithdrew, a,
		audit.Detail{Key: "reason", Value: reason}))
}

// Readdress sends the request to another person or mailbox. With revoke the link
// that the first one got stops working. A request that was declined is open again.
// The directory is not changed: this is about one campaign.
func (s *Service) Readdress(ctx context.Context, v access.Viewer, id string, to Address, revoke bool) error {
	a, err := s.changeable(ctx, v, id)
	if err != nil {
		return err
	}
	if !a.Response.Waits() && a.Response != Declined {
		return fault.New(fault.Conflict, "fault.campaign.not-waiting")
	}
	to.Department, to.Person, to.Email = strings.TrimSpace(to.Department), strings.TrimSpace(to.Person), org.FoldEmail(to.Email)
	var f fault.Fields
	f.OneLine("department", to.Department, 120)
	f.OneLine("person", to.Person, 120)
	if !org.ValidEmail(to.Email) {
		f.Add("email", "fault.email")
	}
	if err := f.Err(); err != nil {
		return err
	}
	next := a
	next.Department, next.Person, next.Email = to.Department, to.Person, to.Email
	change := Change{To: &to, Revoke: revoke, Reopen: a.Response == Declined, Delivery: DeliveryQueued, Message: s.message(next, notify.Request)}
	return s.store.Change(ctx, v, a, change, s.assignmentEntry(v, ActionReadress, a,
		audit.Detail{Key: "from", Value: a.Email}, audit.Detail{Key: "to", Value: to.Email}))
}

// SendAgain sends the request once more to the same address. Conflict while one
// is still waiting to leave.
func (s *Service) SendAgain(ctx context.Context, v access.Viewer, id string) error {
	a, err := s.changeable(ctx, v, id)
	if err != nil {
		return err
	}
	switch {
	case !a.Response.Waits():
		return fault.New(fault.Conflict, "fault.campaign.not-waiting")
	case a.Delivery == DeliveryQueued:
		return fault.New(fault.Conflict, "fault.campaign.queued")
	}
	m := s.message(a, notify.Request)
	if m == nil {
		return fault.New(fault.Conflict, "fault.campaign.no-address")
	}
	change := Change{Message: m}
	if a.Delivery != DeliveryOpened {
		change.Delivery = DeliveryQueued
	}
	return s.store.Change(ctx, v, a, change, s.assignmentEntry(v, ActionSentAgain, a, audit.Detail{Key: "to", Value: a.Email}))
}

// HandedOver notes that the buyer gave the link by another way than mail.
func (s *Service) HandedOver(ctx context.Context, v access.Viewer, id string) error {
	a, err := s.changeable(ctx, v, id)
	if err != nil {
		return err
	}
	if a.Delivery == DeliveryOpened || !a.Response.Waits() {
		return fault.New(fault.Conflict, "fault.campaign.not-waiting")
	}
	return s.store.Change(ctx, v, a, Change{Delivery: DeliveryByHand}, s.assignmentEntry(v, ActionHanded, a))
}

// ShowLink notes that the buyer looked at a supplier's link, to hand it over:
// whoever has it can answer.
func (s *Service) ShowLink(ctx context.Context, v access.Viewer, id string) (Assignment, error) {
	a, err := s.changeable(ctx, v, id)
	if err != nil {
		return a, err
	}
	if a.Response == Withdrawn {
		return a, fault.New(fault.Conflict, "fault.campaign.withdrawn")
	}
	return a, s.store.Change(ctx, v, a, Change{}, s.assignmentEntry(v, ActionShown, a))
}

func (s *Service) changeable(ctx context.Context, v access.Viewer, id string) (Assignment, error) {
	if !v.Can(access.EditCampaigns) {
		return Assignment{}, forbidden()
	}
	return s.Assignment(ctx, v, id)
}

func (s *Service) assignmentEntry(v access.Viewer, action audit.Action, a Assignment, details ...audit.Detail) audit.Entry {
	return audit.New(v, s.newID(), s.now(), action, audit.Ref{Kind: "assignment", ID: a.ID, Name: a.Name}, details...).In(a.Campaign)
}
