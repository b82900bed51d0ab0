// Package response holds what a supplier answers: the draft it works on, the
// submissions it declared, and what reviewers said of them.
package response

import (
	"slices"
	"time"

	"tsunagi/internal/evidence"
	"tsunagi/internal/questionnaire"
)

// Draft is a supplier's working answers, one document an assignment. The buyer
// never reads it: how far it is, is counted where it is kept. Everything that one save
// must check is in it, so that a save is one conditional update.
type Draft struct {
	ID         string           `bson:"_id"` // the assignment's id
	Org        string           `bson:"org_id"`
	Campaign   string           `bson:"campaign_id"`
	Generation int              `bson:"generation"` // of the link; copied from the assignment
	Open       bool             `bson:"open"`       // answers are taken
	ClosesAt   time.Time        `bson:"closes_at"`  // and only until then
	Answers    map[string]Saved `bson:"answers"`    // by question key
	Flagged    []Flag           `bson:"flagged,omitempty"`
	UpdatedAt  time.Time        `bson:"updated_at"`
	Uploads    int              `bson:"uploads,omitempty"`  // how often something was attached or taken back
	BegunAt    time.Time        `bson:"begun_at,omitempty"` // the first save since it was issued or returned
}

// Saved is an answer with its own counter: a save names the counter it saw, so
// that two people on one sheet see a conflict, never a silent loss.
type Saved struct {
	questionnaire.Answer `bson:",inline"`

	Count int                   `bson:"n"` // how often this question was saved
	At    time.Time             `bson:"at"`
	Page  string                `bson:"page,omitempty"`  // the page that saved it, see Given
	Aside *questionnaire.Answer `bson:"aside,omitempty"` // set aside by ticking わからない or 該当しない; never submitted

	// Beside is what stands beside a tick in a form that was sent: it is shown again
	// with what is wrong, and never kept.
	Beside questionnaire.Answer `bson:"-"`
}

// SetAside is what was set aside, empty when nothing was.
func (s Saved) SetAside() questionnaire.Answer {
	if s.Aside == nil {
		return questionnaire.Answer{}
	}
	return *s.Aside
}

// Written is what stands in the field of a question that one writes.
func (s Saved) Written() string {
	switch {
	case !s.Common():
		return s.Value
	case s.Beside.Common():
		return ""
	}
	return s.Beside.Value
}

// Ticked tells whether a value is chosen.
func (s Saved) Ticked(value string) bool {
	return s.Value == value || s.Beside.Value == value || slices.Contains(s.Values, value) || slices.Contains(s.Beside.Values, value)
}

// Flag is a question that a reviewer sent back.
type Flag struct {
	Question string `bson:"question"`
	Text     string `bson:"text"`
}

// Submission is a declared copy of the answers. It is never changed: a return
// and a new submission make the next revision.
type Submission struct {
	ID          string                          `bson:"_id"` // assignment:revision
	Org         string                          `bson:"org_id"`
	Campaign    string                          `bson:"campaign_id"`
	Assignment  string                          `bson:"assignment_id"`
	Supplier    string                          `bson:"supplier_id"`
	Revision    int                             `bson:"revision"` // 1, 2 …
	Answers     map[string]questionnaire.Answer `bson:"answers"`
	Covered     map[string]string               `bson:"covered,omitempty"`  // question → evidence id that stands in
	Evidence    []evidence.Evidence             `bson:"evidence,omitempty"` // as it was on that day
	Declaration Declaration                     `bson:"declaration"`
	Result      questionnaire.Result            `bson:"result"`
	Receipt     string                          `bson:"receipt"` // the receipt number
	SHA256      string                          `bson:"sha256"`  // of the canonical form
	SubmittedAt time.Time                       `bson:"submitted_at"`
}

// Replaces counts the questions that a certificate stands in for.
func (s Submission) Replaces(certificate string) int {
	n := 0
	for _, id := range s.Covered {
		if id == certificate {
			n++
		}
	}
	return n
}

// Declaration is who declared the answers to be true. It is a company's
// declaration, not an electronic signature.
type Declaration struct {
	Statement string    `bson:"statement"` // version of the text that was shown
	Text      string    `bson:"text"`      // the text itself
	Name      string    `bson:"name"`
	Role      string    `bson:"role"`
	Lang      string    `bson:"lang"`
	At        time.Time `bson:"at"`
}

// Verdict is what a reviewer decided.
type Verdict string

// The verdicts. An open review has none yet.
const (
	Undecided Verdict = ""
	Accept    Verdict = "accepted"
	Return    Verdict = "returned"
)

// Review is what the buyer said of one submission.
type Review struct {
	ID         string    `bson:"_id"` // the submission's id
	Org        string    `bson:"org_id"`
	Campaign   string    `bson:"campaign_id"`
	Assignment string    `bson:"assignment_id"`
	Revision   int       `bson:"revision"`
	Comments   []Comment `bson:"comments,omitempty"`
	Verdict    Verdict   `bson:"verdict"`
	Reason     string    `bson:"reason,omitempty"`
	DecidedBy  string    `bson:"decided_by,omitempty"` // the name
	DecidedAt  time.Time `bson:"decided_at,omitempty"`
	Version    int       `bson:"version"`          // raised with every change
	Undone     int       `bson:"undone,omitempty"` // how often an acceptance was taken back
}

// Comment is a reviewer's word on a question, or a reason that is not given yet: a
// reviewer has one on each subject.
type Comment struct {
	ID       string    `bson:"id"`
	Question string    `bson:"question"` // or another subject, see Words
	Text     string    `bson:"text"`
	Flag     bool      `bson:"flag"` // the supplier is asked to correct this answer
	By       string    `bson:"by"`
	At       time.Time `bson:"at"`
	User     string    `bson:"user,omitempty"` // who may go on writing it; nobody where it was saved before comments were kept as typed
	Count    int       `bson:"n,omitempty"`    // how often it was saved
	Page     string    `bson:"page,omitempty"` // the page that saved it, see Given
}
