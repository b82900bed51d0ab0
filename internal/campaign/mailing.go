package campaign

import (
	"strconv"
	"time"

	"tsunagi/internal/notify"
)

// StillDue tells whether a queued message about an assignment should still leave
// at this moment, and why not. A message that asks is cancelled when there is
// nothing left to ask, or nobody at that address to ask it of.
func StillDue(m notify.Message, a Assignment, now time.Time) notify.Reason {
	if g := m.Params[notify.ParamGeneration]; g != "" && g != strconv.Itoa(a.Generation) {
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
	case kind.Asks && !kind.Elsewhere && m.To.Email != a.Email:
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
