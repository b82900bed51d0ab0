// Package campaign holds campaigns and their assignments: who is asked what, why
// and by when; how a request is delivered; where each answer stands.
package campaign

import (
	"cmp"
	"strings"
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
	Purpose       string                      `bson:"purpose"`           // what the answers are used for; required
	Necessity     string                      `bson:"necessity"`         // why it is necessary; required
	NameEN        string                      `bson:"name_en,omitempty"` // for who reads English; without it, the Japanese
	PurposeEN     string                      `bson:"purpose_en,omitempty"`
	NecessityEN   string                      `bson:"necessity_en,omitempty"`
	Contact       org.Contact                 `bson:"contact"`
	Questionnaire questionnaire.Questionnaire `bson:"questionnaire"`
	StandIn       bool                        `bson:"stand_in"` // certificates may stand in for answers
	Coverage      questionnaire.Coverage      `bson:"coverage"`
	DueAt         time.Time                   `bson:"due_at"`               // the end of the due day in Tokyo
	ClosesAt      time.Time                   `bson:"closes_at"`            // answers are taken until then
	KeepUntil     time.Time                   `bson:"keep_until,omitempty"` // what suppliers gave is kept until then; none: they are told whom to ask
	Audience      Audience                    `bson:"audience"`
	State         State                       `bson:"state"`
	Asked         int                         `bson:"asked"`               // how many assignments issuing will make
	Revision      int                         `bson:"revision"`            // raised with every change, against lost updates
	Reminders     int                         `bson:"reminders,omitempty"` // how often reminders were asked for
	CreatedBy     string                      `bson:"created_by"`
	CreatedAt     time.Time                   `bson:"created_at"`
	IssuedAt      time.Time                   `bson:"issued_at,omitempty"`
}

// In is the campaign as it speaks to who reads a language: what was given in English in
// English, and the rest in Japanese.
func (c Campaign) In(lang string) Campaign {
	if lang == "en" {
		c.Name = cmp.Or(c.NameEN, c.Name)
		c.Purpose = cmp.Or(c.PurposeEN, c.Purpose)
		c.Necessity = cmp.Or(c.NecessityEN, c.Necessity)
	}
	c.Contact = c.Contact.In(lang)
	return c
}

// InEnglish tells whether anything was given in English.
func (c Campaign) InEnglish() bool { return c.NameEN+c.PurposeEN+c.NecessityEN != "" }

// KeptUntil is until when what a supplier gives is kept: not before its last day to give
// it, which may have been moved. Zero where the buyer has not said.
func (c Campaign) KeptUntil(a Assignment) time.Time {
	if !c.KeepUntil.IsZero() && c.KeepUntil.Before(a.ClosesAt) {
		return a.ClosesAt
	}
	return c.KeepUntil
}

// IsClosed tells whether the buyer has ended it: no days are left, whenever it was due.
func (c Campaign) IsClosed() bool { return c.State == Closed }

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
	Copies     []Copy `bson:"copies,omitempty"`     // who reads along
	OwnCopies  bool   `bson:"own_copies,omitempty"` // the supplier itself chose who does
	Lang       string `bson:"lang"`
	Tier       int    `bson:"tier"`
	// PersonalData: the supplier processes personal data for the buyer, and holds none
	// of its other confidential information, so a P-mark may stand in.
	PersonalData bool     `bson:"personal_data,omitempty"`
	Tags         []string `bson:"tags,omitempty"`
	Search       []string `bson:"search"` // folded grams, as of the supplier
	// Texts are folded, as of the supplier; none where it was stored before there were any.
	Texts []string `bson:"texts,omitempty"`

	Request     string    `bson:"request"`                 // the request number in mails and on the page
	Generation  int       `bson:"generation"`              // of the link; raising it revokes the link
	Misdirected int       `bson:"misdirected,omitempty"`   // the generation of a link that reached the wrong person, who said so
	Former      *Former   `bson:"former,omitempty"`        // who had the request before the supplier named another person
	Elsewhere   string    `bson:"elsewhere,omitempty"`     // the directory's address, while it is another one, see Differs
	ElsewhereBy string    `bson:"elsewhere_by,omitempty"`  // the import that brought it into the directory, if it was one
	MoreAskedAt time.Time `bson:"more_asked_at,omitempty"` // since when the supplier would send more mails than it may

	Delivery     Delivery  `bson:"delivery"`
	DeliveredAt  time.Time `bson:"delivered_at,omitempty"`
	DeliveryNote string    `bson:"delivery_note,omitempty"` // the mail server's words
	OpenedAt     time.Time `bson:"opened_at,omitempty"`

	Response     Response           `bson:"response"`
	DueAt        time.Time          `bson:"due_at"`
	ClosesAt     time.Time          `bson:"closes_at"`
	Ended        bool               `bson:"ended,omitempty"`    // closes_at is when the buyer closed the campaign
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

// CampaignOf is the campaign that the id of an assignment names.
func CampaignOf(assignment string) string {
	campaign, _, _ := strings.Cut(assignment, ":")
	return campaign
}

// SupplierOf is the supplier that the id of an assignment names.
func SupplierOf(assignment string) string {
	_, supplier, _ := strings.Cut(assignment, ":")
	return supplier
}

// Overdue tells whether the due date has passed and the buyer still waits.
func (a Assignment) Overdue(now time.Time) bool { return a.Response.Waits() && now.After(a.DueAt) }
