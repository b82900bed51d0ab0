package mongodb

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/notify"
)

// answerOf is the expression for the codes of a mail's reply.
var answerOf = bson.D{{Key: "$let", Value: bson.D{
	{Key: "vars", Value: bson.D{{Key: "found", Value: bson.D{{Key: "$regexFind", Value: bson.D{{Key: "input", Value: "$reply"}, {Key: "regex", Value: notify.AnswerPattern}}}}}}},
	{Key: "in", Value: bson.D{{Key: "$ifNull", Value: bson.A{"$$found.match", ""}}}}}}}

// failed is the filter of the viewer's mails that failed and may be sent again.
func failed(v access.Viewer, campaignID string) bson.D {
	filter := visibleIn(v, "campaign_id", bson.E{Key: "state", Value: notify.Failed}, bson.E{Key: "replaced", Value: nil}, in("kind", notify.Resendable()))
	if campaignID != "" {
		filter = append(filter, bson.E{Key: "campaign_id", Value: campaignID})
	}
	return filter
}

// Failures groups the viewer's failed mails by why they failed, the most first.
func (s Outbox) Failures(ctx context.Context, v access.Viewer, campaignID string) ([]notify.FailureGroup, error) {
	cursor, err := s.coll(colOutbox).Aggregate(ctx, bson.A{
		bson.D{{Key: "$match", Value: failed(v, campaignID)}},
		bson.D{{Key: "$group", Value: bson.D{
			{Key: "_id", Value: bson.D{{Key: "reason", Value: bson.D{{Key: "$ifNull", Value: bson.A{"$reason", ""}}}}, {Key: "answer", Value: answerOf}}},
			{Key: "n", Value: bson.D{{Key: "$sum", Value: 1}}}, {Key: "words", Value: bson.D{{Key: "$first", Value: "$reply"}}}}}},
		bson.D{{Key: "$sort", Value: bson.D{{Key: "n", Value: -1}, {Key: "_id", Value: 1}}}}})
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
// meanwhile are not among them.
func (s Outbox) SaveRequeued(ctx context.Context, v access.Viewer, f notify.Failure, most int, now time.Time, entry func(n int) audit.Entry) (int, error) {
	n := 0
	err := s.inTx(ctx, func(ctx context.Context) error {
		n = 0
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
		res, err := s.coll(colOutbox).UpdateMany(ctx, visible(v, in("_id", ids), bson.E{Key: "state", Value: notify.Failed}), bson.D{
			{Key: "$set", Value: bson.D{{Key: "state", Value: notify.Queued}, {Key: "attempts", Value: 0}, {Key: "next_at", Value: now}}},
			{Key: "$unset", Value: bson.D{{Key: "reply", Value: ""}, {Key: "reason", Value: ""}, {Key: "refusals", Value: ""}, {Key: "refused_at", Value: ""}}}})
		if err != nil || res.ModifiedCount == 0 {
			return err
		}
		n = int(res.ModifiedCount)
		queuedIn(ctx).mail = true
		// What was opened or handed over meanwhile stays so.
		waiting := visible(v, in("_id", requests), in("delivery", []campaign.Delivery{campaign.DeliveryFailed, campaign.DeliveryBounced}))
		if _, err := s.coll(colAssignments).UpdateMany(ctx, waiting, bson.D{
			{Key: "$set", Value: bson.D{{Key: "delivery", Value: campaign.DeliveryQueued}, {Key: "updated_at", Value: now}}},
			{Key: "$unset", Value: bson.D{{Key: "delivery_note", Value: ""}}}}); err != nil {
			return err
		}
		return s.record(ctx, []audit.Entry{entry(n)}, nil)
	})
	return n, err
}

// failedRows reads what a batch of a group needs of its mails.
func (s Outbox) failedRows(ctx context.Context, v access.Viewer, f notify.Failure, most int) ([]notify.Message, error) {
	filter := append(failed(v, f.Campaign), bson.E{Key: "$expr", Value: bson.D{{Key: "$and", Value: bson.A{
		bson.D{{Key: "$eq", Value: bson.A{bson.D{{Key: "$ifNull", Value: bson.A{"$reason", ""}}}, bson.D{{Key: "$literal", Value: f.Reason}}}}},
		bson.D{{Key: "$eq", Value: bson.A{answerOf, bson.D{{Key: "$literal", Value: f.Answer}}}}}}}}})
	return findAll[notify.Message](ctx, s.coll(colOutbox), filter, options.Find().SetLimit(int64(most)).
		SetProjection(bson.D{{Key: "kind", Value: 1}, {Key: "assignment_id", Value: 1}}))
}
