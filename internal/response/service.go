package response

import (
	"context"
	"errors"
	"strings"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/questionnaire"
)

// Audit actions about answers.
const (
	ActionOpened    audit.Action = "assignment.opened"
	ActionStarted   audit.Action = "assignment.answering"
	ActionSubmitted audit.Action = "submission.submitted"
	ActionDeclined  audit.Action = "assignment.declined"
	ActionDelegated audit.Action = "assignment.delegated"
	ActionInReview  audit.Action = "submission.review-started"
	ActionCommented audit.Action = "submission.commented"
	ActionAccepted  audit.Action = "submission.accepted"
	ActionReturned  audit.Action = "submission.returned"
	ActionVerified  audit.Action = "evidence.verified"
	ActionRejected  audit.Action = "evidence.rejected"
)

// Store keeps drafts, submissions and reviews. Changes and what is given with them
// are one transaction.
type Store interface {
	Reader
	// Open notes that a supplier pressed the button on the request page.
	Open(ctx context.Context, v access.Viewer, now time.Time, e audit.Entry) error
	// SaveAnswer is one conditional update: link, time, state and the question's
	// counter are in its filter. Conflict with the other answer when the counter is
	// another one. first tells that it was the sheet's first save.
	SaveAnswer(ctx context.Context, s Save) (first bool, err error)
	// Begin moves the assignment to answering after the first save.
	Begin(ctx context.Context, v access.Viewer, e audit.Entry) error
	// Submit closes the sheet as it was at the time given: Conflict when it has
	// changed since, so that nothing saved is missing from the submission.
	Submit(ctx context.Context, v access.Viewer, s Submission, a campaign.Assignment, seen time.Time, e audit.Entry, m []notify.Message) error
	Decline(ctx context.Context, v access.Viewer, a campaign.Assignment, reason string, e audit.Entry) error
	Delegate(ctx context.Context, v access.Viewer, a campaign.Assignment, e audit.Entry, m notify.Message) error

	// StartReview moves submitted to in-review; nothing when somebody already did.
	StartReview(ctx context.Context, v access.Viewer, a campaign.Assignment, e audit.Entry) error
	SaveReview(ctx context.Context, v access.Viewer, r Review, a campaign.Assignment, e audit.Entry) error
	Decide(ctx context.Context, v access.Viewer, r Review, a campaign.Assignment, flags []Flag, e audit.Entry, m []notify.Message) error
	JudgeEvidence(ctx context.Context, v access.Viewer, ev evidence.Evidence, e audit.Entry) error
}

// Reader is what pages read directly.
type Reader interface {
	Draft(ctx context.Context, v access.Viewer, assignment string) (Draft, error)
	Submission(ctx context.Context, v access.Viewer, assignment string, revision int) (Submission, error)
	Submissions(ctx context.Context, v access.Viewer, assignment string) ([]Submission, error)
	Review(ctx context.Context, v access.Viewer, assignment string, revision int) (Review, error)
	Reviews(ctx context.Context, v access.Viewer, assignment string) ([]Review, error)
}

// Save is one answer to be saved.
type Save struct {
	Viewer   access.Viewer
	Question string
	Answer   questionnaire.Answer
	Seen     int // the counter that the person saw; another one is a conflict
	Now      time.Time
	By       string
}

// Service is the rules about answers.
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

func (s *Service) entry(v access.Viewer, action audit.Action, a campaign.Assignment, details ...audit.Detail) audit.Entry {
	if v.Kind == access.Link && v.Name == "" {
		v.Name = a.Name
	}
	return audit.New(v, s.newID(), s.now(), action, audit.Ref{Kind: "assignment", ID: a.ID, Name: a.Name}, details...).In(a.Campaign)
}

func mine(v access.Viewer, a campaign.Assignment) error {
	if !v.Can(access.AnswerRequest) || v.Assignment != a.ID || v.Org != a.Org {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	return nil
}

// Open notes the first time that a supplier's person began.
func (s *Service) Open(ctx context.Context, v access.Viewer, a campaign.Assignment) error {
	if err := mine(v, a); err != nil {
		return err
	}
	if !a.OpenedAt.IsZero() {
		return nil
	}
	return s.store.Open(ctx, v, s.now(), s.entry(v, ActionOpened, a))
}

// Answer saves one answer. Invalid when it does not hold; Conflict when somebody
// saved that question meanwhile; Gone when the sheet takes no answers any more.
func (s *Service) Answer(ctx context.Context, v access.Viewer, c campaign.Campaign, key string, answer questionnaire.Answer, seen int, by string) (count int, err error) {
	if !v.Can(access.AnswerRequest) {
		return 0, fault.New(fault.Forbidden, "fault.forbidden")
	}
	q, ok := c.Questionnaire.Question(key)
	if !ok {
		return 0, fault.New(fault.NotFound, "fault.not-found")
	}
	if err := questionnaire.Check(q, answer); err != nil {
		return 0, err
	}
	first, err := s.store.SaveAnswer(ctx, Save{Viewer: v, Question: key, Answer: answer, Seen: seen, Now: s.now(), By: by})
	count = seen + 1
	if other, ok := SavedInstead(err); ok && other.Same(answer) {
		// Sent again because the reply was lost, or two people agree. What was to
		// follow the save may have been lost with the reply.
		count, first, err = other.Count, true, nil
	}
	if err != nil {
		return 0, err
	}
	if first {
		a := campaign.Assignment{ID: v.Assignment, Org: v.Org, Campaign: c.ID}
		err = s.store.Begin(ctx, v, s.entry(v, ActionStarted, a))
	}
	return count, err
}

// SavedInstead gives the answer that a Conflict of SaveAnswer tells of.
func SavedInstead(err error) (Saved, bool) {
	var e *fault.Error
	if !errors.As(err, &e) || e.Kind != fault.Conflict {
		return Saved{}, false
	}
	other, ok := e.Args["Saved"].(Saved)
	return other, ok
}

// Statement is the version of the declaration; whoever changes its text raises it.
const Statement = "2026-11"

// Declare is what a person gives to submit.
type Declare struct {
	Name, Role, Text, Lang string
	Agreed                 bool
}

// Submit declares the answers and makes the next revision. The draft must have been
// read before the evidence: when either changed since, the answer is Conflict. Two
// submissions at once make one: the second gets Conflict too, and the receipt of the
// first is shown.
func (s *Service) Submit(ctx context.Context, v access.Viewer, c campaign.Campaign, a campaign.Assignment, draft Draft, given []evidence.Evidence, d Declare) (Submission, error) {
	if err := mine(v, a); err != nil {
		return Submission{}, err
	}
	now := s.now()
	switch {
	case draft.ID != a.ID:
		return Submission{}, fault.New(fault.NotFound, "fault.not-found")
	case !a.Response.TakesAnswers():
		return Submission{}, fault.New(fault.Conflict, "fault.answer.submitted")
	case !now.Before(draft.ClosesAt) || !draft.Open:
		return Submission{}, fault.New(fault.Gone, "fault.answer.closed")
	}
	answers := WithFiles(c.Questionnaire, draft.Plain(), given)
	covered := c.Covered(evidence.Holding(given, now), a.PersonalData)
	d.Name, d.Role = strings.TrimSpace(d.Name), strings.TrimSpace(d.Role)
	if err := check(c, answers, covered, d); err != nil {
		return Submission{}, err
	}
	sub := Submission{ID: SubmissionID(a.ID, a.Revision+1), Org: a.Org, Campaign: a.Campaign, Assignment: a.ID, Supplier: a.Supplier,
		Revision: a.Revision + 1, Answers: visibleAnswers(c, answers), Covered: onlyUsed(c, answers, covered), Evidence: given,
		Result: c.Questionnaire.Score(answers, covered), SubmittedAt: now,
		Declaration: Declaration{Statement: Statement, Text: d.Text, Name: d.Name, Role: d.Role, Lang: d.Lang, At: now}}
	sub.SHA256 = sub.Digest()
	sub.Receipt = campaign.RequestNumber(sub.ID)
	v.Name = d.Name
	e := s.entry(v, ActionSubmitted, a, audit.Detail{Key: "revision", Value: itoa(sub.Revision)}, audit.Detail{Key: "sha256", Value: sub.SHA256})
	return sub, s.store.Submit(ctx, v, sub, a, draft.UpdatedAt, e, s.receipt(a, sub))
}

func (s *Service) receipt(a campaign.Assignment, sub Submission) []notify.Message {
	if a.Email == "" {
		return nil
	}
	m := campaign.Message(a, "receipt:"+sub.ID, notify.Receipt, s.now())
	m.Params = map[string]string{notify.ParamReceipt: sub.Receipt, notify.ParamRevision: itoa(sub.Revision)}
	return []notify.Message{m}
}

func check(c campaign.Campaign, answers questionnaire.Answers, covered map[string]string, d Declare) error {
	var f fault.Fields
	for _, q := range c.Questionnaire.Missing(answers, covered) {
		f.Add("q."+q.Key, "fault.answer.missing", fault.Args{"Number": q.Number})
	}
	f.Required("name", d.Name, 100)
	f.Required("role", d.Role, 100)
	if !d.Agreed {
		f.Add("agreed", "fault.answer.agree")
	}
	return f.Err()
}

func visibleAnswers(c campaign.Campaign, answers questionnaire.Answers) map[string]questionnaire.Answer {
	shown, out := c.Questionnaire.Visible(answers), map[string]questionnaire.Answer{}
	for key, a := range answers {
		if shown[key] && !a.Empty() {
			out[key] = a
		}
	}
	return out
}

// onlyUsed keeps the coverage that the submission relies on: of questions that
// nobody answered.
func onlyUsed(c campaign.Campaign, answers questionnaire.Answers, covered map[string]string) map[string]string {
	out := map[string]string{}
	shown := c.Questionnaire.Visible(answers)
	for key, id := range covered {
		if shown[key] && answers[key].Empty() {
			out[key] = id
		}
	}
	return out
}

// Decline says that a supplier will not answer, with its reason.
func (s *Service) Decline(ctx context.Context, v access.Viewer, a campaign.Assignment, reason string) error {
	if err := mine(v, a); err != nil {
		return err
	}
	reason = strings.TrimSpace(reason)
	if err := checkText("reason", reason, 500); err != nil {
		return err
	}
	if !a.Response.CanBecome(campaign.Declined) {
		return fault.New(fault.Conflict, "fault.answer.submitted")
	}
	return s.store.Decline(ctx, v, a, reason, s.entry(v, ActionDeclined, a, audit.Detail{Key: "reason", Value: reason}))
}
