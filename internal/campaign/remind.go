package campaign

import (
	"slices"
	"time"

	"tsunagi/internal/calendar"
	"tsunagi/internal/fault"
)

// Reminder says who is reminded.
type Reminder struct {
	States []Response
	Again  bool // also who was reminded within the last days
	// Before: who was reminded since then is left alone; zero when Again.
	Before time.Time
	// Told is how many the person was told on the button; nil when there was none.
	Told *int
}

// Meant is how many a reminder goes to.
func (r Reminder) Meant(counts map[Response]RemindCount) int {
	n := 0
	for _, state := range r.States {
		n += counts[state].Fresh
		if r.Again {
			n += counts[state].Recent
		}
	}
	return n
}

// RemindCount is how many suppliers in one state a reminder would go to.
type RemindCount struct {
	Fresh  int // by mail, not reminded lately
	Recent int // by mail, reminded within the last days
	NoMail int // cannot be reached by mail
}

// Meets tells whether a request is reminded: it is in one of the states, can be
// reached by mail, and was left alone for long enough.
func (r Reminder) Meets(a Assignment) bool {
	return slices.Contains(r.States, a.Response) && Mailable(a) && (r.Before.IsZero() || a.RemindedAt.Before(r.Before))
}

// Remind judges a reminder. counts tell who is there to be reminded, by state.
// Conflict when the campaign takes no answers; Invalid when nobody would be reminded, or
// more than the person was told.
func Remind(c Campaign, r Reminder, counts map[Response]RemindCount, now time.Time) (Reminder, error) {
	if c.State != Open || !now.Before(c.ClosesAt) {
		return r, fault.New(fault.Conflict, "fault.campaign.not-open")
	}
	var f fault.Fields
	fresh, recent := 0, 0
	for _, state := range r.States {
		if !slices.Contains(Remindable, state) {
			f.Add("states", "fault.choose")
		}
		fresh += counts[state].Fresh
		recent += counts[state].Recent
	}
	switch {
	case len(f) > 0:
	case len(r.States) == 0:
		f.Add("states", "fault.choose")
	case fresh == 0 && recent > 0 && !r.Again:
		f.Add("again", "fault.campaign.all-recent", fault.Args{"Days": calendar.RestDays})
	case fresh+recent == 0:
		f.Add("states", "fault.campaign.nobody-to-remind")
	case r.Told != nil && r.Meant(counts) > *r.Told:
		f.Add("states", "fault.campaign.remind-more", fault.Args{"Count": r.Meant(counts)})
	}
	if err := f.Err(); err != nil {
		return r, err
	}
	r.Before = time.Time{}
	if !r.Again {
		r.Before = calendar.RestedBefore(now)
	}
	return r, nil
}
