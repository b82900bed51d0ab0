package response

import (
	"slices"
	"strings"
	"time"

	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
)

// Decision is what a reviewer decided of a submission, and what follows from it.
type Decision struct {
	Review   Review
	From     []campaign.Response // the states in which it holds: in another it is a conflict
	To       campaign.Response
	ClosesAt time.Time // until when a sheet that goes back takes corrections
	Flags    []Flag    // what the supplier is to look at
}

// reviewable gives Conflict when no submission waits for a verdict.
func reviewable(a campaign.Assignment) error {
	if !a.Response.InHands() {
		return fault.New(fault.Conflict, "fault.review.not-submitted")
	}
	return nil
}

func checkText(name, text string, most int) error {
	var f fault.Fields
	f.Required(name, text, most)
	return f.Err()
}

// DropComment tells which comment is taken back. Conflict when no submission waits for
// a verdict; NotFound when there is no such comment.
func DropComment(a campaign.Assignment, r Review, id string) (Comment, error) {
	if err := reviewable(a); err != nil {
		return Comment{}, err
	}
	i := slices.IndexFunc(r.Comments, func(c Comment) bool { return c.ID == id })
	if i < 0 {
		return Comment{}, fault.New(fault.NotFound, "fault.not-found")
	}
	return r.Comments[i], nil
}

// decided gives the review with its verdict; reasons that nobody gave are gone.
func (r Review) decided(verdict Verdict, reason, by string, now time.Time) Review {
	r.Verdict, r.Reason, r.DecidedBy, r.DecidedAt = verdict, reason, by, now
	r.Comments = slices.DeleteFunc(slices.Clone(r.Comments), func(c Comment) bool { return !c.onQuestion() })
	return r
}

// AcceptSheet accepts a submission. Conflict when none waits for a verdict.
func AcceptSheet(a campaign.Assignment, r Review, by string, now time.Time) (Decision, error) {
	if err := reviewable(a); err != nil {
		return Decision{}, err
	}
	return Decision{Review: r.decided(Accept, "", by, now), From: campaign.From(campaign.Accepted), To: campaign.Accepted}, nil
}

// ReturnSheet opens a sheet again, with a reason and with time to correct. The
// questions that were flagged, and those that a rejected certificate covered, are
// shown first. An accepted sheet may be returned too, when a mistake is found later:
// the decision then holds only while it is still accepted. Conflict when there is
// nothing to return.
func ReturnSheet(a campaign.Assignment, r Review, sub Submission, reason, by string, now time.Time) (Decision, error) {
	if !a.Response.CanBecome(campaign.Returned) {
		return Decision{}, reviewable(a)
	}
	reason = strings.TrimSpace(reason)
	if err := checkText("reason", reason, 1000); err != nil {
		return Decision{}, err
	}
	from := campaign.InHands
	if !a.Response.InHands() {
		from = []campaign.Response{a.Response}
	}
	r = r.decided(Return, reason, by, now)
	return Decision{Review: r, From: from, To: campaign.Returned, ClosesAt: calendar.Corrected(a.ClosesAt, now), Flags: flags(r, sub, a)}, nil
}

// flags collects what the supplier is to look at: flagged comments, and questions
// whose certificate was rejected.
func flags(r Review, sub Submission, a campaign.Assignment) []Flag {
	var out []Flag
	for _, c := range r.Comments {
		if c.Flag {
			out = append(out, Flag{Question: c.Question, Text: c.Text})
		}
	}
	rejected := map[string]bool{}
	for _, c := range a.Certificates {
		rejected[c.ID] = c.Validity == evidence.Rejected
	}
	var covered []Flag
	for question, id := range sub.Covered {
		if rejected[id] {
			covered = append(covered, Flag{Question: question})
		}
	}
	slices.SortFunc(covered, func(a, b Flag) int { return strings.Compare(a.Question, b.Question) })
	return append(out, covered...)
}

// JudgeCertificate verifies or rejects a certificate that a submission relies on; a
// rejection needs its reason. Conflict when the submission was decided: what it was
// accepted or returned with stays.
func JudgeCertificate(a campaign.Assignment, e evidence.Evidence, verdict evidence.Validity, reason, by string, now time.Time) (evidence.Evidence, error) {
	if !e.Submitted || e.Assignment != a.ID || !e.Validity.CanBecome(verdict) {
		return e, fault.New(fault.NotFound, "fault.not-found")
	}
	if err := reviewable(a); err != nil {
		return e, err
	}
	reason = strings.TrimSpace(reason)
	if verdict == evidence.Verified {
		reason = ""
	} else if err := checkText("reason."+e.ID, reason, 500); err != nil {
		return e, err
	}
	e.Validity, e.Reason, e.ReviewedBy, e.ReviewedAt = verdict, reason, by, now
	return e, nil
}
