package backup_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"tsunagi/internal/backup"
)

func TestAFailedBackupIsTriedAgainSoon(t *testing.T) {
	for _, c := range []struct {
		every  time.Duration
		failed bool
		due    time.Duration // after the last one was begun
	}{
		{24 * time.Hour, false, 24 * time.Hour}, {24 * time.Hour, true, time.Hour}, {10 * time.Minute, true, 10 * time.Minute},
	} {
		if due := backup.Next(begun, c.every, c.failed).Add(c.every).Sub(begun); due != c.due {
			t.Errorf("every %v, failed %v: due after %v, want %v", c.every, c.failed, due, c.due)
		}
	}
}

func TestWhatIsWrongWithScheduledBackups(t *testing.T) {
	good := backup.Record{ID: "1", At: begun, Point: begun, EndedAt: begun}
	for name, c := range map[string]struct {
		state backup.State
		after time.Duration
		wrong bool
	}{
		"none yet":            {backup.State{}, time.Hour, false},
		"none for long":       {backup.State{}, 55 * time.Hour, true},
		"a good one":          {backup.State{Good: good, Last: good}, 30 * time.Hour, false},
		"an old one":          {backup.State{Good: good, Last: good}, 55 * time.Hour, true},
		"the last one failed": {backup.State{Good: good, Last: backup.Record{ID: "2", Error: "full", Scheduled: true}}, time.Hour, true},
		"one by hand failed":  {backup.State{Good: good, Last: backup.Record{ID: "2", Error: "no such folder"}}, time.Hour, false},
	} {
		if got := c.state.Wrong(24*time.Hour, begun, begun.Add(c.after)); (got != "") != c.wrong {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestOldBackupsGoAndNothingElse: the newest stay, and what others put there.
func TestOldBackupsGoAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	put := func(name string, age time.Duration) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Time{}, begun.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 5 {
		put(backup.NameAt(begun.AddDate(0, 0, n), n%2 == 0), 0)
	}
	put(backup.NameAt(begun, true)+".part-1", 30*24*time.Hour)
	put(backup.NameAt(begun, true)+".part-2", time.Hour)
	put("before-the-upgrade.tar.zst", 999*time.Hour)
	put(backup.NameAt(begun.AddDate(4, 0, 0), true), 0) // by a clock that was put back since
	if n, err := backup.Rotate(dir, 2, begun.AddDate(0, 0, 4)); err != nil || n != 5 {
		t.Errorf("removed %d, %v", n, err)
	}
	want := "before-the-upgrade.tar.zst tsunagi-20261126-030000Z.tar.zst.age.part-2 tsunagi-20261129-030000Z.tar.zst tsunagi-20261130-030000Z.tar.zst.age"
	if got := list(t, dir); got != want {
		t.Errorf("left %s\nwant %s", got, want)
	}
}
