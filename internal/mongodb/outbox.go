package mongodb

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
)

// Outbox keeps the messages owed: the sender's queue and the delivery ledger.
type Outbox struct{ *DB }

// Claim leases due messages, the longest due first. Two senders at once never get
// the same: the second finds next_at moved to the end of the first one's lease.
func (s Outbox) Claim(ctx context.Context, n int, now, until time.Time) ([]notify.Message, error) {
	ids, err := s.dueIDs(ctx, due(now), "next_at", n)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return s.lease(ctx, ids, now, until)
}

// due is the filter of messages that may leave now.
func due(now time.Time) bson.D {
	return bson.D{{Key: "state", Value: notify.Queued}, {Key: "next_at", Value: bson.D{{Key: "$lte", Value: now}}}}
}

// dueIDs gives the ids of the first n messages in an order.
func (s Outbox) dueIDs(ctx context.Context, filter bson.D, order string, n int) ([]string, error) {
	found, err := findAll[struct {
		ID string `bson:"_id"`
	}](ctx, s.coll(colOutbox), filter, options.Find().SetSort(bson.D{{Key: order, Value: 1}}).SetLimit(int64(n)).
		SetProjection(bson.D{{Key: "_id", Value: 1}}))
	ids := make([]string, len(found))
	for i, f := range found {
		ids[i] = f.ID
	}
	return ids, err
}

// lease gives those of the messages that are still due to one sender.
func (s Outbox) lease(ctx context.Context, ids []string, now, until time.Time) ([]notify.Message, error) {
	claim := s.newID()
	res, err := s.coll(colOutbox).UpdateMany(ctx, append(due(now), in("_id", ids)), bson.D{
		{Key: "$set", Value: bson.D{{Key: "claim", Value: claim}, {Key: "lease_until", Value: until}, {Key: "next_at", Value: until}}},
		{Key: "$inc", Value: bson.D{{Key: "fence", Value: 1}}}})
	if err != nil || res.ModifiedCount == 0 {
		return nil, known(err)
	}
	return findAll[notify.Message](ctx, s.coll(colOutbox), bson.D{in("_id", ids), {Key: "claim", Value: claim}})
}

func in[T any](field string, values []T) bson.E {
	return bson.E{Key: field, Value: bson.D{{Key: "$in", Value: values}}}
}

// Settle writes what became of claimed messages and what it means for their
// assignments, in one transaction. A message that was claimed anew meanwhile is
// left to its new holder.
func (s Outbox) Settle(ctx context.Context, outcomes []notify.Outcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	return s.inTx(ctx, func(ctx context.Context) error {
		held, err := s.held(ctx, outcomes)
		if err != nil || len(held) == 0 {
			return err
		}
		var messages, assignments []mongo.WriteModel
		var entries []audit.Entry
		for _, o := range held {
			messages = append(messages, messageUpdate(o))
			if w := deliveryUpdate(o); w != nil {
				assignments = append(assignments, w)
			}
			if o.State == notify.Failed && o.Message.Org != "" {
				entries = append(entries, campaign.FailedEntry(o, s.newID()))
			}
		}
		unordered := options.BulkWrite().SetOrdered(false)
		if _, err := s.coll(colOutbox).BulkWrite(ctx, messages, unordered); err != nil {
			return err
		}
		free, err := s.unqueue(ctx, held)
		if err != nil {
			return err
		}
		if assignments = append(assignments, free...); len(assignments) > 0 {
			if _, err := s.coll(colAssignments).BulkWrite(ctx, assignments, unordered); err != nil {
				return err
			}
		}
		return s.record(ctx, entries, nil)
	})
}

// held keeps the outcomes whose message is still held under the same fence.
func (s Outbox) held(ctx context.Context, outcomes []notify.Outcome) ([]notify.Outcome, error) {
	ids := make([]string, len(outcomes))
	for i, o := range outcomes {
		ids[i] = o.Message.ID
	}
	now, err := findAll[notify.Message](ctx, s.coll(colOutbox), bson.D{in("_id", ids), {Key: "state", Value: notify.Queued}},
		options.Find().SetProjection(bson.D{{Key: "fence", Value: 1}}))
	if err != nil {
		return nil, err
	}
	fences := make(map[string]int64, len(now))
	for _, m := range now {
		fences[m.ID] = m.Fence
	}
	var held []notify.Outcome
	for _, o := range outcomes {
		if fence, ok := fences[o.Message.ID]; ok && fence == o.Message.Fence {
			held = append(held, o)
		}
	}
	return held, nil
}

func messageUpdate(o notify.Outcome) mongo.WriteModel {
	fields := bson.D{{Key: "state", Value: o.State}, {Key: "attempts", Value: o.Attempts}, {Key: "reply", Value: o.Reply}, {Key: "reason", Value: o.Reason}}
	if o.Refusals > 0 {
		fields = append(fields, bson.E{Key: "refusals", Value: o.Refusals})
	}
	if !o.Refused.IsZero() {
		fields = append(fields, bson.E{Key: "refused_at", Value: o.Refused})
	}
	switch o.State {
	case notify.Queued:
		fields = append(fields, bson.E{Key: "next_at", Value: o.NextAt})
	case notify.Sent:
		fields = append(fields, bson.E{Key: "sent_at", Value: o.At})
	}
	return mongo.NewUpdateOneModel().SetFilter(bson.D{{Key: "_id", Value: o.Message.ID}, {Key: "fence", Value: o.Message.Fence}}).
		SetUpdate(bson.D{{Key: "$set", Value: fields}, {Key: "$unset", Value: bson.D{{Key: "lease_until", Value: ""}, {Key: "claim", Value: ""}}}})
}

// deliveryUpdate moves the assignment's delivery state; nil when this outcome says
// nothing about it. Mail to an address that was corrected meanwhile says nothing
// about the present one.
func deliveryUpdate(o notify.Outcome) mongo.WriteModel {
	m := o.Message
	next, from, ok := campaign.DeliveryAfter(m.Kind, o.State)
	if !ok || m.Assignment == "" {
		return nil
	}
	filter := bson.D{{Key: "_id", Value: m.Assignment}, {Key: "org_id", Value: m.Org}, in("delivery", from)}
	if !m.Kind.Traits().Elsewhere {
		filter = append(filter, bson.E{Key: "email", Value: m.To.Email})
	}
	set := bson.D{{Key: "delivery", Value: next}, {Key: "updated_at", Value: o.At}}
	update := bson.D{}
	if o.State == notify.Sent {
		set = append(set, bson.E{Key: "delivered_at", Value: o.At})
		update = append(update, bson.E{Key: "$unset", Value: bson.D{{Key: "delivery_note", Value: ""}}})
	} else {
		note := o.Reply
		if note == "" {
			note = string(o.Reason)
		}
		set = append(set, bson.E{Key: "delivery_note", Value: note})
	}
	return mongo.NewUpdateOneModel().SetFilter(filter).SetUpdate(append(update, bson.E{Key: "$set", Value: set}))
}

// unqueue moves the delivery of requests whose mails were cancelled, unless another
// that asks waits still: a request that stood as queued for ever could never be sent
// again.
func (s Outbox) unqueue(ctx context.Context, outcomes []notify.Outcome) ([]mongo.WriteModel, error) {
	cancelled := map[string]notify.Outcome{}
	var orgs, ids []string
	for _, o := range outcomes {
		if o.State == notify.Cancelled && o.Message.Assignment != "" && o.Message.Kind.Traits().Asks {
			cancelled[o.Message.Assignment] = o
			orgs, ids = append(orgs, o.Message.Org), append(ids, o.Message.Assignment)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	waiting, err := findAll[notify.Message](ctx, s.coll(colOutbox), bson.D{in("org_id", orgs), in("assignment_id", ids), {Key: "state", Value: notify.Queued}},
		options.Find().SetProjection(bson.D{{Key: "kind", Value: 1}, {Key: "assignment_id", Value: 1}}))
	if err != nil {
		return nil, err
	}
	for _, m := range waiting {
		if m.Kind.Traits().Asks {
			delete(cancelled, m.Assignment)
		}
	}
	var writes []mongo.WriteModel
	for id, o := range cancelled {
		for sent, before := range map[bool]bson.E{true: {Key: "$gt", Value: time.Time{}}, false: {Key: "$not", Value: bson.D{{Key: "$gt", Value: time.Time{}}}}} {
			queued := bson.D{{Key: "_id", Value: id}, {Key: "org_id", Value: o.Message.Org}, {Key: "delivery", Value: campaign.DeliveryQueued},
				{Key: "delivered_at", Value: bson.D{before}}}
			writes = append(writes, mongo.NewUpdateOneModel().SetFilter(queued).SetUpdate(bson.D{{Key: "$set", Value: bson.D{
				{Key: "delivery", Value: campaign.DeliveryWithout(o.Reason, sent)}, {Key: "updated_at", Value: o.At}}}}))
		}
	}
	return writes, nil
}

// Campaigns reads campaigns of any organisation by id, for the sender.
func (s Outbox) Campaigns(ctx context.Context, ids []string) ([]campaign.Campaign, error) {
	return byIDs[campaign.Campaign](ctx, s.coll(colCampaigns), ids)
}

// Assignments reads assignments of any organisation by id, for the sender.
func (s Outbox) Assignments(ctx context.Context, ids []string) ([]campaign.Assignment, error) {
	return byIDs[campaign.Assignment](ctx, s.coll(colAssignments), ids)
}

// Organizations reads organisations by id, for the sender.
func (s Outbox) Organizations(ctx context.Context, ids []string) ([]org.Organization, error) {
	return byIDs[org.Organization](ctx, s.coll(colOrganizations), ids)
}

// Users reads users by id, for the sender.
func (s Outbox) Users(ctx context.Context, ids []string) ([]org.User, error) {
	return byIDs[org.User](ctx, s.coll(colUsers), ids)
}

// Invitations reads invitations of any organisation by id, for the sender.
func (s Outbox) Invitations(ctx context.Context, ids []string) ([]org.Invitation, error) {
	return byIDs[org.Invitation](ctx, s.coll(colInvitations), ids)
}

func byIDs[T any](ctx context.Context, c *mongo.Collection, ids []string) ([]T, error) {
	return findAll[T](ctx, c, bson.D{in("_id", ids)})
}
