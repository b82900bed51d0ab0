package campaign

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/calendar"
	"tsunagi/internal/fault"
	"tsunagi/internal/org"
	"tsunagi/internal/questionnaire"
)

// Audit actions about campaigns.
const (
	ActionCreated  audit.Action = "campaign.created"
	ActionChanged  audit.Action = "campaign.changed"
	ActionDeleted  audit.Action = "campaign.deleted"
	ActionStarted  audit.Action = "campaign.issue-started"
	ActionIssued   audit.Action = "campaign.issued"
	ActionAsked    audit.Action = "assignment.asked"
	ActionReminded audit.Action = "assignment.reminded"
	ActionRemind   audit.Action = "campaign.reminder-started"
	ActionMoved    audit.Action = "campaign.extended"
	ActionClosed   audit.Action = "campaign.closed"
	ActionResumed  audit.Action = "campaign.job-resumed"
	ActionCarried  audit.Action = "import.carry-over"
)

// Reader is what pages read directly.
type Reader interface {
	List(ctx context.Context, v access.Viewer, page, size int) ([]Campaign, bool, error)
	Get(ctx context.Context, v access.Viewer, id string) (Campaign, error)
	// Names gives the names of campaigns by their ids.
	Names(ctx context.Context, v access.Viewer, ids []string) (map[string]string, error)
	Counts(ctx context.Context, v access.Viewer, campaign string, now time.Time) (Counts, error)
	CountsOf(ctx context.Context, v access.Viewer, campaigns []string, now time.Time) (map[string]Counts, error)
	// InHandsOf counts, by campaign, the submissions that wait for a verdict.
	InHandsOf(ctx context.Context, v access.Viewer, campaigns []string) (map[string]int, error)
	// KeptPast tells what campaigns hold whose day has passed until which answers are kept.
	KeptPast(ctx context.Context, v access.Viewer, now time.Time) ([]Kept, error)
	Assignments(ctx context.Context, v access.Viewer, f Filter) ([]Assignment, bool, error)
	// Found counts whom a filter finds, as far as Countable and one more.
	Found(ctx context.Context, v access.Viewer, f Filter) (int, error)
	Assignment(ctx context.Context, v access.Viewer, id string) (Assignment, error)
	// OpenOf lists the requests of a supplier that wait for an answer, the newest first.
	OpenOf(ctx context.Context, v access.Viewer, supplier string) ([]Assignment, error)
	// Differing lists requests of a campaign that Differs from the directory, as far as
	// Countable and one more.
	Differing(ctx context.Context, v access.Viewer, campaign string) ([]Assignment, error)
	// Behind counts the requests that take answers still, and wait at another address than
	// the one that an import brought into the directory.
	Behind(ctx context.Context, v access.Viewer, imported string, now time.Time) (int, error)
	AudienceSize(ctx context.Context, v access.Viewer, a Audience, yearStart time.Time) (int, error)
	Rehearse(ctx context.Context, v access.Viewer, c Campaign, f RehearsalFilter) (Rehearsal, error)
	// RemindCounts counts who could be reminded, by state; recent are those who were
	// reminded at since or later.
	RemindCounts(ctx context.Context, v access.Viewer, campaign string, since time.Time) (map[Response]RemindCount, error)
	// Asking are the requests whose suppliers would send more mails than they may, those
	// that have waited the longest first.
	Asking(ctx context.Context, v access.Viewer, n int) ([]Assignment, error)
	// Waiting counts who has not answered and is due before a moment; with the zero
	// time, whoever has not answered.
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
	// DeleteDraft removes a draft; Conflict when it is none, or its revision is no longer c's.
	DeleteDraft(ctx context.Context, v access.Viewer, c Campaign, e audit.Entry) error
	// StartIssue moves draft → issuing and queues the job; Conflict when it is no draft.
	StartIssue(ctx context.Context, v access.Viewer, c Campaign, e audit.Entry) error
	// StartReminder queues the job that reminds those whom r chooses; Conflict when the
	// campaign is no longer open.
	StartReminder(ctx context.Context, v access.Viewer, c Campaign, r Reminder, e audit.Entry) error
	// StartReschedule saves the campaign's new dates or its end, and queues the job
	// that moves those that still wait; Conflict when its revision is no longer
	// c.Revision−1, or it is closed while it is being issued. When its issuing was
	// given up, that never goes on; nor does any earlier job that this overtakes.
	StartReschedule(ctx context.Context, v access.Viewer, c Campaign, e audit.Entry) error
	// StartCarrying queues the job that carries n requests over that are Behind an import;
	// Conflict while one does.
	StartCarrying(ctx context.Context, v access.Viewer, imported string, revoke bool, n int, e audit.Entry) error
	// ResumeJob lets a campaign's job that was given up go on where it stood;
	// Conflict when none was.
	ResumeJob(ctx context.Context, v access.Viewer, c Campaign, e audit.Entry) error
	// Change changes assignments and their drafts together, all or none; Conflict when a
	// link, state or address is no longer what it was when it was read.
	Change(ctx context.Context, v access.Viewer, decided ...Decided) error
}

// Buyers reads the viewer's organisation, whose closed days count.
type Buyers interface {
	Organization(ctx context.Context, v access.Viewer) (org.Organization, error)
	Language(ctx context.Context, v access.Viewer, email string) (string, error)
}

// Service is the rules about campaigns. It loads what a rule must know, lets the rule
// decide, and saves: nothing that a page has read is taken for true.
type Service struct {
	Reader
	store  Store
	buyers Buyers
	now    func() time.Time
	newID  func() string

	snapshots snapshots
}

// NewService wires the rules to their stores.
func NewService(store Store, buyers Buyers, now func() time.Time, newID func() string) *Service {
	return &Service{Reader: store, store: store, buyers: buyers, now: now, newID: newID}
}

func forbidden() error { return fault.New(fault.Forbidden, "fault.forbidden") }

func (s *Service) entry(v access.Viewer, action audit.Action, c Campaign, details ...audit.Detail) audit.Entry {
	return audit.New(v, s.newID(), s.now(), action, audit.Ref{Kind: "campaign", ID: c.ID, Name: c.Name}, details...).In(c.ID)
}

// editable is a campaign that the viewer may change.
func (s *Service) editable(ctx context.Context, v access.Viewer, id string) (Campaign, error) {
	if !v.Can(access.EditCampaigns) {
		return Campaign{}, forbidden()
	}
	return s.Get(ctx, v, id)
}

// Calendar is the viewer's organisation's: its business days.
func (s *Service) Calendar(ctx context.Context, v access.Viewer) (*calendar.Calendar, error) {
	return s.calendar(ctx, v)
}

// ContactLanguage is the language in which the contact of a campaign is written to: the one
// that the person chose, Japanese for a mailbox that is no member's.
func (s *Service) ContactLanguage(ctx context.Context, v access.Viewer, c Campaign) (string, error) {
	lang, err := s.buyers.Language(ctx, v, org.FoldEmail(c.Contact.Email))
	return cmp.Or(lang, "ja"), err
}

func (s *Service) calendar(ctx context.Context, v access.Viewer) (*calendar.Calendar, error) {
	o, err := s.buyers.Organization(ctx, v)
	return calendar.New(o.Closures), err
}

// Create begins a draft. wrong is what could not be read of what was typed: it is
// answered together with what does not hold.
func (s *Service) Create(ctx context.Context, v access.Viewer, c Campaign, wrong ...fault.Field) (Campaign, error) {
	if !v.Can(access.EditCampaigns) {
		return c, forbidden()
	}
	days, err := s.calendar(ctx, v)
	if err != nil {
		return c, err
	}
	typed := c
	c = Complete(c, days)
	if err := Check(c, days, s.now(), wrong); err != nil {
		return typed, err
	}
	c.ID, c.Org, c.State, c.Revision = s.newID(), v.Org, Draft, 1
	c.CreatedBy, c.CreatedAt = v.Name, s.now()
	return c, s.store.Create(ctx, c, s.entry(v, ActionCreated, c))
}

// Save changes a draft to what was typed. Conflict when somebody else changed it
// since the revision that was typed over.
func (s *Service) Save(ctx context.Context, v access.Viewer, typed Campaign, wrong ...fault.Field) (Campaign, error) {
	now, err := s.editable(ctx, v, typed.ID)
	if err != nil {
		return typed, err
	}
	days, err := s.calendar(ctx, v)
	if err != nil {
		return typed, err
	}
	c, err := Edit(now, Complete(typed, days))
	if err == nil {
		err = Check(c, days, s.now(), wrong)
	}
	if err != nil {
		return typed, err
	}
	changed := differences(now, c)
	if len(changed) == 0 { // what is saved stands as it is typed
		return now, nil
	}
	return c, s.store.Save(ctx, v, c, s.entry(v, ActionChanged, c, changed...))
}

// amend saves a draft of which one part was changed.
func (s *Service) amend(ctx context.Context, v access.Viewer, id string, change func(Campaign) (Campaign, error)) error {
	now, err := s.editable(ctx, v, id)
	if err != nil {
		return err
	}
	c, err := change(now)
	if err != nil {
		return err
	}
	changed := differences(now, c)
	if len(changed) == 0 {
		return nil
	}
	return s.store.Save(ctx, v, c, s.entry(v, ActionChanged, c, changed...))
}

// Pick adds suppliers to those picked by hand, and takes others out again.
func (s *Service) Pick(ctx context.Context, v access.Viewer, id string, add, remove []string) error {
	return s.amend(ctx, v, id, func(c Campaign) (Campaign, error) { return Pick(c, add, remove) })
}

// TakeOut leaves a supplier out of a campaign's audience, or puts it in again.
func (s *Service) TakeOut(ctx context.Context, v access.Viewer, id, supplier string, out bool) error {
	return s.amend(ctx, v, id, func(c Campaign) (Campaign, error) { return TakeOut(c, supplier, out) })
}

// SetCoverage says, for this campaign, which certificates stand in for what.
func (s *Service) SetCoverage(ctx context.Context, v access.Viewer, id string, coverage questionnaire.Coverage) error {
	return s.amend(ctx, v, id, func(c Campaign) (Campaign, error) {
		return amend(c, func(c *Campaign) error { c.Coverage = coverage; return nil })
	})
}

// Issue asks every recipient: one transaction queues the job, which does the rest.
func (s *Service) Issue(ctx context.Context, v access.Viewer, id string, expected, typed int) error {
	c, err := s.editable(ctx, v, id)
	if err != nil {
		return err
	}
	days, err := s.calendar(ctx, v)
	if err != nil {
		return err
	}
	n, err := s.AudienceSize(ctx, v, c.Audience, calendar.FiscalYearStart(s.now()))
	if err != nil {
		return err
	}
	if c, err = Issue(c, n, expected, typed, days, s.now()); err != nil {
		return err
	}
	return s.store.StartIssue(ctx, v, c, s.entry(v, ActionStarted, c, moved(Draft, c.State), detail("count", strconv.Itoa(n))))
}

// Remind queues reminders to all who are in one of the chosen states and can be
// reached by mail. Who has submitted is never reminded: the states are checked
// again when each mail leaves.
func (s *Service) Remind(ctx context.Context, v access.Viewer, id string, r Reminder) error {
	c, err := s.editable(ctx, v, id)
	if err != nil {
		return err
	}
	counts, err := s.RemindCounts(ctx, v, id, calendar.RestedBefore(s.now()))
	if err != nil {
		return err
	}
	if r, err = Remind(c, r, counts, s.now()); err != nil {
		return err
	}
	var details []audit.Detail
	for _, state := range r.States {
		details = append(details, detail("state", string(state)))
	}
	return s.store.StartReminder(ctx, v, c, r, s.entry(v, ActionRemind, c, details...))
}

// ExtendAll moves the due date of all who have not answered and would be due
// earlier; each of them is told by mail. Who was given longer keeps it.
func (s *Service) ExtendAll(ctx context.Context, v access.Viewer, id string, due time.Time) error {
	was, err := s.editable(ctx, v, id)
	if err != nil {
		return err
	}
	c, err := ExtendAll(was, due, s.now())
	if err != nil {
		return err
	}
	return s.store.StartReschedule(ctx, v, c, s.entry(v, ActionMoved, c, audit.WasAt("due", was.DueAt, c.DueAt), audit.WasAt("closes", was.ClosesAt, c.ClosesAt)))
}

// Close ends a campaign: no more answers are taken and nobody is reminded. What
// was submitted can still be reviewed, and one supplier can still be given more
// time. Conflict while its issuing goes on.
func (s *Service) Close(ctx context.Context, v access.Viewer, id string) error {
	was, err := s.editable(ctx, v, id)
	if err != nil {
		return err
	}
	c, err := Close(was, s.now())
	if err != nil {
		return err
	}
	return s.store.StartReschedule(ctx, v, c, s.entry(v, ActionClosed, c, moved(was.State, c.State), audit.WasAt("closes", was.ClosesAt, c.ClosesAt)))
}

// DeleteDraft removes a campaign by which nobody was asked. Conflict when it was issued
// or changed meanwhile.
func (s *Service) DeleteDraft(ctx context.Context, v access.Viewer, id string) error {
	c, err := s.editable(ctx, v, id)
	if err != nil {
		return err
	}
	if c.State != Draft {
		return fault.New(fault.Conflict, "fault.campaign.issued")
	}
	return s.store.DeleteDraft(ctx, v, c, s.entry(v, ActionDeleted, c, moved(c.State, "deleted")))
}

// Resume lets a job of a campaign that was given up go on where it stood.
func (s *Service) Resume(ctx context.Context, v access.Viewer, id string) error {
	c, err := s.editable(ctx, v, id)
	if err != nil {
		return err
	}
	return s.store.ResumeJob(ctx, v, c, s.entry(v, ActionResumed, c, audit.Was("job", "stopped", "waiting")))
}
