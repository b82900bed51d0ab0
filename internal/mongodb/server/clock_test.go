package server

import (
	"testing"
	"time"
)

func TestJudgeClock(t *testing.T) {
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	at := func(d time.Duration) time.Time { return now.Add(d) }
	for name, c := range map[string]struct {
		theirs, written time.Time
		by              time.Duration
		back            bool
	}{
		"all agree":                      {now, at(-time.Minute), 0, false},
		"nothing was ever written":       {now, time.Unix(0, 0), 0, false},
		"a little apart":                 {at(20 * time.Second), at(25 * time.Second), 0, false},
		"ours is behind":                 {at(time.Minute), at(time.Minute), time.Minute, false},
		"ours is ahead":                  {at(-time.Hour), at(-time.Hour), time.Hour, false},
		"both were put back by a day":    {now, at(24 * time.Hour), 24 * time.Hour, true},
		"both were put back by a minute": {at(time.Second), at(time.Minute), time.Minute, true},
	} {
		wrong := judgeClock(now, c.theirs, c.written)
		if (wrong != nil) != (c.by != 0) || wrong != nil && (wrong.By != c.by || wrong.Back != c.back) {
			t.Errorf("%s: %v, want %v %v", name, wrong, c.by, c.back)
		}
	}
}
