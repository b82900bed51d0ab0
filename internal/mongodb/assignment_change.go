package mongodb

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/budget"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/address"
	"tsunagi/internal/mongodb/bucket"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
)

// Change implements campaign.Store: an assignment and its draft move together, and
// mails that are not due after it are cancelled.
func (s Campaigns) Change(ctx context.Context, v access.Viewer, decided ...campaign.Decided) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		for _, one := range decided {
			if err := s.change(ctx, v, one); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s Campaigns) change(ctx context.Context, v access.Viewer, decided campaign.Decided) error {
	a, change := decided.Assignment, decided.Change
	assignment, draft := changes(a, change, s.Now())
	stamp := query.To(field.UpdatedAt, s.Now())
	write := query.Update(query.Set(append(assignment, stamp)...))
	var found []string
	if change.To != nil {
		found = append(found, change.To.Person, change.To.Email)
	}
	if change.Copies != nil {
		for _, c := range *change.Copies {
			found = append(found, c.Name, c.Email)
		}
	}
	if len(found) > 0 {
		keys, err := address.FoundBy(ctx, s.DB.DB, a.Org, a.ID, found...)
		if err != nil {
			return err
		}
		write = append(write, keys...)
	}
	res, err := s.Coll(store.Assignments).UpdateOne(ctx, query.VisibleIn(v, field.Campaign, append(unchanged(a, change), query.Eq(field.ID, a.ID))...), write)
	if err != nil {
		return err
	}
	if res.MatchedCount == 0 {
		return fault.New(fault.Conflict, "fault.conflict")
	}
	if change.AllowMore {
		if err := bucket.Fill(ctx, s.Coll(store.Budgets), budget.LinkMails.By(a.ID), budget.Recipients.By(a.ID)); err != nil {
			return err
		}
	}
	if len(draft) > 0 {
		if _, err := s.Coll(store.Drafts).UpdateOne(ctx, query.Visible(v, query.Eq(field.ID, a.ID)), query.Update(query.Set(append(draft, stamp)...))); err != nil {
			return err
		}
	}
	if change.To != nil {
		if err := address.Look(ctx, s.DB.DB, a.Org, campaign.SupplierOf(a.ID)); err != nil {
			return err
		}
	}
	if err := s.Record(ctx, []audit.Entry{decided.Entry}, change.Messages); err != nil {
		return err
	}
	return s.Outbox().CancelOvertaken(ctx, a.Org, a.ID)
}

// unchanged holds while the assignment is what it was when a was read, as far as the
// change hangs on it. Revoking a link hangs on the link alone: whoever holds it and is
// writing at that moment does not keep it alive. Nor do others get the next one whom that
// holder lets read along at that moment.
func unchanged(a campaign.Assignment, change campaign.Change) bson.D {
	link := bson.D{query.Eq(field.Generation, a.Generation)}
	if (change.Revoke || change.To != nil) && change.Copies == nil && !a.OwnCopies {
		link = append(link, query.Ne(field.OwnCopies, true))
	}
	if change.Revoke && change.To == nil {
		return append(link, query.Ne(field.Response, campaign.Withdrawn))
	}
	still := append(link, query.Eq(field.Response, a.Response), sameAddress(a))
	if !change.DueAt.IsZero() { // the trail says what it was
		still = append(still, query.Eq(field.DueAt, a.DueAt))
	}
	if change.Copies != nil {
		still = append(still, sameCopies(a))
	}
	if change.AllowMore {
		still = append(still, query.Eq(field.MoreAskedAt, a.MoreAskedAt))
	}
	if change.Withdraw || change.Delivery != "" && change.To == nil { // decided by where it stands on its way
		still = append(still, query.Eq(field.Delivery, a.Delivery))
	}
	return still
}

// sameAddress holds while the address is what it was when a was read; an empty
// one is not stored.
func sameAddress(a campaign.Assignment) bson.E {
	if a.Email == "" {
		return query.OneOf(field.Email, bson.A{nil, ""})
	}
	return query.Eq(field.Email, a.Email)
}

// sameCopies holds while those read along who did when a was read.
func sameCopies(a campaign.Assignment) bson.E {
	if len(a.Copies) == 0 {
		return query.OneOf(field.Copies, bson.A{nil, bson.A{}})
	}
	return query.Eq(field.Copies, a.Copies)
}

func changes(a campaign.Assignment, change campaign.Change, now time.Time) (assignment, draft bson.D) {
	both := func(field string, value any) {
		assignment = append(assignment, query.To(field, value))
		draft = append(draft, query.To(field, value))
	}
	one := func(field string, value any) { assignment = append(assignment, query.To(field, value)) }
	if !change.DueAt.IsZero() {
		one(field.MovedAt, now)
		one(field.Ended, false)
		one(field.DueAt, change.DueAt)
		both(field.ClosesAt, change.ClosesAt)
	}
	if change.AllowMore || change.Revoke {
		one(field.MoreAskedAt, nil)
	}
	if change.Revoke {
		both(field.Generation, a.Generation+1)
	}
	if change.Withdraw {
		one(field.Response, campaign.Withdrawn)
		one(field.Reason, change.Reason)
		draft = append(draft, query.To(field.Open, false))
	}
	if change.Reopen {
		one(field.Response, campaign.Answering)
		one(field.Reason, "")
		draft = append(draft, query.To(field.Open, true))
	}
	if change.Delivery != "" {
		one(field.Delivery, change.Delivery)
		one(field.DeliveryNote, "")
	}
	if change.To != nil {
		one(field.Department, change.To.Department)
		one(field.Person, change.To.Person)
		one(field.Email, change.To.Email)
		one(field.Former, nil) // the buyer names the person now: the supplier has no way back
	}
	if change.Copies != nil {
		one(field.Copies, *change.Copies)
		one(field.OwnCopies, false)
	}
	return assignment, draft
}
