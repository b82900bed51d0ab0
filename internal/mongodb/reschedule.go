package mongodb

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/queue"
	"tsunagi/internal/mongodb/store"
)

// waitingBefore finds who has not answered and is due before a moment; with the
// zero time, all who have not answered.
func waitingBefore(v access.Viewer, id string, due time.Time) bson.D {
	filter := query.VisibleIn(v, field.Campaign, query.Eq(field.Campaign, id), query.OneOf(field.Response, waiting()))
	if !due.IsZero() {
		filter = append(filter, query.Lt(field.DueAt, due))
	}
	return filter
}

// Waiting implements campaign.Reader.
func (s Campaigns) Waiting(ctx context.Context, v access.Viewer, id string, dueBefore time.Time) (int, error) {
	n, err := s.Coll(store.Assignments).CountDocuments(ctx, waitingBefore(v, id, dueBefore))
	return int(n), meaning.Of(err)
}

// StartReschedule implements campaign.Store.
func (s Campaigns) StartReschedule(ctx context.Context, v access.Viewer, c campaign.Campaign, e audit.Entry) error {
	n, err := s.Waiting(ctx, v, c.ID, campaign.MoveOf(c).DueAt)
	if err != nil {
		return err
	}
	return s.InTx(ctx, func(ctx context.Context) error {
		var before campaign.Campaign
		err := s.Coll(store.Campaigns).FindOneAndUpdate(ctx, query.VisibleIn(v, field.ID, query.Eq(field.ID, c.ID),
			query.OneOf(field.State, reschedulable(c)), query.Eq(field.Revision, c.Revision-1)),
			query.Update(query.Set(query.To(field.State, c.State), query.To(field.DueAt, c.DueAt),
				query.To(field.ClosesAt, c.ClosesAt), query.To(field.Revision, c.Revision))),
			options.FindOneAndUpdate().SetProjection(query.Only(field.State))).Decode(&before)
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
		if err := s.endOvertaken(ctx, v, c); err != nil {
			return err
		}
		if err := s.Jobs().Add(ctx, s.Order(v, s.Orders.Reschedule(c), c.ID, n)); err != nil {
			return err
		}
		return s.Record(ctx, []audit.Entry{e}, nil)
	})
}

// endOvertaken ends for good the campaign's jobs that its new dates, or its end,
// overtake: a move that was given up, because the new one goes further; at the end
// every move and reminder, also one that waits or runs. Resumed or worked on, they
// would open a closed campaign again.
func (s Campaigns) endOvertaken(ctx context.Context, v access.Viewer, c campaign.Campaign) error {
	move, remind := s.Orders.Reschedule(c).Kind(), s.Orders.Remind(campaign.Reminder{}).Kind()
	if c.State != campaign.Closed {
		_, err := s.endJobs(ctx, v, c.ID, []jobs.Kind{move}, jobs.Failed)
		return err
	}
	_, err := s.endJobs(ctx, v, c.ID, []jobs.Kind{move, remind}, jobs.Waiting, jobs.Running, jobs.Failed)
	return err
}

// endJobs ends a campaign's jobs of the kinds that are in one of the states, and tells
// how many. Their fence is raised, so that nobody who still works on one can write.
func (s Campaigns) endJobs(ctx context.Context, v access.Viewer, id string, kinds []jobs.Kind, states ...jobs.State) (int64, error) {
	res, err := s.Coll(store.Jobs).UpdateMany(ctx, query.Visible(v, query.Eq(field.Subject, id), query.OneOf(field.Kind, kinds), query.OneOf(field.State, states)), query.Update(
		query.Set(query.To(field.State, jobs.Ended), query.To(field.FinishedAt, s.Now())),
		query.Unset(field.LeaseUntil),
		query.Inc(query.To(field.Fence, 1))))
	if err != nil {
		return 0, err
	}
	return res.MatchedCount, nil
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
	ended, err := s.endJobs(ctx, v, id, []jobs.Kind{s.Orders.Issue().Kind()}, jobs.Failed)
	if err != nil {
		return err
	}
	if ended == 0 {
		return fault.New(fault.Conflict, "fault.campaign.issuing")
	}
	asked, err := s.Coll(store.Assignments).CountDocuments(ctx, query.Visible(v, query.Eq(field.Campaign, id)))
	if err != nil {
		return err
	}
	_, err = s.Coll(store.Campaigns).UpdateOne(ctx, query.Visible(v, query.Eq(field.ID, id)), query.Update(query.Set(query.To(field.Asked, asked))))
	return err
}

// movable finds whose dates a move changes: who waits, would be due earlier, and was
// not given other dates of its own since the click.
func movable(v access.Viewer, id string, m campaign.Move, since time.Time) bson.D {
	return append(waitingBefore(v, id, m.DueAt), query.NotYet(field.MovedAt, since))
}

// Movable implements work.RescheduleStore.
func (s Batches) Movable(ctx context.Context, v access.Viewer, id string, m campaign.Move, since time.Time, after string, n int) ([]campaign.Assignment, error) {
	return s.assignmentsAfter(ctx, movable(v, id, m, since), after, n)
}

// Move implements work.RescheduleStore.
func (s Batches) Move(ctx context.Context, job jobs.Job, m campaign.Move, batch []campaign.Assignment, decide func(campaign.Assignment) campaign.Told) error {
	v := access.System(job.Org, job.Actor)
	assignment, draft := moves(m, s.Now())
	return s.changeStill(ctx, job, movable(v, job.Subject, m, job.CreatedAt), batch, decide, func(ctx context.Context, ids []string) error {
		if _, err := s.Coll(store.Assignments).UpdateMany(ctx, query.Visible(v, query.OneOf(field.ID, ids)), assignment); err != nil {
			return err
		}
		_, err := s.Coll(store.Drafts).UpdateMany(ctx, query.Visible(v, query.OneOf(field.ID, ids)), draft)
		return err
	})
}

// moves are the changes of assignments and drafts. Whoever was given longer keeps
// it; when the campaign is closed, nobody does.
func moves(m campaign.Move, now time.Time) (assignment, draft bson.D) {
	updated := query.To(field.UpdatedAt, now)
	ends := bson.D{query.To(field.ClosesAt, m.ClosesAt)}
	if m.Ends() {
		return query.Update(query.Set(append(ends[:1:1], query.To(field.Ended, true), updated)...)), query.Update(query.Set(ends...))
	}
	later := append(ends[:1:1], query.To(field.DueAt, m.DueAt))
	return query.Update(query.Raise(later...), query.Set(updated)), query.Update(query.Raise(ends...))
}

// ResumeJob implements campaign.Store: the newest that was given up goes on. Its
// cursor stays, so that nothing is done twice.
func (s Campaigns) ResumeJob(ctx context.Context, v access.Viewer, c campaign.Campaign, e audit.Entry) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		err := s.Coll(store.Jobs).FindOneAndUpdate(ctx, query.Visible(v, query.Eq(field.Subject, c.ID), query.Eq(field.State, jobs.Failed)),
			queue.GoOn(s.Now()), options.FindOneAndUpdate().SetSort(query.Sorted("-"+field.ID))).Err()
		if errors.Is(err, mongo.ErrNoDocuments) {
			return fault.New(fault.Conflict, "fault.conflict")
		}
		if err != nil {
			return queue.Alone(err)
		}
		store.JobQueued(ctx)
		return s.Record(ctx, []audit.Entry{e}, nil)
	})
}
