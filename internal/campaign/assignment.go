package campaign

import (
	"slices"
	"strings"
	"time"

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
	ActionAllowed   audit.Action = "assignment.mails-allowed"
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
	Copies          *[]Copy // who reads along from then on
	Messages        []notify.Message
	AllowMore       bool // as many mails as on the first day

	action  audit.Action
	details []audit.Detail
	mail    notify.Kind // what is written to the supplier, if it can be
	added   []Copy      // who is written to because they read along from now on
}

// Address is whom a request is addressed to.
type Address struct{ Department, Person, Email string }

// apply gives the request as it is after the change.
func (c Change) apply(a Assignment) Assignment {
	if !c.DueAt.IsZero() {
		a.DueAt, a.ClosesAt, a.Ended = c.DueAt, c.ClosesAt, false
	}
	if c.Revoke {
		a.Generation++
	}
	if c.Withdraw {
		a.Response, a.Reason = Withdrawn, c.Reason
	}
	if c.Reopen {
		a.Response, a.Reason = Answering, ""
	}
	if c.AllowMore || c.Revoke {
		a.MoreAskedAt = time.Time{}
	}
	if c.Delivery != "" {
		a.Delivery, a.DeliveryNote = c.Delivery, ""
	}
	if c.To != nil {
		a.Department, a.Person, a.Email = c.To.Department, c.To.Person, c.To.Email
	}
	if c.Copies != nil {
		a.Copies, a.OwnCopies = *c.Copies, false
	}
	return a
}

func detail(key, value string) audit.Detail { return audit.Detail{Key: key, Value: value} }

// Extend gives one supplier more time, and tells it so; a sheet that was closed
// takes answers again.
func Extend(a Assignment, due, now time.Time) (Change, error) {
	f := checkDue(due, now)
	if !a.Response.TakesAnswers() {
		f.Add("due", "fault.campaign.not-waiting")
	}
	if err := f.Err(); err != nil {
		return Change{}, err
	}
	c := Change{DueAt: due, ClosesAt: a.ClosesAt, mail: notify.Extended, action: ActionExtended,
		details: []audit.Detail{audit.WasAt("due", a.DueAt, due)}}
	if c.ClosesAt.Before(due) {
		c.ClosesAt = due
	}
	return c, nil
}

// Revoke makes the present link and every session of it worthless. Nothing is
// sent: the address may be wrong.
func Revoke(a Assignment) (Change, error) {
	if a.Response == Withdrawn {
		return Change{}, fault.New(fault.Conflict, "fault.campaign.withdrawn")
	}
	return Change{Revoke: true, action: ActionRevoked, details: []audit.Detail{Ended}}, nil
}

// Withdraw takes a request back, with a reason for the buyer's own records. Whom the
// request has reached is told so.
func Withdraw(a Assignment, reason string) (Change, error) {
	reason = strings.TrimSpace(reason)
	var f fault.Fields
	f.Required("reason", reason, 500)
	if err := f.Err(); err != nil {
		return Change{}, err
	}
	if !a.Response.CanBecome(Withdrawn) {
		return Change{}, fault.New(fault.Conflict, "fault.campaign.not-waiting")
	}
	c := Change{Withdraw: true, Reason: reason, action: ActionWithdrew,
		details: []audit.Detail{audit.Was("state", a.Response, Withdrawn), detail("reason", reason)}}
	if Writable(a) && reached(a) {
		c.mail = notify.CalledOff
	}
	return c, nil
}

// reached tells whether the supplier may know of the request: somebody began it, it was
// given, or a mail of it left before whatever became of the next one.
func reached(a Assignment) bool {
	return a.Response != NotStarted || slices.Contains(Arrived, a.Delivery) || !a.DeliveredAt.IsZero()
}

// Readdress sends the request to another person or mailbox. With revoke the link
// that the first one got stops working. A request that was declined is open again.
func Readdress(a Assignment, to Address, revoke bool) (Change, error) {
	if !a.CanReaddress() {
		return Change{}, fault.New(fault.Conflict, "fault.campaign.not-waiting")
	}
	to.Department, to.Person, to.Email = strings.TrimSpace(to.Department), strings.TrimSpace(to.Person), org.FoldEmail(to.Email)
	var f fault.Fields
	f.OneLine("department", to.Department, 120)
	f.OneLine("person", to.Person, 120)
	if !org.ValidEmail(to.Email) {
		f.Add("email", "fault.email")
	}
	if err := f.Err(); err != nil {
		return Change{}, err
	}
	c := Change{To: &to, Revoke: revoke, Reopen: a.Response == Declined, Delivery: DeliveryQueued, mail: notify.Request, action: ActionReadress}
	c.details = readdressed(a, c.apply(a))
	return c, nil
}

// readdressed says what a request is by which another person or mailbox is asked.
func readdressed(was, is Assignment) []audit.Detail {
	details := append([]audit.Detail{audit.Was("address", was.Email, is.Email)}, audit.Differing(audit.Was("person", was.Person, is.Person),
		audit.Was("department", was.Department, is.Department), audit.Was("state", was.Response, is.Response))...)
	if is.Generation != was.Generation {
		details = append(details, Ended)
	}
	return details
}

// Ended says that the link of a request no longer works.
var Ended = audit.Was("link", "valid", "ended")

// More says how it stands with a supplier that would send more mails than it may.
func More(was, is string) audit.Detail { return audit.Was("mails", was, is) }

// SendAgain sends the request once more to the same address. Conflict while one
// is still waiting to leave.
func SendAgain(a Assignment) (Change, error) {
	switch {
	case !a.Response.Waits():
		return Change{}, fault.New(fault.Conflict, "fault.campaign.not-waiting")
	case a.Delivery == DeliveryQueued:
		return Change{}, fault.New(fault.Conflict, "fault.campaign.queued")
	case !Writable(a):
		return Change{}, fault.New(fault.Conflict, "fault.campaign.no-address")
	}
	c := Change{mail: notify.Request, action: ActionSentAgain, details: []audit.Detail{detail("to", a.Email)}}
	if a.Delivery != DeliveryOpened {
		c.Delivery = DeliveryQueued
	}
	return c, nil
}

// AllowMore lets the supplier cause as many mails again as a day allows. Conflict when it
// has not asked, or somebody has allowed it since.
func AllowMore(a Assignment) (Change, error) {
	if a.MoreAskedAt.IsZero() {
		return Change{}, fault.New(fault.Conflict, "fault.conflict")
	}
	return Change{AllowMore: true, action: ActionAllowed, details: []audit.Detail{More("asked", "allowed")}}, nil
}

// HandOver notes that the buyer gave the link by another way than mail.
func HandOver(a Assignment) (Change, error) {
	if a.Delivery == DeliveryOpened || !a.Response.Waits() {
		return Change{}, fault.New(fault.Conflict, "fault.campaign.not-waiting")
	}
	return Change{Delivery: DeliveryByHand, action: ActionHanded, details: []audit.Detail{audit.Was("delivery", a.Delivery, DeliveryByHand)}}, nil
}

// ShowLink notes that the buyer looked at a supplier's link, to hand it over:
// whoever has it can answer.
func ShowLink(a Assignment) (Change, error) {
	if !a.HasLink() {
		return Change{}, fault.New(fault.Conflict, "fault.campaign.withdrawn")
	}
	return Change{action: ActionShown}, nil
}

// CanReaddress tells whether the request can go to another person or mailbox. Pages
// offer a change only where its method says that it is possible.
func (a Assignment) CanReaddress() bool { return a.Response.Waits() || a.Response == Declined }

// CanSend tells whether the request can be sent again now, while answers are taken.
func (a Assignment) CanSend(now time.Time) bool {
	_, err := SendAgain(a)
	return err == nil && !a.ClosedAt(now)
}

// CanHand tells whether the link can be noted as handed over, and is not noted yet.
func (a Assignment) CanHand() bool {
	_, err := HandOver(a)
	return err == nil && a.Delivery != DeliveryByHand
}

// CanWithdraw tells whether the request can be taken back.
func (a Assignment) CanWithdraw() bool { return a.Response.CanBecome(Withdrawn) }

// HasLink tells whether there is a link to show.
func (a Assignment) HasLink() bool { return a.Response != Withdrawn }

// ClosedAt tells whether the buyer waits in vain: answers are no longer taken.
func (a Assignment) ClosedAt(now time.Time) bool {
	return a.Response.Waits() && !now.Before(a.ClosesAt)
}
