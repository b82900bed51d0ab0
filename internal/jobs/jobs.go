// Package jobs runs work that is too long for a request: it claims a job under a
// lease with a fencing number, lets its handler work in batches, and takes it up
// again where it was when a process died.
package jobs

import (
	"context"
	"errors"
	"time"
)

// Kind names a kind of job. The kinds are registered with the runner; this package
// knows none of them.
type Kind string

// Registration is a kind of job with what works it.
type Registration struct {
	Kind Kind
	Work Handler
	// Slow: it may take minutes. A runner works these kinds beside the others, so
	// that nobody's campaign waits behind somebody's archive.
	Slow bool
}

// State is where a job stands.
type State string

// The states.
const (
	Waiting State = "waiting"
	Running State = "running"
	Done    State = "done"
	Failed  State = "failed" // given up; Error says why
	Ended   State = "ended"  // given up, and nobody wants it to go on
)

// Job is one piece of long work. Cursor and Done are written in the transaction
// of each batch, so a killed job goes on and never doubles.
type Job struct {
	ID         string            `bson:"_id"`
	Org        string            `bson:"org_id"`
	Kind       Kind              `bson:"kind"`
	Subject    string            `bson:"subject"`          // what it works on: a campaign's or import's id
	Params     map[string]string `bson:"params,omitempty"` // its arguments, see Encode
	State      State             `bson:"state"`
	Fence      int64             `bson:"fence"` // raised with every claim
	LeaseUntil time.Time         `bson:"lease_until,omitempty"`
	NextAt     time.Time         `bson:"next_at"`
	Attempts   int               `bson:"attempts"` // claims since the last progress
	Lost       int               `bson:"lost"`     // those of them whose worker fell silent
	Cursor     string            `bson:"cursor,omitempty"`
	Total      int               `bson:"total"`
	Done       int               `bson:"done"`
	Skipped    int               `bson:"skipped"`
	Error      string            `bson:"error,omitempty"` // for the log and the administrator
	CreatedBy  string            `bson:"created_by"`
	Actor      string            `bson:"actor"` // the name of who asked for it
	CreatedAt  time.Time         `bson:"created_at"`
	FinishedAt time.Time         `bson:"finished_at,omitempty"`
}

// GaveUp tells whether it was given up before it was done.
func (j Job) GaveUp() bool { return j.State == Failed }

// Handler works a claimed job until it is done. It returns nil when the job is
// finished. The context ends when the lease is lost or the process stops.
type Handler func(ctx context.Context, job Job) error

// Handlers wrap these to say what kind of fault it was.
var (
	// ErrTooLarge: one transaction could not hold a batch. The same records may pass
	// in smaller parts, and a job is never given up for it.
	ErrTooLarge = errors.New("the batch does not fit one transaction")
	// ErrHopeless: trying again would change nothing. The job is given up at once.
	ErrHopeless = errors.New("trying again changes nothing")
)

// Store keeps jobs.
type Store interface {
	// Claim leases the oldest job of the kinds that is due, raising its fence; false
	// when there is none. One that still runs, but whose lease has passed, counts as
	// lost once more.
	Claim(ctx context.Context, now, until time.Time, kinds ...Kind) (Job, bool, error)
	// Extend prolongs the lease while the fence still holds.
	Extend(ctx context.Context, job Job, until time.Time) error
	// Finish marks the job done while the fence still holds.
	Finish(ctx context.Context, job Job, now time.Time) error
	// Release gives the job back to be tried at next, or marks it failed.
	Release(ctx context.Context, job Job, next time.Time, failed bool, reason string) error
}
