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
	"tsunagi/internal/mongodb/bucket"
	"tsunagi/internal/notify"
	"tsunagi/internal/supplier"
)

// Change implements campaign.Store: the assignment and its draft move together, and
// mails that are not due after it are cancelled.
func (s Campaigns) Change(ctx context.Context, v access.Viewer, a campaign.Assignment, change campaign.Change, e audit.Entry) error {
	assignment, draft := changes(a, change, s.now())
	stamp := to(fieldUpdatedAt, s.now())
	write := update(set(append(assignment, stamp)...))
	if change.To != nil {
		write = append(write, foundBy(a, change.To.Person, change.To.Email)...)
	}
	return s.inTx(ctx, func(ctx context.Context) error {
		res, err := s.coll(colAssignments).UpdateOne(ctx, visibleIn(v, fieldCampaign, append(unchanged(a, change), eq(fieldID, a.ID))...), write)
		if err != nil {
			return err
		}
		if res.MatchedCount == 0 {
			return fault.New(fault.Conflict, "fault.conflict")
		}
		if change.AllowMore {
			if err := bucket.Fill(ctx, s.coll(colBudgets), budget.LinkMails.By(a.ID), budget.Recipients.By(a.ID)); err != nil {
				return err
			}
		}
		if len(draft) > 0 {
			if _, err := s.coll(colDrafts).UpdateOne(ctx, visible(v, eq(fieldID, a.ID)),
				update(set(append(draft, stamp)...))); err != nil {
				return err
			}
		}
		var messages []notify.Message
		if change.Message != nil {
			messages = []notify.Message{*change.Message}
		}
		if err := s.record(ctx, []audit.Entry{e}, messages); err != nil {
			return err
		}
		return s.cancelOvertaken(ctx, a.Org, a.ID)
	})
}

// foundBy lets the search find a request by its new person, too; nothing where it is not
// searched at all.
func foundBy(a campaign.Assignment, person, email string) bson.D {
	if len(a.Search) == 0 {
		return nil
	}
	keys := supplier.KeysOf(person, email)
	lists := bson.D{to(fieldSearch, keys.Grams)}
	if len(a.Texts) > 0 { // else its grams alone decide, and go on doing so
		lists = append(lists, to(fieldTexts, keys.Texts))
	}
	return bson.D{include(lists...)}
}

// unchanged holds while the assignment is what it was when a was read, as far as the
// change hangs on it. Revoking a link hangs on the link alone: whoever holds it and is
// writing at that moment does not keep it alive.
func unchanged(a campaign.Assignment, change campaign.Change) bson.D {
	link := eq(fieldGeneration, a.Generation)
	if change.Revoke && change.To == nil {
		return bson.D{link, ne(fieldResponse, campaign.Withdrawn)}
	}
	still := bson.D{link, eq(fieldResponse, a.Response), sameAddress(a)}
	if change.AllowMore {
		still = append(still, eq(fieldMoreAskedAt, a.MoreAskedAt))
	}
	return still
}

// sameAddress holds while the address is what it was when a was read; an empty
// one is not stored.
func sameAddress(a campaign.Assignment) bson.E {
	if a.Email == "" {
		return oneOf(fieldEmail, bson.A{nil, ""})
	}
	return eq(fieldEmail, a.Email)
}

func changes(a campaign.Assignment, change campaign.Change, now time.Time) (assignment, draft bson.D) {
	both := func(field string, value any) {
		assignment = append(assignment, to(field, value))
		draft = append(draft, to(field, value))
	}
	one := func(field string, value any) { assignment = append(assignment, to(field, value)) }
	if !change.DueAt.IsZero() {
		one(fieldMovedAt, now)
		one(fieldEnded, false)
		one(fieldDueAt, change.DueAt)
		both(fieldClosesAt, change.ClosesAt)
	}
	if change.AllowMore || change.Revoke {
		one(fieldMoreAskedAt, nil)
	}
	if change.Revoke {
		both(fieldGeneration, a.Generation+1)
	}
	if change.Withdraw {
		one(fieldResponse, campaign.Withdrawn)
		one(fieldReason, change.Reason)
		draft = append(draft, to(fieldOpen, false))
	}
	if change.Reopen {
		one(fieldResponse, campaign.Answering)
		one(fieldReason, "")
		draft = append(draft, to(fieldOpen, true))
	}
	if change.Delivery != "" {
		one(fieldDelivery, change.Delivery)
		one(fieldDeliveryNote, "")
	}
	if change.To != nil {
		one(fieldDepartment, change.To.Department)
		one(fieldPerson, change.To.Person)
		one(fieldEmail, change.To.Email)
		one(fieldFormer, nil) // the buyer names the person now: the supplier has no way back
	}
	return assignment, draft
}
