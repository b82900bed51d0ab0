package campaign

import (
	"context"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
)

// ExtendAll moves the due date of all who have not answered and would be due
// earlier; each of them is told by mail. Who was given longer keeps it.
func (s *Service) ExtendAll(ctx context.Context, v access.Viewer, id string, due time.Time) error {
	c, err := s.running(ctx, v, id)
	if err != nil {
		return err
	}
	f := s.checkDue(due)
	if len(f) == 0 && !due.After(c.DueAt) {
		f.Add("due", "fault.campaign.due-earlier")
	}
	if err := f.Err(); err != nil {
		return err
	}
	grace := c.ClosesAt.Sub(c.DueAt)
	c.DueAt, c.ClosesAt = due, due.Add(grace)
	c.Revision++
	return s.store.StartReschedule(ctx, v, c, s.entry(v, ActionMoved, c, audit.Detail{Key: "due", Value: due.Format(time.RFC3339)}))
}

// Close ends a campaign: no more answers are taken and nobody is reminded. What
// was submitted can still be reviewed, and one supplier can still be given more
// time. One whose issuing has stopped is closed for those asked so far, and asks
// nobody more; Conflict while its issuing goes on.
func (s *Service) Close(ctx context.Context, v access.Viewer, id string) error {
	if !v.Can(access.EditCampaigns) {
		return forbidden()
	}
	c, err := s.Get(ctx, v, id)
	if err != nil {
		return err
	}
	if !Closable(c) {
		return fault.New(fault.Conflict, "fault.campaign.not-open")
	}
	c.State, c.ClosesAt = Closed, s.now()
	c.Revision++
	return s.store.StartReschedule(ctx, v, c, s.entry(v, ActionClosed, c))
}

// Closable tells whether a campaign can be ended in its state; one that is being
// issued only once that has stopped.
func Closable(c Campaign) bool { return c.State == Open || c.State == Issuing }

func (s *Service) running(ctx context.Context, v access.Viewer, id string) (Campaign, error) {
	if !v.Can(access.EditCampaigns) {
		return Campaign{}, forbidden()
	}
	c, err := s.Get(ctx, v, id)
	if err == nil && c.State != Open {
		err = fault.New(fault.Conflict, "fault.campaign.not-open")
	}
	return c, err
}

// Resume lets a job of a campaign that was given up go on where it stood.
func (s *Service) Resume(ctx context.Context, v access.Viewer, id string) error {
	if !v.Can(access.EditCampaigns) {
		return forbidden()
	}
	c, err := s.Get(ctx, v, id)
	if err != nil {
		return err
	}
	return s.store.ResumeJob(ctx, v, c, s.entry(v, ActionResumed, c))
}
