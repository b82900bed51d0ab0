package campaign

import (
	"time"

	"tsunagi/internal/notify"
)

// StillDue tells whether a queued message about an assignment should still leave
// at this moment, and why not. It is bound to the link that it was queued for, and to
// the address unless it tells of something that is over; one that asks is cancelled
// when there is nothing left to ask.
func StillDue(m notify.Message, a Assignment, now time.Time) notify.Reason {
	if !m.For(a.Generation) {
		return notify.LinkChanged
	}
	kind := m.Kind.Traits()
	switch {
	case kind.Tells:
		return notify.NoReason // it tells what has happened, and that stays true
	case a.Response == Withdrawn:
		return notify.Withdrawn
	case !a.Response.Waits():
		return notify.Answered
	case kind.Asks && now.After(a.ClosesAt):
		return notify.Ended
	}
	return Overtaken(m, a)
}

// Overtaken tells whether a message was queued for a link or an address that is no
// longer the request's, and which; a copy, too, for whom the request itself is now.
func Overtaken(m notify.Message, a Assignment) notify.Reason {
	switch {
	case !m.For(a.Generation):
		return notify.LinkChanged
	case m.Copy && m.To.Email == a.Email: // the mails themselves reach its reader now
		return notify.AskedNow
	case m.Copy && !a.ReadBy(m.To.Email), !m.Copy && !m.Kind.Traits().Elsewhere && m.To.Email != a.Email:
		return notify.OtherAddress
	}
	return notify.NoReason
}

// DeliveryAfter tells what a message's outcome makes of the delivery state, and
// from which states: what has been opened, printed or handed over stays so. ok is
// false when this message says nothing about the delivery.
func DeliveryAfter(kind notify.Kind, outcome notify.State) (next Delivery, from []Delivery, ok bool) {
	if !kind.Traits().Asks {
		return "", nil, false
	}
	switch outcome {
	case notify.Sent:
		return DeliverySent, []Delivery{DeliveryPending, DeliveryQueued, DeliveryFailed, DeliveryBounced}, true
	case notify.Failed:
		return DeliveryFailed, []Delivery{DeliveryPending, DeliveryQueued, DeliverySent}, true
	}
	return "", nil, false
}

// DeliveryWithout tells what the delivery becomes when the mail that a request waited
// for is cancelled and no other waits. sent tells whether one left before: it counts,
// unless its link or address is no longer the request's.
func DeliveryWithout(reason notify.Reason, sent bool) Delivery {
	if sent && reason != notify.LinkChanged && reason != notify.OtherAddress {
		return DeliverySent
	}
	return DeliveryPending
}
