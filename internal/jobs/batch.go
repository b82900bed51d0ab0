package jobs

import "errors"

// ErrTooLarge is what a store answers when one transaction could not hold a batch:
// the same records may pass in smaller parts.
var ErrTooLarge = errors.New("the batch does not fit one transaction")

// Batch is how many records one transaction of a job changes at most. At the
// smallest cache of the managed database, 0.25 GB, a transaction that asks 2,000
// suppliers is refused; this many pass also when each record is as heavy as can be.
const Batch = 500

// Sizer keeps how many records at once a run of a job may write.
type Sizer struct{ most int }

// NewSizer begins with a whole batch, and with less where earlier tries came to
// nothing: what ended them may have been the size, though nobody said so.
func NewSizer(job Job) *Sizer {
	return &Sizer{most: max(1, Batch>>max(0, job.Attempts-1))}
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
		if errors.Is(err, ErrTooLarge) && n > 1 {
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
