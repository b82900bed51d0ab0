package jobs_test

import (
	"context"
	"slices"
	"sync"
	"time"

	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
)

// memory is a queue without a server. The queue in the database has tests of its own.
type memory struct {
	mu   sync.Mutex
	jobs map[string]jobs.Job
}

func (m *memory) Claim(ctx context.Context, now, until time.Time, kinds ...jobs.Kind) (jobs.Job, bool, error) {
	if err := ctx.Err(); err != nil {
		return jobs.Job{}, false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var due []jobs.Job
	for _, job := range m.jobs {
		if (job.State == jobs.Waiting || job.State == jobs.Running) && !job.NextAt.After(now) && slices.Contains(kinds, job.Kind) {
			due = append(due, job)
		}
	}
	if len(due) == 0 {
		return jobs.Job{}, false, nil
	}
	job := slices.MinFunc(due, func(a, b jobs.Job) int { return a.NextAt.Compare(b.NextAt) })
	if job.State == jobs.Running {
		job.Lost++
	}
	job.State, job.LeaseUntil, job.NextAt = jobs.Running, until, until
	job.Fence++
	job.Attempts++
	m.jobs[job.ID] = job
	return job, true, nil
}

// fenced changes a job while its lease holds.
func (m *memory) fenced(ctx context.Context, job jobs.Job, change func(*jobs.Job)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	held := m.jobs[job.ID]
	if held.Fence != job.Fence || held.State != jobs.Running {
		return fault.New(fault.Conflict, "fault.job.lost")
	}
	change(&held)
	m.jobs[job.ID] = held
	return nil
}

func (m *memory) Extend(ctx context.Context, job jobs.Job, until time.Time) error {
	return m.fenced(ctx, job, func(j *jobs.Job) { j.LeaseUntil, j.NextAt = until, until })
}

func (m *memory) Finish(ctx context.Context, job jobs.Job, now time.Time) error {
	return m.fenced(ctx, job, func(j *jobs.Job) { j.State, j.FinishedAt = jobs.Done, now })
}

func (m *memory) Release(ctx context.Context, job jobs.Job, next time.Time, failed bool, reason string) error {
	return m.fenced(ctx, job, func(j *jobs.Job) {
		j.State, j.NextAt, j.Error = jobs.Waiting, next, reason
		if failed {
			j.State = jobs.Failed
		}
	})
}

// Advance notes progress, as a handler's store does.
func (m *memory) Advance(ctx context.Context, job jobs.Job, cursor string, done int) error {
	return m.fenced(ctx, job, func(j *jobs.Job) { j.Cursor, j.Attempts, j.Done = cursor, 0, j.Done+done })
}
