package campaign

import (
	"context"
	"slices"
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
)

// DeliveryStore keeps the messages that were sent.
type DeliveryStore interface {
	// Message is one of the viewer's, NotFound when it is not.
	Message(ctx context.Context, v access.Viewer, id string) (notify.Message, error)
	// SaveResend queues next in place of failed and gives its assignment the new
	// address. Conflict when failed was replaced already.
	SaveResend(ctx context.Context, v access.Viewer, failed, next notify.Message, e audit.Entry) error
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
// for good, concerns a request, and nothing went out in its place yet.
func CanResend(m notify.Message) bool {
	return m.State == notify.Failed && m.Kind.Traits().Resend && m.Replaced == ""
}

// Resend sends a failed message again, to the corrected address, which becomes
// that of the request. Invalid when it is none; Conflict when the message did not
// fail or was sent again already.
func (l *Ledger) Resend(ctx context.Context, v access.Viewer, id, email string) error {
	if !v.Can(access.EditCampaigns) {
		return fault.New(fault.Forbidden, "fault.forbidden")
	}
	failed, err := l.store.Message(ctx, v, id)
	if err != nil {
		return err
	}
	if !CanResend(failed) {
		return fault.New(fault.Conflict, "fault.delivery.replaced")
	}
	email = org.FoldEmail(email)
	if !org.ValidEmail(email) {
		var f fault.Fields
		f.Add("email", "fault.email")
		return f.Err()
	}
	to := failed.To
	to.Email = email
	next := notify.New(l.newID(), v.Org, failed.Kind, to, failed.Lang, l.now())
	next.Campaign, next.Assignment, next.Params = failed.Campaign, failed.Assignment, failed.Params
	e := audit.New(v, l.newID(), l.now(), ActionDeliveryResent, audit.Ref{Kind: "assignment", ID: failed.Assignment, Name: to.Company},
		audit.Detail{Key: "from", Value: failed.To.Email}, audit.Detail{Key: "to", Value: email})
	return l.store.SaveResend(ctx, v, failed, next, e.In(failed.Campaign))
}

// Unmailed are the states of delivery in which mail is no way to the supplier:
// nothing further is mailed to it in bulk.
var Unmailed = []Delivery{DeliveryPending, DeliveryFailed, DeliveryBounced, DeliveryPrinted, DeliveryByHand}

// Mailable tells whether reminders and notices of a campaign go to an assignment.
func Mailable(a Assignment) bool { return a.Email != "" && !slices.Contains(Unmailed, a.Delivery) }
