package mongodb

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/supplier"
)

// Change implements campaign.Store: the assignment and its draft move together.
func (s Campaigns) Change(ctx context.Context, v access.Viewer, a campaign.Assignment, change campaign.Change, e audit.Entry) error {
	assignment, draft := changes(a, change, s.now())
	stamp := bson.E{Key: "updated_at", Value: s.now()}
	update := bson.D{{Key: "$set", Value: append(assignment, stamp)}}
	if change.To != nil { // the new person is found by the search, too
		update = append(update, bson.E{Key: "$addToSet", Value: bson.D{{Key: "search", Value: bson.D{{Key: "$each", Value: supplier.Grams(change.To.Person)}}}}})
	}
	return s.inTx(ctx, func(ctx context.Context) error {
		res, err := s.coll(colAssignments).UpdateOne(ctx, visibleIn(v, "campaign_id", bson.E{Key: "_id", Value: a.ID},
			bson.E{Key: "generation", Value: a.Generation}, bson.E{Key: "response", Value: a.Response}, sameAddress(a)),
			update)
		if err != nil {
			return err
		}
		if res.MatchedCount == 0 {
			return fault.New(fault.Conflict, "fault.conflict")
		}
		if len(draft) > 0 {
			if _, err := s.coll(colDrafts).UpdateOne(ctx, visible(v, bson.E{Key: "_id", Value: a.ID}),
				bson.D{{Key: "$set", Value: append(draft, stamp)}}); err != nil {
				return err
			}
		}
		var messages []notify.Message
		if change.Message != nil {
			messages = []notify.Message{*change.Message}
		}
		return s.record(ctx, []audit.Entry{e}, messages)
	})
}

// sameAddress holds while the address is what it was when a was read; an empty
// one is not stored.
func sameAddress(a campaign.Assignment) bson.E {
	if a.Email == "" {
		return bson.E{Key: "email", Value: bson.D{{Key: "$in", Value: bson.A{nil, ""}}}}
	}
	return bson.E{Key: "email", Value: a.Email}
}

func changes(a campaign.Assignment, change campaign.Change, now time.Time) (assignment, draft bson.D) {
	both := func(field string, value any) {
		assignment = append(assignment, bson.E{Key: field, Value: value})
		draft = append(draft, bson.E{Key: field, Value: value})
	}
	set := func(field string, value any) { assignment = append(assignment, bson.E{Key: field, Value: value}) }
	if !change.DueAt.IsZero() {
		set("moved_at", now)
		set("due_at", change.DueAt)
		both("closes_at", change.ClosesAt)
	}
	if change.Revoke {
		both("generation", a.Generation+1)
	}
	if change.Withdraw {
		set("response", campaign.Withdrawn)
		set("reason", change.Reason)
		draft = append(draft, bson.E{Key: "open", Value: false})
	}
	if change.Reopen {
		set("response", campaign.Answering)
		set("reason", "")
		draft = append(draft, bson.E{Key: "open", Value: true})
	}
	if change.Delivery != "" {
		set("delivery", change.Delivery)
		set("delivery_note", "")
	}
	if change.To != nil {
		set("department", change.To.Department)
		set("person", change.To.Person)
		set("email", change.To.Email)
	}
	return assignment, draft
}
