package response

import (
	"context"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/budget"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
)

// judged is a request that a reviewer may judge, with what was said of its last
// submission.
func (s *Service) judged(ctx context.Context, v access.Viewer, id string) (campaign.Assignment, Review, error) {
	if !v.Can(access.Review) {
		return campaign.Assignment{}, Review{}, fault.New(fault.Forbidden, "fault.forbidden")
	}
	a, err := s.campaigns.Assignment(ctx, v, id)
	if err != nil {
		return a, Review{}, err
	}
	r, err := s.Review(ctx, v, a.ID, a.Revision)
	return a, r, err
}

func revision(a campaign.Assignment) audit.Detail {
	return audit.Detail{Key: "revision", Value: itoa(a.Revision)}
}

// written says whether there were and are words on a subject. What they say is for those
// who read the sheet, and may be typed on.
func written(subject string, was, is bool) []audit.Detail {
	there := map[bool]string{true: "written"}
	return []audit.Detail{{Key: "question", Value: subject}, audit.Was("comment", there[was], there[is])}
}

// StartReview notes that somebody has begun to judge a submission.
func (s *Service) StartReview(ctx context.Context, v access.Viewer, id string) error {
	a, _, err := s.judged(ctx, v, id)
	if err != nil {
		return err
	}
	if err := reviewable(a); err != nil || a.Response == campaign.InReview {
		return err
	}
	return s.store.StartReview(ctx, v, a, s.begun(v, a))
}

// begun says that somebody has begun to judge a submission.
func (s *Service) begun(v access.Viewer, a campaign.Assignment) audit.Entry {
	return s.entry(v, ActionInReview, a, stands(campaign.Submitted, campaign.InReview), revision(a))
}

// Write keeps a reviewer's words on a subject in one write of their own, and gives their
// new counter: comments on other questions at the same moment are not in the way.
// Invalid when they are too long; a *Reworded when the reviewer wrote something else in
// another window meanwhile; TooMany when a reviewer begins more comments than a person can.
func (s *Service) Write(ctx context.Context, v access.Viewer, id string, w Words) (int, error) {
	a, r, err := s.judged(ctx, v, id)
	if err != nil {
		return 0, err
	}
	c, err := s.campaigns.Snapshot(ctx, v, a.Campaign)
	if err != nil {
		return 0, err
	}
	next, err := Write(c, a, w)
	if err != nil {
		return 0, err
	}
	next.By, next.User = v.Name, v.User
	for range tries {
		now := r.Own(v, w.Subject)
		order := compare(next.Page, now.Page)
		switch {
		case next.same(now):
			return now.Count, nil // sent again because the reply was lost
		case now.Count != w.Seen && order != later:
			now.Question = w.Subject
			return 0, &Reworded{now}
		}
		if next.ID = now.ID; next.ID == "" {
			next.ID = s.newID()
		}
		next.At, next.Count = s.now(), now.Count+1
		if err = s.keep(ctx, v, a, now, next); fault.KindOf(err) != fault.Conflict {
			return count(next), err
		}
		if a, r, err = s.judged(ctx, v, id); err != nil {
			return 0, err
		}
		if err = reviewable(a); err != nil {
			return 0, err
		}
	}
	return 0, fault.New(fault.Conflict, "fault.conflict")
}

// count is the counter of words that were kept: those that are gone begin anew.
func count(c Comment) int {
	if c.Text == "" {
		return 0
	}
	return c.Count
}

// keep saves words in place of those that stand there now. The trail tells of the first
// and of the last: what is typed in between is one thing.
func (s *Service) keep(ctx context.Context, v access.Viewer, a campaign.Assignment, now, next Comment) error {
	switch {
	case next.Text == "":
		return s.store.DropWords(ctx, v, a, now, s.entry(v, ActionCommented, a, written(now.Question, true, false)...))
	case now.Count > 0:
		return s.store.SaveWords(ctx, v, a, next, nil)
	}
	if err := s.store.Spend(ctx, budget.Comments.By(v.User)); err != nil {
		return err
	}
	return s.store.SaveWords(ctx, v, a, next, &FirstWords{s.entry(v, ActionCommented, a, written(next.Question, false, true)...), s.begun(v, a)})
}

// RemoveComment takes back a comment of a review that is not decided.
func (s *Service) RemoveComment(ctx context.Context, v access.Viewer, id, comment string) error {
	a, r, err := s.judged(ctx, v, id)
	if err != nil {
		return err
	}
	word, err := DropComment(a, r, comment)
	if err != nil {
		return err
	}
	return s.store.DropWords(ctx, v, a, word, s.entry(v, ActionCommented, a, written(word.Question, true, false)...))
}

// deciding lets a rule decide of a request's last submission, and saves the decision:
// again when somebody wrote a comment at the same moment, which then is part of it.
func (s *Service) deciding(ctx context.Context, v access.Viewer, id string, decide func(campaign.Assignment, Review) (verdict, error)) error {
	var last error
	var seen campaign.Response
	for i := range tries {
		a, r, err := s.judged(ctx, v, id)
		if err != nil {
			return err
		}
		if i == 0 {
			seen = a.Response
		} else if a.Response != seen && !(a.Response.InHands() && seen.InHands()) {
			return last // somebody else decided: this was decided of something else
		}
		made, err := decide(a, r)
		if err != nil {
			return err
		}
		last = s.store.Decide(ctx, v, a, made.Decision, made.entry, s.told(a, made))
		if fault.KindOf(last) != fault.Conflict {
			return last
		}
	}
	return last
}

// verdict is a decision with its entry, and the kind of mail that tells of it.
type verdict struct {
	Decision

	entry    audit.Entry
	kind     notify.Kind
	rejected []notify.Rejected // certificates that the mail tells of
}

// Accept accepts a request's last submission.
func (s *Service) Accept(ctx context.Context, v access.Viewer, id string) error {
	return s.deciding(ctx, v, id, func(a campaign.Assignment, r Review) (verdict, error) {
		d, err := AcceptSheet(a, r, v.Name, s.now())
		return verdict{Decision: d, entry: s.entry(v, ActionAccepted, a, stands(a.Response, campaign.Accepted), revision(a)), kind: notify.Accepted}, err
	})
}

// Return opens the sheet again, with a reason and a day by which it is to be corrected.
func (s *Service) Return(ctx context.Context, v access.Viewer, id string, why Correction) error {
	days, err := s.campaigns.Calendar(ctx, v)
	if err != nil {
		return err
	}
	return s.deciding(ctx, v, id, func(a campaign.Assignment, r Review) (verdict, error) {
		if !a.Response.CanBecome(campaign.Returned) {
			return verdict{}, reviewable(a)
		}
		sub, err := s.Submission(ctx, v, a.ID, a.Revision)
		if err != nil {
			return verdict{}, err
		}
		c, err := s.campaigns.Snapshot(ctx, v, a.Campaign)
		if err != nil {
			return verdict{}, err
		}
		given, err := s.papers.Of(ctx, v, a.ID)
		if err != nil {
			return verdict{}, err
		}
		d, err := ReturnSheet(a, r, sub, why, v.Name, days, s.now(), given...)
		made := verdict{Decision: d, rejected: rejected(c, sub, given), kind: notify.Returned}
		made.entry = s.entry(v, ActionReturned, a, audit.Differing(stands(a.Response, campaign.Returned), revision(a),
			audit.WasAt("due", a.DueAt, d.DueAt), audit.Detail{Key: "reason", Value: d.Review.Reason})...)
		return made, err
	})
}

// TakeBack takes an acceptance back before the supplier is told of it.
func (s *Service) TakeBack(ctx context.Context, v access.Viewer, id string) error {
	return s.deciding(ctx, v, id, func(a campaign.Assignment, r Review) (verdict, error) {
		d, err := TakeBack(a, r, s.now())
		return verdict{Decision: d, entry: s.entry(v, ActionTakenBack, a, stands(a.Response, campaign.InReview), revision(a))}, err
	})
}

// told are the mails about a decision: none about one that is taken back. That a sheet was
// accepted is told when it can no longer be taken back.
func (s *Service) told(a campaign.Assignment, made verdict) []notify.Message {
	r := made.Review
	if made.kind == "" || !campaign.Writable(a) {
		return nil
	}
	said := map[string]string{notify.ParamReason: r.Reason, notify.ParamRevision: itoa(r.Revision)}
	if len(made.rejected) > 0 {
		said[notify.ParamRejected] = notify.RejectedParam(made.rejected)
	}
	mails := campaign.Messages(a, r.mailID(), made.kind, s.now())
	for i := range mails {
		mails[i].Params = said
		if made.kind == notify.Accepted {
			mails[i].NextAt = r.UndoUntil()
		}
	}
	return mails
}

// Judge verifies or rejects a certificate that a request's submission relies on.
func (s *Service) Judge(ctx context.Context, v access.Viewer, id, certificate string, verdict evidence.Validity, reason string) error {
	if !v.Can(access.Review) {
		return fault.New(fault.Forbidden, "fault.forbidden")
	}
	a, err := s.campaigns.Assignment(ctx, v, id)
	if err != nil {
		return err
	}
	e, err := s.papers.Get(ctx, v, certificate)
	if err != nil {
		return err
	}
	was := e
	if e, err = JudgeCertificate(a, was, verdict, reason, v.Name, s.now()); err != nil {
		return err
	}
	action := ActionVerified
	if verdict == evidence.Rejected {
		action = ActionRejected
	}
	details := []audit.Detail{{Key: "certificate", Value: string(e.Kind) + " " + e.Number}, audit.Was("validity", was.Validity, e.Validity)}
	if e.Reason != "" {
		details = append(details, audit.Detail{Key: "reason", Value: e.Reason})
	}
	return s.store.JudgeEvidence(ctx, v, a, was, e, s.entry(v, action, a, details...))
}
