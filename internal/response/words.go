package response

import (
	"slices"
	"strings"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
)

// Words are what a reviewer writes on a sheet: a comment on a question, or a reason that
// is not given yet. They are kept as they are typed.
type Words struct {
	Subject string // a question's key, Reason, or RejectionOf a certificate
	Text    string // empty: nothing is said any more
	Flag    bool   // the supplier is asked to correct this answer
	Seen    int    // the counter that the page saw
	Page    string // the page that sends them, see Given
}

// Reason is the subject of the words that will say why a sheet goes back. No question
// has such a key.
const Reason = "@return"

const rejection = "@reject:"

// RejectionOf is the subject of the words that will say why a certificate is rejected.
func RejectionOf(certificate string) string { return rejection + certificate }

// IsRejection tells whether a subject is one of RejectionOf.
func IsRejection(subject string) bool { return strings.HasPrefix(subject, rejection) }

// onQuestion tells whether a word is a comment, and not a reason in the making.
func (c Comment) onQuestion() bool { return !strings.HasPrefix(c.Question, "@") }

// Own is what a reviewer has written on a subject, empty when nothing.
func (r Review) Own(v access.Viewer, subject string) Comment {
	i := slices.IndexFunc(r.Comments, func(c Comment) bool { return c.Question == subject && c.User == v.User })
	if i < 0 || v.User == "" {
		return Comment{}
	}
	return r.Comments[i]
}

// Reworded says that the same reviewer wrote something else in another window
// meanwhile: an error of kind fault.Invalid, with what stands there now. Nothing was
// overwritten.
type Reworded struct{ Saved Comment }

func (r *Reworded) Error() string { return r.Unwrap().Error() }

// Unwrap gives the fault that people are told of.
func (r *Reworded) Unwrap() error {
	var f fault.Fields
	key := "fault.review.reworded"
	if r.Saved.Text == "" {
		key = "fault.review.reworded-away"
	}
	f.Add(Field(r.Saved.Question), key, fault.Args{"Text": r.Saved.Text})
	return f.Err()
}

// Field is the name of a subject's field on the page.
func Field(subject string) string {
	if id, ok := strings.CutPrefix(subject, rejection); ok {
		return "reason." + id
	}
	if subject == Reason {
		return "reason"
	}
	return "comment." + subject
}

// longest is how many characters a subject's words may have.
func longest(subject string) int {
	if strings.HasPrefix(subject, rejection) {
		return 500
	}
	return 1000
}

// Write judges a reviewer's words and gives them as they are kept. Conflict when no
// submission waits for a verdict; NotFound when there is nothing of which they speak.
func Write(c campaign.Campaign, a campaign.Assignment, w Words) (Comment, error) {
	if err := reviewable(a); err != nil {
		return Comment{}, err
	}
	_, asked := c.Questionnaire.Question(w.Subject)
	certificate, rejects := strings.CutPrefix(w.Subject, rejection)
	known := slices.ContainsFunc(a.Certificates, func(b campaign.CertificateBrief) bool { return b.ID == certificate })
	if !asked && w.Subject != Reason && !(rejects && known) {
		return Comment{}, fault.New(fault.NotFound, "fault.not-found")
	}
	text := strings.TrimSpace(w.Text)
	var f fault.Fields
	f.AtMost(Field(w.Subject), text, longest(w.Subject))
	if err := f.Err(); err != nil {
		return Comment{}, err
	}
	return Comment{Question: w.Subject, Text: text, Flag: w.Flag && asked && text != "", Count: w.Seen + 1, Page: Given{Page: w.Page}.page()}, nil
}

// same tells whether nothing would change.
func (c Comment) same(other Comment) bool {
	return c.Text == other.Text && (c.Flag == other.Flag || c.Text == "")
}
