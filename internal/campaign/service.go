package campaign

import (
	"context"
	"slices"
	"strings"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
	"tsunagi/internal/questionnaire"
)

// Audit actions about campaigns.
const (
	ActionCreated  audit.Action = "campaign.created"
	ActionChanged  audit.Action = "campaign.changed"
	ActionStarted  audit.Action = "campaign.issue-started"
	ActionIssued   audit.Action = "campaign.issued"
	ActionAsked    audit.Action = "assignment.asked"
	ActionReminded audit.Action = "assignment.reminded"
	ActionRemind   audit.Action = "campaign.reminder-started"
	ActionMoved    audit.Action = "campaign.extended"
	ActionClosed   audit.Action = "campaign.closed"
	ActionResumed  audit.Action = "campaign.job-resumed"
)

// Reader is what pages read directly.
type Reader interface {
	List(ctx context.Context, v access.Viewer, page, size int) ([]Campaign, bool, error)
	Get(ctx context.Context, v access.Viewer, id string) (Campaign, error)
	Counts(ctx context.Context, v access.Viewer, campaign string, now time.Time) (Counts, error)
	CountsOf(ctx context.Context, v access.Viewer, campaigns []string, now time.Time) (map[string]Counts, error)
	Assignments(ctx context.Context, v access.Viewer, f Filter) ([]Assignment, bool, error)
	Assignment(ctx context.Context, v access.Viewer, id string) (Assignment, error)
	AudienceSize(ctx context.Context, v access.Viewer, a Audience, yearStart time.Time) (int, error)
	Rehearse(ctx context.Context, v access.Viewer, c Campaign, f RehearsalFilter) (Rehearsal, error)
	// Remindable counts who could be reminded, by state.
	RemindCounts(ctx context.Context, v access.Viewer, campaign string, since time.Time) (map[Response]RemindCount, error)
	// Waiting counts who has not answered and is due before the given day.
	Waiting(ctx context.Context, v access.Viewer, campaign string, dueBefore time.Time) (int, error)
	// Candidates is a page of suppliers to pick by hand, and whether there are more.
	Candidates(ctx context.Context, v access.Viewer, f CandidateFilter) ([]Candidate, bool, error)
}

// Store keeps campaigns. Changes and the entries given with them are one transaction.
type Store interface {
	Reader
	Create(ctx context.Context, c Campaign, e audit.Entry) error
	// Save replaces a draft; Conflict when its revision is no longer c.Revision−1.
	Save(ctx context.Context, v access.Viewer, c Campaign, e audit.Entry) error
	// StartIssue moves draft → issuing and queues the job; Conflict when it is no draft.
	StartIssue(ctx context.Context, v access.Viewer, c Campaign, e audit.Entry) error
	// StartReminder queues the job that reminds who is meant.
	StartReminder(ctx context.Context, v access.Viewer, c Campaign, r Reminder, e audit.Entry) error
	// StartReschedule saves the campaign's new dates or its end, and queues the job
	// that moves those that still wait; Conflict when its revision is no longer
	// c.Revision−1, or it is closed while it is being issued. When its issuing was
	// given up, that never goes on.
	StartReschedule(ctx context.Context, v access.Viewer, c Campaign, e audit.Entry) error
	// ResumeJob lets a campaign's job that was given up go on where it stood;
	// Conflict when none was.
	ResumeJob(ctx context.Context, v access.Viewer, c Campaign, e audit.Entry) error
	// Change changes an assignment and its draft together; Conflict when its link,
	// state or address is no longer a's.
	Change(ctx context.Context, v access.Viewer, a Assignment, change Change, e audit.Entry) error
}

// Service is the rules about campaigns.
type Service struct {
	Reader
	store Store
	now   func() time.Time
	newID func() string

	snapshots snapshots
}

// NewService wires the rules to a store.
func NewService(store Store, now func() time.Time, newID func() string) *Service {
	return &Service{Reader: store, store: store, now: now, newID: newID}
}

func forbidden() error { return fault.New(fault.Forbidden, "fault.forbidden") }

// Create begins a draft.
func (s *Service) Create(ctx context.Context, v access.Viewer, c Campaign) (Campaign, error) {
	if !v.Can(access.EditCampaigns) {
		return c, forbidden()
	}
	c.ID, c.Org, c.State, c.Revision = s.newID(), v.Org, Draft, 1
	c.CreatedBy, c.CreatedAt = v.Name, s.now()
	if err := s.Check(c, nil); err != nil {
		return c, err
	}
	return c, s.store.Create(ctx, c, s.entry(v, ActionCreated, c))
}

// Save changes a draft. Conflict when somebody else changed it since c was read.
func (s *Service) Save(ctx context.Context, v access.Viewer, c Campaign) (Campaign, error) {
	if !v.Can(access.EditCampaigns) {
		return c, forbidden()
	}
	if c.State != Draft {
		return c, fault.New(fault.Conflict, "fault.campaign.issued")
	}
	if err := s.Check(c, nil); err != nil {
		return c, err
	}
	c.Revision++
	return c, s.store.Save(ctx, v, c, s.entry(v, ActionChanged, c))
}

func (s *Service) entry(v access.Viewer, action audit.Action, c Campaign, details ...audit.Detail) audit.Entry {
	return audit.New(v, s.newID(), s.now(), action, audit.Ref{Kind: "campaign", ID: c.ID, Name: c.Name}, details...).In(c.ID)
}

// minDays is how many days at least a supplier has to answer.
const minDays = 5

// Check judges what a supplier will read, beside the faults found already. Purpose and necessity are asked of every
// request: METI and the JFTC (guidance of 2022-10-28) hold that demands for
// security measures be explained, not merely made.
func (s *Service) Check(c Campaign, f fault.Fields) error {
	f.Required("name", strings.TrimSpace(c.Name), 100)
	f.Required("purpose", strings.TrimSpace(c.Purpose), 400)
	f.Required("necessity", strings.TrimSpace(c.Necessity), 800)
	if strings.ContainsAny(c.Name, "\r\n") {
		f.Add("name", "fault.one-line")
	}
	c.Contact.Check(&f)
	if c.Questionnaire.Key == "" {
		f.Add("questionnaire", "fault.choose")
	}
	switch {
	case slices.ContainsFunc(f, func(x fault.Field) bool { return x.Name == "due" || x.Name == "closes" }):
	case c.DueAt.IsZero():
		f.Add("due", "fault.required")
	case c.DueAt.Before(s.now().AddDate(0, 0, minDays)):
		f.Add("due", "fault.campaign.due-soon", fault.Args{"Min": minDays})
	case c.DueAt.After(s.now().AddDate(1, 0, 0)):
		f.Add("due", "fault.campaign.due-far")
	case c.ClosesAt.Before(c.DueAt):
		f.Add("closes", "fault.campaign.closes-before")
	case c.ClosesAt.After(c.DueAt.AddDate(1, 0, 0)):
		f.Add("closes", "fault.campaign.due-far")
	}
	a := c.Audience
	if !a.All && !a.Picked && len(a.Tags) == 0 && len(a.Tiers) == 0 && !a.NotAsked {
		f.Add("audience", "fault.campaign.audience")
	}
	return f.Err()
}

// confirmAbove is the number of recipients above which it must be typed.
const confirmAbove = 1000

// NeedsConfirmation tells whether issuing to so many asks for the number typed.
func NeedsConfirmation(recipients int) bool { return recipients > confirmAbove }

// Issue asks every recipient: one transaction queues the job, which does the rest.
// expected is the number that the person saw in the rehearsal; typed the number
// that they typed above 1,000. Conflict when the audience has changed since.
func (s *Service) Issue(ctx context.Context, v access.Viewer, id string, expected, typed int, yearStart time.Time) error {
	if !v.Can(access.EditCampaigns) {
		return forbidden()
	}
	c, err := s.Get(ctx, v, id)
	if err != nil {
		return err
	}
	if c.State != Draft {
		return fault.New(fault.Conflict, "fault.campaign.issued")
	}
	if err := s.Check(c, nil); err != nil {
		return err
	}
	n, err := s.AudienceSize(ctx, v, c.Audience, yearStart)
	if err != nil {
		return err
	}
	var f fault.Fields
	switch {
	case n == 0:
		f.Add("confirm", "fault.campaign.nobody")
	case n != expected:
		f.Add("confirm", "fault.campaign.changed", fault.Args{"Count": n})
	case NeedsConfirmation(n) && typed != n:
		f.Add("confirm", "fault.campaign.confirm", fault.Args{"Count": n})
	}
	if err := f.Err(); err != nil {
		return err
	}
	c.Asked, c.State, c.IssuedAt = n, Issuing, s.now()
	return s.store.StartIssue(ctx, v, c, s.entry(v, ActionStarted, c))
}

// Certificates tells how a campaign treats the questionnaire's certificates.
func (c Campaign) covering() questionnaire.Coverage {
	if !c.StandIn {
		return nil
	}
	return c.Coverage
}

// Covered says which questions the given certificates stand in for, in this
// campaign and for this supplier.
func (c Campaign) Covered(certificates []questionnaire.Certificate, personalData bool) map[string]string {
	return c.covering().Covered(c.Questionnaire, certificates, personalData)
}
