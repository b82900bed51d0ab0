package queue

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/notify"
)

// answerOf is the expression for the codes of a mail's reply.
var answerOf = query.Op("$let", bson.D{
	query.To("vars", query.Op("found", query.Op("$regexFind", bson.D{query.To("input", query.Ref(field.Reply)), query.To("regex", notify.AnswerPattern)}))),
	query.To("in", query.Op("$ifNull", bson.A{"$$found.match", ""}))})

// failed is the filter of the viewer's mails that failed and may be sent again.
func failed(v access.Viewer, campaignID string) bson.D {
	filter := query.VisibleIn(v, field.Campaign, query.Eq(field.State, notify.Failed), query.Eq(field.Replaced, nil), query.OneOf(field.Kind, notify.Resendable()))
	if campaignID != "" {
		filter = append(filter, query.Eq(field.Campaign, campaignID))
	}
	return filter
}

// Failures groups the viewer's failed mails by why they failed, the most first.
func (s Outbox) Failures(ctx context.Context, v access.Viewer, campaignID string) ([]notify.FailureGroup, error) {
	cursor, err := s.Coll(store.Outbox).Aggregate(ctx, bson.A{
		query.Op("$match", failed(v, campaignID)),
		query.Group(bson.D{query.To("reason", query.Op("$ifNull", bson.A{query.Ref(field.Reason), ""})), query.To("answer", answerOf)},
			query.To("n", query.Op("$sum", 1)), query.To("words", query.Op("$first", query.Ref(field.Reply)))),
		query.Op("$sort", query.Sorted("-n", field.ID))})
	if err != nil {
		return nil, meaning.Of(err)
	}
	var rows []struct {
		ID struct {
			Reason notify.Reason `bson:"reason"`
			Answer string        `bson:"answer"`
		} `bson:"_id"`
		N     int    `bson:"n"`
		Words string `bson:"words"`
	}
	if err := cursor.All(ctx, &rows); err != nil {
		return nil, meaning.Of(err)
	}
	out := make([]notify.FailureGroup, len(rows))
	for i, r := range rows {
		out[i] = notify.FailureGroup{Failure: notify.Failure{Campaign: campaignID, Reason: r.ID.Reason, Answer: r.ID.Answer}, N: r.N, Words: r.Words}
	}
	return out, nil
}

// SaveRequeued implements campaign.DeliveryStore: up to most failed mails of a
// group stand in the queue again as if never tried, with their requests and the
// entry, in one transaction. It tells how many: those that somebody else put back
// meanwhile are not among them. How many there are is asked in the transaction, which
// changes all of the same: of two clicks the second finds others, or none.
func (s Outbox) SaveRequeued(ctx context.Context, v access.Viewer, f notify.Failure, expected, most int, now time.Time, entry func(n int) audit.Entry) (int, error) {
	n := 0
	err := s.InTx(ctx, func(ctx context.Context) error {
		n = 0
		if err := s.expectFailed(ctx, v, f, expected); err != nil {
			return err
		}
		rows, err := s.failedRows(ctx, v, f, most)
		if err != nil || len(rows) == 0 {
			return err
		}
		var ids, requests []string
		for _, m := range rows {
			ids = append(ids, m.ID)
			if decides(m) {
				requests = append(requests, m.Assignment)
			}
		}
		res, err := s.Coll(store.Outbox).UpdateMany(ctx, query.Visible(v, query.OneOf(field.ID, ids), query.Eq(field.State, notify.Failed)), query.Update(
			query.Set(query.To(field.State, notify.Queued), query.To(field.Attempts, 0), query.To(field.NextAt, now)),
			query.Unset(field.Reply, field.Reason, field.Refusals, field.RefusedAt, field.HungAt)))
		if err != nil || res.ModifiedCount == 0 {
			return err
		}
		n = int(res.ModifiedCount)
		store.MailQueued(ctx)
		// What was opened or handed over meanwhile stays so.
		waiting := query.Visible(v, query.OneOf(field.ID, requests), query.OneOf(field.Delivery, []campaign.Delivery{campaign.DeliveryFailed, campaign.DeliveryBounced}))
		if _, err := s.Coll(store.Assignments).UpdateMany(ctx, waiting, query.Update(
			query.Set(query.To(field.Delivery, campaign.DeliveryQueued), query.To(field.UpdatedAt, now)),
			query.Unset(field.DeliveryNote))); err != nil {
			return err
		}
		return s.Record(ctx, []audit.Entry{entry(n)}, nil)
	})
	return n, err
}

// expectFailed is a Conflict when a group does not have as many mails as expected.
func (s Outbox) expectFailed(ctx context.Context, v access.Viewer, f notify.Failure, expected int) error {
	if expected == 0 {
		return nil
	}
	n, err := s.Coll(store.Outbox).CountDocuments(ctx, failedBy(v, f))
	switch {
	case err != nil:
		return err
	case n == 0:
		return fault.New(fault.NotFound, "fault.delivery.none-left")
	case int(n) != expected:
		return fault.New(fault.Conflict, "fault.delivery.changed")
	}
	return nil
}

// failedBy is the filter of one group.
func failedBy(v access.Viewer, f notify.Failure) bson.D {
	return append(failed(v, f.Campaign), query.Eq("$expr", query.Op("$and", bson.A{
		query.Op("$eq", bson.A{query.Op("$ifNull", bson.A{query.Ref(field.Reason), ""}), query.Op("$literal", f.Reason)}),
		query.Op("$eq", bson.A{answerOf, query.Op("$literal", f.Answer)})})))
}

// failedRows reads what a batch of a group needs of its mails.
func (s Outbox) failedRows(ctx context.Context, v access.Viewer, f notify.Failure, most int) ([]notify.Message, error) {
	return query.FindAll[notify.Message](ctx, s.Coll(store.Outbox), failedBy(v, f), options.Find().SetLimit(int64(most)).
		SetProjection(query.Only(field.Kind, field.Assignment, field.Copy)))
}
