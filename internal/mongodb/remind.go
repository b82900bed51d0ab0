package mongodb

import (
	"context"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/jobs"
	"tsunagi/internal/notify"
)

// byMail is campaign.Mailable as a filter.
func byMail() bson.D {
	return bson.D{{Key: "email", Value: bson.D{{Key: "$gt", Value: ""}}},
		{Key: "delivery", Value: bson.D{{Key: "$nin", Value: campaign.Unmailed}}}}
}

// reminded finds who is to be reminded: in one of the states, reachable by mail,
// and not reminded since before.
func reminded(v access.Viewer, id string, states []campaign.Response, before time.Time) bson.D {
	filter := append(visibleIn(v, "campaign_id", bson.E{Key: "campaign_id", Value: id}, in("response", states)), byMail()...)
	if !before.IsZero() {
		filter = append(filter, bson.E{Key: "reminded_at", Value: bson.D{{Key: "$not", Value: bson.D{{Key: "$gte", Value: before}}}}})
	}
	return filter
}

// RemindCounts implements campaign.Reader: one query over the states that wait.
func (s Campaigns) RemindCounts(ctx context.Context, v access.Viewer, id string, since time.Time) (map[campaign.Response]campaign.RemindCount, error) {
	mailed := bson.D{{Key: "$and", Value: bson.A{
		bson.D{{Key: "$gt", Value: bson.A{bson.D{{Key: "$ifNull", Value: bson.A{"$email", ""}}}, ""}}},
		bson.D{{Key: "$not", Value: bson.A{bson.D{{Key: "$in", Value: bson.A{"$delivery", campaign.Unmailed}}}}}}}}}
	recent := bson.D{{Key: "$gte", Value: bson.A{"$reminded_at", since}}}
	sum := func(when bson.A) bson.D {
		return bson.D{{Key: "$sum", Value: cond(bson.D{{Key: "$and", Value: when}}, 1, 0)}}
	}
	not := func(x bson.D) bson.D { return bson.D{{Key: "$not", Value: bson.A{x}}} }
	cursor, err := s.coll(colAssignments).Aggregate(ctx, bson.A{
		bson.D{{Key: "$match", Value: visibleIn(v, "campaign_id", bson.E{Key: "campaign_id", Value: id}, in("response", campaign.Remindable))}},
		bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$response"},
			{Key: "fresh", Value: sum(bson.A{mailed, not(recent)})},
			{Key: "recent", Value: sum(bson.A{mailed, recent})},
			{Key: "nomail", Value: sum(bson.A{not(mailed)})}}}},
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

// The parameters of jobs.Remind, beside the states.
const paramBefore = "before"

// StartReminder implements campaign.Store.
func (s Campaigns) StartReminder(ctx context.Context, v access.Viewer, c campaign.Campaign, r campaign.Reminder, e audit.Entry) error {
	n, err := s.coll(colAssignments).CountDocuments(ctx, reminded(v, c.ID, r.States, r.Before))
	if err != nil {
		return known(err)
	}
	params := map[string]string{}
	for _, state := range r.States {
		params[string(state)] = "1"
	}
	if !r.Before.IsZero() {
		params[paramBefore] = r.Before.Format(time.RFC3339Nano)
	}
	return s.inTx(ctx, func(ctx context.Context) error {
		if err := Jobs(s).Add(ctx, s.job(v, jobs.Remind, c.ID, int(n), params)); err != nil {
			return err
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}

// RunRemind is the handler of jobs.Remind. The ids of its messages derive from the
// job, so that a job that goes on after a kill doubles nothing.
func (s Campaigns) RunRemind(ctx context.Context, job jobs.Job) error {
	var states []campaign.Response
	for _, state := range campaign.Remindable {
		if job.Params[string(state)] != "" {
			states = append(states, state)
		}
	}
	before := job.CreatedAt // nobody twice, whatever happened since the click
	if text := job.Params[paramBefore]; text != "" {
		rested, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return fmt.Errorf("since when suppliers must not have been reminded: %w", err)
		}
		before = rested
	}
	filter := reminded(access.System(job.Org, job.Actor), job.Subject, states, before)
	return s.eachBatch(ctx, job, filter, func(ctx context.Context, batch []campaign.Assignment, cursor string) error {
		return s.remind(ctx, job, filter, batch, cursor)
	})
}

// eachBatch walks assignments by id from where the job stands, a batch at a time.
func (s Campaigns) eachBatch(ctx context.Context, job jobs.Job, filter bson.D, work func(context.Context, []campaign.Assignment, string) error) error {
	sizer := jobs.NewSizer(job)
	for cursor := job.Cursor; ; {
		after := bson.E{Key: "_id", Value: bson.D{{Key: "$gt", Value: cursor}}}
		batch, err := findAll[campaign.Assignment](ctx, s.coll(colAssignments), append(filter[:len(filter):len(filter)], after),
			options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(jobs.Batch).SetProjection(bson.D{{Key: "search", Value: 0}}))
		if err != nil || len(batch) == 0 {
			return err
		}
		cursor = batch[len(batch)-1].ID
		err = jobs.Commit(sizer, batch, func(part []campaign.Assignment) error {
			return work(ctx, part, part[len(part)-1].ID)
		})
		if err != nil {
			return err
		}
	}
}

// remind writes the reminders of a batch. Who has answered, been reminded or lost
// its address since the batch was read is left out: the filter is asked again in the
// transaction, and whoever changes one of them meanwhile ends it.
func (s Campaigns) remind(ctx context.Context, job jobs.Job, filter bson.D, batch []campaign.Assignment, cursor string) error {
	v, now := access.System(job.Org, job.Actor), s.now()
	return s.inTx(ctx, func(ctx context.Context) error {
		still, err := s.stillMatching(ctx, filter, batch)
		if err != nil {
			return err
		}
		ids := make([]string, 0, len(still))
		messages := make([]notify.Message, 0, len(still))
		entries := make([]audit.Entry, 0, len(still))
		for _, a := range still {
			ids = append(ids, a.ID)
			messages = append(messages, campaign.Message(a, "remind:"+job.ID+":"+a.ID, notify.Reminder, now))
			entries = append(entries, audit.New(v, s.newID(), now, campaign.ActionReminded, audit.Ref{Kind: "assignment", ID: a.ID, Name: a.Name}).In(a.Campaign))
		}
		if len(ids) > 0 {
			_, err := s.coll(colAssignments).UpdateMany(ctx, visible(v, in("_id", ids)),
				bson.D{{Key: "$inc", Value: bson.D{{Key: "reminders", Value: 1}}}, {Key: "$set", Value: bson.D{{Key: "reminded_at", Value: now}}}})
			if err != nil {
				return err
			}
		}
		if err := s.record(ctx, entries, messages); err != nil {
			return err
		}
		return Jobs(s).Advance(ctx, job, cursor, len(batch), len(batch)-len(still))
	})
}

// stillMatching gives those of a batch that match its filter now, as they are now.
func (s Campaigns) stillMatching(ctx context.Context, filter bson.D, batch []campaign.Assignment) ([]campaign.Assignment, error) {
	ids := make([]string, len(batch))
	for i, a := range batch {
		ids[i] = a.ID
	}
	return findAll[campaign.Assignment](ctx, s.coll(colAssignments), append(filter[:len(filter):len(filter)], in("_id", ids)),
		options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetProjection(bson.D{{Key: "search", Value: 0}}))
}
