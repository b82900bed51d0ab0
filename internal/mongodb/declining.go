package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/address"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/notify"
)

// Decline implements response.Store. Where the link ends with it, queued mails that carry
// it do not leave.
func (s Responses) Decline(ctx context.Context, v access.Viewer, a campaign.Assignment, e audit.Entry, m []notify.Message) error {
	fields := bson.D{query.To(field.Reason, a.Reason), query.To(field.Generation, a.Generation), query.To(field.Misdirected, a.Misdirected)}
	return s.move(ctx, v, a, campaign.From(campaign.Declined), campaign.Declined, fields, e, func(ctx context.Context, e audit.Entry) error {
		if _, err := s.Coll(store.Drafts).UpdateOne(ctx, query.Own(v), query.Update(query.Set(query.To(field.Open, false), query.To(field.Generation, a.Generation)))); err != nil {
			return err
		}
		if err := s.Record(ctx, []audit.Entry{e}, m); err != nil {
			return err
		}
		return s.Outbox().CancelOvertaken(ctx, a.Org, a.ID)
	})
}

// Resume implements response.Store: nothing when the decline was taken back already, or
// answers are no longer taken.
func (s Responses) Resume(ctx context.Context, v access.Viewer, a campaign.Assignment, e audit.Entry) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		res, err := s.Coll(store.Assignments).UpdateOne(ctx, query.OwnHeld(v, query.And(bson.D{query.Eq(field.Response, campaign.Declined)}), query.Gt(field.ClosesAt, e.At)),
			query.Update(query.Set(query.To(field.Response, a.Response), query.To(field.Reason, a.Reason), query.To(field.UpdatedAt, e.At))))
		if err != nil || res.MatchedCount == 0 {
			return err
		}
		if _, err := s.Coll(store.Drafts).UpdateOne(ctx, query.Own(v), query.Update(query.Set(query.To(field.Open, true), query.To(field.UpdatedAt, e.At)))); err != nil {
			return err
		}
		return s.Record(ctx, []audit.Entry{e}, nil)
	})
}

// Delegate implements response.Store.
func (s Responses) Delegate(ctx context.Context, v access.Viewer, a, next campaign.Assignment, e audit.Entry, m []notify.Message) error {
	return s.handOn(ctx, query.OwnWritable(v, e.At, sameAddress(a)), v, next, e, m, fault.New(fault.Conflict, "fault.conflict"))
}

// HandBack implements response.Store.
func (s Responses) HandBack(ctx context.Context, v access.Viewer, a, next campaign.Assignment, e audit.Entry, m []notify.Message) error {
	changed := fault.New(fault.Invalid, "fault.answer.no-way-back").With("Days", calendar.HandBackDays)
	return s.handOn(ctx, query.OwnWritable(v, e.At, sameAddress(a)), v, next, e, m, changed)
}

// SetCopies implements response.Store.
func (s Responses) SetCopies(ctx context.Context, v access.Viewer, a, next campaign.Assignment, e audit.Entry, m []notify.Message) error {
	var people []string
	for _, c := range next.Copies {
		people = append(people, c.Name, c.Email)
	}
	change := personChange{filter: query.OwnWritable(v, e.At, sameCopies(a)), set: bson.D{query.To(field.Copies, next.Copies), query.To(field.OwnCopies, true)}, people: people}
	return s.change(ctx, v, change, a, e, m, fault.New(fault.Conflict, "fault.conflict"))
}

// handOn writes who is in charge now, where the filter holds; refused says why it does
// not, when it is not the link's right.
func (s Responses) handOn(ctx context.Context, filter bson.D, v access.Viewer, a campaign.Assignment, e audit.Entry, m []notify.Message, refused error) error {
	change := personChange{filter: filter, set: bson.D{query.To(field.Person, a.Person), query.To(field.Email, a.Email), query.To(field.Former, a.Former)}, people: []string{a.Person, a.Email}}
	return s.change(ctx, v, change, a, e, m, refused)
}

// personChange is what a supplier changes of whom its request is for, where the filter
// holds; it is found by the people from then on.
type personChange struct {
	filter, set bson.D
	people      []string
}

// change writes it.
func (s Responses) change(ctx context.Context, v access.Viewer, change personChange, a campaign.Assignment, e audit.Entry, m []notify.Message, refused error) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		found, err := address.FoundBy(ctx, s.DB.DB, a.Org, a.ID, change.people...)
		if err != nil {
			return err
		}
		res, err := s.Coll(store.Assignments).UpdateOne(ctx, change.filter, append(query.Update(query.Set(append(change.set, query.To(field.UpdatedAt, e.At))...)), found...))
		if err != nil {
			return err
		}
		if res.MatchedCount == 0 {
			if err := s.whyNotWritten(ctx, v, e.At); err != nil {
				return err
			}
			return refused
		}
		if err := address.Look(ctx, s.DB.DB, a.Org, campaign.SupplierOf(a.ID)); err != nil {
			return err
		}
		if err := s.Record(ctx, []audit.Entry{e}, m); err != nil {
			return err
		}
		return s.Outbox().CancelOvertaken(ctx, a.Org, a.ID)
	})
}
