package campaign

import "slices"

// Delivery is where the request stands on its way. It never gates answering.
type Delivery string

// The states of delivery.
const (
	DeliveryPending Delivery = "pending" // no mail is queued, and none with the present link and address was sent
	DeliveryQueued  Delivery = "queued"
	DeliverySent    Delivery = "sent"
	DeliveryOpened  Delivery = "opened" // the button on the request page was pressed
	DeliveryFailed  Delivery = "failed" // refused for good
	DeliveryBounced Delivery = "bounced"
	DeliveryPrinted Delivery = "printed"
	DeliveryByHand  Delivery = "by-hand"
)

// Deliveries lists the states in order.
var Deliveries = []Delivery{DeliveryPending, DeliveryQueued, DeliverySent, DeliveryOpened, DeliveryFailed,
	DeliveryBounced, DeliveryPrinted, DeliveryByHand}

// Groups of states of delivery, each listed here and nowhere else.
var (
	// Arrived are those of which we know, or may assume, that the request arrived.
	Arrived = []Delivery{DeliverySent, DeliveryOpened, DeliveryPrinted, DeliveryByHand}
	// Lost are those in which it did not arrive.
	Lost = []Delivery{DeliveryFailed, DeliveryBounced}
	// Handed are those in which it went another way than by mail.
	Handed = []Delivery{DeliveryByHand, DeliveryPrinted}
	// Unmailed are those in which mail is no way to the supplier: nothing further is
	// mailed to it in bulk.
	Unmailed = slices.Concat([]Delivery{DeliveryPending}, Lost, Handed)
)

// Response is where the answer stands.
type Response string

// The states of response. Overdue is derived from the due date, never stored.
const (
	NotStarted       Response = "not-started"
	Answering        Response = "answering"
	AwaitingApproval Response = "awaiting-approval"
	Submitted        Response = "submitted"
	InReview         Response = "in-review"
	Accepted         Response = "accepted"
	Returned         Response = "returned"
	Declined         Response = "declined"
	Withdrawn        Response = "withdrawn"
)

// Responses lists the states in the order in which they are shown.
var Responses = []Response{NotStarted, Answering, AwaitingApproval, Submitted, InReview, Accepted, Returned, Declined, Withdrawn}

// moves says which state may follow which.
var moves = map[Response][]Response{
	NotStarted:       {Answering, Submitted, Declined, Withdrawn},
	Answering:        {AwaitingApproval, Submitted, Declined, Withdrawn},
	AwaitingApproval: {Answering, Submitted, Declined, Withdrawn},
	Submitted:        {InReview, Accepted, Returned, Withdrawn},
	InReview:         {Accepted, Returned, Withdrawn},
	Returned:         {Answering, Submitted, Declined, Withdrawn},
	Accepted:         {Returned, InReview}, // a mistake found later: opened again with a reason; or taken back before anybody was told
	Declined:         {Answering, Withdrawn},
	Withdrawn:        nil,
}

// CanBecome tells whether the state may be followed by the next.
func (r Response) CanBecome(next Response) bool { return slices.Contains(moves[r], next) }

// From lists the states that may be followed by next, for conditional updates.
func From(next Response) []Response {
	return only(func(r Response) bool { return r.CanBecome(next) })
}

// Groups of states of response, each listed here and nowhere else.
var (
	// Waiting are those in which the buyer waits for the supplier: it may write.
	Waiting = []Response{NotStarted, Answering, AwaitingApproval, Returned}
	// Remindable are those in which a supplier may be reminded. While its own approver
	// holds the sheet, a reminder would go to the wrong person.
	Remindable = []Response{NotStarted, Answering, Returned}
	// InHands are those in which a submission is in the reviewers' hands.
	InHands = []Response{Submitted, InReview}
)

// TakesAnswers tells whether a supplier may write in this state.
func (r Response) TakesAnswers() bool { return slices.Contains(Waiting, r) }

// Waits tells whether the buyer is still waiting for the supplier.
func (r Response) Waits() bool { return r.TakesAnswers() }

// InHands tells whether a submission waits for the reviewers' verdict.
func (r Response) InHands() bool { return slices.Contains(InHands, r) }

func only(holds func(Response) bool) []Response {
	var out []Response
	for _, r := range Responses {
		if holds(r) {
			out = append(out, r)
		}
	}
	return out
}
