package watch

import (
	"context"
	"sync"
	"time"
)

// The states of what waits.
const (
	Due    = "due"    // it may be taken now
	Later  = "later"  // it waits for its time, or somebody has it
	Failed = "failed" // it was given up
)

// MostCounted is how many of a queue are counted: no figure costs more than that, however
// many suppliers there are. A depth of so many means that or more.
const MostCounted = 20_000

// Depth is how much of a kind waits, and for how long the one that waits the longest.
type Depth struct {
	Kind  string // of jobs; "" of mails
	State string
	N     int64
	Age   time.Duration // of what is due: since when it could have been taken
}

// What can be lost by whoever falls silent, and what becomes of a mail that is taken.
const (
	OfJobs  = "jobs"
	OfMails = "mails"
	Sent    = "sent"
)

// LastBackup is what is known of backups.
type LastBackup struct {
	Known  bool          // there is a good one
	Age    time.Duration // of the last good one
	Size   int64
	Failed bool   // the last one that ended
	Why    string // it failed, in words for the administrator
}

// Figures are counted of the whole installation.
type Figures struct {
	Mails   []Depth
	Jobs    []Depth
	SealLag time.Duration // since when the oldest entry of the trail waits to be sealed
	Paused  time.Duration // since when no mail leaves; 0: it does
	Cause   string        // why no mail leaves
	Backup  LastBackup
}

// Gauges are how the installation is, in numbers.
type Gauges struct {
	Ready   bool
	Up      bool // the database takes writes
	Counted bool // the figures could be counted
	Figures Figures
	Free    map[string]int64 // bytes left, by disk
}

// Counter counts figures at most once in a while, whoever asks how often.
type Counter struct {
	Count func(ctx context.Context) (Figures, error)
	Every time.Duration
	Now   func() time.Time

	mu    sync.Mutex
	at    time.Time
	found Figures
	err   error
}

// Figures are those of now, or a little older.
func (c *Counter) Figures(ctx context.Context) (Figures, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.Now(); c.at.IsZero() || now.Sub(c.at).Abs() >= c.Every {
		c.found, c.err = c.Count(ctx)
		c.at = c.Now()
	}
	return c.found, c.err
}

// Add adds a depth to those of the same kind and state.
func Add(all []Depth, d Depth) []Depth {
	for i := range all {
		if all[i].Kind == d.Kind && all[i].State == d.State {
			all[i].N += d.N
			all[i].Age = max(all[i].Age, d.Age)
			return all
		}
	}
	return append(all, d)
}
