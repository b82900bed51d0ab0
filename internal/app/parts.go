package app

import (
	"context"
	"fmt"
	"time"

	"tsunagi/internal/watch"
	"tsunagi/internal/web"
)

// countEvery is how old counted figures may be: whoever asks more often gets the same.
const countEvery = 10 * time.Second

// countWithin lets whoever asks for figures have an answer, whatever the database does.
const countWithin = 2 * time.Second

// The disks that are looked at.
const (
	dataDisk     = "disk of --data"
	databaseDisk = "disk of the database"
)

// Figures are what waits in the whole installation, counted at most every ten seconds.
func (a *App) Figures(ctx context.Context) (watch.Figures, error) { return a.counter.Figures(ctx) }

func (a *App) count(ctx context.Context) (f watch.Figures, err error) {
	if err := a.trouble(); err != nil {
		return f, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), countWithin) // others get what is counted here
	defer cancel()
	now := a.Now()
	if f.Mails, err = a.DB.Depths().Mails(ctx, now); err != nil {
		return f, err
	}
	if f.Jobs, err = a.DB.Depths().Jobs(ctx, now); err != nil {
		return f, err
	}
	waits, err := a.DB.Chains().Waits(ctx)
	if err != nil {
		return f, err
	}
	if !waits.IsZero() {
		f.SealLag = max(0, now.Sub(waits))
	}
	paused, err := a.DB.Outbox().Pause(ctx)
	if err != nil {
		return f, err
	}
	if paused.On() {
		f.Paused, f.Cause = max(time.Second, now.Sub(paused.Since)), string(paused.Cause)
	}
	made, err := a.DB.Backups().State(ctx)
	f.Backup = watch.LastBackup{Size: made.Good.Size, Failed: made.Failed(), Why: made.Last.Error}
	f.Backup.Age, f.Backup.Known = made.Age(now)
	return f, err
}

// Health tells how each part of the installation is.
func (a *App) Health(ctx context.Context) watch.Health {
	h := watch.Health{Version: a.Version}
	parts := []watch.Part{databasePart(ctx, a), {Name: watch.Keys, State: watch.OK}}
	parts = append(parts, countedParts(ctx, a, parts[0].State == watch.OK)...)
	parts = append(parts, diskPart(a), watch.Part{Name: watch.Clock, State: watch.OK})
	for _, p := range parts {
		h.Parts = append(h.Parts, concerned(a, p))
	}
	return h
}

// Gauges tell how the installation is, in numbers.
func (a *App) Gauges(ctx context.Context) watch.Gauges {
	h := a.Health(ctx)
	g := watch.Gauges{Ready: h.Ready(), Up: h.Part(watch.Database).State == watch.OK, Free: map[string]int64{}}
	if g.Up {
		f, err := a.Figures(ctx)
		g.Figures, g.Counted = f, err == nil
	}
	if a.Free != nil {
		if free, err := a.Free(); err == nil {
			g.Free["data"] = free
		}
	}
	if free, known := a.health.database(); known {
		g.Free["database"] = free
	}
	return g
}

// concerned is a part with what was found wrong of it.
func concerned(a *App, p watch.Part) watch.Part {
	for _, c := range a.health.concerns() {
		if c.Part != p.Name {
			continue
		}
		p.State, p.Words = watch.Warning, c.Words
		if c.Unready {
			p.State = watch.Failing
		}
	}
	return p
}

func databasePart(ctx context.Context, a *App) watch.Part {
	err := a.trouble()
	if err == nil {
		if err = a.DB.Ready(ctx); err == nil {
			return watch.Part{Name: watch.Database, State: watch.OK}
		}
		a.Log.Warn("not ready", "error", err)
		if away := a.trouble(); away != nil {
			err = away
		}
	}
	return watch.Part{Name: watch.Database, State: watch.Failing, Words: err.Error()}
}

// countedParts judge the queues and the backups, where somebody can be asked for them.
func countedParts(ctx context.Context, a *App, answers bool) []watch.Part {
	var f watch.Figures
	work, backup := watch.Part{Name: watch.Work, State: watch.Unknown}, watch.Part{Name: watch.Backup, State: watch.Unknown}
	if answers {
		var err error
		if f, err = a.Figures(ctx); err == nil {
			work, backup = watch.WorkPart(f), watch.BackupPart(f.Backup)
		} else {
			work.State, work.Words = watch.Warning, "the queues cannot be counted: "+err.Error()
		}
	}
	return []watch.Part{work, mailPart(ctx, a, f), backup}
}

func mailPart(ctx context.Context, a *App, f watch.Figures) watch.Part {
	p := watch.Part{Name: watch.Mail, State: watch.OK}
	switch {
	case a.hold.on(ctx):
		p.State, p.Words = watch.Warning, "the data were restored from a backup, and no mail leaves until tsunagi admin release-mail"
	case a.mailbox():
		p.State, p.Words = watch.Unset, "the built-in mailbox takes what would leave"
	case a.MailServer == nil:
		p.State, p.Words = watch.Unset, "no mail server is named (--smtp-url), and mails stay queued"
	case f.Paused > 0:
		p.State, p.Words = watch.Warning, fmt.Sprintf("no mail leaves since %s (%s)", f.Paused.Round(time.Second), f.Cause)
	}
	return p
}

// mailbox tells whether the built-in mailbox takes what would leave.
func (a *App) mailbox() bool { return a.Mode != web.Production && a.MailServer == nil }

func diskPart(a *App) watch.Part {
	p := watch.Part{Name: watch.Disk, State: watch.OK}
	if free, known, theirs := a.leftOnDisk(); known {
		disk := dataDisk
		if theirs {
			disk = databaseDisk
		}
		p.Words = fmt.Sprintf("%s: %s left", disk, size(free))
	}
	return p
}
