package demo

import (
	"sync"
	"time"
)

// clock lets what happened in the last days be done today, through the same rules.
// It goes on by a millisecond with each look, as no two things happen at once.
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

// set moves the clock on, never back.
func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.After(c.at) {
		c.at = t
	}
}
