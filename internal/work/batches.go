package work

import (
	"context"
	"errors"

	"tsunagi/internal/jobs"
)

// Batch is how many records one transaction of a job changes at most. At the
// smallest cache of the managed database, 0.25 GB, a transaction that asks 2,000
// suppliers is refused; this many pass also when each record is as heavy as can be.
const Batch = 500

// Sizer keeps how many records at once a run of a job may write.
type Sizer struct{ most int }

// NewSizer begins with a whole batch, halved for each earlier try that came to
// nothing: the size may have ended it without an error that says so. It begins with an
// eighth at least, so that a job that was only interrupted often is not made slow.
func NewSizer(job jobs.Job) *Sizer {
	return &Sizer{most: Batch >> min(max(0, job.Attempts-1), 3)}
}

// Most is how many records are written at once by now.
func (s *Sizer) Most() int { return s.most }

// Commit writes records in their order, in as few parts as the store takes. A part
// that is refused for its size is halved, down to one record; what was too much once
// is not tried again in this run.
func Commit[T any](s *Sizer, records []T, write func([]T) error) error {
	for len(records) > 0 {
		n := min(s.most, len(records))
		err := write(records[:n:n])
		if errors.Is(err, jobs.ErrTooLarge) && n > 1 {
			s.most = n / 2
			continue
		}
		if err != nil {
			return err
		}
		records = records[n:]
	}
	return nil
}

// steps are what a job does with each batch of its records.
type steps[R any] struct {
	// next reads at most n records after the one named, prepared for commit; none
	// when there are no more.
	next func(ctx context.Context, after string, n int) ([]R, error)
	// name is how next and the job's cursor know a record.
	name func(R) string
	// commit writes a batch and the job's cursor, all of it or nothing.
	commit func(ctx context.Context, batch []R, cursor string) error
}

// run goes through all records from where the job stands. While a batch is written,
// the one after it is read and prepared.
func (s steps[R]) run(ctx context.Context, job jobs.Job) error {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	sizer := NewSizer(job)
	for b := range s.ahead(inner, job.Cursor) {
		if b.err != nil {
			return b.err
		}
		err := Commit(sizer, b.records, func(part []R) error {
			return s.commit(inner, part, s.name(part[len(part)-1]))
		})
		if err != nil {
			return err
		}
	}
	return ctx.Err() // the batches ended because of it
}

// prepared is a batch that was read, or why it could not be.
type prepared[R any] struct {
	records []R
	err     error
}

// ahead reads batch after batch. It ends after the last one, an error, or with the
// context.
func (s steps[R]) ahead(ctx context.Context, cursor string) <-chan prepared[R] {
	out := make(chan prepared[R], 1)
	go func() {
		defer close(out)
		for {
			records, err := s.next(ctx, cursor, Batch)
			if err == nil && len(records) == 0 {
				return
			}
			select {
			case out <- prepared[R]{records, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
			cursor = s.name(records[len(records)-1])
		}
	}()
	return out
}
