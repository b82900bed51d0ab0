package queue

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
	"tsunagi/internal/watch"
)

// Outbox keeps the messages owed: the sender's queue and the delivery ledger.
type Outbox struct{ *store.DB }

// Claim leases due messages, the longest due first. Two senders at once never get
// the same: the second finds next_at moved to the end of the first one's lease.
func (s Outbox) Claim(ctx context.Context, n int, now, until time.Time) ([]notify.Message, error) {
	found, err := s.dueFirst(ctx, due(now), field.NextAt, n)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	ids, had := make([]string, len(found)), map[string]bool{}
	for i, m := range found {
		ids[i], had[m.ID] = m.ID, !m.LeaseUntil.IsZero() // whoever had it noted nothing of it
	}
	taken, err := s.lease(ctx, ids, now, until)
	lost := 0
	for _, m := range taken {
		if had[m.ID] {
			lost++
		}
	}
	s.TookUp(watch.OfMails, lost)
	return taken, err
}

// due is the filter of messages that may leave now.
func due(now time.Time) bson.D {
	return bson.D{query.Eq(field.State, notify.Queued), query.Lte(field.NextAt, now)}
}

// dueFirst gives the first n messages in an order: who they are, and whether somebody had
// them.
func (s Outbox) dueFirst(ctx context.Context, filter bson.D, order string, n int) ([]notify.Message, error) {
	return query.FindAll[notify.Message](ctx, s.Coll(store.Outbox), filter, options.Find().SetSort(query.Sorted(order)).SetLimit(int64(n)).
		SetProjection(query.Only(field.ID, field.LeaseUntil)))
}

// lease gives those of the messages that are still due to one sender.
func (s Outbox) lease(ctx context.Context, ids []string, now, until time.Time) ([]notify.Message, error) {
	claim := s.NewID()
	res, err := s.Coll(store.Outbox).UpdateMany(ctx, append(due(now), query.OneOf(field.ID, ids)), query.Update(
		query.Set(query.To(field.Claim, claim), query.To(field.LeaseUntil, until), query.To(field.NextAt, until), query.To(field.Holder, s.Holder)),
		query.Inc(query.To(field.Fence, 1))))
	if err != nil || res.ModifiedCount == 0 {
		return nil, meaning.Of(err)
	}
	return query.FindAll[notify.Message](ctx, s.Coll(store.Outbox), bson.D{query.OneOf(field.ID, ids), query.Eq(field.Claim, claim)})
}

// errHeldByOthers says that not every message is still held as it was claimed.
var errHeldByOthers = errors.New("a message was claimed anew meanwhile")

// Settle writes what became of claimed messages and what it means for their
// assignments, in one transaction. A message that was claimed anew meanwhile is
// left to its new holder.
func (s Outbox) Settle(ctx context.Context, outcomes []notify.Outcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	// Nearly always all are held, so that is tried first, without a look.
	err := s.InTx(ctx, func(ctx context.Context) error { return s.settle(ctx, outcomes) })
	if !errors.Is(err, errHeldByOthers) {
		return err
	}
	return s.InTx(ctx, func(ctx context.Context) error {
		held, err := s.held(ctx, outcomes)
		if err != nil || len(held) == 0 {
			return err
		}
		return s.settle(ctx, held)
	})
}

// settle is Settle for messages that are all held: else it fails with errHeldByOthers.
func (s Outbox) settle(ctx context.Context, outcomes []notify.Outcome) error {
	var messages, assignments []mongo.WriteModel
	var entries []audit.Entry
	for _, o := range outcomes {
		messages = append(messages, messageUpdate(o))
		if w := deliveryUpdate(o); w != nil {
			assignments = append(assignments, w)
		}
		if o.State == notify.Failed && o.Message.Org != "" {
			entries = append(entries, campaign.FailedEntry(o, s.NewID()))
		}
	}
	unordered := options.BulkWrite().SetOrdered(false)
	res, err := s.Coll(store.Outbox).BulkWrite(ctx, messages, unordered)
	if err != nil {
		return err
	}
	if res.MatchedCount != int64(len(messages)) {
		return errHeldByOthers
	}
	free, err := s.unqueueUpdates(ctx, outcomes)
	if err != nil {
		return err
	}
	if assignments = append(assignments, free...); len(assignments) > 0 {
		if _, err := s.Coll(store.Assignments).BulkWrite(ctx, assignments, unordered); err != nil {
			return err
		}
	}
	return s.Record(ctx, entries, nil)
}

// held keeps the outcomes whose message is still held under the same fence.
func (s Outbox) held(ctx context.Context, outcomes []notify.Outcome) ([]notify.Outcome, error) {
	ids := make([]string, len(outcomes))
	for i, o := range outcomes {
		ids[i] = o.Message.ID
	}
	now, err := query.FindAll[notify.Message](ctx, s.Coll(store.Outbox), bson.D{query.OneOf(field.ID, ids)},
		options.Find().SetProjection(query.Only(field.Fence, field.State)))
	if err != nil {
		return nil, err
	}
	found := make(map[string]notify.Message, len(now))
	for _, m := range now {
		found[m.ID] = m
	}
	var held []notify.Outcome
	for _, o := range outcomes {
		if m, ok := found[o.Message.ID]; ok && m.Fence == o.Message.Fence && slices.Contains(settledFrom(o), m.State) {
			held = append(held, o)
		}
	}
	return held, nil
}

// settledFrom are the states of a message in which an outcome is still written. One that
// was cancelled while it was on its way did leave, and the ledger says so.
func settledFrom(o notify.Outcome) []notify.State {
	if o.State == notify.Sent {
		return []notify.State{notify.Queued, notify.Cancelled}
	}
	return []notify.State{notify.Queued}
}

func messageUpdate(o notify.Outcome) mongo.WriteModel {
	fields := bson.D{query.To(field.State, o.State), query.To(field.Attempts, o.Attempts), query.To(field.Reply, o.Reply), query.To(field.Reason, o.Reason)}
	if o.Refusals > 0 {
		fields = append(fields, query.To(field.Refusals, o.Refusals))
	}
	if !o.Refused.IsZero() {
		fields = append(fields, query.To(field.RefusedAt, o.Refused))
	}
	if !o.Hung.IsZero() {
		fields = append(fields, query.To(field.HungAt, o.Hung))
	}
	switch o.State {
	case notify.Queued:
		fields = append(fields, query.To(field.NextAt, o.NextAt))
	case notify.Sent:
		fields = append(fields, query.To(field.SentAt, o.At))
	}
	return mongo.NewUpdateOneModel().SetFilter(bson.D{query.Eq(field.ID, o.Message.ID), query.Eq(field.Fence, o.Message.Fence), query.OneOf(field.State, settledFrom(o))}).
		SetUpdate(query.Update(query.Set(fields...), query.Unset(field.LeaseUntil, field.Claim)))
}

// deliveryUpdate moves the assignment's delivery state; nil when this outcome says
// nothing about it. Mail to an address that was corrected meanwhile, or with a link
// that was revoked, says nothing about the present one.
func deliveryUpdate(o notify.Outcome) mongo.WriteModel {
	m := o.Message
	next, from, ok := campaign.DeliveryAfter(m.Kind, o.State)
	if !ok || m.Assignment == "" || m.Copy {
		return nil
	}
	filter := query.Of(m.Org, query.Eq(field.ID, m.Assignment), query.OneOf(field.Delivery, from))
	if !m.Kind.Traits().Elsewhere {
		filter = append(filter, query.Eq(field.Email, m.To.Email))
	}
	if m.Generation > 0 {
		filter = append(filter, query.Eq(field.Generation, m.Generation))
	}
	fields, change := bson.D{query.To(field.Delivery, next), query.To(field.UpdatedAt, o.At)}, query.Update()
	if o.State == notify.Sent {
		fields = append(fields, query.To(field.DeliveredAt, o.At))
		change = append(change, query.Unset(field.DeliveryNote))
	} else {
		note := o.Reply
		if note == "" {
			note = string(o.Reason)
		}
		fields = append(fields, query.To(field.DeliveryNote, note))
	}
	return mongo.NewUpdateOneModel().SetFilter(filter).SetUpdate(append(change, query.Set(fields...)))
}

// decides tells whether the fate of a message is that of its request.
func decides(m notify.Message) bool { return m.Kind.Traits().Asks && !m.Copy }

// unqueueUpdates give the requests whose mails were cancelled another delivery state,
// unless another mail that asks still waits: a request that stood as queued for ever
// could never be sent again.
func (s Outbox) unqueueUpdates(ctx context.Context, outcomes []notify.Outcome) ([]mongo.WriteModel, error) {
	cancelled := map[string]notify.Outcome{}
	var orgs, ids []string
	for _, o := range outcomes {
		if o.State == notify.Cancelled && o.Message.Assignment != "" && decides(o.Message) {
			cancelled[o.Message.Assignment] = o
			orgs, ids = append(orgs, o.Message.Org), append(ids, o.Message.Assignment)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	waiting, err := query.FindAll[notify.Message](ctx, s.Coll(store.Outbox), query.OfAny(orgs, query.OneOf(field.Assignment, ids), query.Eq(field.State, notify.Queued)),
		options.Find().SetProjection(query.Only(field.Kind, field.Assignment, field.Copy)))
	if err != nil {
		return nil, err
	}
	for _, m := range waiting {
		if decides(m) {
			delete(cancelled, m.Assignment)
		}
	}
	var writes []mongo.WriteModel
	for id, o := range cancelled {
		for sent, before := range map[bool]any{true: query.Op("$gt", time.Time{}), false: query.Op("$not", query.Op("$gt", time.Time{}))} {
			queued := query.Of(o.Message.Org, query.Eq(field.ID, id), query.Eq(field.Delivery, campaign.DeliveryQueued), query.Eq(field.DeliveredAt, before))
			writes = append(writes, mongo.NewUpdateOneModel().SetFilter(queued).SetUpdate(query.Update(query.Set(
				query.To(field.Delivery, campaign.DeliveryWithout(o.Reason, sent)), query.To(field.UpdatedAt, o.At)))))
		}
	}
	return writes, nil
}

// Campaigns reads campaigns of any organisation by id, for the sender.
func (s Outbox) Campaigns(ctx context.Context, ids []string) ([]campaign.Campaign, error) {
	return byIDs[campaign.Campaign](ctx, s.Coll(store.Campaigns), ids)
}

// Assignments reads assignments of any organisation by id, for the sender.
func (s Outbox) Assignments(ctx context.Context, ids []string) ([]campaign.Assignment, error) {
	return byIDs[campaign.Assignment](ctx, s.Coll(store.Assignments), ids)
}

// Organizations reads organisations by id, for the sender.
func (s Outbox) Organizations(ctx context.Context, ids []string) ([]org.Organization, error) {
	return byIDs[org.Organization](ctx, s.Coll(store.Organizations), ids)
}

// Users reads users by id, for the sender.
func (s Outbox) Users(ctx context.Context, ids []string) ([]org.User, error) {
	return byIDs[org.User](ctx, s.Coll(store.Users), ids)
}

// Invitations reads invitations of any organisation by id, for the sender.
func (s Outbox) Invitations(ctx context.Context, ids []string) ([]org.Invitation, error) {
	return byIDs[org.Invitation](ctx, s.Coll(store.Invitations), ids)
}

func byIDs[T any](ctx context.Context, c *mongo.Collection, ids []string) ([]T, error) {
	return query.FindAll[T](ctx, c, bson.D{query.OneOf(field.ID, ids)})
}
