package demo

import (
	"sync"
	"time"
)

// clock tells the time of the demo's story, so that what happened in the last days can
// be done today through the same rules. It goes on by a millisecond whenever it is
// read, so that no two things happen at the same time.
type clock struct {
	mu sync.Mutex
	at time.Time
}

// age is how long ago the survey of the demo began.
const age = 12 * 24 * time.Hour

// newClock stands where the demo begins: at ten in the morning in Tokyo.
func newClock(now time.Time) *clock {
	begin := now.Add(-age).UTC().Truncate(24 * time.Hour).Add(time.Hour)
	return &clock{at: begin}
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(time.Millisecond)
	return c.at
}

// set moves the clock on, never back. Like every clock of records it tells whole
// milliseconds: a part of a day is seldom a whole number of anything.
func (c *clock) set(t time.Time) {
	t = t.Round(time.Millisecond)
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.After(c.at) {
		c.at = t
	}
}
