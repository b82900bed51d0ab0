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
)

// waitingBefore finds who has not answered and is due before a moment; with the
// zero time, all who have not answered.
func waitingBefore(v access.Viewer, id string, due time.Time) bson.D {
	filter := visibleIn(v, fieldCampaign, eq(fieldCampaign, id), oneOf(fieldResponse, waiting()))
	if !due.IsZero() {
		filter = append(filter, lt(fieldDueAt, due))
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
	n, err := s.Waiting(ctx, v, c.ID, campaign.MoveOf(c).DueAt)
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(ctx context.Context) error {
		var before campaign.Campaign
		err := s.coll(colCampaigns).FindOneAndUpdate(ctx, visibleIn(v, fieldID, eq(fieldID, c.ID),
			oneOf(fieldState, reschedulable(c)), eq(fieldRevision, c.Revision-1)),
			update(set(to(fieldState, c.State), to(fieldDueAt, c.DueAt),
				to(fieldClosesAt, c.ClosesAt), to(fieldRevision, c.Revision))),
			options.FindOneAndUpdate().SetProjection(only(fieldState))).Decode(&before)
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
		if err := Jobs(s).Add(ctx, s.order(v, s.orders.Reschedule(c), c.ID, n)); err != nil {
			return err
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}

// endOvertaken ends for good the campaign's jobs that its new dates, or its end,
// overtake: a move that was given up, because the new one goes further; at the end
// every move and reminder, also one that waits or runs. Resumed or worked on, they
// would open a closed campaign again.
func (s Campaigns) endOvertaken(ctx context.Context, v access.Viewer, c campaign.Campaign) error {
	move, remind := s.orders.Reschedule(c).Kind(), s.orders.Remind(campaign.Reminder{}).Kind()
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
	res, err := s.coll(colJobs).UpdateMany(ctx, visible(v, eq(fieldSubject, id), oneOf(fieldKind, kinds), oneOf(fieldState, states)), update(
		set(to(fieldState, jobs.Ended), to(fieldFinishedAt, s.now())),
		unset(fieldLeaseUntil),
		inc(to(fieldFence, 1))))
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
	ended, err := s.endJobs(ctx, v, id, []jobs.Kind{s.orders.Issue().Kind()}, jobs.Failed)
	if err != nil {
		return err
	}
	if ended == 0 {
		return fault.New(fault.Conflict, "fault.campaign.issuing")
	}
	asked, err := s.coll(colAssignments).CountDocuments(ctx, visible(v, eq(fieldCampaign, id)))
	if err != nil {
		return err
	}
	_, err = s.coll(colCampaigns).UpdateOne(ctx, visible(v, eq(fieldID, id)), update(set(to(fieldAsked, asked))))
	return err
}

// movable finds whose dates a move changes: who waits, would be due earlier, and was
// not given other dates of its own since the click.
func movable(v access.Viewer, id string, m campaign.Move, since time.Time) bson.D {
	return append(waitingBefore(v, id, m.DueAt), notYet(fieldMovedAt, since))
}

// Movable implements work.RescheduleStore.
func (s Batches) Movable(ctx context.Context, v access.Viewer, id string, m campaign.Move, since time.Time, after string, n int) ([]campaign.Assignment, error) {
	return s.assignmentsAfter(ctx, movable(v, id, m, since), after, n)
}

// Move implements work.RescheduleStore.
func (s Batches) Move(ctx context.Context, job jobs.Job, m campaign.Move, batch []campaign.Assignment, decide func(campaign.Assignment) campaign.Told) error {
	v := access.System(job.Org, job.Actor)
	assignment, draft := moves(m, s.now())
	return s.changeStill(ctx, job, movable(v, job.Subject, m, job.CreatedAt), batch, decide, func(ctx context.Context, ids []string) error {
		if _, err := s.coll(colAssignments).UpdateMany(ctx, visible(v, oneOf(fieldID, ids)), assignment); err != nil {
			return err
		}
		_, err := s.coll(colDrafts).UpdateMany(ctx, visible(v, oneOf(fieldID, ids)), draft)
		return err
	})
}

// moves are the changes of assignments and drafts. Whoever was given longer keeps
// it; when the campaign is closed, nobody does.
func moves(m campaign.Move, now time.Time) (assignment, draft bson.D) {
	updated := to(fieldUpdatedAt, now)
	ends := bson.D{to(fieldClosesAt, m.ClosesAt)}
	if m.Ends() {
		return update(set(append(ends[:1:1], to(fieldEnded, true), updated)...)), update(set(ends...))
	}
	later := append(ends[:1:1], to(fieldDueAt, m.DueAt))
	return update(raise(later...), set(updated)), update(raise(ends...))
}

// ResumeJob implements campaign.Store: the newest that was given up goes on. Its
// cursor stays, so that nothing is done twice.
func (s Campaigns) ResumeJob(ctx context.Context, v access.Viewer, c campaign.Campaign, e audit.Entry) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		err := s.coll(colJobs).FindOneAndUpdate(ctx, visible(v, eq(fieldSubject, c.ID), eq(fieldState, jobs.Failed)),
			update(set(to(fieldState, jobs.Waiting), to(fieldNextAt, s.now()), to(fieldAttempts, 0), to(fieldLost, 0)),
				unset(fieldError)), options.FindOneAndUpdate().SetSort(sorted("-"+fieldID))).Err()
		if errors.Is(err, mongo.ErrNoDocuments) {
			return fault.New(fault.Conflict, "fault.conflict")
		}
		if err != nil {
			return alone(err)
		}
		queuedIn(ctx).jobs = true
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}
