// Package evidence holds what a supplier attaches instead of, or beside, its
// answers: certificates, declarations, policies. It knows their identifiers,
// when they expire, and which of them may stand in for answers.
package evidence

import "time"

// Validity is what the buyer found. That it has expired is derived from the date.
type Validity string

// The states of validity.
const (
	Unverified Validity = "unverified"
	Verified   Validity = "verified"
	Rejected   Validity = "rejected"
)

// CanBecome tells whether a reviewer may make of one validity the other: a verdict may
// be changed, and never taken back.
func (v Validity) CanBecome(next Validity) bool { return next == Verified || next == Rejected }

// Evidence is one certificate or document of a supplier, given for one
// assignment. It belongs to the supplier's side: a buyer sees it only through a
// submission.
type Evidence struct {
	ID         string `bson:"_id"`
	Org        string `bson:"org_id"`
	Campaign   string `bson:"campaign_id"`
	Assignment string `bson:"assignment_id"`
	Supplier   string `bson:"supplier_id"`
	Kind       Kind   `bson:"kind"`
	Question   string `bson:"question,omitempty"` // the question it is attached to, for Attachment

	Number        string     `bson:"number,omitempty"`        // as domain.md §2 says for the kind
	Standard      string     `bson:"standard,omitempty"`      // ISMS: standard and edition
	Body          string     `bson:"body,omitempty"`          // certification body
	Accreditation string     `bson:"accreditation,omitempty"` // isms-ac, ukas, anab, other, none
	Holder        string     `bson:"holder,omitempty"`        // organisation, or a specialist's name
	Scope         string     `bson:"scope,omitempty"`
	CoversWork    *bool      `bson:"covers_work,omitempty"` // does the scope cover the work that is ordered?
	Stars         int        `bson:"stars,omitempty"`       // SECURITY ACTION: 1 or 2
	IssuedOn      *time.Time `bson:"issued_on,omitempty"`
	ExpiresOn     *time.Time `bson:"expires_on,omitempty"` // the last day on which it is valid

	File *File `bson:"file,omitempty"`

	Submitted  bool      `bson:"submitted"` // a submission relies on it: the buyer may see it, nobody may change it
	Validity   Validity  `bson:"validity"`
	Reason     string    `bson:"reason,omitempty"` // why it was rejected
	ReviewedBy string    `bson:"reviewed_by,omitempty"`
	ReviewedAt time.Time `bson:"reviewed_at,omitempty"`
	CreatedAt  time.Time `bson:"created_at"`
	RemovedAt  time.Time `bson:"removed_at,omitempty"` // taken back by the supplier before submission
}

// File is a stored upload.
type File struct {
	ID     string `bson:"id"` // the GridFS file
	Name   string `bson:"name"`
	Size   int64  `bson:"size"` // bytes
	Type   string `bson:"type"` // detected from the content, never the browser's word
	SHA256 string `bson:"sha256"`

	Findings `bson:",inline"`
}
