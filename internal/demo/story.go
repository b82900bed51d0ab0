package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/app"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/response"
)

// part is what becomes of one supplier's request. Times are in days after the issue;
// what stays zero does not happen.
type part struct {
	supplier  int     // of suppliers, from 0
	opened    float64 // the link was opened
	answered  float64 // answers were saved
	share     int     // percent of the questions that were answered; 100 is needed to submit
	firm      firm
	papers    []evidence.Kind
	expires   int // days from today until the certificates end; 0 is two years
	submitted float64
	reviewed  float64
	verdict   verdict
	rejects   bool    // the reviewer does not accept the certificate
	again     float64 // flagged answers were corrected and submitted again
	declines  string
}

// besides lists every kind but those that other firms hand in.
func besides(others ...evidence.Kind) []evidence.Kind {
	return slices.DeleteFunc(slices.Clone(evidence.Kinds), func(k evidence.Kind) bool { return slices.Contains(others, k) })
}

type verdict string

const (
	begun    verdict = "begun" // a reviewer has begun
	accepted verdict = "accepted"
	returned verdict = "returned"
)

// story is how the survey stands twelve days after it began: some are done, some
// wait for a reviewer, some are in the middle, many have not looked yet.
var story = []part{
	{supplier: 0, opened: 1, answered: 1, share: 100, firm: strong, papers: []evidence.Kind{evidence.ISMS}, submitted: 1.1, reviewed: 3, verdict: accepted},
	{supplier: 1, opened: 1, answered: 2, share: 100, firm: fair, submitted: 2.2, reviewed: 3.1, verdict: accepted},
	{supplier: 2, opened: 1, answered: 2.1, share: 100, firm: weak, papers: []evidence.Kind{evidence.SecurityAction}, submitted: 3, reviewed: 4, verdict: returned},
	{supplier: 3, opened: 2, answered: 2.3, share: 100, firm: weak, submitted: 2.5, reviewed: 4.1, verdict: accepted},
	{supplier: 4, opened: 1.2, answered: 2.2, share: 100, firm: strong, papers: []evidence.Kind{evidence.ISMS, evidence.Specialist}, expires: 60, submitted: 3.1, reviewed: 5, verdict: accepted},
	{supplier: 5, opened: 2, answered: 3, share: 100, firm: fair, submitted: 4.2, reviewed: 5.1, verdict: returned, again: 7},
	{supplier: 6, opened: 2.1, answered: 3.2, share: 100, firm: strong, papers: []evidence.Kind{evidence.PMark}, submitted: 4.3, reviewed: 5.2, verdict: accepted},
	{supplier: 7, opened: 3, answered: 4, share: 100, firm: fair, papers: []evidence.Kind{evidence.ISMS}, submitted: 5, reviewed: 6, verdict: returned, rejects: true},
	{supplier: 8, opened: 3, answered: 5, share: 100, firm: weak, papers: []evidence.Kind{evidence.Policy}, submitted: 6, reviewed: 7, verdict: accepted},
	{supplier: 9, opened: 4, answered: 5, share: 100, firm: fair, submitted: 6.1},
	{supplier: 10, opened: 4, answered: 6, share: 100, firm: fair, submitted: 7.2},
	{supplier: 11, opened: 1, answered: 6, share: 100, firm: strong, papers: []evidence.Kind{evidence.ISMS}, expires: 75, submitted: 7.3, reviewed: 8, verdict: begun},
	{supplier: 12, opened: 5, answered: 6, share: 100, firm: fair, submitted: 7.4, reviewed: 8.1, verdict: begun},
	{supplier: 13, opened: 5, answered: 7, share: 100, firm: weak, submitted: 8},
	{supplier: 14, opened: 6, answered: 7, share: 100, firm: strong, papers: []evidence.Kind{evidence.PMark}, submitted: 9},
	{supplier: 15, opened: 6, answered: 8, share: 100, firm: fair, submitted: 10},
	{supplier: 16, opened: 7, answered: 9, share: 100, firm: weak, papers: besides(evidence.ISMS, evidence.PMark, evidence.Specialist, evidence.Policy), submitted: 11},
	{supplier: 22, opened: 2, answered: 3, share: 20, firm: fair},
	{supplier: 23, opened: 2, answered: 4, share: 55, firm: weak},
	{supplier: 24, opened: 5, answered: 6, share: 80, firm: strong, papers: []evidence.Kind{evidence.ISMS}},
	{supplier: 25, opened: 6, answered: 7, share: 35, firm: fair},
	{supplier: 26, opened: 8, answered: 9, share: 60, firm: weak},
	{supplier: 27, opened: 9, answered: 10, share: 10, firm: fair},
	{supplier: 28, opened: 10, answered: 11, share: 95, firm: fair},
	{supplier: 33, opened: 1}, {supplier: 34, opened: 3}, {supplier: 35, opened: 6}, {supplier: 36, opened: 9}, {supplier: 37, opened: 10},
	{supplier: 40, opened: 4, declines: "今年の3月でお取引が終了しています。"},
}

// step is one thing that somebody does.
type step struct {
	day float64
	do  func(context.Context) error
}

// survey plays the story in the order of its days.
type survey struct {
	*app.App
	clock    *clock
	campaign campaign.Campaign
	reviewer access.Viewer
	bySeq    []campaign.Assignment // by number of the supplier
}

// cast reads who takes part in the story: the reviewer, and the requests in the order
// of the suppliers.
func (s *survey) cast(ctx context.Context, v access.Viewer) error {
	members, err := s.Accounts.Members(ctx, v)
	if err != nil {
		return err
	}
	for _, m := range members {
		if slices.Contains(m.Membership.Roles, access.Reviewer) {
			s.reviewer = access.Viewer{Kind: access.Member, Org: v.Org, User: m.User.ID, Name: m.User.Name, Roles: []access.Role{access.Reviewer}}
		}
	}
	s.bySeq, _, err = s.Campaigns.Assignments(ctx, v, campaign.Filter{Campaign: s.campaign.ID, Sort: "code", Page: 1, Size: suppliers, Now: s.Now()})
	return err
}

func (s *survey) play(ctx context.Context) error {
	var steps []step
	for _, p := range story {
		steps = append(steps, s.steps(p)...)
	}
	slices.SortStableFunc(steps, func(a, b step) int {
		switch {
		case a.day < b.day:
			return -1
		case a.day > b.day:
			return 1
		}
		return 0
	})
	begin := s.clock.now()
	for _, st := range steps {
		s.clock.set(begin.Add(time.Duration(st.day * 24 * float64(time.Hour))))
		if err := st.do(ctx); err != nil {
			return err
		}
	}
	return work(ctx, s.App)
}

func (s *survey) steps(p part) []step {
	link := func(do func(context.Context, access.Viewer, campaign.Assignment, part) error) func(context.Context) error {
		return func(ctx context.Context) error {
			a, err := s.Campaigns.Assignment(ctx, s.reviewer, s.bySeq[p.supplier].ID)
			if err != nil {
				return err
			}
			if err := do(ctx, access.Supplier(a.Org, a.ID, a.Generation, a.Name), a, p); err != nil {
				return fmt.Errorf("supplier %d: %w", p.supplier, err)
			}
			return nil
		}
	}
	var out []step
	add := func(day float64, do func(context.Context, access.Viewer, campaign.Assignment, part) error) {
		if day > 0 {
			out = append(out, step{day, link(do)})
		}
	}
	add(p.opened, s.open)
	if p.declines != "" {
		add(p.opened, s.decline)
	}
	add(p.answered, s.attach)
	add(p.answered, s.answer)
	add(p.submitted, s.submit)
	add(p.reviewed, s.review)
	add(p.again, s.correct)
	return out
}

func (s *survey) open(ctx context.Context, v access.Viewer, _ campaign.Assignment, _ part) error {
	return s.Responses.Open(ctx, v)
}

func (s *survey) decline(ctx context.Context, v access.Viewer, _ campaign.Assignment, p part) error {
	return s.Responses.Decline(ctx, v, p.declines)
}

func (s *survey) submit(ctx context.Context, v access.Viewer, a campaign.Assignment, _ part) error {
	o, err := s.Accounts.Organization(ctx, v)
	if err != nil {
		return err
	}
	_, err = s.Responses.Submit(ctx, v, response.Declare{Name: a.Person, Role: "総務部 部長", Lang: "ja", Agreed: true,
		Text: s.Catalog.For("ja").T("answer.statement", "Buyer", o.Name, "Date", s.Catalog.For("ja").Date(s.Now()))})
	return err
}
