package mongodb

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/response"
)

// Submission implements response.Reader.
func (s Responses) Submission(ctx context.Context, v access.Viewer, assignment string, revision int) (response.Submission, error) {
	return findOne[response.Submission](ctx, s.coll(colSubmissions), visibleSheet(v, assignment, eq(fieldRevision, revision)))
}

// Submissions implements response.Reader: the newest first.
func (s Responses) Submissions(ctx context.Context, v access.Viewer, assignment string) ([]response.Submission, error) {
	return findAll[response.Submission](ctx, s.coll(colSubmissions), visibleSheet(v, assignment),
		options.Find().SetSort(sorted("-"+fieldRevision)).SetLimit(50))
}

// Review implements response.Reader: an empty one when nobody began.
func (s Responses) Review(ctx context.Context, v access.Viewer, assignment string, revision int) (response.Review, error) {
	r, err := findOne[response.Review](ctx, s.coll(colReviews), visibleSheet(v, assignment, eq(fieldRevision, revision)))
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return response.Review{ID: response.SubmissionID(assignment, revision), Org: v.Org, Assignment: assignment, Revision: revision}, nil
	}
	return r, err
}

// Reviews implements response.Reader.
func (s Responses) Reviews(ctx context.Context, v access.Viewer, assignment string) ([]response.Review, error) {
	return findAll[response.Review](ctx, s.coll(colReviews), visibleSheet(v, assignment),
		options.Find().SetSort(sorted("-"+fieldRevision)).SetLimit(50))
}

// Submit implements response.Store. The revision in the filter and the submission's
// deterministic id let one of two submissions through.
func (s Responses) Submit(ctx context.Context, v access.Viewer, sub response.Submission, a campaign.Assignment, seen time.Time, e audit.Entry, m []notify.Message) error {
	fields := bson.D{to(fieldRevision, sub.Revision), to(fieldSubmittedAt, sub.SubmittedAt),
		to(fieldCertificates, briefs(sub.Evidence)), to(fieldScore, nil)}
	if sub.Result.Scored {
		fields[3].Value = sub.Result.Percent
	}
	return s.move(ctx, v, a, campaign.From(campaign.Submitted), campaign.Submitted, fields, func(ctx context.Context) error {
		if _, err := s.coll(colSubmissions).InsertOne(ctx, sub); err != nil {
			return err
		}
		if err := s.closeDraft(ctx, v, seen); err != nil {
			return err
		}
		if _, err := s.coll(colEvidence).UpdateMany(ctx, visibleSheet(v, a.ID, oneOf(fieldID, ids(sub.Evidence))), update(set(to(fieldSubmitted, true)))); err != nil {
			return err
		}
		return s.record(ctx, []audit.Entry{e}, m)
	})
}

// closeDraft closes the sheet if it still is as it was seen.
func (s Responses) closeDraft(ctx context.Context, v access.Viewer, seen time.Time) error {
	res, err := s.coll(colDrafts).UpdateOne(ctx, ownOpen(v, s.now(), eq(fieldUpdatedAt, seen)), update(set(to(fieldOpen, false)),
		unset(fieldFlagged, fieldBegunAt)))
	if err == nil && res.MatchedCount == 0 {
		return fault.New(fault.Conflict, "fault.answer.changed")
	}
	return err
}

func ids(all []evidence.Evidence) []string {
	out := []string{}
	for _, e := range all {
		out = append(out, e.ID)
	}
	return out
}

func briefs(all []evidence.Evidence) []campaign.CertificateBrief {
	out := []campaign.CertificateBrief{}
	for _, e := range all {
		if !e.Attached() {
			out = append(out, campaign.CertificateBrief{ID: e.ID, Kind: e.Kind, Number: e.Number, ExpiresOn: e.ExpiresOn, Validity: e.Validity})
		}
	}
	return out
}

// StartReview implements response.Store.
func (s Responses) StartReview(ctx context.Context, v access.Viewer, a campaign.Assignment, e audit.Entry) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		began, err := s.beginReview(ctx, v, a, e)
		if err != nil || !began {
			return err
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}

// beginReview moves submitted to in-review, and tells whether it was this call.
func (s Responses) beginReview(ctx context.Context, v access.Viewer, a campaign.Assignment, e audit.Entry) (bool, error) {
	res, err := s.coll(colAssignments).UpdateOne(ctx, visibleIn(v, fieldCampaign, eq(fieldID, a.ID),
		eq(fieldRevision, a.Revision), eq(fieldResponse, campaign.Submitted)), update(set(
		to(fieldResponse, campaign.InReview), to(fieldReviewer, v.Name), to(fieldUpdatedAt, e.At))))
	return err == nil && res.MatchedCount > 0, err
}

// requireOpen gives Conflict when the submission was decided meanwhile. It writes to
// the assignment, so that a decision at the same moment gets in its way.
func (s Responses) requireOpen(ctx context.Context, v access.Viewer, a campaign.Assignment) error {
	res, err := s.coll(colAssignments).UpdateOne(ctx, visibleIn(v, fieldCampaign, eq(fieldID, a.ID),
		eq(fieldRevision, a.Revision),
		oneOf(fieldResponse, campaign.InHands)), update(set(to(fieldUpdatedAt, s.now()))))
	if err == nil && res.MatchedCount == 0 {
		return fault.New(fault.Conflict, "fault.review.not-submitted")
	}
	return err
}

func (s Responses) putReview(ctx context.Context, v access.Viewer, r response.Review, a campaign.Assignment) error {
	r.Org, r.Campaign = a.Org, a.Campaign
	r.Version++
	if r.Version == 1 {
		_, err := s.coll(colReviews).InsertOne(ctx, r)
		return err
	}
	res, err := s.coll(colReviews).ReplaceOne(ctx, visibleIn(v, fieldCampaign, eq(fieldID, r.ID), eq(fieldVersion, r.Version-1)), r)
	if err == nil && res.MatchedCount == 0 {
		return fault.New(fault.Conflict, "fault.conflict")
	}
	return err
}

// Decide implements response.Store: the verdict, the assignment's state, and for a
// return the sheet opened again with what was flagged.
func (s Responses) Decide(ctx context.Context, v access.Viewer, a campaign.Assignment, d response.Decision, e audit.Entry, m []notify.Message) error {
	r := d.Review
	fields := bson.D{to(fieldReviewer, r.DecidedBy), to(fieldReviewedAt, r.DecidedAt), to(fieldReason, r.Reason)}
	if d.To == campaign.Returned {
		fields = append(fields, to(fieldDueAt, d.DueAt), to(fieldMovedAt, s.now()), to(fieldClosesAt, d.ClosesAt), to(fieldEnded, false))
	}
	return s.move(ctx, v, a, d.From, d.To, fields, func(ctx context.Context) error {
		if err := s.putReview(ctx, v, r, a); err != nil {
			return err
		}
		if err := s.cancelUntold(ctx, a, d); err != nil {
			return err
		}
		if d.To == campaign.Returned {
			if _, err := s.coll(colDrafts).UpdateOne(ctx, visibleIn(v, fieldCampaign, eq(fieldID, a.ID)), update(set(
				to(fieldOpen, true), to(fieldClosesAt, d.ClosesAt), to(fieldFlagged, d.Flags)))); err != nil {
				return err
			}
		}
		return s.record(ctx, []audit.Entry{e}, m)
	})
}

// cancelUntold cancels the mail that a decision makes untrue, if it has not left.
func (s Responses) cancelUntold(ctx context.Context, a campaign.Assignment, d response.Decision) error {
	if d.Cancels == "" {
		return nil
	}
	res, err := s.coll(colOutbox).UpdateOne(ctx, of(a.Org, eq(fieldID, d.Cancels), eq(fieldState, notify.Queued), notYet(fieldLeaseUntil, s.now())),
		update(set(to(fieldState, notify.Cancelled), to(fieldReason, notify.TakenBack)), inc(to(fieldFence, 1))))
	if err != nil || res.MatchedCount > 0 || !d.Untold {
		return err
	}
	n, err := s.coll(colOutbox).CountDocuments(ctx, of(a.Org, eq(fieldID, d.Cancels)))
	if err == nil && n > 0 { // a sender has it
		err = fault.New(fault.Conflict, "fault.review.told")
	}
	return err
}

// JudgeEvidence implements response.Store: the certificate and its brief on the
// assignment change together, while the submission is in the reviewers' hands.
func (s Responses) JudgeEvidence(ctx context.Context, v access.Viewer, a campaign.Assignment, ev evidence.Evidence, e audit.Entry) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		if err := s.requireOpen(ctx, v, a); err != nil {
			return err
		}
		_, err := s.coll(colEvidence).UpdateOne(ctx, visibleIn(v, fieldCampaign, eq(fieldID, ev.ID)), update(set(
			to(fieldValidity, ev.Validity), to(fieldReason, ev.Reason), to(fieldReviewedBy, ev.ReviewedBy),
			to(fieldReviewedAt, ev.ReviewedAt))))
		if err != nil {
			return err
		}
		_, err = s.coll(colAssignments).UpdateOne(ctx, visibleIn(v, fieldCampaign, eq(fieldID, ev.Assignment),
			eq(fieldCertificatesID, ev.ID)), update(set(to(fieldMatchedValidity, ev.Validity))))
		if err != nil {
			return err
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}
