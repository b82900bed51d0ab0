package response

import (
	"context"
	"slices"
	"strings"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
)

func (s *Service) reviewable(v access.Viewer, a campaign.Assignment) error {
	if !v.Can(access.Review) {
		return fault.New(fault.Forbidden, "fault.forbidden")
	}
	if a.Response != campaign.Submitted && a.Response != campaign.InReview {
		return fault.New(fault.Conflict, "fault.review.not-submitted")
	}
	return nil
}

func checkText(name, text string, most int) error {
	var f fault.Fields
	f.Required(name, text, most)
	return f.Err()
}

// StartReview notes that somebody has begun to judge a submission.
func (s *Service) StartReview(ctx context.Context, v access.Viewer, a campaign.Assignment) error {
	if err := s.reviewable(v, a); err != nil {
		return err
	}
	if a.Response == campaign.InReview {
		return nil
	}
	return s.store.StartReview(ctx, v, a, s.entry(v, ActionInReview, a, revision(a)))
}

// Comment writes a reviewer's word on a question; flag asks the supplier to
// correct the answer when the sheet is returned.
func (s *Service) Comment(ctx context.Context, v access.Viewer, c campaign.Campaign, a campaign.Assignment, question, text string, flag bool) error {
	if err := s.reviewable(v, a); err != nil {
		return err
	}
	text = strings.TrimSpace(text)
	if err := checkText("comment."+question, text, 1000); err != nil {
		return err
	}
	if _, ok := c.Questionnaire.Question(question); !ok {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	r, err := s.Reader.Review(ctx, v, a.ID, a.Revision)
	if err != nil {
		return err
	}
	r.Comments = append(r.Comments, Comment{ID: s.newID(), Question: question, Text: text, Flag: flag, By: v.Name, At: s.now()})
	return s.store.SaveReview(ctx, v, r, a, s.entry(v, ActionCommented, a, audit.Detail{Key: "question", Value: question}))
}

// RemoveComment takes back a comment of a review that is not decided.
func (s *Service) RemoveComment(ctx context.Context, v access.Viewer, a campaign.Assignment, id string) error {
	if err := s.reviewable(v, a); err != nil {
		return err
	}
	r, err := s.Reader.Review(ctx, v, a.ID, a.Revision)
	if err != nil {
		return err
	}
	for i, comment := range r.Comments {
		if comment.ID == id {
			r.Comments = append(r.Comments[:i:i], r.Comments[i+1:]...)
			return s.store.SaveReview(ctx, v, r, a, s.entry(v, ActionCommented, a, audit.Detail{Key: "removed", Value: comment.Question}))
		}
	}
	return fault.New(fault.NotFound, "fault.not-found")
}

// Accept ends the review well.
func (s *Service) Accept(ctx context.Context, v access.Viewer, a campaign.Assignment) error {
	if err := s.reviewable(v, a); err != nil {
		return err
	}
	r, err := s.Reader.Review(ctx, v, a.ID, a.Revision)
	if err != nil {
		return err
	}
	r.Verdict, r.DecidedBy, r.DecidedAt = Accept, v.Name, s.now()
	return s.store.Decide(ctx, v, r, a, nil, s.entry(v, ActionAccepted, a, revision(a)), s.message(a, notify.Accepted, r))
}

func revision(a campaign.Assignment) audit.Detail {
	return audit.Detail{Key: "revision", Value: itoa(a.Revision)}
}

// Return opens the sheet again, with a reason. The questions that were flagged,
// and those that a rejected certificate covered, are shown first.
//
// What was accepted may be returned too: a mistake found later.
func (s *Service) Return(ctx context.Context, v access.Viewer, a campaign.Assignment, reason string) error {
	if err := s.reviewable(v, a); err != nil && (!v.Can(access.Review) || a.Response != campaign.Accepted) {
		return err
	}
	reason = strings.TrimSpace(reason)
	if err := checkText("reason", reason, 1000); err != nil {
		return err
	}
	r, err := s.Reader.Review(ctx, v, a.ID, a.Revision)
	if err != nil {
		return err
	}
	sub, err := s.Submission(ctx, v, a.ID, a.Revision)
	if err != nil {
		return err
	}
	r.Verdict, r.Reason, r.DecidedBy, r.DecidedAt = Return, reason, v.Name, s.now()
	a.Reason = reason
	return s.store.Decide(ctx, v, r, a, flags(r, sub, a), s.entry(v, ActionReturned, a, revision(a), audit.Detail{Key: "reason", Value: reason}),
		s.message(a, notify.Returned, r))
}

// flags collects what the supplier is to look at: flagged comments, and questions
// whose certificate was rejected.
func flags(r Review, sub Submission, a campaign.Assignment) []Flag {
	var out []Flag
	for _, c := range r.Comments {
		if c.Flag {
			out = append(out, Flag{Question: c.Question, Text: c.Text})
		}
	}
	rejected := map[string]bool{}
	for _, c := range a.Certificates {
		rejected[c.ID] = c.Validity == evidence.Rejected
	}
	var covered []Flag
	for question, id := range sub.Covered {
		if rejected[id] {
			covered = append(covered, Flag{Question: question})
		}
	}
	slices.SortFunc(covered, func(a, b Flag) int { return strings.Compare(a.Question, b.Question) })
	return append(out, covered...)
}

func (s *Service) message(a campaign.Assignment, kind notify.Kind, r Review) []notify.Message {
	if a.Email == "" {
		return nil
	}
	m := campaign.Message(a, string(kind)+":"+r.ID, kind, s.now())
	m.Params = map[string]string{notify.ParamReason: r.Reason, notify.ParamRevision: itoa(r.Revision)}
	return []notify.Message{m}
}

// Judge verifies or rejects a certificate that a submission relies on; a rejection
// needs its reason.
func (s *Service) Judge(ctx context.Context, v access.Viewer, a campaign.Assignment, e evidence.Evidence, verdict evidence.Validity, reason string) error {
	if !v.Can(access.Review) {
		return fault.New(fault.Forbidden, "fault.forbidden")
	}
	if !e.Submitted || e.Assignment != a.ID {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	action := ActionVerified
	reason = strings.TrimSpace(reason)
	switch verdict {
	case evidence.Verified:
		reason = ""
	case evidence.Rejected:
		action = ActionRejected
		if err := checkText("reason."+e.ID, reason, 500); err != nil {
			return err
		}
	default:
		return fault.New(fault.NotFound, "fault.not-found")
	}
	e.Validity, e.Reason, e.ReviewedBy, e.ReviewedAt = verdict, reason, v.Name, s.now()
	return s.store.JudgeEvidence(ctx, v, e, s.entry(v, action, a, audit.Detail{Key: "certificate", Value: string(e.Kind) + " " + e.Number},
		audit.Detail{Key: "reason", Value: reason}))
}
