package campaign

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

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
	ActionExtended audit.Action = "assignment.extended"
	ActionRevoked  audit.Action = "assignment.link-revoked"
	ActionWithdrew audit.Action = "assignment.withdrawn"
	ActionShown    audit.Action = "assignment.link-shown"
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
}

// Store keeps campaigns. Changes and the entries given with them are one transaction.
type Store interface {
	Reader
	Create(ctx context.Context, c Campaign, e audit.Entry) error
	// Save replaces a draft; Conflict when its revision is no longer c.Revision−1.
	Save(ctx context.Context, v access.Viewer, c Campaign, e audit.Entry) error
	// StartIssue moves draft → issuing and queues the job; Conflict when it is no draft.
	StartIssue(ctx context.Context, v access.Viewer, c Campaign, e audit.Entry) error
	// StartReminder queues the job that reminds who is in one of the states.
	StartReminder(ctx context.Context, v access.Viewer, c Campaign, states []Response, e audit.Entry) error
	// Move changes assignments' due and closing time, or their generation or state.
	Change(ctx context.Context, v access.Viewer, a Assignment, change Change, e audit.Entry) error
}

// Change is a change of one assignment by the buyer; zero fields change nothing.
type Change struct {
	DueAt, ClosesAt time.Time
	Revoke          bool // raise the generation: the present link stops working
	Withdraw        bool
	Reason          string
}

// Counts are the numbers of a campaign page.
type Counts struct {
	Total    int
	Response map[Response]int
	Delivery map[Delivery]int
	Overdue  int
}

// Reached is how many requests have arrived, as far as we know.
func (c Counts) Reached() int {
	return c.Delivery[DeliverySent] + c.Delivery[DeliveryOpened] + c.Delivery[DeliveryPrinted] + c.Delivery[DeliveryByHand]
}

// Undelivered is how many did not.
func (c Counts) Undelivered() int { return c.Delivery[DeliveryFailed] + c.Delivery[DeliveryBounced] }

// Answered is how many have submitted at least once and are not sent back.
func (c Counts) Answered() int {
	return c.Response[Submitted] + c.Response[InReview] + c.Response[Accepted]
}

// Filter narrows the list of assignments.
type Filter struct {
	Campaign  string
	Responses []Response
	Delivery  []Delivery
	Tiers     []int
	Overdue   bool
	Search    []string // grams
	Sort      string   // "kana" (default), "code", "score", "-score", "due", "-submitted"
	Page      int      // from 1
	Size      int
	Now       time.Time
}

// Sorts lists how assignments can be sorted.
var Sorts = []string{"kana", "code", "score", "-score", "due", "-submitted"}

// Problem is why a request would not reach a supplier, or should be thought over.
type Problem string

// The problems found in a rehearsal.
const (
	NoAddress Problem = "no-address"
	SameBox   Problem = "same-mailbox" // several suppliers of this campaign share an address
	AskedNow  Problem = "already-asked"
	OnPaper   Problem = "paper"
)

// Problems lists the problems in the order in which they are shown.
var Problems = []Problem{NoAddress, SameBox, AskedNow, OnPaper}

// RehearsalFilter chooses a page of the rehearsal.
type RehearsalFilter struct {
	Problem Problem // "" for all recipients
	Page    int
	Size    int
	Year    time.Time // the start of the fiscal year: asked since then counts
}

// Rehearsal is who would be asked, and what would go wrong.
type Rehearsal struct {
	Total  int
	Counts map[Problem]int
	Rows   []RehearsalRow
	More   bool
}

// RehearsalRow is one recipient.
type RehearsalRow struct {
	Supplier, Code, Name, Person, Email, Lang string
	Excluded                                  bool // taken out by hand
	Problems                                  []Problem
}

// Service is the rules about campaigns.
type Service struct {
	Reader
	store Store
	now   func() time.Time
	newID func() string
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
	if err := s.check(c); err != nil {
		return c, err
	}
	return c, s.store.Create(ctx, c, s.entry(v, ActionCreated, c))
}

// Save changes a draft. Conflict when somebody else changed it since c was read.
func (s *Service) Save(ctx context.Context, v access.Viewer, c Campaign) error {
	if !v.Can(access.EditCampaigns) {
		return forbidden()
	}
	if c.State != Draft {
		return fault.New(fault.Conflict, "fault.campaign.issued")
	}
	if err := s.check(c); err != nil {
		return err
	}
	c.Revision++
	return s.store.Save(ctx, v, c, s.entry(v, ActionChanged, c))
}

func (s *Service) entry(v access.Viewer, action audit.Action, c Campaign, details ...audit.Detail) audit.Entry {
	return audit.New(v, s.newID(), s.now(), action, audit.Ref{Kind: "campaign", ID: c.ID, Name: c.Name}, details...).In(c.ID)
}

// minDays is how many days at least a supplier has to answer.
const minDays = 5

// Check judges what a supplier will read. Purpose and necessity are asked of every
// request: METI and the JFTC (guidance of 2022-10-28) hold that demands for
// security measures be explained, not merely made.
func (s *Service) check(c Campaign) error {
	var f fault.Fields
	text := func(name, value string, most int) {
		switch n := utf8.RuneCountInString(strings.TrimSpace(value)); {
		case n == 0:
			f.Add(name, "fault.required")
		case n > most:
			f.Add(name, "fault.too-long", fault.Args{"Max": most})
		}
	}
	text("name", c.Name, 100)
	text("purpose", c.Purpose, 400)
	text("necessity", c.Necessity, 800)
	if strings.ContainsAny(c.Name, "\r\n") {
		f.Add("name", "fault.one-line")
	}
	c.Contact.Check(&f)
	if c.Questionnaire.Key == "" {
		f.Add("questionnaire", "fault.choose")
	}
	switch {
	case c.DueAt.IsZero():
		f.Add("due", "fault.required")
	case c.DueAt.Before(s.now().AddDate(0, 0, minDays)):
		f.Add("due", "fault.campaign.due-soon", fault.Args{"Min": minDays})
	case c.DueAt.After(s.now().AddDate(1, 0, 0)):
		f.Add("due", "fault.campaign.due-far")
	}
	a := c.Audience
	if !a.All && len(a.Tags) == 0 && len(a.Tiers) == 0 && !a.NotAsked && len(a.Only) == 0 {
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
	if err := s.check(c); err != nil {
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

// Remindable are the states in which a supplier may be reminded.
var Remindable = []Response{NotStarted, Answering, Returned}

// Remind queues reminders to all who are in one of the chosen states. Who has
// submitted is never reminded: the states are checked again when each mail leaves.
func (s *Service) Remind(ctx context.Context, v access.Viewer, id string, states []Response) error {
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
	if len(states) == 0 {
		f.Add("states", "fault.choose")
	}
	for _, state := range states {
		if !state.Waits() {
			f.Add("states", "fault.choose")
		}
	}
	if err := f.Err(); err != nil {
		return err
	}
	return s.store.StartReminder(ctx, v, c, states, s.entry(v, ActionRemind, c))
}

// Extend gives one supplier more time; a sheet that was closed opens again.
func (s *Service) Extend(ctx context.Context, v access.Viewer, id string, due time.Time) error {
	a, err := s.changeable(ctx, v, id)
	if err != nil {
		return err
	}
	var f fault.Fields
	if !due.After(s.now()) {
		f.Add("due", "fault.date-past")
	} else if due.After(s.now().AddDate(1, 0, 0)) {
		f.Add("due", "fault.campaign.due-far")
	}
	if !a.Response.TakesAnswers() {
		f.Add("due", "fault.campaign.not-waiting")
	}
	if err := f.Err(); err != nil {
		return err
	}
	closes := a.ClosesAt
	if closes.Before(due) {
		closes = due
	}
	return s.store.Change(ctx, v, a, Change{DueAt: due, ClosesAt: closes}, s.assignmentEntry(v, ActionExtended, a,
		audit.Detail{Key: "due", Value: due.Format(time.RFC3339)}))
}

// Revoke makes the present link and every session of it worthless.
func (s *Service) Revoke(ctx context.Context, v access.Viewer, id string) error {
	a, err := s.changeable(ctx, v, id)
	if err != nil {
		return err
	}
	return s.store.Change(ctx, v, a, Change{Revoke: true}, s.assignmentEntry(v, ActionRevoked, a))
}

// Withdraw takes a request back, with a reason.
func (s *Service) Withdraw(ctx context.Context, v access.Viewer, id, reason string) error {
	a, err := s.changeable(ctx, v, id)
	if err != nil {
		return err
	}
	reason = strings.TrimSpace(reason)
	var f fault.Fields
	if reason == "" {
		f.Add("reason", "fault.required")
	} else if utf8.RuneCountInString(reason) > 500 {
		f.Add("reason", "fault.too-long", fault.Args{"Max": 500})
	}
	if err := f.Err(); err != nil {
		return err
	}
	if !a.Response.CanBecome(Withdrawn) {
		return fault.New(fault.Conflict, "fault.campaign.not-waiting")
	}
	return s.store.Change(ctx, v, a, Change{Withdraw: true, Reason: reason}, s.assignmentEntry(v, ActionWithdrew, a,
		audit.Detail{Key: "reason", Value: reason}))
}

// ShowLink notes that the buyer looked at a supplier's link, to hand it over.
func (s *Service) ShowLink(ctx context.Context, v access.Viewer, id string) (Assignment, audit.Entry, error) {
	a, err := s.changeable(ctx, v, id)
	return a, s.assignmentEntry(v, ActionShown, a), err
}

func (s *Service) changeable(ctx context.Context, v access.Viewer, id string) (Assignment, error) {
	if !v.Can(access.EditCampaigns) {
		return Assignment{}, forbidden()
	}
	return s.Assignment(ctx, v, id)
}

func (s *Service) assignmentEntry(v access.Viewer, action audit.Action, a Assignment, details ...audit.Detail) audit.Entry {
	return audit.New(v, s.newID(), s.now(), action, audit.Ref{Kind: "assignment", ID: a.ID, Name: a.Name}, details...).In(a.Campaign)
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
