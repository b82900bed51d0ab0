package backup_test

import (
	"testing"
	"time"

	"tsunagi/internal/backup"
)

func TestTheStateOfBackups(t *testing.T) {
	at := time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)
	good := backup.Record{ID: "1", At: at, Point: at.Add(time.Minute), EndedAt: at.Add(2 * time.Minute)}
	failed := backup.Record{ID: "2", At: at.Add(time.Hour), EndedAt: at.Add(2 * time.Hour), Error: "the disk is full"}
	runs := backup.Record{ID: "3", At: at.Add(time.Hour)}
	now := at.Add(3*time.Hour + time.Minute)
	for name, c := range map[string]struct {
		state  backup.State
		age    time.Duration
		known  bool
		failed bool
	}{
		"none":                      {},
		"a good one":                {backup.State{Good: good, Last: good}, 3 * time.Hour, true, false},
		"the last one failed":       {backup.State{Good: good, Last: failed}, 3 * time.Hour, true, true},
		"only one that failed":      {backup.State{Last: failed}, 0, false, true},
		"one runs":                  {backup.State{Good: good, Last: runs}, 3 * time.Hour, true, false},
		"a clock that was put back": {backup.State{Good: backup.Record{ID: "4", Point: now.Add(time.Hour), EndedAt: now}}, 0, true, false},
	} {
		age, known := c.state.Age(now)
		if age != c.age || known != c.known || c.state.Failed() != c.failed {
			t.Errorf("%s: %v old, known %v, failed %v", name, age, known, c.state.Failed())
		}
	}
	if !good.Good() || good.Running() || good.Took() != 2*time.Minute || failed.Good() || !runs.Running() || runs.Good() || (backup.Record{}).Running() {
		t.Error("records do not tell what they are")
	}
}
