package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"tsunagi/internal/backup"
	"tsunagi/internal/watch"
	"tsunagi/internal/web"
	"tsunagi/internal/work"
)

// Schedule says which backups are made by themselves.
type Schedule struct {
	Folder     string // empty: none are
	Data       string // the folder of the secrets and of the trail's anchors
	Passphrase string
	Every      time.Duration
	Keep       int // archives in the folder
}

// backupLookEvery is how often somebody looks whether a backup is due.
const backupLookEvery = time.Minute

// Backing makes scheduled backups.
func (a *App) Backing() work.Backing {
	return work.Backing{Plan: a.DB.Backups(), Make: func(ctx context.Context) error { return backUp(ctx, a) }, Every: a.Backups.Every, Now: a.Now}
}

// errRehearsal says that nobody has confirmed yet what was restored.
var errRehearsal = errors.New("these data were restored, and may be a rehearsal with the settings of the real server, whose backups would go in favour of its own: " +
	"scheduled backups are made again after tsunagi admin release-mail")

// backUp makes one scheduled backup, and removes the oldest.
func backUp(ctx context.Context, a *App) error {
	s := a.Backups
	if held, err := a.DB.Outbox().Held(ctx); err != nil || held {
		return cmp.Or(err, errRehearsal)
	}
	r, err := Backup(ctx, BackupOrder{DB: a.DB, Data: s.Data, Product: a.Version, Passphrase: s.Passphrase, Scheduled: true,
		To: filepath.Join(s.Folder, backup.NameAt(a.Now(), s.Passphrase != ""))})
	if err != nil {
		return err
	}
	a.Log.Info("backed up", "file", r.To, "point", r.Point, "bytes", r.Size, "took", r.Took(), "secrets", r.Secrets, "encrypted", r.Encrypted)
	gone, err := backup.Rotate(s.Folder, s.Keep, a.Now())
	if gone > 0 {
		a.Log.Info("removed old backups", "files", gone)
	}
	if err != nil {
		a.Log.Warn("the backup is made, and old ones stay", "error", err)
	}
	return nil
}

// backupConcern tells owners that scheduled backups are not made.
func backupConcern(ctx context.Context, a *App) (web.Concern, bool) {
	if a.Backups.Folder == "" {
		return web.Concern{}, false
	}
	state, err := a.DB.Backups().State(ctx)
	if err != nil {
		return web.Concern{}, false
	}
	why := state.Wrong(a.Backups.Every, a.health.since, a.Now())
	return web.Concern{Key: "health.backup", Part: watch.Backup, Words: fmt.Sprintf("backups to %s: %s", a.Backups.Folder, why)}, why != ""
}
