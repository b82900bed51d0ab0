package watch

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

func TestSentence(t *testing.T) {
	for want, h := range map[string]Health{
		"ready": {Parts: []Part{{Name: Database, State: OK}, {Name: Disk, State: OK, Words: "9 GB left"}}},
		"ready: mail is unset; disk is warning (100 MB left)": {Parts: []Part{{Name: Mail, State: Unset}, {Name: Disk, State: Warning, Words: "100 MB left"}}},
		"not ready: database is failing (it does not answer)": {Parts: []Part{{Name: Database, State: Failing, Words: "it does not answer"}, {Name: Work, State: OK}}},
	} {
		if got := h.Details().Sentence(); got != want || h.Ready() != (h.Status() == "ready") {
			t.Errorf("%+v: %q, want %q", h, got, want)
		}
	}
}

func TestWorkPart(t *testing.T) {
	for name, tc := range map[string]struct {
		f    Figures
		want Part
	}{
		"nothing waits":    {Figures{}, Part{Name: Work, State: OK}},
		"a moment":         {Figures{Jobs: []Depth{{"issue", Due, 1, time.Minute}}, SealLag: time.Minute}, Part{Name: Work, State: OK}},
		"it is worked off": {Figures{Jobs: []Depth{{"issue", Later, 1, time.Hour}}}, Part{Name: Work, State: OK}},
		"given up":         {Figures{Jobs: []Depth{{"issue", Failed, 1, time.Hour}}}, Part{Name: Work, State: OK}},
		"nobody works": {Figures{Jobs: []Depth{{"issue", Due, 2, 20 * time.Minute}}, SealLag: time.Hour},
			Part{Work, Warning, "a job of kind issue waits for 20m0s; entries of the audit trail wait to be sealed for 1h0m0s"}},
	} {
		if got := WorkPart(tc.f); got != tc.want {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
	}
}

// TestBackupPart: a backup that failed is told with its reason, which no log has when a
// command made it.
func TestBackupPart(t *testing.T) {
	for name, tc := range map[string]struct {
		b    LastBackup
		want Part
	}{
		"none":       {LastBackup{}, Part{Backup, Unset, "no backup was made by tsunagi backup"}},
		"good":       {LastBackup{Known: true, Age: time.Hour}, Part{Backup, OK, "the last good one is 1h0m0s old"}},
		"old":        {LastBackup{Known: true, Age: 200 * time.Hour}, Part{Backup, Warning, "the last good one is 200h0m0s old"}},
		"failed":     {LastBackup{Failed: true, Why: "no room"}, Part{Backup, Warning, "the last backup failed: no room; there is no good one"}},
		"good, once": {LastBackup{Known: true, Age: time.Hour, Failed: true, Why: "no room"}, Part{Backup, Warning, "the last backup failed: no room; the last good one is 1h0m0s old"}},
	} {
		if got := BackupPart(tc.b); got != tc.want {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
	}
}

// TestAStormCountsOnce: however many ask at once, what is counted is counted once in a
// while, also where it fails.
func TestAStormCountsOnce(t *testing.T) {
	now, counted := time.Now(), 0
	c := Counter{Every: 10 * time.Second, Now: func() time.Time { return now },
		Count: func(context.Context) (Figures, error) { counted++; return Figures{SealLag: 7}, errors.New("away") }}
	for range 2 {
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if f, err := c.Figures(t.Context()); f.SealLag != 7 || err == nil {
					t.Errorf("%+v, %v", f, err)
				}
			})
		}
		all.Wait()
		now = now.Add(10 * time.Second)
	}
	if counted != 2 {
		t.Errorf("counted %d times, want 2", counted)
	}
}

func TestAdd(t *testing.T) {
	all := Add(Add(Add(nil, Depth{"a", Due, 1, 5}), Depth{"a", Due, 2, 9}), Depth{"b", Due, 1, 1})
	if len(all) != 2 || all[0] != (Depth{"a", Due, 3, 9}) {
		t.Errorf("%+v", all)
	}
}
