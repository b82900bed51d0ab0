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
	"tsunagi/internal/jobs"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/notify"
)

// byMail is campaign.Mailable as a filter.
func byMail() bson.D {
	return bson.D{query.Gt(field.Email, ""), query.NoneOf(field.Delivery, campaign.Unmailed)}
}

// toRemind is the filter of who is to be reminded: in one of the states, reachable by
// mail, and not reminded at before or later; with the zero time, however lately.
func toRemind(v access.Viewer, id string, states []campaign.Response, before time.Time) bson.D {
	filter := append(query.VisibleIn(v, field.Campaign, query.Eq(field.Campaign, id), query.OneOf(field.Response, states)), byMail()...)
	if !before.IsZero() {
		filter = append(filter, query.NotYet(field.RemindedAt, before))
	}
	return filter
}

// RemindCounts implements campaign.Reader: one query over the states that wait.
func (s Campaigns) RemindCounts(ctx context.Context, v access.Viewer, id string, since time.Time) (map[campaign.Response]campaign.RemindCount, error) {
	mailed := bson.D{query.And(
		query.Op("$gt", bson.A{query.Op("$ifNull", bson.A{query.Ref(field.Email), ""}), ""}),
		query.Op("$not", bson.A{query.Op("$in", bson.A{query.Ref(field.Delivery), campaign.Unmailed})}))}
	recent := query.Op("$gte", bson.A{query.Ref(field.RemindedAt), since})
	sum := func(when bson.A) bson.D {
		return query.Op("$sum", query.OneIf(query.Op("$and", when)))
	}
	not := func(x bson.D) bson.D { return query.Op("$not", bson.A{x}) }
	cursor, err := s.Coll(store.Assignments).Aggregate(ctx, bson.A{
		query.Op("$match", query.VisibleIn(v, field.Campaign, query.Eq(field.Campaign, id), query.OneOf(field.Response, campaign.Remindable))),
		query.Group(query.Ref(field.Response), query.To("fresh", sum(bson.A{mailed, not(recent)})),
			query.To("recent", sum(bson.A{mailed, recent})), query.To("nomail", sum(bson.A{not(mailed)}))),
	})
	if err != nil {
		return nil, meaning.Of(err)
	}
	var rows []struct {
		State  campaign.Response `bson:"_id"`
		Fresh  int               `bson:"fresh"`
		Recent int               `bson:"recent"`
		NoMail int               `bson:"nomail"`
	}
	if err := cursor.All(ctx, &rows); err != nil {
		return nil, meaning.Of(err)
	}
	out := map[campaign.Response]campaign.RemindCount{}
	for _, r := range rows {
		out[r.State] = campaign.RemindCount{Fresh: r.Fresh, Recent: r.Recent, NoMail: r.NoMail}
	}
	return out, nil
}

// StartReminder implements campaign.Store. It writes to the campaign, so that one that is
// closed at the same moment is either reminded before, or not at all.
func (s Campaigns) StartReminder(ctx context.Context, v access.Viewer, c campaign.Campaign, r campaign.Reminder, e audit.Entry) error {
	n, err := s.Coll(store.Assignments).CountDocuments(ctx, toRemind(v, c.ID, r.States, r.Before))
	if err != nil {
		return meaning.Of(err)
	}
	job := s.Order(v, s.Orders.Remind(r), c.ID, int(n))
	return s.InTx(ctx, func(ctx context.Context) error {
		res, err := s.Coll(store.Campaigns).UpdateOne(ctx, query.VisibleIn(v, field.ID, query.Eq(field.ID, c.ID), query.Eq(field.State, campaign.Open)),
			query.Update(query.Inc(query.To(field.Reminders, 1))))
		if err == nil && res.MatchedCount == 0 {
			err = fault.New(fault.Conflict, "fault.campaign.not-open")
		}
		if err != nil {
			return err
		}
		// One that was given up is repeated by this, and never resumed.
		if _, err := s.endJobs(ctx, v, c.ID, []jobs.Kind{job.Kind}, jobs.Failed); err != nil {
			return err
		}
		if err := s.Jobs().Add(ctx, job); err != nil {
			return err
		}
		return s.Record(ctx, []audit.Entry{e}, nil)
	})
}

// Remindable implements work.RemindStore.
func (s Batches) Remindable(ctx context.Context, v access.Viewer, id string, r campaign.Reminder, after string, n int) ([]campaign.Assignment, error) {
	return s.assignmentsAfter(ctx, toRemind(v, id, r.States, r.Before), after, n)
}

// Remind implements work.RemindStore. Who has answered, been reminded or lost its
// address since the batch was read is left out: the filter is asked again in the
// transaction, and whoever changes one of them meanwhile ends it.
func (s Batches) Remind(ctx context.Context, job jobs.Job, r campaign.Reminder, batch []campaign.Assignment, at time.Time, decide func(campaign.Assignment) campaign.Told) error {
	v := access.System(job.Org, job.Actor)
	noted := query.Update(query.Inc(query.To(field.Reminders, 1)), query.Set(query.To(field.RemindedAt, at)))
	return s.changeStill(ctx, job, toRemind(v, job.Subject, r.States, r.Before), batch, decide, func(ctx context.Context, ids []string) error {
		_, err := s.Coll(store.Assignments).UpdateMany(ctx, query.Visible(v, query.OneOf(field.ID, ids)), noted)
		return err
	})
}

// assignmentsAfter reads assignments that match, by id.
func (s Batches) assignmentsAfter(ctx context.Context, filter bson.D, after string, n int) ([]campaign.Assignment, error) {
	next := query.Gt(field.ID, after)
	return query.FindAll[campaign.Assignment](ctx, s.Coll(store.Assignments), append(filter[:len(filter):len(filter)], next),
		options.Find().SetSort(query.Sorted(field.ID)).SetLimit(int64(n)).SetProjection(query.WithoutKeys))
}

// changeStill changes those of a batch that match its filter still, and writes what
// is decided about each of them, with the job's cursor.
func (s Batches) changeStill(ctx context.Context, job jobs.Job, filter bson.D, batch []campaign.Assignment,
	decide func(campaign.Assignment) campaign.Told, change func(ctx context.Context, ids []string) error) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		still, err := s.stillMatching(ctx, filter, batch)
		if err != nil {
			return err
		}
		ids := make([]string, len(still))
		var entries []audit.Entry
		var messages []notify.Message
		for i, a := range still {
			ids[i] = a.ID
			told := decide(a)
			if told.Entry != nil {
				entries = append(entries, *told.Entry)
			}
			messages = append(messages, told.Messages...)
		}
		if len(ids) > 0 {
			if err := change(ctx, ids); err != nil {
				return err
			}
		}
		if err := s.Record(ctx, entries, messages); err != nil {
			return err
		}
		return s.Jobs().Advance(ctx, job, batch[len(batch)-1].ID, len(batch), len(batch)-len(still))
	})
}

// stillMatching gives those of a batch that match its filter now, as they are now.
func (s Batches) stillMatching(ctx context.Context, filter bson.D, batch []campaign.Assignment) ([]campaign.Assignment, error) {
	ids := make([]string, len(batch))
	for i, a := range batch {
		ids[i] = a.ID
	}
	return query.FindAll[campaign.Assignment](ctx, s.Coll(store.Assignments), append(filter[:len(filter):len(filter)], query.OneOf(field.ID, ids)),
		options.Find().SetSort(query.Sorted(field.ID)).SetProjection(query.WithoutKeys))
}
