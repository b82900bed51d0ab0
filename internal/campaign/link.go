package campaign

import (
	"time"

	"tsunagi/internal/calendar"
	"tsunagi/internal/fault"
)

// CheckLink judges the right of a link of the generation given to be looked at, for
// every page and file alike: Gone when the buyer has revoked the link or withdrawn the
// request.
func (a Assignment) CheckLink(generation int) error {
	switch {
	case generation > 0 && generation == a.Misdirected:
		return fault.New(fault.Gone, "fault.answer.misdirected")
	case a.Generation != generation:
		return fault.New(fault.Gone, "fault.answer.revoked")
	case a.Response == Withdrawn:
		return fault.New(fault.Gone, "fault.request.withdrawn")
	}
	return nil
}

// CheckWrite judges the right of a link to change something at a moment, for every
// write alike: answers, files, handing on, declining, submitting. Gone, with its own
// reason, when the link may not even be looked at, when the sheet was handed in or
// declined, and when answers are no longer taken. The store's filter must agree.
func (a Assignment) CheckWrite(generation int, now time.Time) error {
	if err := a.CheckLink(generation); err != nil {
		return err
	}
	switch {
	case a.Response == Declined:
		return fault.New(fault.Gone, "fault.answer.declined")
	case !a.Response.TakesAnswers():
		return fault.New(fault.Gone, "fault.answer.submitted")
	case now.Before(a.ClosesAt):
		return nil
	case a.EndedByBuyer():
		return fault.New(fault.Gone, "fault.answer.ended")
	}
	return fault.New(fault.Gone, "fault.answer.closed")
}

// Former is the person who had a request before the supplier named another one.
type Former struct {
	Person string    `bson:"person"`
	Email  string    `bson:"email"`
	To     string    `bson:"to"` // the address of the one who took over
	At     time.Time `bson:"at"`
}

// WayBack tells whether the supplier may give the request back to who had it before: for
// some days, and while nobody else was named since.
func (a Assignment) WayBack(now time.Time) bool {
	f := a.Former
	return f != nil && f.Email != "" && f.To == a.Email && now.Before(f.At.AddDate(0, 0, calendar.HandBackDays))
}

// EndedByBuyer tells whether it was the buyer who ended the time for answers, and not
// its last day. A sheet that was closed before that was noted shows it by a due date
// that lies behind its end.
func (a Assignment) EndedByBuyer() bool { return a.Ended || a.ClosesAt.Before(a.DueAt) }
