package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tsunagi/internal/app"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/backup"
)

// TestScheduledBackupsAreMadeKeptAndMissed: archives appear and the oldest go; where none
// can be written, owners read it on their home page.
func TestScheduledBackupsAreMadeKeptAndMissed(t *testing.T) {
	now, dir := time.Now().UTC().Truncate(time.Millisecond).Add(-103*time.Hour), t.TempDir()
	a := apptest.NewAt(t, func() time.Time { return now }, func(c *app.Config) {
		c.Backups = app.Schedule{Folder: dir, Data: t.TempDir(), Passphrase: "x", Every: 24 * time.Hour, Keep: 2}
	})
	w := a.Backing()
	for range 3 {
		now = now.Add(25 * time.Hour)
		if made, err := w.Once(t.Context()); !made || err != nil {
			t.Fatalf("made %v, %v", made, err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "tsunagi-*Z.tar.zst.age"))
	if err != nil || len(files) != 2 || !strings.Contains(a.Log.String(), "backed up") {
		t.Errorf("there are %q, %v\n%s", files, err, a.Log)
	}
	now = now.Add(25 * time.Hour)
	note := backup.Restored{ID: backup.RestoredID, At: now, Told: true, Held: true}
	if _, err := a.DB.Coll("restored").InsertOne(t.Context(), note); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Once(t.Context()); err == nil || !strings.Contains(err.Error(), "release-mail") {
		t.Errorf("a rehearsal that nobody confirmed pushes archives of the real server out: %v", err)
	}
	if _, err := a.DB.Backups().Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * time.Hour)
	if made, err := w.Once(t.Context()); !made || err != nil {
		t.Errorf("once it is confirmed: made %v, %v", made, err)
	}
	a.LookAtMachine(t.Context())
	const missed = "予定したバックアップが作成できていません"
	if page := a.As("owner").Get("/").Body.String(); strings.Contains(page, missed) {
		t.Error("the home page tells of a failure that there is none of")
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	now = now.Add(25 * time.Hour)
	if _, err := w.Once(t.Context()); err == nil {
		t.Error("a folder that is gone: no error")
	}
	a.LookAtMachine(t.Context())
	if page := a.As("owner").Get("/").Body.String(); !strings.Contains(page, missed) || strings.Contains(page, "no such file") {
		t.Error("the home page does not tell of a backup that failed, or in a foreign language")
	}
	if page := a.As("buyer").Get("/").Body.String(); strings.Contains(page, missed) {
		t.Error("a buyer is told of the machine")
	}
}
