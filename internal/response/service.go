package response

import (
	"context"
	"errors"
	"slices"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/budget"
	"tsunagi/internal/calendar"
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
	ActionAskedMore audit.Action = "assignment.mails-asked"
	ActionInReview  audit.Action = "submission.review-started"
	ActionCommented audit.Action = "submission.commented"
	ActionAccepted  audit.Action = "submission.accepted"
	ActionReturned  audit.Action = "submission.returned"
	ActionTakenBack audit.Action = "submission.acceptance-undone"
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
	// counter are in its filter. A *Conflict with the other answer when the counter is
	// another one. The sheet's first save also moves the assignment to answering, in one
	// transaction; without the entry for it nothing is saved, and it is ErrFirst.
	SaveAnswer(ctx context.Context, s Save) error
	// Submit closes the sheet as it was at the time given: Conflict when it has
	// changed since, so that nothing saved is missing from the submission.
	Submit(ctx context.Context, v access.Viewer, s Submission, a campaign.Assignment, seen time.Time, e audit.Entry, m []notify.Message) error
	// Decline, Resume and Delegate give the request as it is then.
	Decline(ctx context.Context, v access.Viewer, a campaign.Assignment, e audit.Entry, m []notify.Message) error
	Resume(ctx context.Context, v access.Viewer, a campaign.Assignment, e audit.Entry) error
	// Delegate is TooMany when the request has caused as many mails as it may.
	Delegate(ctx context.Context, v access.Viewer, a, next campaign.Assignment, e audit.Entry, m []notify.Message) error
	// HandBack holds while a is still as it was seen.
	HandBack(ctx context.Context, v access.Viewer, a, next campaign.Assignment, e audit.Entry, m []notify.Message) error
	// SetCopies gives the request who reads along in next, while those in a do; TooMany as
	// for Delegate.
	SetCopies(ctx context.Context, v access.Viewer, a, next campaign.Assignment, e audit.Entry, m []notify.Message) error
	// AskMore notes that a supplier would send more mails than it may; once, until the
	// buyer has allowed it.
	AskMore(ctx context.Context, v access.Viewer, e audit.Entry) error

	// StartReview moves submitted to in-review; nothing when somebody already did.
	StartReview(ctx context.Context, v access.Viewer, a campaign.Assignment, e audit.Entry) error
	// Spend takes from budgets; TooMany when one is empty.
	Spend(ctx context.Context, spendings ...budget.Spending) error
	// SaveWords keeps a reviewer's words, with the entries that they are the first on their
	// subject, should they be that. It is one update: that nobody decided and that the words
	// before have the counter before stand in its filter. Conflict when that does not hold.
	SaveWords(ctx context.Context, v access.Viewer, a campaign.Assignment, c Comment, first *FirstWords) error
	// DropWords takes words back that are as they were seen. Conflict when they are not,
	// or somebody decided.
	DropWords(ctx context.Context, v access.Viewer, a campaign.Assignment, c Comment, e audit.Entry) error
	// Decide writes a decision and cancels the mail that it makes untrue; Conflict when a
	// is in none of its states any more, or that mail must not have left and has.
	Decide(ctx context.Context, v access.Viewer, a campaign.Assignment, d Decision, e audit.Entry, m []notify.Message) error
	// JudgeEvidence is a Conflict when a was decided meanwhile, or somebody else has judged
	// the certificate since it was seen.
	JudgeEvidence(ctx context.Context, v access.Viewer, a campaign.Assignment, seen, ev evidence.Evidence, e audit.Entry) error
}

// Reader is what pages read directly.
type Reader interface {
	Draft(ctx context.Context, v access.Viewer, assignment string) (Draft, error)
	Submission(ctx context.Context, v access.Viewer, assignment string, revision int) (Submission, error)
	Submissions(ctx context.Context, v access.Viewer, assignment string) ([]Submission, error)
	Review(ctx context.Context, v access.Viewer, assignment string, revision int) (Review, error)
	Reviews(ctx context.Context, v access.Viewer, assignment string) ([]Review, error)
}

// Campaigns reads what is asked, and of whom.
type Campaigns interface {
	Assignment(ctx context.Context, v access.Viewer, id string) (campaign.Assignment, error)
	// Calendar is the viewer's organisation's: its business days.
	Calendar(ctx context.Context, v access.Viewer) (*calendar.Calendar, error)
	// Snapshot is what a campaign asks, which never changes.
	Snapshot(ctx context.Context, v access.Viewer, id string) (campaign.Campaign, error)
	// ContactLanguage is the language in which a campaign's contact is written to.
	ContactLanguage(ctx context.Context, v access.Viewer, c campaign.Campaign) (string, error)
}

// Papers reads what a supplier attached.
type Papers interface {
	Of(ctx context.Context, v access.Viewer, assignment string) ([]evidence.Evidence, error)
	Get(ctx context.Context, v access.Viewer, id string) (evidence.Evidence, error)
}

// Save is one answer to be saved.
type Save struct {
	Viewer   access.Viewer
	Question string
	Given    Given // another counter than the one it saw is a conflict
	Now      time.Time
	Begins   *audit.Entry // says that the supplier began, should this be the sheet's first save
}

// FirstWords are the entries of the first words on a subject: that they are there, and that
// somebody has begun to judge, should nobody have before.
type FirstWords struct{ Written, Begins audit.Entry }

// ErrFirst says that a save would be the sheet's first, and has no entry that says so.
var ErrFirst = errors.New("the first save of a sheet, without the entry of its beginning")

// Service is the rules about answers. It loads what a rule must know, lets the rule
// decide, and saves: nothing that a page has read is taken for true.
type Service struct {
	Reader
	store     Store
	campaigns Campaigns
	papers    Papers
	now       func() time.Time
	newID     func() string
}

// NewService wires the rules to their stores.
func NewService(store Store, campaigns Campaigns, papers Papers, now func() time.Time, newID func() string) *Service {
	return &Service{Reader: store, store: store, campaigns: campaigns, papers: papers, now: now, newID: newID}
}

func (s *Service) entry(v access.Viewer, action audit.Action, a campaign.Assignment, details ...audit.Detail) audit.Entry {
	if v.Kind == access.Link && v.Name == "" {
		v.Name = a.Name
	}
	return audit.New(v, s.newID(), s.now(), action, audit.Ref{Kind: "assignment", ID: a.ID, Name: a.Name}, details...).In(a.Campaign)
}

// mine is the request that a link session holds. Gone when its right has ended.
func (s *Service) mine(ctx context.Context, v access.Viewer) (campaign.Assignment, error) {
	if v.Kind != access.Link || !v.Can(access.AnswerRequest) {
		return campaign.Assignment{}, fault.New(fault.NotFound, "fault.not-found")
	}
	a, err := s.campaigns.Assignment(ctx, v, v.Assignment)
	if err == nil {
		err = a.CheckLink(v.Generation)
	}
	return a, err
}

// writable is mine for who changes something. Gone, with the reason, when nothing is
// taken any more.
func (s *Service) writable(ctx context.Context, v access.Viewer) (campaign.Assignment, error) {
	a, err := s.mine(ctx, v)
	if err == nil {
		err = a.CheckWrite(v.Generation, s.now())
	}
	return a, err
}

// Open notes the first time that the button on the request page was pressed.
func (s *Service) Open(ctx context.Context, v access.Viewer) error {
	a, err := s.mine(ctx, v)
	if err != nil || !a.OpenedAt.IsZero() {
		return err
	}
	return s.store.Open(ctx, v, s.now(), s.entry(v, ActionOpened, a, opened(a)))
}

// Answer saves one answer of the viewer's sheet. Invalid when it does not hold;
// a *Conflict when somebody else saved that question meanwhile, and not the same page
// before, whose reply was lost; Gone when the sheet takes no answers any more.
func (s *Service) Answer(ctx context.Context, v access.Viewer, key string, given Given) (count int, err error) {
	if v.Kind != access.Link || !v.Can(access.AnswerRequest) {
		return 0, fault.New(fault.Forbidden, "fault.forbidden")
	}
	c, err := s.campaigns.Snapshot(ctx, v, campaign.CampaignOf(v.Assignment))
	if err != nil {
		return 0, err
	}
	q, ok := c.Questionnaire.Question(key)
	if !ok {
		return 0, fault.New(fault.NotFound, "fault.not-found")
	}
	if err := errors.Join(questionnaire.Check(q, given.Answer), questionnaire.CheckAside(q, given.Aside)); err != nil {
		return 0, err
	}
	given.Page = given.page()
	return s.save(ctx, Save{Viewer: v, Question: key, Given: given, Now: s.now()})
}

// tries is how often a page's own words are set in place of its earlier ones, which
// may still be arriving.
const tries = 4

// save saves an answer in one write. When the counter is another one, what stands there
// may be the same answer, or an earlier one of the same page: then it goes on from there.
func (s *Service) save(ctx context.Context, save Save) (count int, err error) {
	other := new(Conflict)
	for range tries {
		err = s.store.SaveAnswer(ctx, save)
		if errors.Is(err, ErrFirst) {
			if save.Begins, err = s.beginning(ctx, save.Viewer); err != nil {
				return 0, err
			}
			err = s.store.SaveAnswer(ctx, save)
		}
		if err == nil {
			return save.Given.Seen + 1, nil
		}
		if !errors.As(err, &other) {
			return 0, err
		}
		order := compare(save.Given.Page, other.Saved.Page)
		switch {
		case other.Saved.Same(save.Given.Answer) && other.Saved.SetAside().Same(save.Given.Aside):
			return other.Saved.Count, nil // sent again because the reply was lost, or two people agree
		case order != later: // nothing is called saved that is not: who overtook itself has sent newer words
			return 0, &Conflict{Saved: other.Saved, Own: order == earlier}
		}
		save.Given.Seen = other.Saved.Count
	}
	return 0, err
}

// beginning says that a supplier has begun to answer, in its own name.
func (s *Service) beginning(ctx context.Context, v access.Viewer) (*audit.Entry, error) {
	a, err := s.mine(ctx, v)
	if err != nil {
		return nil, err
	}
	v.Name = a.Name
	e := s.entry(v, ActionStarted, a, stands(a.Response, campaign.Answering))
	return &e, nil
}

// Submit declares the answers of the viewer's sheet and makes the next revision. Two
// submissions at once make one: the second gets Conflict or Gone. Conflict too when
// somebody changed an answer at the same moment.
func (s *Service) Submit(ctx context.Context, v access.Viewer, d Declare) (Submission, error) {
	a, c, draft, given, err := s.whole(ctx, v)
	if err != nil {
		return Submission{}, err
	}
	sub, err := Submit(c, a, draft, given, d, s.now())
	if err != nil {
		return sub, err
	}
	v.Name = sub.Declaration.Name
	e := s.entry(v, ActionSubmitted, a, stands(a.Response, campaign.Submitted), audit.Detail{Key: "revision", Value: itoa(sub.Revision)}, audit.Detail{Key: "sha256", Value: sub.SHA256})
	return sub, s.store.Submit(ctx, v, sub, a, draft.UpdatedAt, e, s.message(a, notify.Receipt, sub.ID,
		map[string]string{notify.ParamReceipt: sub.Receipt, notify.ParamRevision: itoa(sub.Revision)}))
}

// whole reads all of the viewer's sheet, for who changes something.
func (s *Service) whole(ctx context.Context, v access.Viewer) (a campaign.Assignment, c campaign.Campaign, draft Draft, given []evidence.Evidence, err error) {
	if a, err = s.writable(ctx, v); err != nil {
		return a, c, draft, given, err
	}
	if c, err = s.campaigns.Snapshot(ctx, v, a.Campaign); err != nil {
		return a, c, draft, given, err
	}
	if draft, err = s.Draft(ctx, v, a.ID); err != nil {
		return a, c, draft, given, err
	}
	// Read after the draft: attaching something changes the draft, so that what came
	// between is noticed.
	given, err = s.papers.Of(ctx, v, a.ID)
	return a, c, draft, given, err
}

// Replace clears the answers that a certificate of the viewer's sheet could stand in for,
// so that it does, and tells how many. NotFound when the sheet has no such certificate; a
// *Conflict when somebody changed an answer meanwhile: that one is not cleared.
func (s *Service) Replace(ctx context.Context, v access.Viewer, certificate string) (int, error) {
	a, c, draft, given, err := s.whole(ctx, v)
	if err != nil {
		return 0, err
	}
	if !slices.ContainsFunc(given, func(e evidence.Evidence) bool { return e.ID == certificate && !e.Attached() }) {
		return 0, fault.New(fault.NotFound, "fault.not-found")
	}
	answers, covered := WithFiles(c.Questionnaire, draft.Plain(), given), c.Covered(evidence.Holding(given, s.now()), a.PersonalData)
	keys := c.Questionnaire.Answered(answers, covered, certificate)
	for _, key := range keys {
		if _, err := s.Answer(ctx, v, key, Given{Seen: draft.Answers[key].Count}); err != nil {
			return 0, err
		}
	}
	return len(keys), nil
}

// message tells the person of a request what became of a submission; none when there
// is no usable address.
func (s *Service) message(a campaign.Assignment, kind notify.Kind, submission string, params map[string]string) []notify.Message {
	if !campaign.Writable(a) {
		return nil
	}
	m := campaign.Message(a, string(kind)+":"+submission, kind, s.now())
	m.Params = params
	return []notify.Message{m}
}
