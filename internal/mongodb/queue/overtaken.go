package queue

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/campaign"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/notify"
)

// CancelOvertaken cancels the queued mails of a request that were queued for another
// link or address than it has now. It is the last step of the change's own transaction:
// what was queued for the request as it was never leaves for it as it is. A mail that a
// sender holds at this moment may leave still, with the link that it was queued for.
func (s Outbox) CancelOvertaken(ctx context.Context, org, assignment string) error {
	a, err := query.FindOne[campaign.Assignment](ctx, s.Coll(store.Assignments), query.Of(org, query.Eq(field.ID, assignment)))
	if err != nil {
		return err
	}
	queued, err := query.FindAll[notify.Message](ctx, s.Coll(store.Outbox), query.Of(org, query.Eq(field.Assignment, assignment), query.Eq(field.State, notify.Queued)))
	if err != nil {
		return err
	}
	cancelled, err := s.cancelMails(ctx, queued, func(m notify.Message) notify.Reason { return campaign.Overtaken(m, a) })
	if err != nil || len(cancelled) == 0 {
		return err
	}
	free, err := s.unqueueUpdates(ctx, cancelled)
	if err != nil || len(free) == 0 {
		return err
	}
	_, err = s.Coll(store.Assignments).BulkWrite(ctx, free, options.BulkWrite().SetOrdered(false))
	return err
}

// CancelSpent cancels the queued mails of a kind whose link is spent: those that carry the
// parameter, of another generation than the one that is in force, 0 when none is. It is
// the last step of the change that spends the link, in its transaction.
func (s Outbox) CancelSpent(ctx context.Context, org string, kind notify.Kind, param, id string, generation int) error {
	queued, err := query.FindAll[notify.Message](ctx, s.Coll(store.Outbox), query.Of(org, query.Eq(field.Kind, kind), query.Eq(field.State, notify.Queued),
		query.Eq(query.Keyed(field.ParamsEach, param), id)))
	if err != nil {
		return err
	}
	_, err = s.cancelMails(ctx, queued, func(m notify.Message) notify.Reason {
		if generation > 0 && m.For(generation) {
			return notify.NoReason
		}
		return notify.LinkSpent
	})
	return err
}

// cancelMails cancels those of the queued mails for which there is a reason.
func (s Outbox) cancelMails(ctx context.Context, queued []notify.Message, why func(notify.Message) notify.Reason) ([]notify.Outcome, error) {
	now := s.Now()
	var cancelled []notify.Outcome
	var messages []mongo.WriteModel
	for _, m := range queued {
		if reason := why(m); reason != notify.NoReason {
			o := notify.Outcome{Message: m, State: notify.Cancelled, Attempts: m.Attempts, Refusals: m.Refusals, Reason: reason, Reply: m.Reply, At: now}
			cancelled, messages = append(cancelled, o), append(messages, messageUpdate(o))
		}
	}
	if len(cancelled) == 0 {
		return nil, nil
	}
	_, err := s.Coll(store.Outbox).BulkWrite(ctx, messages)
	return cancelled, err
}
