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
	"tsunagi/internal/notify"
)

// byMail is campaign.Mailable as a filter.
func byMail() bson.D {
	return bson.D{gt(fieldEmail, ""), noneOf(fieldDelivery, campaign.Unmailed)}
}

// toRemind is the filter of who is to be reminded: in one of the states, reachable by
// mail, and not reminded at before or later; with the zero time, however lately.
func toRemind(v access.Viewer, id string, states []campaign.Response, before time.Time) bson.D {
	filter := append(visibleIn(v, fieldCampaign, eq(fieldCampaign, id), oneOf(fieldResponse, states)), byMail()...)
	if !before.IsZero() {
		filter = append(filter, notYet(fieldRemindedAt, before))
	}
	return filter
}

// RemindCounts implements campaign.Reader: one query over the states that wait.
func (s Campaigns) RemindCounts(ctx context.Context, v access.Viewer, id string, since time.Time) (map[campaign.Response]campaign.RemindCount, error) {
	mailed := bson.D{and(
		op("$gt", bson.A{op("$ifNull", bson.A{ref(fieldEmail), ""}), ""}),
		op("$not", bson.A{op("$in", bson.A{ref(fieldDelivery), campaign.Unmailed})}))}
	recent := op("$gte", bson.A{ref(fieldRemindedAt), since})
	sum := func(when bson.A) bson.D {
		return op("$sum", oneIf(op("$and", when)))
	}
	not := func(x bson.D) bson.D { return op("$not", bson.A{x}) }
	cursor, err := s.coll(colAssignments).Aggregate(ctx, bson.A{
		op("$match", visibleIn(v, fieldCampaign, eq(fieldCampaign, id), oneOf(fieldResponse, campaign.Remindable))),
		group(ref(fieldResponse), to("fresh", sum(bson.A{mailed, not(recent)})),
			to("recent", sum(bson.A{mailed, recent})), to("nomail", sum(bson.A{not(mailed)}))),
	})
	if err != nil {
		return nil, known(err)
	}
	var rows []struct {
		State  campaign.Response `bson:"_id"`
		Fresh  int               `bson:"fresh"`
		Recent int               `bson:"recent"`
		NoMail int               `bson:"nomail"`
	}
	if err := cursor.All(ctx, &rows); err != nil {
		return nil, known(err)
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
	n, err := s.coll(colAssignments).CountDocuments(ctx, toRemind(v, c.ID, r.States, r.Before))
	if err != nil {
		return known(err)
	}
	job := s.order(v, s.orders.Remind(r), c.ID, int(n))
	return s.inTx(ctx, func(ctx context.Context) error {
		res, err := s.coll(colCampaigns).UpdateOne(ctx, visibleIn(v, fieldID, eq(fieldID, c.ID), eq(fieldState, campaign.Open)),
			update(inc(to(fieldReminders, 1))))
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
		if err := Jobs(s).Add(ctx, job); err != nil {
			return err
		}
		return s.record(ctx, []audit.Entry{e}, nil)
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
	noted := update(inc(to(fieldReminders, 1)), set(to(fieldRemindedAt, at)))
	return s.changeStill(ctx, job, toRemind(v, job.Subject, r.States, r.Before), batch, decide, func(ctx context.Context, ids []string) error {
		_, err := s.coll(colAssignments).UpdateMany(ctx, visible(v, oneOf(fieldID, ids)), noted)
		return err
	})
}

// assignmentsAfter reads assignments that match, by id.
func (s Batches) assignmentsAfter(ctx context.Context, filter bson.D, after string, n int) ([]campaign.Assignment, error) {
	next := gt(fieldID, after)
	return findAll[campaign.Assignment](ctx, s.coll(colAssignments), append(filter[:len(filter):len(filter)], next),
		options.Find().SetSort(sorted(fieldID)).SetLimit(int64(n)).SetProjection(withoutKeys))
}

// changeStill changes those of a batch that match its filter still, and writes what
// is decided about each of them, with the job's cursor.
func (s Batches) changeStill(ctx context.Context, job jobs.Job, filter bson.D, batch []campaign.Assignment,
	decide func(campaign.Assignment) campaign.Told, change func(ctx context.Context, ids []string) error) error {
	return s.inTx(ctx, func(ctx context.Context) error {
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
			if told.Message != nil {
				messages = append(messages, *told.Message)
			}
		}
		if len(ids) > 0 {
			if err := change(ctx, ids); err != nil {
				return err
			}
		}
		if err := s.record(ctx, entries, messages); err != nil {
			return err
		}
		return Jobs{s.DB}.Advance(ctx, job, batch[len(batch)-1].ID, len(batch), len(batch)-len(still))
	})
}

// stillMatching gives those of a batch that match its filter now, as they are now.
func (s Batches) stillMatching(ctx context.Context, filter bson.D, batch []campaign.Assignment) ([]campaign.Assignment, error) {
	ids := make([]string, len(batch))
	for i, a := range batch {
		ids[i] = a.ID
	}
	return findAll[campaign.Assignment](ctx, s.coll(colAssignments), append(filter[:len(filter):len(filter)], oneOf(fieldID, ids)),
		options.Find().SetSort(sorted(fieldID)).SetProjection(withoutKeys))
}
