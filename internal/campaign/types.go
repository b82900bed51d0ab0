// Package campaign holds campaigns and their assignments: who is asked what, why
// and by when; how a request is delivered; where each answer stands.
package campaign

import (
	"time"

	"tsunagi/internal/evidence"
	"tsunagi/internal/org"
	"tsunagi/internal/questionnaire"
)

// State is where a campaign stands.
type State string

// The states: draft → issuing (a job makes the assignments) → open → closed.
const (
	Draft   State = "draft"
	Issuing State = "issuing"
	Open    State = "open"
	Closed  State = "closed"
)

// Campaign asks many suppliers one questionnaire. Once it is issued, the
// questionnaire and the coverage are snapshots that never change.
type Campaign struct {
	ID            string                      `bson:"_id"`
	Org           string                      `bson:"org_id"`
	Name          string                      `bson:"name"`
	Purpose       string                      `bson:"purpose"`   // what the answers are used for; required
	Necessity     string                      `bson:"necessity"` // why it is necessary; required
	Contact       org.Contact                 `bson:"contact"`
	Questionnaire questionnaire.Questionnaire `bson:"questionnaire"`
	StandIn       bool                        `bson:"stand_in"` // certificates may stand in for answers
	Coverage      questionnaire.Coverage      `bson:"coverage"`
	DueAt         time.Time                   `bson:"due_at"`    // the end of the due day in Tokyo
	ClosesAt      time.Time                   `bson:"closes_at"` // answers are taken until then
	Audience      Audience                    `bson:"audience"`
	State         State                       `bson:"state"`
	Asked         int                         `bson:"asked"`    // how many assignments issuing will make
	Revision      int                         `bson:"revision"` // raised with every change, against lost updates
	CreatedBy     string                      `bson:"created_by"`
	CreatedAt     time.Time                   `bson:"created_at"`
	IssuedAt      time.Time                   `bson:"issued_at,omitempty"`
}

// Audience says which suppliers are asked.
type Audience struct {
	All      bool     `bson:"all"`
	Tags     []string `bson:"tags,omitempty"`      // any of them
	Tiers    []int    `bson:"tiers,omitempty"`     // any of them
	NotAsked bool     `bson:"not_asked,omitempty"` // not asked in this fiscal year
	Picked   bool     `bson:"picked,omitempty"`    // the suppliers in Only and nobody else
	Only     []string `bson:"only,omitempty"`      // suppliers picked by hand
	Except   []string `bson:"except,omitempty"`    // suppliers taken out in the rehearsal
}

// Delivery is where the request stands on its way. It never gates answering.
type Delivery string

// The states of delivery.
const (
	DeliveryPending Delivery = "pending" // not yet owed
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
	Accepted:         {Returned}, // a mistake found later: opened again with a reason
	Declined:         {Answering, Withdrawn},
	Withdrawn:        nil,
}

// CanBecome tells whether the state may be followed by the next.
func (r Response) CanBecome(next Response) bool {
	for _, s := range moves[r] {
		if s == next {
			return true
		}
	}
	return false
}

// TakesAnswers tells whether a supplier may write in this state.
func (r Response) TakesAnswers() bool {
	return r == NotStarted || r == Answering || r == AwaitingApproval || r == Returned
}

// Waits tells whether the buyer is still waiting for the supplier: only then may
// it be reminded.
func (r Response) Waits() bool { return r.TakesAnswers() }

// From lists the states that may be followed by next, for conditional updates.
func From(next Response) []Response {
	var out []Response
	for _, r := range Responses {
		if r.CanBecome(next) {
			out = append(out, r)
		}
	}
	return out
}

// Assignment is one campaign × one supplier: a small document for lists. Its id
// is campaign:supplier, so that making it twice is impossible. What is shown in
// lists is copied from the supplier on the day of issue.
type Assignment struct {
	ID         string `bson:"_id"`
	Org        string `bson:"org_id"`
	Campaign   string `bson:"campaign_id"`
	Supplier   string `bson:"supplier_id"`
	Code       string `bson:"code"`
	Name       string `bson:"name"`
	Kana       string `bson:"kana"`
	Department string `bson:"department,omitempty"`
	Person     string `bson:"person,omitempty"` // whom the request is addressed to
	Email      string `bson:"email,omitempty"`
	Lang       string `bson:"lang"`
	Tier       int    `bson:"tier"`
	// PersonalData: the supplier processes personal data for the buyer, so a
	// P-mark may stand in.
	PersonalData bool     `bson:"personal_data,omitempty"`
	Tags         []string `bson:"tags,omitempty"`
	Search       []string `bson:"search"` // folded grams, as of the supplier

	Request     string      `bson:"request"`                // the request number in mails and on the page
	Generation  int         `bson:"generation"`             // of the link; raising it revokes the link
	DelegatedAt []time.Time `bson:"delegated_at,omitempty"` // the last times the supplier named another person, the oldest first

	Delivery     Delivery  `bson:"delivery"`
	DeliveredAt  time.Time `bson:"delivered_at,omitempty"`
	DeliveryNote string    `bson:"delivery_note,omitempty"` // the mail server's words
	OpenedAt     time.Time `bson:"opened_at,omitempty"`

	Response     Response           `bson:"response"`
	DueAt        time.Time          `bson:"due_at"`
	ClosesAt     time.Time          `bson:"closes_at"`
	MovedAt      time.Time          `bson:"moved_at,omitempty"` // when this supplier alone was given other dates
	Revision     int                `bson:"revision"`           // of the last submission, 0 before the first
	SubmittedAt  time.Time          `bson:"submitted_at,omitempty"`
	Score        *int               `bson:"score,omitempty"` // percent, of the last submission
	Certificates []CertificateBrief `bson:"certificates,omitempty"`
	Reviewer     string             `bson:"reviewer,omitempty"`
	ReviewedAt   time.Time          `bson:"reviewed_at,omitempty"`
	Reminders    int                `bson:"reminders"`
	RemindedAt   time.Time          `bson:"reminded_at,omitempty"`
	Reason       string             `bson:"reason,omitempty"` // of a return, decline or withdrawal
	UpdatedAt    time.Time          `bson:"updated_at"`
}

// CertificateBrief is what a list shows of a certificate.
type CertificateBrief struct {
	ID        string            `bson:"id"`
	Kind      evidence.Kind     `bson:"kind"`
	Number    string            `bson:"number,omitempty"`
	ExpiresOn *time.Time        `bson:"expires_on,omitempty"`
	Validity  evidence.Validity `bson:"validity"`
}

// AssignmentID is the deterministic id of an assignment.
func AssignmentID(campaign, supplier string) string { return campaign + ":" + supplier }

// Overdue tells whether the due date has passed while we wait.
func (a Assignment) Overdue(now time.Time) bool { return a.Response.Waits() && now.After(a.DueAt) }
