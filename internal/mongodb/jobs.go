package mongodb

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
)

// Jobs is the job queue.
type Jobs struct{ *DB }

// Claim implements jobs.Store. A running job whose lease has passed is due again.
func (s Jobs) Claim(ctx context.Context, now, until time.Time, kinds ...jobs.Kind) (jobs.Job, bool, error) {
	due := bson.D{
		oneOf(fieldState, bson.A{jobs.Waiting, jobs.Running}),
		lte(fieldNextAt, now),
	}
	if len(kinds) > 0 {
		due = append(due, oneOf(fieldKind, kinds))
	}
	// next_at is moved to the end of the lease, so one index finds both the
	// waiting and the abandoned.
	lost := oneIf(op("$eq", bson.A{ref(fieldState), jobs.Running}))
	claim := mongo.Pipeline{update(set(
		to(fieldLost, plus(fieldLost, lost)), to(fieldFence, plus(fieldFence, 1)), to(fieldAttempts, plus(fieldAttempts, 1)),
		to(fieldState, jobs.Running), to(fieldLeaseUntil, until), to(fieldNextAt, until), to(fieldHolder, s.holder),
	))}
	var job jobs.Job
	err := s.coll(colJobs).FindOneAndUpdate(ctx, due, claim,
		options.FindOneAndUpdate().SetSort(sorted(fieldNextAt)).SetReturnDocument(options.After)).Decode(&job)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return jobs.Job{}, false, nil
	}
	return job, err == nil, known(err)
}

// Extend implements jobs.Store.
func (s Jobs) Extend(ctx context.Context, job jobs.Job, until time.Time) error {
	return s.changeHeld(ctx, job, update(set(to(fieldLeaseUntil, until), to(fieldNextAt, until))))
}

// Finish implements jobs.Store.
func (s Jobs) Finish(ctx context.Context, job jobs.Job, now time.Time) error {
	return s.changeHeld(ctx, job, update(
		set(to(fieldState, jobs.Done), to(fieldFinishedAt, now)),
		unset(fieldLeaseUntil),
	))
}

// Release implements jobs.Store.
func (s Jobs) Release(ctx context.Context, job jobs.Job, next time.Time, failed bool, reason string) error {
	state := jobs.Waiting
	if failed {
		state = jobs.Failed
	}
	return s.changeHeld(ctx, job, update(
		set(to(fieldState, state), to(fieldNextAt, next), to(fieldError, reason)),
		unset(fieldLeaseUntil),
	))
}

// Advance notes progress. Handlers' stores call it inside the transaction of each
// batch: when the fence no longer holds, the whole batch is undone.
func (s Jobs) Advance(ctx context.Context, job jobs.Job, cursor string, done, skipped int) error {
	return s.changeHeld(ctx, job, update(
		set(to(fieldCursor, cursor), to(fieldAttempts, 0), to(fieldLost, 0)),
		inc(to(fieldDone, done), to(fieldSkipped, skipped)),
	))
}

// Progress notes how far a job is that begins anew when it was interrupted: nothing
// of it is kept, so its attempts keep counting.
func (s Jobs) Progress(ctx context.Context, job jobs.Job, done, total int) error {
	return s.changeHeld(ctx, job, update(set(to(fieldDone, done), to(fieldTotal, total))))
}

// jobIndexes: one job of a kind works on a subject at a time, whoever asks for it,
// how often and where.
func jobIndexes() []mongo.IndexModel {
	alone := unique(index(fieldOrg, fieldKind, fieldSubject))
	alone.Options.SetName("jobs_alone").SetPartialFilterExpression(bson.D{oneOf(fieldState, []jobs.State{jobs.Waiting, jobs.Running})})
	return []mongo.IndexModel{index(fieldState, fieldNextAt), index(fieldOrg, fieldSubject, "-"+fieldID), alone}
}

// alone turns a duplicate key into the Conflict that a job of the kind works on the
// subject already.
func alone(err error) error {
	if mongo.IsDuplicateKeyError(err) {
		return fault.New(fault.Conflict, "fault.job.running").Because(err)
	}
	return known(err)
}

// Add queues a job. It runs inside the transaction of the change that asked for it.
// Conflict while one of its kind waits or works on the same subject.
func (s Jobs) Add(ctx context.Context, job jobs.Job) error {
	_, err := s.coll(colJobs).InsertOne(ctx, job)
	queuedIn(ctx).jobs = true
	return alone(err)
}

// Unfinished is the newest job on a subject that waits, runs or was given up, NotFound
// when there is none or it is not the viewer's.
func (s Jobs) Unfinished(ctx context.Context, v access.Viewer, subject string) (jobs.Job, error) {
	var job jobs.Job
	err := s.coll(colJobs).FindOne(ctx, visible(v, eq(fieldSubject, subject), oneOf(fieldState, []jobs.State{jobs.Waiting, jobs.Running, jobs.Failed})),
		options.FindOne().SetSort(sorted("-"+fieldID))).Decode(&job)
	return job, known(err)
}

// Get is one job, NotFound when it is not the viewer's.
func (s Jobs) Get(ctx context.Context, v access.Viewer, id string) (jobs.Job, error) {
	var job jobs.Job
	err := s.coll(colJobs).FindOne(ctx, visible(v, eq(fieldID, id))).Decode(&job)
	return job, known(err)
}

// changeHeld changes a running job while its fence still holds; Conflict when somebody
// else has taken it over.
func (s Jobs) changeHeld(ctx context.Context, job jobs.Job, update bson.D) error {
	res, err := s.coll(colJobs).UpdateOne(ctx, bson.D{eq(fieldID, job.ID), eq(fieldFence, job.Fence),
		eq(fieldState, jobs.Running)}, update)
	if err != nil {
		return known(err)
	}
	if res.MatchedCount == 0 {
		return fault.New(fault.Conflict, "fault.job.lost")
	}
	return nil
}
