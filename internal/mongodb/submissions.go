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
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/notify"
	"tsunagi/internal/response"
)

// Submission implements response.Reader.
func (s Responses) Submission(ctx context.Context, v access.Viewer, assignment string, revision int) (response.Submission, error) {
	return query.FindOne[response.Submission](ctx, s.Coll(store.Submissions), query.VisibleSheet(v, assignment, query.Eq(field.Revision, revision)))
}

// Submissions implements response.Reader: the newest first.
func (s Responses) Submissions(ctx context.Context, v access.Viewer, assignment string) ([]response.Submission, error) {
	return query.FindAll[response.Submission](ctx, s.Coll(store.Submissions), query.VisibleSheet(v, assignment),
		options.Find().SetSort(query.Sorted("-"+field.Revision)).SetLimit(50))
}

// Review implements response.Reader: an empty one when nobody began.
func (s Responses) Review(ctx context.Context, v access.Viewer, assignment string, revision int) (response.Review, error) {
	r, err := query.FindOne[response.Review](ctx, s.Coll(store.Reviews), query.VisibleSheet(v, assignment, query.Eq(field.Revision, revision)))
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return response.Review{ID: response.SubmissionID(assignment, revision), Org: v.Org, Assignment: assignment, Revision: revision}, nil
	}
	return r, err
}

// Reviews implements response.Reader.
func (s Responses) Reviews(ctx context.Context, v access.Viewer, assignment string) ([]response.Review, error) {
	return query.FindAll[response.Review](ctx, s.Coll(store.Reviews), query.VisibleSheet(v, assignment),
		options.Find().SetSort(query.Sorted("-"+field.Revision)).SetLimit(50))
}

// Submit implements response.Store. The revision in the filter and the submission's
// deterministic id let one of two submissions through.
func (s Responses) Submit(ctx context.Context, v access.Viewer, sub response.Submission, a campaign.Assignment, seen time.Time, e audit.Entry, m []notify.Message) error {
	fields := bson.D{query.To(field.Revision, sub.Revision), query.To(field.SubmittedAt, sub.SubmittedAt),
		query.To(field.Certificates, briefs(sub.Evidence)), query.To(field.Score, nil)}
	if sub.Result.Scored {
		fields[3].Value = sub.Result.Percent
	}
	return s.move(ctx, v, a, campaign.From(campaign.Submitted), campaign.Submitted, fields, e, func(ctx context.Context, e audit.Entry) error {
		if _, err := s.Coll(store.Submissions).InsertOne(ctx, sub); err != nil {
			return err
		}
		if err := s.closeDraft(ctx, v, seen); err != nil {
			return err
		}
		if _, err := s.Coll(store.Evidence).UpdateMany(ctx, query.VisibleSheet(v, a.ID, query.OneOf(field.ID, ids(sub.Evidence))), query.Update(query.Set(query.To(field.Submitted, true)))); err != nil {
			return err
		}
		return s.Record(ctx, []audit.Entry{e}, m)
	})
}

// closeDraft closes the sheet if it still is as it was seen.
func (s Responses) closeDraft(ctx context.Context, v access.Viewer, seen time.Time) error {
	res, err := s.Coll(store.Drafts).UpdateOne(ctx, query.OwnOpen(v, s.Now(), query.Eq(field.UpdatedAt, seen)), query.Update(query.Set(query.To(field.Open, false)),
		query.Unset(field.Flagged, field.BegunAt)))
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
	return s.InTx(ctx, func(ctx context.Context) error {
		began, err := s.beginReview(ctx, v, a, e)
		if err != nil || !began {
			return err
		}
		return s.Record(ctx, []audit.Entry{e}, nil)
	})
}

// beginReview moves submitted to in-review, and tells whether it was this call.
func (s Responses) beginReview(ctx context.Context, v access.Viewer, a campaign.Assignment, e audit.Entry) (bool, error) {
	res, err := s.Coll(store.Assignments).UpdateOne(ctx, query.VisibleIn(v, field.Campaign, query.Eq(field.ID, a.ID),
		query.Eq(field.Revision, a.Revision), query.Eq(field.Response, campaign.Submitted)), query.Update(query.Set(
		query.To(field.Response, campaign.InReview), query.To(field.Reviewer, v.Name), query.To(field.UpdatedAt, e.At))))
	return err == nil && res.MatchedCount > 0, err
}

// requireOpen gives Conflict when the submission was decided meanwhile. It writes to
// the assignment, so that a decision at the same moment gets in its way.
func (s Responses) requireOpen(ctx context.Context, v access.Viewer, a campaign.Assignment) error {
	res, err := s.Coll(store.Assignments).UpdateOne(ctx, query.VisibleIn(v, field.Campaign, query.Eq(field.ID, a.ID),
		query.Eq(field.Revision, a.Revision),
		query.OneOf(field.Response, campaign.InHands)), query.Update(query.Set(query.To(field.UpdatedAt, s.Now()))))
	if err == nil && res.MatchedCount == 0 {
		return fault.New(fault.Conflict, "fault.review.not-submitted")
	}
	return err
}

func (s Responses) putReview(ctx context.Context, v access.Viewer, r response.Review, a campaign.Assignment) error {
	r.Org, r.Campaign = a.Org, a.Campaign
	r.Version++
	if r.Version == 1 {
		_, err := s.Coll(store.Reviews).InsertOne(ctx, r)
		return err
	}
	res, err := s.Coll(store.Reviews).ReplaceOne(ctx, query.VisibleIn(v, field.Campaign, query.Eq(field.ID, r.ID), query.Eq(field.Version, r.Version-1)), r)
	if err == nil && res.MatchedCount == 0 {
		return fault.New(fault.Conflict, "fault.conflict")
	}
	return err
}

// Decide implements response.Store: the verdict, the assignment's state, and for a
// return the sheet opened again with what was flagged.
func (s Responses) Decide(ctx context.Context, v access.Viewer, a campaign.Assignment, d response.Decision, e audit.Entry, m []notify.Message) error {
	r := d.Review
	fields := bson.D{query.To(field.Reviewer, r.DecidedBy), query.To(field.ReviewedAt, r.DecidedAt), query.To(field.Reason, r.Reason)}
	if d.To == campaign.Returned {
		fields = append(fields, query.To(field.DueAt, d.DueAt), query.To(field.MovedAt, s.Now()), query.To(field.ClosesAt, d.ClosesAt), query.To(field.Ended, false))
	}
	return s.move(ctx, v, a, d.From, d.To, fields, e, func(ctx context.Context, e audit.Entry) error {
		if err := s.putReview(ctx, v, r, a); err != nil {
			return err
		}
		if err := s.cancelUntold(ctx, a, d); err != nil {
			return err
		}
		if d.To == campaign.Returned {
			if _, err := s.Coll(store.Drafts).UpdateOne(ctx, query.VisibleIn(v, field.Campaign, query.Eq(field.ID, a.ID)), query.Update(query.Set(
				query.To(field.Open, true), query.To(field.ClosesAt, d.ClosesAt), query.To(field.Flagged, d.Flags)))); err != nil {
				return err
			}
		}
		return s.Record(ctx, []audit.Entry{e}, m)
	})
}

// cancelUntold cancels the mail that a decision makes untrue, if it has not left.
func (s Responses) cancelUntold(ctx context.Context, a campaign.Assignment, d response.Decision) error {
	if d.Cancels == "" {
		return nil
	}
	res, err := s.Coll(store.Outbox).UpdateOne(ctx, query.Of(a.Org, query.Eq(field.ID, d.Cancels), query.Eq(field.State, notify.Queued), query.NotYet(field.LeaseUntil, s.Now())),
		query.Update(query.Set(query.To(field.State, notify.Cancelled), query.To(field.Reason, notify.TakenBack)), query.Inc(query.To(field.Fence, 1))))
	if err != nil || res.MatchedCount > 0 || !d.Untold {
		return err
	}
	n, err := s.Coll(store.Outbox).CountDocuments(ctx, query.Of(a.Org, query.Eq(field.ID, d.Cancels)))
	if err == nil && n > 0 { // a sender has it
		err = fault.New(fault.Conflict, "fault.review.told")
	}
	return err
}

// JudgeEvidence implements response.Store: the certificate and its brief on the
// assignment change together, while the submission is in the reviewers' hands.
func (s Responses) JudgeEvidence(ctx context.Context, v access.Viewer, a campaign.Assignment, seen, ev evidence.Evidence, e audit.Entry) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		if err := s.requireOpen(ctx, v, a); err != nil {
			return err
		}
		var last any // the last verdict; nil: there was none
		if !seen.ReviewedAt.IsZero() {
			last = seen.ReviewedAt
		}
		res, err := s.Coll(store.Evidence).UpdateOne(ctx, query.VisibleIn(v, field.Campaign, query.Eq(field.ID, ev.ID), query.Eq(field.ReviewedAt, last)), query.Update(query.Set(
			query.To(field.Validity, ev.Validity), query.To(field.Reason, ev.Reason), query.To(field.ReviewedBy, ev.ReviewedBy),
			query.To(field.ReviewedAt, ev.ReviewedAt))))
		if err != nil {
			return err
		}
		if res.MatchedCount == 0 {
			return fault.New(fault.Conflict, "fault.conflict")
		}
		_, err = s.Coll(store.Assignments).UpdateOne(ctx, query.VisibleIn(v, field.Campaign, query.Eq(field.ID, ev.Assignment),
			query.Eq(field.CertificatesID, ev.ID)), query.Update(query.Set(query.To(field.MatchedValidity, ev.Validity))))
		if err != nil {
			return err
		}
		return s.Record(ctx, []audit.Entry{e}, nil)
	})
}
