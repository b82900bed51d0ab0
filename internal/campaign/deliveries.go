package campaign

import (
	"context"
	"slices"
	"strconv"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
)

// Audit actions about deliveries.
const (
	ActionDeliveryFailed audit.Action = "delivery.failed"
	ActionDeliveryResent audit.Action = "delivery.resent"
	ActionDeliveryAgain  audit.Action = "delivery.again"
)

// DeliveryStore keeps the messages that were sent.
type DeliveryStore interface {
	// Message is one of the viewer's, NotFound when it is not.
	Message(ctx context.Context, v access.Viewer, id string) (notify.Message, error)
	// Assignment is one of the viewer's, NotFound when it is not.
	Assignment(ctx context.Context, v access.Viewer, id string) (Assignment, error)
	// SaveResend queues next in place of failed and gives its assignment the new
	// address; what still waits to leave for another address is cancelled. Conflict
	// when failed was replaced already, or the link was revoked meanwhile.
	SaveResend(ctx context.Context, v access.Viewer, failed, next notify.Message, e audit.Entry) error
	// Failures groups the viewer's failed mails by why they failed.
	Failures(ctx context.Context, v access.Viewer, campaignID string) ([]notify.FailureGroup, error)
	// SaveRequeued puts up to most failed mails of a group into the queue again,
	// with the entry for as many, and tells how many. Conflict when the group does not
	// have as many as expected; 0 expects nothing.
	SaveRequeued(ctx context.Context, v access.Viewer, f notify.Failure, expected, most int, now time.Time, entry func(n int) audit.Entry) (int, error)
}

// Ledger holds the rules of the delivery ledger.
type Ledger struct {
	store DeliveryStore
	now   func() time.Time
	newID func() string
}

// NewLedger makes the rules over a store.
func NewLedger(store DeliveryStore, now func() time.Time, newID func() string) *Ledger {
	return &Ledger{store: store, now: now, newID: newID}
}

// CanResend tells whether a message may be sent again from the ledger: it failed
// for good, concerns a request, and nothing went out in its place yet. What goes to
// somebody else than the person asked is not: its address would become the request's.
func CanResend(m notify.Message) bool {
	traits := m.Kind.Traits()
	return m.State == notify.Failed && traits.Resend && !traits.Elsewhere && m.Replaced == ""
}

// Failed gives a message that may be sent again, and the request that it is about.
// Conflict when it did not fail, was sent again already, or the request has gone to another
// address since: that one stands.
func (l *Ledger) Failed(ctx context.Context, v access.Viewer, id string) (notify.Message, Assignment, error) {
	if !v.Can(access.EditCampaigns) {
		return notify.Message{}, Assignment{}, fault.New(fault.Forbidden, "fault.forbidden")
	}
	failed, err := l.store.Message(ctx, v, id)
	if err != nil {
		return failed, Assignment{}, err
	}
	if !CanResend(failed) {
		return failed, Assignment{}, fault.New(fault.Conflict, "fault.delivery.replaced")
	}
	a, err := l.store.Assignment(ctx, v, failed.Assignment)
	if err == nil && !failed.Copy && org.FoldEmail(a.Email) != org.FoldEmail(failed.To.Email) {
		err = fault.New(fault.Conflict, "fault.delivery.elsewhere").With("Email", a.Email)
	}
	return failed, a, err
}

// Resend sends a failed message again, to the corrected address, which becomes that of the
// request. Invalid when it is none; else as Failed.
func (l *Ledger) Resend(ctx context.Context, v access.Viewer, id, email string) error {
	failed, a, err := l.Failed(ctx, v, id)
	if err != nil {
		return err
	}
	email = org.FoldEmail(email)
	if !org.ValidEmail(email) {
		var f fault.Fields
		f.Add("email", "fault.email")
		return f.Err()
	}
	if failed.Copy && (email == a.Email || email != failed.To.Email && a.ReadBy(email)) {
		var f fault.Fields
		f.Add("email", "fault.delivery.reads-along")
		return f.Err()
	}
	to := failed.To
	to.Email = email
	next := notify.New(l.newID(), v.Org, failed.Kind, to, failed.Lang, l.now())
	next.Campaign, next.Assignment, next.Params = failed.Campaign, failed.Assignment, failed.Params
	next.Generation, next.Copy = a.Generation, failed.Copy
	e := audit.New(v, l.newID(), l.now(), ActionDeliveryResent, audit.Ref{Kind: "assignment", ID: failed.Assignment, Name: to.Company},
		audit.Was("address", failed.To.Email, email))
	return l.store.SaveResend(ctx, v, failed, next, e.In(failed.Campaign))
}

// againBatch is how many mails go back into the queue in one transaction.
const againBatch = 500

// Failures groups the viewer's failed mails that may be sent again by why they
// failed, of one campaign or all.
func (l *Ledger) Failures(ctx context.Context, v access.Viewer, campaignID string) ([]notify.FailureGroup, error) {
	return l.store.Failures(ctx, v, campaignID)
}

// Failure is one group, NotFound when nothing of it is left.
func (l *Ledger) Failure(ctx context.Context, v access.Viewer, f notify.Failure) (notify.FailureGroup, error) {
	groups, err := l.store.Failures(ctx, v, f.Campaign)
	if err != nil {
		return notify.FailureGroup{}, err
	}
	for _, g := range groups {
		if g.Failure == f {
			return g, nil
		}
	}
	return notify.FailureGroup{}, fault.New(fault.NotFound, "fault.delivery.none-left")
}

// ResendAll sends every failed mail of a group again, to the same addresses. expected
// is how many the person was shown: Conflict when they are no longer as many, as
// after a second click; NotFound when none is left. It tells how many go out.
func (l *Ledger) ResendAll(ctx context.Context, v access.Viewer, f notify.Failure, expected int) (int, error) {
	if !v.Can(access.EditCampaigns) {
		return 0, fault.New(fault.Forbidden, "fault.forbidden")
	}
	if expected < 1 {
		return 0, fault.New(fault.Conflict, "fault.delivery.changed")
	}
	now, total, still := l.now(), 0, expected
	for total < expected {
		n, err := l.store.SaveRequeued(ctx, v, f, still, min(againBatch, expected-total), now, func(n int) audit.Entry { return l.again(v, f, n) })
		still = 0 // what fails meanwhile is not among them
		if err != nil {
			return total, err
		}
		if n == 0 {
			break
		}
		total += n
	}
	if total == 0 {
		return 0, fault.New(fault.NotFound, "fault.delivery.none-left")
	}
	return total, nil
}

// again is the trail's entry for n mails of a group that are sent again.
func (l *Ledger) again(v access.Viewer, f notify.Failure, n int) audit.Entry {
	e := audit.New(v, l.newID(), l.now(), ActionDeliveryAgain, audit.Ref{Kind: "messages", ID: f.Campaign},
		audit.Was("mail", notify.Failed, notify.Queued), audit.Detail{Key: "count", Value: strconv.Itoa(n)},
		audit.Detail{Key: "reply", Value: f.Answer + string(f.Reason)})
	return e.In(f.Campaign)
}

// Mailable tells whether reminders and notices of a campaign go to an assignment.
func Mailable(a Assignment) bool { return a.Email != "" && !slices.Contains(Unmailed, a.Delivery) }

// Writable tells whether a single mail about an assignment can be written.
func Writable(a Assignment) bool { return org.ValidEmail(a.Email) }
