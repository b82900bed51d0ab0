// Package queue keeps what waits to be worked off: the jobs, the mails that are owed and
// what became of them, and the leases of those who work.
package queue

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/watch"
)

// Jobs is the job queue.
type Jobs struct{ *store.DB }

// Claim implements jobs.Store. A running job whose lease has passed is due again.
func (s Jobs) Claim(ctx context.Context, now, until time.Time, kinds ...jobs.Kind) (jobs.Job, bool, error) {
	due := bson.D{
		query.OneOf(field.State, bson.A{jobs.Waiting, jobs.Running}),
		query.Lte(field.NextAt, now),
	}
	if len(kinds) > 0 {
		due = append(due, query.OneOf(field.Kind, kinds))
	}
	// next_at is moved to the end of the lease, so one index finds both the
	// waiting and the abandoned.
	lost := query.OneIf(query.Op("$eq", bson.A{query.Ref(field.State), jobs.Running}))
	claim := mongo.Pipeline{query.Update(query.Set(
		query.To(field.Lost, query.Plus(field.Lost, lost)), query.To(field.Fence, query.Plus(field.Fence, 1)), query.To(field.Attempts, query.Plus(field.Attempts, 1)),
		query.To(field.State, jobs.Running), query.To(field.LeaseUntil, until), query.To(field.NextAt, until), query.To(field.Holder, s.Holder),
	))}
	var job jobs.Job // as it was
	err := s.Coll(store.Jobs).FindOneAndUpdate(ctx, due, claim, options.FindOneAndUpdate().SetSort(query.Sorted(field.NextAt))).Decode(&job)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return jobs.Job{}, false, nil
	}
	if err != nil {
		return job, false, meaning.Of(err)
	}
	if job.State == jobs.Running {
		job.Lost++
		s.TookUp(watch.OfJobs, 1)
	}
	job.Fence, job.Attempts, job.State, job.LeaseUntil, job.NextAt = job.Fence+1, job.Attempts+1, jobs.Running, until, until
	return job, true, nil
}

// Extend implements jobs.Store.
func (s Jobs) Extend(ctx context.Context, job jobs.Job, until time.Time) error {
	return s.changeHeld(ctx, job, query.Update(query.Set(query.To(field.LeaseUntil, until), query.To(field.NextAt, until))))
}

// Finish implements jobs.Store.
func (s Jobs) Finish(ctx context.Context, job jobs.Job, now time.Time) error {
	return s.changeHeld(ctx, job, query.Update(
		query.Set(query.To(field.State, jobs.Done), query.To(field.FinishedAt, now)),
		query.Unset(field.LeaseUntil),
	))
}

// Release implements jobs.Store.
func (s Jobs) Release(ctx context.Context, job jobs.Job, next time.Time, failed bool, reason string) error {
	state := jobs.Waiting
	if failed {
		state = jobs.Failed
	}
	return s.changeHeld(ctx, job, query.Update(
		query.Set(query.To(field.State, state), query.To(field.NextAt, next), query.To(field.Error, reason)),
		query.Unset(field.LeaseUntil),
	))
}

// Advance notes progress. Handlers' stores call it inside the transaction of each
// batch: when the fence no longer holds, the whole batch is undone.
func (s Jobs) Advance(ctx context.Context, job jobs.Job, cursor string, done, skipped int) error {
	return s.changeHeld(ctx, job, query.Update(
		query.Set(query.To(field.Cursor, cursor), query.To(field.Attempts, 0), query.To(field.Lost, 0)),
		query.Inc(query.To(field.Done, done), query.To(field.Skipped, skipped)),
	))
}

// Progress notes how far a job is that begins anew when it was interrupted: nothing
// of it is kept, so its attempts keep counting.
func (s Jobs) Progress(ctx context.Context, job jobs.Job, done, total int) error {
	return s.changeHeld(ctx, job, query.Update(query.Set(query.To(field.Done, done), query.To(field.Total, total))))
}

// JobIndexes: one job of a kind works on a subject at a time, whoever asks for it,
// how often and where.
func JobIndexes() []mongo.IndexModel {
	alone := query.Unique(query.Index(field.Org, field.Kind, field.Subject))
	alone.Options.SetName("jobs_alone").SetPartialFilterExpression(bson.D{query.OneOf(field.State, []jobs.State{jobs.Waiting, jobs.Running})})
	return []mongo.IndexModel{query.Index(field.State, field.NextAt), query.Index(field.Org, field.Subject, "-"+field.ID), alone}
}

// Alone turns a duplicate key into the Conflict that a job of the kind works on the
// subject already.
func Alone(err error) error {
	if mongo.IsDuplicateKeyError(err) {
		return fault.New(fault.Conflict, "fault.job.running").Because(err)
	}
	return meaning.Of(err)
}

// Add queues a job. It runs inside the transaction of the change that asked for it.
// Conflict while one of its kind waits or works on the same subject.
func (s Jobs) Add(ctx context.Context, job jobs.Job) error {
	_, err := s.Coll(store.Jobs).InsertOne(ctx, job)
	store.JobQueued(ctx)
	return Alone(err)
}

// Unfinished is the newest job on a subject that waits, runs or was given up, NotFound
// when there is none or it is not the viewer's.
func (s Jobs) Unfinished(ctx context.Context, v access.Viewer, subject string) (jobs.Job, error) {
	var job jobs.Job
	err := s.Coll(store.Jobs).FindOne(ctx, query.Visible(v, query.Eq(field.Subject, subject), query.OneOf(field.State, []jobs.State{jobs.Waiting, jobs.Running, jobs.Failed})),
		options.FindOne().SetSort(query.Sorted("-"+field.ID))).Decode(&job)
	return job, meaning.Of(err)
}

// Get is one job, NotFound when it is not the viewer's.
func (s Jobs) Get(ctx context.Context, v access.Viewer, id string) (jobs.Job, error) {
	var job jobs.Job
	err := s.Coll(store.Jobs).FindOne(ctx, query.Visible(v, query.Eq(field.ID, id))).Decode(&job)
	return job, meaning.Of(err)
}

// changeHeld changes a running job while its fence still holds; Conflict when somebody
// else has taken it over.
func (s Jobs) changeHeld(ctx context.Context, job jobs.Job, update bson.D) error {
	res, err := s.Coll(store.Jobs).UpdateOne(ctx, bson.D{query.Eq(field.ID, job.ID), query.Eq(field.Fence, job.Fence),
		query.Eq(field.State, jobs.Running)}, update)
	if err != nil {
		return meaning.Of(err)
	}
	if res.MatchedCount == 0 {
		return fault.New(fault.Conflict, "fault.job.lost")
	}
	return nil
}

// GivenUp are the viewer's jobs that were given up, the newest first.
func (s Jobs) GivenUp(ctx context.Context, v access.Viewer) ([]jobs.Job, error) {
	return query.FindAll[jobs.Job](ctx, s.Coll(store.Jobs), query.Visible(v, query.Eq(field.State, jobs.Failed)),
		options.Find().SetSort(query.Sorted("-"+field.ID)).SetLimit(maxGivenUp))
}

// maxGivenUp bounds the jobs that are read at once.
const maxGivenUp = 1000

// Since tells whether a job of the same kind was asked for after this one: on the same
// subject, or on any.
func (s Jobs) Since(ctx context.Context, v access.Viewer, job jobs.Job, whatever bool) (bool, error) {
	filter := query.Visible(v, query.Eq(field.Kind, job.Kind), query.Gt(field.ID, job.ID))
	if !whatever {
		filter = append(filter, query.Eq(field.Subject, job.Subject))
	}
	n, err := s.Coll(store.Jobs).CountDocuments(ctx, filter, options.Count().SetLimit(1))
	return n > 0, meaning.Of(err)
}

// Resume lets a job that was given up go on where it stood. Conflict when it is not given
// up any more, or another of its kind works on the same subject.
func (s Jobs) Resume(ctx context.Context, v access.Viewer, job jobs.Job, e audit.Entry) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		res, err := s.Coll(store.Jobs).UpdateOne(ctx, query.Visible(v, query.Eq(field.ID, job.ID), query.Eq(field.State, jobs.Failed)), GoOn(s.Now()))
		if err == nil && res.MatchedCount == 0 {
			err = fault.New(fault.Conflict, "fault.conflict")
		}
		if err != nil {
			return Alone(err)
		}
		store.JobQueued(ctx)
		return s.Record(ctx, []audit.Entry{e}, nil)
	})
}

// GoOn is the change by which a job that was given up waits to be worked on again, from
// where it stood.
func GoOn(now time.Time) bson.D {
	return query.Update(query.Set(query.To(field.State, jobs.Waiting), query.To(field.NextAt, now), query.To(field.Attempts, 0), query.To(field.Lost, 0)),
		query.Unset(field.Error))
}
