package campaign

import (
	"testing"
	"time"
)

// TestKeptTooLong: the buyer is reminded from the moment on that every supplier has read,
// and only where there is something to erase.
func TestKeptTooLong(t *testing.T) {
	day := time.Date(2032, 3, 31, 14, 59, 59, 0, time.UTC)
	for name, tt := range map[string]struct {
		keep, last time.Time
		given      int
		now        time.Time
		want       bool
	}{
		"before the day":             {day, day.AddDate(-5, 0, 0), 3, day.Add(-time.Second), false},
		"until the day is over":      {day, day.AddDate(-5, 0, 0), 3, day, false},
		"after it":                   {day, day.AddDate(-5, 0, 0), 3, day.Add(time.Second), true},
		"nobody gave anything":       {day, day.AddDate(-5, 0, 0), 0, day.Add(time.Second), false},
		"no day was said":            {time.Time{}, day.AddDate(-5, 0, 0), 3, day.Add(time.Second), false},
		"one supplier got more time": {day, day.AddDate(0, 0, 7), 3, day.AddDate(0, 0, 1), false},
		"after that supplier's, too": {day, day.AddDate(0, 0, 7), 3, day.AddDate(0, 0, 8), true},
	} {
		k := Kept{Campaign{KeepUntil: tt.keep}, tt.given, tt.last}
		if got := k.TooLong(tt.now); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}
