package mongodb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/notify"
)

// The parameters of jobs.Reschedule: the new due date, absent when the campaign
// is closed, and the moment until which answers are taken.
const (
	paramDue    = "due"
	paramCloses = "closes"
)

// waitingBefore finds who has not answered and is due before a moment; with the
// zero time, all who have not answered.
func waitingBefore(v access.Viewer, id string, due time.Time) bson.D {
	filter := visibleIn(v, "campaign_id", bson.E{Key: "campaign_id", Value: id}, bson.E{Key: "response", Value: bson.D{{Key: "$in", Value: waiting()}}})
	if !due.IsZero() {
		filter = append(filter, bson.E{Key: "due_at", Value: bson.D{{Key: "$lt", Value: due}}})
	}
	return filter
}

// Waiting implements campaign.Reader.
func (s Campaigns) Waiting(ctx context.Context, v access.Viewer, id string, dueBefore time.Time) (int, error) {
	n, err := s.coll(colAssignments).CountDocuments(ctx, waitingBefore(v, id, dueBefore))
	return int(n), known(err)
}

// StartReschedule implements campaign.Store.
func (s Campaigns) StartReschedule(ctx context.Context, v access.Viewer, c campaign.Campaign, e audit.Entry) error {
	params := map[string]string{paramCloses: c.ClosesAt.Format(time.RFC3339Nano)}
	var due time.Time
	if c.State == campaign.Open {
		due, params[paramDue] = c.DueAt, c.DueAt.Format(time.RFC3339Nano)
	}
	n, err := s.Waiting(ctx, v, c.ID, due)
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(ctx context.Context) error {
		var before campaign.Campaign
		err := s.coll(colCampaigns).FindOneAndUpdate(ctx, visibleIn(v, "_id", bson.E{Key: "_id", Value: c.ID},
			bson.E{Key: "state", Value: bson.D{{Key: "$in", Value: reschedulable(c)}}}, bson.E{Key: "revision", Value: c.Revision - 1}),
			bson.D{{Key: "$set", Value: bson.D{{Key: "state", Value: c.State}, {Key: "due_at", Value: c.DueAt},
				{Key: "closes_at", Value: c.ClosesAt}, {Key: "revision", Value: c.Revision}}}},
			options.FindOneAndUpdate().SetProjection(bson.D{{Key: "state", Value: 1}})).Decode(&before)
		if errors.Is(err, mongo.ErrNoDocuments) {
			return fault.New(fault.Conflict, "fault.conflict")
		}
		if err != nil {
			return err
		}
		if before.State == campaign.Issuing {
			if err := s.endIssuing(ctx, v, c.ID); err != nil {
				return err
			}
		}
		if err := Jobs(s).Add(ctx, s.job(v, jobs.Reschedule, c.ID, n, params)); err != nil {
			return err
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}

// reschedulable are the states from which a campaign gets its new dates or its end.
func reschedulable(c campaign.Campaign) []campaign.State {
	if c.State == campaign.Closed {
		return []campaign.State{campaign.Open, campaign.Issuing}
	}
	return []campaign.State{campaign.Open}
}

// endIssuing ends for good the issuing that was given up: who was not asked so far
// never is. Conflict when it was not given up.
func (s Campaigns) endIssuing(ctx context.Context, v access.Viewer, id string) error {
	res, err := s.coll(colJobs).UpdateMany(ctx, visible(v, bson.E{Key: "subject", Value: id}, bson.E{Key: "kind", Value: jobs.Issue},
		bson.E{Key: "state", Value: jobs.Failed}), bson.D{{Key: "$set", Value: bson.D{{Key: "state", Value: jobs.Ended}, {Key: "finished_at", Value: s.now()}}}})
	if err != nil {
		return err
	}
	if res.MatchedCount == 0 {
		return fault.New(fault.Conflict, "fault.campaign.issuing")
	}
	asked, err := s.coll(colAssignments).CountDocuments(ctx, visible(v, bson.E{Key: "campaign_id", Value: id}))
	if err != nil {
		return err
	}
	_, err = s.coll(colCampaigns).UpdateOne(ctx, visible(v, bson.E{Key: "_id", Value: id}), set("asked", asked))
	return err
}

// RunReschedule is the handler of jobs.Reschedule. Who was given other dates after
// the click keeps them.
func (s Campaigns) RunReschedule(ctx context.Context, job jobs.Job) error {
	var due time.Time // none: the campaign is closed
	if text := job.Params[paramDue]; text != "" {
		var err error
		if due, err = time.Parse(time.RFC3339Nano, text); err != nil {
			return fmt.Errorf("the new due date: %w", err)
		}
	}
	closes, err := time.Parse(time.RFC3339Nano, job.Params[paramCloses])
	if err != nil {
		return fmt.Errorf("until when answers are taken: %w", err)
	}
	filter := append(waitingBefore(access.System(job.Org, job.Actor), job.Subject, due),
		bson.E{Key: "moved_at", Value: bson.D{{Key: "$not", Value: bson.D{{Key: "$gte", Value: job.CreatedAt}}}}})
	return s.eachBatch(ctx, job, filter, func(ctx context.Context, batch []campaign.Assignment, cursor string) error {
		return s.reschedule(ctx, job, filter, batch, cursor, due, closes)
	})
}

// reschedule moves those of a batch that still wait when it is written.
func (s Campaigns) reschedule(ctx context.Context, job jobs.Job, filter bson.D, batch []campaign.Assignment, cursor string, due, closes time.Time) error {
	v, now := access.System(job.Org, job.Actor), s.now()
	assignment, draft := moves(due, closes, now)
	return s.inTx(ctx, func(ctx context.Context) error {
		still, err := s.stillMatching(ctx, filter, batch)
		if err != nil {
			return err
		}
		ids := make([]string, len(still))
		for i, a := range still {
			ids[i] = a.ID
		}
		if len(ids) > 0 {
			if _, err := s.coll(colAssignments).UpdateMany(ctx, visible(v, in("_id", ids)), assignment); err != nil {
				return err
			}
			if _, err := s.coll(colDrafts).UpdateMany(ctx, visible(v, in("_id", ids)), draft); err != nil {
				return err
			}
		}
		entries, messages := s.movedBy(v, job, still, due, now)
		if err := s.record(ctx, entries, messages); err != nil {
			return err
		}
		return Jobs(s).Advance(ctx, job, cursor, len(batch), len(batch)-len(still))
	})
}

// moves are the changes of assignments and drafts. Whoever was given longer keeps
// it; when the campaign is closed, nobody does.
func moves(due, closes, now time.Time) (assignment, draft bson.D) {
	updated := bson.E{Key: "updated_at", Value: now}
	if due.IsZero() {
		ends := bson.E{Key: "closes_at", Value: closes}
		return bson.D{{Key: "$set", Value: bson.D{ends, updated}}}, bson.D{{Key: "$set", Value: bson.D{ends}}}
	}
	return bson.D{{Key: "$max", Value: bson.D{{Key: "due_at", Value: due}, {Key: "closes_at", Value: closes}}}, {Key: "$set", Value: bson.D{updated}}},
		bson.D{{Key: "$max", Value: bson.D{{Key: "closes_at", Value: closes}}}}
}

// movedBy is what is told of new dates. Of the end of a campaign its own entry tells.
func (s Campaigns) movedBy(v access.Viewer, job jobs.Job, moved []campaign.Assignment, due, now time.Time) (entries []audit.Entry, messages []notify.Message) {
	if due.IsZero() {
		return nil, nil
	}
	for _, a := range moved {
		e := audit.New(v, s.newID(), now, campaign.ActionExtended, audit.Ref{Kind: "assignment", ID: a.ID, Name: a.Name},
			audit.Detail{Key: "due", Value: due.Format(time.RFC3339)})
		entries = append(entries, e.In(a.Campaign))
		if campaign.Mailable(a) {
			messages = append(messages, campaign.Message(a, "extend:"+job.ID+":"+a.ID, notify.Extended, now))
		}
	}
	return entries, messages
}

// ResumeJob implements campaign.Store: the newest that was given up goes on. Its
// cursor stays, so that nothing is done twice.
func (s Campaigns) ResumeJob(ctx context.Context, v access.Viewer, c campaign.Campaign, e audit.Entry) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		err := s.coll(colJobs).FindOneAndUpdate(ctx, visible(v, bson.E{Key: "subject", Value: c.ID}, bson.E{Key: "state", Value: jobs.Failed}),
			bson.D{{Key: "$set", Value: bson.D{{Key: "state", Value: jobs.Waiting}, {Key: "next_at", Value: s.now()}, {Key: "attempts", Value: 0}}},
				{Key: "$unset", Value: bson.D{{Key: "error", Value: ""}}}}, options.FindOneAndUpdate().SetSort(bson.D{{Key: "_id", Value: -1}})).Err()
		if errors.Is(err, mongo.ErrNoDocuments) {
			return fault.New(fault.Conflict, "fault.conflict")
		}
		if err != nil {
			return alone(err)
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}
