package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
)

// Decline implements response.Store. Where the link ends with it, queued mails that carry
// it do not leave.
func (s Responses) Decline(ctx context.Context, v access.Viewer, a campaign.Assignment, e audit.Entry, m []notify.Message) error {
	fields := bson.D{to(fieldReason, a.Reason), to(fieldGeneration, a.Generation), to(fieldMisdirected, a.Misdirected)}
	return s.move(ctx, v, a, campaign.From(campaign.Declined), campaign.Declined, fields, func(ctx context.Context) error {
		if _, err := s.coll(colDrafts).UpdateOne(ctx, own(v), update(set(to(fieldOpen, false), to(fieldGeneration, a.Generation)))); err != nil {
			return err
		}
		if err := s.record(ctx, []audit.Entry{e}, m); err != nil {
			return err
		}
		return s.cancelOvertaken(ctx, a.Org, a.ID)
	})
}

// Resume implements response.Store: nothing when the decline was taken back already, or
// answers are no longer taken.
func (s Responses) Resume(ctx context.Context, v access.Viewer, a campaign.Assignment, e audit.Entry) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		res, err := s.coll(colAssignments).UpdateOne(ctx, ownHeld(v, and(bson.D{eq(fieldResponse, campaign.Declined)}), gt(fieldClosesAt, e.At)),
			update(set(to(fieldResponse, a.Response), to(fieldReason, a.Reason), to(fieldUpdatedAt, e.At))))
		if err != nil || res.MatchedCount == 0 {
			return err
		}
		if _, err := s.coll(colDrafts).UpdateOne(ctx, own(v), update(set(to(fieldOpen, true), to(fieldUpdatedAt, e.At)))); err != nil {
			return err
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}

// Delegate implements response.Store.
func (s Responses) Delegate(ctx context.Context, v access.Viewer, a campaign.Assignment, e audit.Entry, m []notify.Message) error {
	return s.handOn(ctx, ownWritable(v, e.At), v, a, e, m, fault.New(fault.Conflict, "fault.conflict"))
}

// HandBack implements response.Store.
func (s Responses) HandBack(ctx context.Context, v access.Viewer, a, next campaign.Assignment, e audit.Entry, m []notify.Message) error {
	changed := fault.New(fault.Invalid, "fault.answer.no-way-back").With("Days", calendar.HandBackDays)
	return s.handOn(ctx, ownWritable(v, e.At, eq(fieldEmail, a.Email)), v, next, e, m, changed)
}

// handOn writes who is in charge now, where the filter holds; refused says why it does
// not, when it is not the link's right.
func (s Responses) handOn(ctx context.Context, filter bson.D, v access.Viewer, a campaign.Assignment, e audit.Entry, m []notify.Message, refused error) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		res, err := s.coll(colAssignments).UpdateOne(ctx, filter, append(update(set(to(fieldPerson, a.Person), to(fieldEmail, a.Email),
			to(fieldFormer, a.Former), to(fieldUpdatedAt, e.At))), foundBy(a, a.Person, a.Email)...))
		if err != nil {
			return err
		}
		if res.MatchedCount == 0 {
			if err := s.whyNotWritten(ctx, v, e.At); err != nil {
				return err
			}
			return refused
		}
		if err := s.record(ctx, []audit.Entry{e}, m); err != nil {
			return err
		}
		return s.cancelOvertaken(ctx, a.Org, a.ID)
	})
}
