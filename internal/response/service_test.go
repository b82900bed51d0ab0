package response

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
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

// memory is a store of one sheet, which keeps what it was given.
type memory struct {
	a       campaign.Assignment
	draft   Draft
	subs    []Submission
	review  Review
	paper   evidence.Evidence
	refuse  error        // what the next save answers
	flags   []Flag       // of the last decision
	happens func() error // once, in place of the next write of words or of a decision
	entries []audit.Entry
	mails   []notify.Message
	tooMany bool // mails were sent already
	spent   []budget.Spending
}

func (m *memory) Assignment(_ context.Context, _ access.Viewer, id string) (campaign.Assignment, error) {
	if id != m.a.ID {
		return campaign.Assignment{}, fault.New(fault.NotFound, "fault.not-found")
	}
	return m.a, nil
}
func (m *memory) Calendar(context.Context, access.Viewer) (*calendar.Calendar, error) {
	return calendar.New(nil), nil
}
func (m *memory) Snapshot(context.Context, access.Viewer, string) (campaign.Campaign, error) {
	return sheet(), nil
}
func (m *memory) ContactLanguage(context.Context, access.Viewer, campaign.Campaign) (string, error) {
	return "ja", nil
}
func (m *memory) Of(context.Context, access.Viewer, string) ([]evidence.Evidence, error) {
	return nil, nil
}
func (m *memory) Get(context.Context, access.Viewer, string) (evidence.Evidence, error) {
	return m.paper, nil
}
func (m *memory) Draft(context.Context, access.Viewer, string) (Draft, error) { return m.draft, nil }
func (m *memory) Submission(context.Context, access.Viewer, string, int) (Submission, error) {
	return m.subs[len(m.subs)-1], nil
}
func (m *memory) Submissions(context.Context, access.Viewer, string) ([]Submission, error) {
	return m.subs, nil
}
func (m *memory) Review(context.Context, access.Viewer, string, int) (Review, error) {
	return m.review, nil
}
func (m *memory) Reviews(context.Context, access.Viewer, string) ([]Review, error) {
	return []Review{m.review}, nil
}

func (m *memory) keep(e audit.Entry, mails ...notify.Message) error {
	entries.Note(e)
	m.entries, m.mails = append(m.entries, e), append(m.mails, mails...)
	return nil
}
func (m *memory) Open(_ context.Context, _ access.Viewer, now time.Time, e audit.Entry) error {
	m.a.OpenedAt = now
	return m.keep(e)
}
func (m *memory) SaveAnswer(_ context.Context, s Save) error {
	if m.refuse != nil {
		return m.refuse
	}
	switch first := len(m.draft.Answers) == 0; {
	case first && s.Begins == nil:
		return ErrFirst
	case first:
		m.a.Response = campaign.Answering
		_ = m.keep(*s.Begins)
	}
	m.draft.Answers[s.Question] = s.Saved()
	return nil
}
func (m *memory) Submit(_ context.Context, _ access.Viewer, s Submission, _ campaign.Assignment, _ time.Time, e audit.Entry, mails []notify.Message) error {
	m.subs, m.a.Response, m.a.Revision, m.review = append(m.subs, s), campaign.Submitted, s.Revision, Review{ID: s.ID, Revision: s.Revision}
	return m.keep(e, mails...)
}
func (m *memory) Decline(_ context.Context, _ access.Viewer, a campaign.Assignment, e audit.Entry, mails []notify.Message) error {
	m.a = a
	return m.keep(e, mails...)
}
func (m *memory) Resume(_ context.Context, _ access.Viewer, a campaign.Assignment, e audit.Entry) error {
	m.a = a
	return m.keep(e)
}
func (m *memory) Delegate(_ context.Context, _ access.Viewer, _, next campaign.Assignment, e audit.Entry, mails []notify.Message) error {
	if m.tooMany {
		return fault.New(fault.TooMany, "fault.too-many")
	}
	m.a = next
	return m.keep(e, mails...)
}
func (m *memory) SetCopies(_ context.Context, _ access.Viewer, _, next campaign.Assignment, e audit.Entry, mails []notify.Message) error {
	m.a = next
	return m.keep(e, mails...)
}
func (m *memory) HandBack(_ context.Context, _ access.Viewer, _, next campaign.Assignment, e audit.Entry, mails []notify.Message) error {
	m.a = next
	return m.keep(e, mails...)
}
func (m *memory) AskMore(_ context.Context, _ access.Viewer, e audit.Entry) error { return m.keep(e) }
func (m *memory) StartReview(_ context.Context, _ access.Viewer, _ campaign.Assignment, e audit.Entry) error {
	m.a.Response = campaign.InReview
	return m.keep(e)
}
func (m *memory) Spend(_ context.Context, spendings ...budget.Spending) error {
	m.spent = append(m.spent, spendings...)
	return nil
}
func (m *memory) SaveWords(_ context.Context, _ access.Viewer, _ campaign.Assignment, c Comment, first *FirstWords) error {
	if m.happens != nil {
		err := m.happens()
		m.happens = nil
		return err
	}
	m.review.Comments = slices.DeleteFunc(slices.Clone(m.review.Comments), func(other Comment) bool { return other.ID == c.ID })
	m.review.Comments = append(m.review.Comments, c)
	if first == nil {
		return nil
	}
	if m.a.Response == campaign.Submitted {
		m.a.Response = campaign.InReview
		if err := m.keep(first.Begins); err != nil {
			return err
		}
	}
	return m.keep(first.Written)
}
func (m *memory) DropWords(_ context.Context, _ access.Viewer, _ campaign.Assignment, c Comment, e audit.Entry) error {
	m.review.Comments = slices.DeleteFunc(slices.Clone(m.review.Comments), func(other Comment) bool { return other.ID == c.ID })
	return m.keep(e)
}
func (m *memory) Decide(_ context.Context, _ access.Viewer, _ campaign.Assignment, d Decision, e audit.Entry, mails []notify.Message) error {
	if m.happens != nil {
		err := m.happens()
		m.happens = nil
		return err
	}
	m.flags = d.Flags
	m.review, m.a.Response, m.draft.Open, m.draft.ClosesAt = d.Review, d.To, d.To == campaign.Returned, d.ClosesAt
	return m.keep(e, mails...)
}
func (m *memory) JudgeEvidence(_ context.Context, _ access.Viewer, _ campaign.Assignment, _, e evidence.Evidence, entry audit.Entry) error {
	m.paper = e
	return m.keep(entry)
}

var (
	link     = access.Supplier("o", "c:s", 1, "")
	reviewer = access.Viewer{Kind: access.Member, Org: "o", User: "u", Name: "確 認太", Roles: []access.Role{access.Reviewer}}
)

func office() (*memory, *Service) {
	a := request(campaign.NotStarted)
	a.Revision = 0
	m := &memory{a: a, draft: NewDraft(a, day), paper: evidence.Evidence{ID: "e", Kind: evidence.ISMS, Assignment: "c:s", Submitted: true}}
	n := 0
	return m, NewService(m, m, m, func() time.Time { return day }, func() string { n++; return fmt.Sprint("id", n) })
}

func TestASheetFromOpeningToTheVerdict(t *testing.T) {
	m, s := office()
	ctx := t.Context()
	answer := func(key, value string) func() error {
		return func() error {
			_, err := s.Answer(ctx, link, key, Given{Answer: questionnaire.Answer{Value: value}})
			return err
		}
	}
	write := func(w Words) func() error {
		return func() error { _, err := s.Write(ctx, reviewer, "c:s", w); return err }
	}
	submit := func() error {
		_, err := s.Submit(ctx, link, Declare{Name: "架空 花子", Role: "総務", Agreed: true})
		return err
	}
	for _, step := range []struct {
		name   string
		do     func() error
		action audit.Action // "": nothing is recorded
		by     string
		mails  int
	}{
		{"open", func() error { return s.Open(ctx, link) }, ActionOpened, "架空精工", 0},
		{"open again", func() error { return s.Open(ctx, link) }, "", "", 0},
		{"the first answer", answer("a", "partly"), ActionStarted, "架空精工", 0},
		{"the second", answer("f", "unknown"), "", "", 0},
		{"hand on", func() error { return s.Delegate(ctx, link, Handing{"例 次郎", "jiro@example.jp", "例 花子"}) }, ActionDelegated, "架空精工", 2},
		{"the wrong person", func() error { return s.Misdirected(ctx, link, "退職") }, ActionMisdirected, "架空精工", 0},
		{"the right one after all", func() error { m.a.Generation, m.a.Misdirected = 1, 0; return s.Resume(ctx, link) }, ActionResumed, "架空精工", 0},
		{"hand back", func() error { return s.HandBack(ctx, link) }, ActionHandedBack, "架空精工", 1},
		{"too many mails", func() error {
			m.tooMany = true
			defer func() { m.tooMany = false }()
			if err := s.Delegate(ctx, link, Handing{"例 三郎", "saburo@example.jp", "例 花子"}); fault.KindOf(err) != fault.TooMany {
				return err
			}
			return nil
		}, ActionAskedMore, "架空精工", 0},
		{"let somebody read along", func() error { return s.AddCopy(ctx, link, Handing{"写 花子", "hanako@example.jp", "例 花子"}) }, campaign.ActionCopies, "架空精工", 1},
		{"and another", func() error { return s.AddCopy(ctx, link, Handing{"写 葉子", "yoko@example.jp", "例 花子"}) }, campaign.ActionCopies, "架空精工", 1},
		{"no longer", func() error { return s.RemoveCopy(ctx, link, "yoko@example.jp") }, campaign.ActionCopies, "架空精工", 0},
		{"once more", func() error { return s.RemoveCopy(ctx, link, "yoko@example.jp") }, "", "", 0},
		{"submit", submit, ActionSubmitted, "架空 花子", 1},
		{"begin review", func() error { return s.StartReview(ctx, reviewer, "c:s") }, ActionInReview, "確 認太", 0},
		{"begin again", func() error { return s.StartReview(ctx, reviewer, "c:s") }, "", "", 0},
		{"comment", write(Words{Subject: "a", Text: "頻度は", Flag: true, Page: "p.1"}), ActionCommented, "確 認太", 0},
		{"type on", write(Words{Subject: "a", Text: "頻度は？", Flag: true, Seen: 1, Page: "p.2"}), "", "", 0},
		{"take it back", func() error { return s.RemoveComment(ctx, reviewer, "c:s", m.review.Comments[0].ID) }, ActionCommented, "確 認太", 0},
		{"verify", func() error { return s.Judge(ctx, reviewer, "c:s", "e", evidence.Verified, "") }, ActionVerified, "確 認太", 0},
		{"reject", func() error { return s.Judge(ctx, reviewer, "c:s", "e", evidence.Rejected, "範囲") }, ActionRejected, "確 認太", 0},
		{"return", func() error { return s.Return(ctx, reviewer, "c:s", Correction{Reason: "ご確認ください"}) }, ActionReturned, "確 認太", 2},
		{"submit again", submit, ActionSubmitted, "架空 花子", 1},
		{"accept", func() error { return s.Accept(ctx, reviewer, "c:s") }, ActionAccepted, "確 認太", 1},
		{"take it back", func() error { return s.TakeBack(ctx, reviewer, "c:s") }, ActionTakenBack, "確 認太", 0},
		{"accept after all", func() error { return s.Accept(ctx, reviewer, "c:s") }, ActionAccepted, "確 認太", 1},
	} {
		t.Run(step.name, func(t *testing.T) {
			m.entries, m.mails = nil, nil
			if err := step.do(); err != nil {
				t.Fatal(err)
			}
			if len(m.mails) != step.mails || (len(m.entries) == 1) != (step.action != "") {
				t.Fatalf("%d mails and %d entries", len(m.mails), len(m.entries))
			}
			for _, e := range m.entries {
				for _, d := range e.Details {
					if was, is, both := strings.Cut(d.Value, audit.Became); both && was == is {
						t.Errorf("the entry says that %s became what it was: %q", d.Key, d.Value)
					}
				}
			}
			if step.action != "" && (m.entries[0].Action != step.action || m.entries[0].Actor.Name != step.by || m.entries[0].Campaign != "c") {
				t.Errorf("the entry is %+v, want %s by %s", m.entries[0], step.action, step.by)
			}
		})
	}
	seen := Viewed(reviewer, day, m.a)
	if entries.Note(seen); seen.Detail("revision") != "2" {
		t.Errorf("looked at %+v", seen)
	}
	if m.a.Response != campaign.Accepted || m.a.Revision != 2 {
		t.Errorf("in the end %s at revision %d", m.a.Response, m.a.Revision)
	}
}

func TestAnswerSentTwice(t *testing.T) {
	m, s := office()
	given := questionnaire.Answer{Value: "partly"}
	m.refuse = &Conflict{Saved: Saved{Answer: given, Count: 7}}
	if n, err := s.Answer(t.Context(), link, "a", Given{Answer: given}); n != 7 || err != nil || len(m.entries) != 0 {
		t.Errorf("the same again: %d, %v, %d entries", n, err, len(m.entries))
	}
	_, err := s.Answer(t.Context(), link, "a", Given{Answer: questionnaire.Answer{Value: "done"}})
	if other := new(Conflict); fault.KindOf(err) != fault.Conflict || !errors.As(err, &other) || other.Saved.Count != 7 || !other.Saved.Same(given) {
		t.Errorf("another answer: %v", err)
	}
	m.refuse = nil
	if _, err := s.Answer(t.Context(), link, "nothing", Given{Answer: given}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("no such question: %v", err)
	}
	if _, err := s.Answer(t.Context(), link, "a", Given{Answer: questionnaire.Answer{Value: "perhaps"}}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("no such answer: %v", err)
	}
}

func TestDeclining(t *testing.T) {
	m, s := office()
	if err := s.Decline(t.Context(), link, "取引終了"); err != nil || m.a.Response != campaign.Declined || m.entries[0].Action != ActionDeclined {
		t.Errorf("Decline: %v", err)
	}
}

func TestWhoMayNotChangesNothing(t *testing.T) {
	revoked := link
	revoked.Generation = 0
	m, s := office()
	ctx := t.Context()
	supplier := map[string]func(access.Viewer) error{
		"open":     func(v access.Viewer) error { return s.Open(ctx, v) },
		"submit":   func(v access.Viewer) error { _, err := s.Submit(ctx, v, Declare{}); return err },
		"decline":  func(v access.Viewer) error { return s.Decline(ctx, v, "x") },
		"delegate": func(v access.Viewer) error { return s.Delegate(ctx, v, Handing{"x", "x@example.jp", "y"}) },
		"copy":     func(v access.Viewer) error { return s.AddCopy(ctx, v, Handing{"x", "x@example.jp", "y"}) },
		"no copy":  func(v access.Viewer) error { return s.RemoveCopy(ctx, v, "x@example.jp") },
	}
	for name, do := range supplier {
		for who, v := range map[string]access.Viewer{"a reviewer": reviewer, "nobody": {}, "a revoked link": revoked, "another supplier": access.Supplier("o", "c:t", 1, "")} {
			t.Run(name+" by "+who, func(t *testing.T) {
				if err := do(v); err == nil || fault.KindOf(err) == fault.Internal || len(m.entries) > 0 {
					t.Errorf("%v, %d entries", err, len(m.entries))
				}
			})
		}
	}
	buyer := reviewer
	buyer.Roles = []access.Role{access.Buyer}
	for name, do := range map[string]func(access.Viewer) error{
		"begin": func(v access.Viewer) error { return s.StartReview(ctx, v, "c:s") },
		"comment": func(v access.Viewer) error {
			_, err := s.Write(ctx, v, "c:s", Words{Subject: "a", Text: "x"})
			return err
		},
		"remove": func(v access.Viewer) error { return s.RemoveComment(ctx, v, "c:s", "w") },
		"accept": func(v access.Viewer) error { return s.Accept(ctx, v, "c:s") },
		"undo":   func(v access.Viewer) error { return s.TakeBack(ctx, v, "c:s") },
		"return": func(v access.Viewer) error { return s.Return(ctx, v, "c:s", Correction{Reason: "x"}) },
		"judge":  func(v access.Viewer) error { return s.Judge(ctx, v, "c:s", "e", evidence.Verified, "") },
	} {
		for who, v := range map[string]access.Viewer{"a buyer": buyer, "nobody": {}, "the supplier": link} {
			t.Run(name+" by "+who, func(t *testing.T) {
				if err := do(v); fault.KindOf(err) != fault.Forbidden || len(m.entries) > 0 {
					t.Errorf("%v, %d entries", err, len(m.entries))
				}
			})
		}
	}
}
