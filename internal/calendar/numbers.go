package calendar

import "time"

// The numbers of business days around a due date. They are practice, not law: METI
// and the JFTC (guidance of 2022-10-28) ask only that a supplier be given no
// unreasonable burden, and a part-time person needs a few working days whatever the
// size of the questionnaire.
const (
	// DefaultDays is what a supplier is given unless the clerk says otherwise: three
	// weeks of work, since other departments must be asked (domain.md §4).
	DefaultDays = 15
	// LeastDays is what a supplier is given at least: one week of work.
	LeastDays = 5
	// GraceDays is how long after the due date a late answer is still taken, and how
	// much an extension gives unless the clerk says otherwise.
	GraceDays = 10
	// HandBackDays is how long a change of the person in charge can be taken back.
	HandBackDays = 7
)

// The numbers of days of the calendar.
const (
	// CorrectionDays is what a supplier has at least to correct a sheet that came
	// back, even when it would be closed by then.
	CorrectionDays = 14
	// RestDays is how long a supplier is left alone after a reminder, unless the clerk
	// says otherwise: more often is felt as pressure.
	RestDays = 3
	// ExpiringDays is how far ahead the expiry of a certificate is called near: a
	// renewal takes a quarter of a year.
	ExpiringDays = 90
)

// The numbers of years.
const (
	// KeepYears is how many fiscal years answers are kept after the one in which they are
	// taken, unless the clerk says otherwise: claims from a contract lapse after five years
	// (Civil Code, art. 166).
	KeepYears = 5
	// MostKeepYears: who keeps answers for longer has mistyped.
	MostKeepYears = 30
)

// KeepUntil is until when what was taken until a moment is kept: the end of a fiscal year.
func KeepUntil(closes time.Time) time.Time {
	return EndOfDay(FiscalYearStart(closes).AddDate(KeepYears+1, 0, -1))
}

// LatestKeeping is the last moment until which what was taken until a moment may be kept.
func LatestKeeping(closes time.Time) time.Time { return closes.AddDate(MostKeepYears, 0, 0) }

// Latest is the last moment that a due date may be: a year ahead. A later one is a
// slip of the hand.
func Latest(now time.Time) time.Time { return now.AddDate(1, 0, 0) }

// UndoHours is how long an acceptance can be taken back: its mail waits as long.
const UndoHours = 24

// UndoUntil is until when what was decided at a moment can be taken back.
func UndoUntil(decided time.Time) time.Time { return decided.Add(UndoHours * time.Hour) }

// CorrectedBy is the due date of a sheet that comes back: a business day, no earlier than
// the present one, and at least CorrectionDays away.
func (c *Calendar) CorrectedBy(due, returned time.Time) time.Time {
	if least := returned.AddDate(0, 0, CorrectionDays); due.Before(least) {
		due = least
	}
	if !c.Business(due) {
		due = c.Next(due)
	}
	return EndOfDay(due)
}

// RestedBefore is the moment before which a supplier must have been reminded to be
// reminded again now.
func RestedBefore(now time.Time) time.Time { return now.AddDate(0, 0, -RestDays) }

// ExpiringBefore is the moment before which an expiry is called near.
func ExpiringBefore(now time.Time) time.Time { return now.AddDate(0, 0, ExpiringDays) }
