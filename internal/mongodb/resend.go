package mongodb

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
)

// answerOf is the expression for the codes of a mail's reply.
var answerOf = op("$let", bson.D{
	to("vars", op("found", op("$regexFind", bson.D{to("input", ref(fieldReply)), to("regex", notify.AnswerPattern)}))),
	to("in", op("$ifNull", bson.A{"$$found.match", ""}))})

// failed is the filter of the viewer's mails that failed and may be sent again.
func failed(v access.Viewer, campaignID string) bson.D {
	filter := visibleIn(v, fieldCampaign, eq(fieldState, notify.Failed), eq(fieldReplaced, nil), oneOf(fieldKind, notify.Resendable()))
	if campaignID != "" {
		filter = append(filter, eq(fieldCampaign, campaignID))
	}
	return filter
}

// Failures groups the viewer's failed mails by why they failed, the most first.
func (s Outbox) Failures(ctx context.Context, v access.Viewer, campaignID string) ([]notify.FailureGroup, error) {
	cursor, err := s.coll(colOutbox).Aggregate(ctx, bson.A{
		op("$match", failed(v, campaignID)),
		group(bson.D{to("reason", op("$ifNull", bson.A{ref(fieldReason), ""})), to("answer", answerOf)},
			to("n", op("$sum", 1)), to("words", op("$first", ref(fieldReply)))),
		op("$sort", sorted("-n", fieldID))})
	if err != nil {
		return nil, known(err)
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
		return nil, known(err)
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
	err := s.inTx(ctx, func(ctx context.Context) error {
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
			if m.Kind.Traits().Asks {
				requests = append(requests, m.Assignment)
			}
		}
		res, err := s.coll(colOutbox).UpdateMany(ctx, visible(v, oneOf(fieldID, ids), eq(fieldState, notify.Failed)), update(
			set(to(fieldState, notify.Queued), to(fieldAttempts, 0), to(fieldNextAt, now)),
			unset(fieldReply, fieldReason, fieldRefusals, fieldRefusedAt)))
		if err != nil || res.ModifiedCount == 0 {
			return err
		}
		n = int(res.ModifiedCount)
		queuedIn(ctx).mail = true
		// What was opened or handed over meanwhile stays so.
		waiting := visible(v, oneOf(fieldID, requests), oneOf(fieldDelivery, []campaign.Delivery{campaign.DeliveryFailed, campaign.DeliveryBounced}))
		if _, err := s.coll(colAssignments).UpdateMany(ctx, waiting, update(
			set(to(fieldDelivery, campaign.DeliveryQueued), to(fieldUpdatedAt, now)),
			unset(fieldDeliveryNote))); err != nil {
			return err
		}
		return s.record(ctx, []audit.Entry{entry(n)}, nil)
	})
	return n, err
}

// expectFailed is a Conflict when a group does not have as many mails as expected.
func (s Outbox) expectFailed(ctx context.Context, v access.Viewer, f notify.Failure, expected int) error {
	if expected == 0 {
		return nil
	}
	n, err := s.coll(colOutbox).CountDocuments(ctx, failedBy(v, f))
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
	return append(failed(v, f.Campaign), eq("$expr", op("$and", bson.A{
		op("$eq", bson.A{op("$ifNull", bson.A{ref(fieldReason), ""}), op("$literal", f.Reason)}),
		op("$eq", bson.A{answerOf, op("$literal", f.Answer)})})))
}

// failedRows reads what a batch of a group needs of its mails.
func (s Outbox) failedRows(ctx context.Context, v access.Viewer, f notify.Failure, most int) ([]notify.Message, error) {
	return findAll[notify.Message](ctx, s.coll(colOutbox), failedBy(v, f), options.Find().SetLimit(int64(most)).
		SetProjection(only(fieldKind, fieldAssignment)))
}
