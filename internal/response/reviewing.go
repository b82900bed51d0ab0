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

// StartReview notes that somebody has begun to judge a submission.
func (s *Service) StartReview(ctx context.Context, v access.Viewer, id string) error {
	a, _, err := s.judged(ctx, v, id)
	if err != nil {
		return err
	}
	if err := reviewable(a); err != nil || a.Response == campaign.InReview {
		return err
	}
	return s.store.StartReview(ctx, v, a, s.entry(v, ActionInReview, a, revision(a)))
}

// Comment writes a reviewer's comment on a question; flag asks the supplier to
// correct the answer when the sheet is returned. TooMany when the reviewer wrote more than
// a person can.
func (s *Service) Comment(ctx context.Context, v access.Viewer, id, question, text string, flag bool) error {
	a, r, err := s.judged(ctx, v, id)
	if err != nil {
		return err
	}
	c, err := s.campaigns.Snapshot(ctx, v, a.Campaign)
	if err != nil {
		return err
	}
	r, err = AddComment(c, a, r, Comment{ID: s.newID(), Question: question, Text: text, Flag: flag, By: v.Name, At: s.now()})
	if err != nil {
		return err
	}
	if err := s.store.Spend(ctx, budget.Comments.By(v.User)); err != nil {
		return err
	}
	return s.store.SaveReview(ctx, v, r, a, s.entry(v, ActionCommented, a, audit.Detail{Key: "question", Value: question}))
}

// RemoveComment takes back a comment of a review that is not decided.
func (s *Service) RemoveComment(ctx context.Context, v access.Viewer, id, comment string) error {
	a, r, err := s.judged(ctx, v, id)
	if err != nil {
		return err
	}
	r, word, err := DropComment(a, r, comment)
	if err != nil {
		return err
	}
	return s.store.SaveReview(ctx, v, r, a, s.entry(v, ActionCommented, a, audit.Detail{Key: "removed", Value: word.Question}))
}

// Accept accepts a request's last submission.
func (s *Service) Accept(ctx context.Context, v access.Viewer, id string) error {
	a, r, err := s.judged(ctx, v, id)
	if err != nil {
		return err
	}
	d, err := AcceptSheet(a, r, v.Name, s.now())
	if err != nil {
		return err
	}
	return s.store.Decide(ctx, v, a, d, s.entry(v, ActionAccepted, a, revision(a)), s.verdict(a, notify.Accepted, d.Review))
}

// Return opens the sheet again, with a reason.
func (s *Service) Return(ctx context.Context, v access.Viewer, id, reason string) error {
	a, r, err := s.judged(ctx, v, id)
	if err != nil {
		return err
	}
	if !a.Response.CanBecome(campaign.Returned) {
		return reviewable(a)
	}
	sub, err := s.Submission(ctx, v, a.ID, a.Revision)
	if err != nil {
		return err
	}
	d, err := ReturnSheet(a, r, sub, reason, v.Name, s.now())
	if err != nil {
		return err
	}
	e := s.entry(v, ActionReturned, a, revision(a), audit.Detail{Key: "reason", Value: d.Review.Reason})
	return s.store.Decide(ctx, v, a, d, e, s.verdict(a, notify.Returned, d.Review))
}

func (s *Service) verdict(a campaign.Assignment, kind notify.Kind, r Review) []notify.Message {
	return s.message(a, kind, r.ID, map[string]string{notify.ParamReason: r.Reason, notify.ParamRevision: itoa(r.Revision)})
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
	if e, err = JudgeCertificate(a, e, verdict, reason, v.Name, s.now()); err != nil {
		return err
	}
	action := ActionVerified
	if verdict == evidence.Rejected {
		action = ActionRejected
	}
	return s.store.JudgeEvidence(ctx, v, a, e, s.entry(v, action, a, audit.Detail{Key: "certificate", Value: string(e.Kind) + " " + e.Number},
		audit.Detail{Key: "reason", Value: e.Reason}))
}
