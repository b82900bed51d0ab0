package response

import (
	"slices"
	"strings"
	"time"

	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
)

// Decision is what a reviewer decided of a submission, and what follows from it.
type Decision struct {
	Review   Review
	From     []campaign.Response // the states in which it holds: in another it is a conflict
	To       campaign.Response
	DueAt    time.Time // by when a sheet that goes back is to be corrected
	ClosesAt time.Time // and until when it takes corrections
	Flags    []Flag    // what the supplier is to look at
	Cancels  string    // the mail that is not due any more
	Untold   bool      // it holds only while that mail has not left
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

// TakeBack takes an acceptance back, while nobody was told of it. Conflict when there is
// none, or a day has passed.
func TakeBack(a campaign.Assignment, r Review, now time.Time) (Decision, error) {
	if !r.CanTakeBack(a, now) {
		return Decision{}, fault.New(fault.Conflict, "fault.review.told")
	}
	d := Decision{From: []campaign.Response{campaign.Accepted}, To: campaign.InReview, Cancels: r.mailID(), Untold: true}
	r.Verdict, r.DecidedBy, r.DecidedAt = Undecided, "", time.Time{}
	r.Undone++
	d.Review = r
	return d, nil
}

// CanTakeBack tells whether the request's acceptance can be taken back now.
func (r Review) CanTakeBack(a campaign.Assignment, now time.Time) bool {
	return a.Response == campaign.Accepted && r.Verdict == Accept && r.Revision == a.Revision && now.Before(r.UndoUntil())
}

// UndoUntil is until when an acceptance can be taken back, and when its mail leaves.
func (r Review) UndoUntil() time.Time { return calendar.UndoUntil(r.DecidedAt) }

// mailID is the id of the mail that tells of the review's verdict.
func (r Review) mailID() string {
	kind := notify.Accepted
	if r.Verdict == Return {
		kind = notify.Returned
	}
	id := string(kind) + ":" + r.ID
	if r.Undone > 0 {
		id += "." + itoa(r.Undone)
	}
	return id
}

// Correction is why a sheet goes back, and by when it is to be corrected; without a date
// the rule chooses.
type Correction struct {
	Reason string
	Due    time.Time
}

// check judges a correction, and gives its date.
func (c Correction) check(a campaign.Assignment, days *calendar.Calendar, now time.Time) (time.Time, error) {
	var f fault.Fields
	f.Required("reason", c.Reason, 1000)
	switch due := c.Due; {
	case due.IsZero():
		c.Due = days.CorrectedBy(a.DueAt, now)
	case !due.After(now):
		f.Add("due", "fault.date-past")
	case due.After(calendar.Latest(now)):
		f.Add("due", "fault.campaign.due-far")
	case due.Before(a.DueAt):
		f.Add("due", "fault.review.due-before", fault.Args{"Date": a.DueAt})
	case !days.Business(due):
		f.Add("due", "fault.campaign.due-closed", fault.Args{"Date": days.Next(due)})
	}
	return c.Due, f.Err()
}

// ReturnSheet opens a sheet again, with a reason and with time to correct. The
// questions that were flagged, and those that a certificate covered which was rejected or
// whose file, among the papers as they are now, cannot be opened, are shown first. An
// accepted sheet may be returned too, when a mistake is found later: the decision then
// holds only while it is still accepted. Conflict when there is nothing to return.
func ReturnSheet(a campaign.Assignment, r Review, sub Submission, why Correction, by string, days *calendar.Calendar, now time.Time, papers ...evidence.Evidence) (Decision, error) {
	if !a.Response.CanBecome(campaign.Returned) {
		return Decision{}, reviewable(a)
	}
	why.Reason = strings.TrimSpace(why.Reason)
	due, err := why.check(a, days, now)
	if err != nil {
		return Decision{}, err
	}
	d := Decision{From: campaign.InHands, To: campaign.Returned, DueAt: due, ClosesAt: a.ClosesAt}
	if d.ClosesAt.Before(due) {
		d.ClosesAt = due
	}
	if !a.Response.InHands() {
		d.From, d.Cancels = []campaign.Response{a.Response}, r.mailID()
	}
	d.Review = r.decided(Return, why.Reason, by, now)
	d.Flags = flags(d.Review, sub, a, papers)
	return d, nil
}

// flags collects what the supplier is to look at: the comments that go to it, and
// questions whose certificate was rejected or cannot be opened.
func flags(r Review, sub Submission, a campaign.Assignment, papers []evidence.Evidence) []Flag {
	var out []Flag
	for _, c := range r.Comments {
		if r.Sent(c) {
			out = append(out, Flag{Question: c.Question, Text: c.Text})
		}
	}
	rejected := map[string]bool{}
	for _, c := range a.Certificates {
		rejected[c.ID] = c.Validity == evidence.Rejected
	}
	for _, e := range papers {
		rejected[e.ID] = rejected[e.ID] || e.Unreadable()
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

// rejected lists the certificates of a submission that were not accepted or cannot be
// opened, as they are now, with the questions that come back for it.
func rejected(c campaign.Campaign, sub Submission, now []evidence.Evidence) []notify.Rejected {
	var out []notify.Rejected
	for _, e := range sub.Relied(now) {
		if e.Attached() || e.Validity != evidence.Rejected && !e.Unreadable() {
			continue
		}
		r := notify.Rejected{Kind: string(e.Kind), Number: e.Number, Reason: e.Reason}
		for _, q := range c.Questionnaire.Questions() {
			if sub.Covered[q.Key] == e.ID {
				r.Questions = append(r.Questions, itoa(q.Number))
			}
		}
		out = append(out, r)
	}
	return out
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
