package campaign

import (
	"context"
	"slices"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/calendar"
	"tsunagi/internal/fault"
)

// Reminder says who is reminded.
type Reminder struct {
	States []Response
	Again  bool // also who was reminded within the last days
	// Before: who was reminded since then is left alone; zero when Again.
	Before time.Time
}

// RemindCount is how many suppliers in one state a reminder would go to.
type RemindCount struct {
	Fresh  int // by mail, not reminded lately
	Recent int // by mail, reminded within the last days
	NoMail int // cannot be reached by mail
}

// Remind queues reminders to all who are in one of the chosen states and can be
// reached by mail. Who has submitted is never reminded: the states are checked
// again when each mail leaves.
func (s *Service) Remind(ctx context.Context, v access.Viewer, id string, r Reminder) error {
	if !v.Can(access.EditCampaigns) {
		return forbidden()
	}
	c, err := s.Get(ctx, v, id)
	if err != nil {
		return err
	}
	if c.State != Open || !s.now().Before(c.ClosesAt) {
		return fault.New(fault.Conflict, "fault.campaign.not-open")
	}
	var f fault.Fields
	if len(r.States) == 0 {
		f.Add("states", "fault.choose")
	}
	for _, state := range r.States {
		if !slices.Contains(Remindable, state) {
			f.Add("states", "fault.choose")
		}
	}
	if err := f.Err(); err != nil {
		return err
	}
	if err := s.anybodyToRemind(ctx, v, id, r); err != nil {
		return err
	}
	if !r.Again {
		r.Before = calendar.RestedBefore(s.now())
	}
	var details []audit.Detail
	for _, state := range r.States {
		details = append(details, audit.Detail{Key: "state", Value: string(state)})
	}
	return s.store.StartReminder(ctx, v, c, r, s.entry(v, ActionRemind, c, details...))
}

func (s *Service) anybodyToRemind(ctx context.Context, v access.Viewer, id string, r Reminder) error {
	counts, err := s.RemindCounts(ctx, v, id, calendar.RestedBefore(s.now()))
	if err != nil {
		return err
	}
	fresh, recent := 0, 0
	for _, state := range r.States {
		fresh += counts[state].Fresh
		recent += counts[state].Recent
	}
	var f fault.Fields
	switch {
	case fresh == 0 && recent > 0 && !r.Again:
		f.Add("again", "fault.campaign.all-recent", fault.Args{"Days": calendar.RestDays})
	case fresh+recent == 0:
		f.Add("states", "fault.campaign.nobody-to-remind")
	}
	return f.Err()
}
