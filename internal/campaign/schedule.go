package campaign

import (
	"time"

	"tsunagi/internal/fault"
)

// ExtendAll moves the due date of a campaign; answers are taken for as long after it
// as before.
func ExtendAll(c Campaign, due, now time.Time) (Campaign, error) {
	if c.State != Open {
		return c, fault.New(fault.Conflict, "fault.campaign.not-open")
	}
	f := checkDue(due, now)
	if len(f) == 0 && !due.After(c.DueAt) {
		f.Add("due", "fault.campaign.due-earlier")
	}
	if err := f.Err(); err != nil {
		return c, err
	}
	grace := c.ClosesAt.Sub(c.DueAt)
	c.DueAt, c.ClosesAt = due, due.Add(grace)
	c.Revision++
	return c, nil
}

// Close ends a campaign: no more answers are taken and nobody is reminded. One whose
// issuing was given up ends for those asked so far, and asks nobody more. Whether the
// issuing has stopped is not judged here: the store's write fails while it goes on.
func Close(c Campaign, now time.Time) (Campaign, error) {
	if !Closable(c) {
		return c, fault.New(fault.Conflict, "fault.campaign.not-open")
	}
	c.State, c.ClosesAt = Closed, now
	c.Revision++
	return c, nil
}

// Closable tells whether a campaign can be ended in its state; one that is being
// issued only once that has stopped.
func Closable(c Campaign) bool { return c.State == Open || c.State == Issuing }

// DueBefore tells whether the buyer still waits for an answer that is due before a
// moment; with the zero time, whether it waits at all. The store's filter must agree.
func DueBefore(a Assignment, due time.Time) bool {
	return a.Response.Waits() && (due.IsZero() || a.DueAt.Before(due))
}
