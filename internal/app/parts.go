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
	if err == nil && paused.On() {
		f.Paused, f.Cause = max(time.Second, now.Sub(paused.Since)), string(paused.Cause)
	}
	return f, err
}

// Health tells how each part of the installation is.
func (a *App) Health(ctx context.Context) watch.Health {
	h := watch.Health{Version: a.Version}
	database := a.databasePart(ctx)
	work, mail := a.waitingParts(ctx, database.State == watch.OK)
	for _, p := range []watch.Part{database, {Name: watch.Keys, State: watch.OK}, work, mail, a.diskPart(), {Name: watch.Clock, State: watch.OK}} {
		h.Parts = append(h.Parts, a.concerned(p))
	}
	return h
}

// concerned is a part with what was found wrong of it.
func (a *App) concerned(p watch.Part) watch.Part {
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

func (a *App) databasePart(ctx context.Context) watch.Part {
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

// waitingParts judge the queues, unless nobody can ask for them.
func (a *App) waitingParts(ctx context.Context, answers bool) (work, mail watch.Part) {
	work, mail = watch.Part{Name: watch.Work, State: watch.OK}, watch.Part{Name: watch.Mail, State: watch.OK}
	var f watch.Figures
	if answers {
		var err error
		if f, err = a.Figures(ctx); err == nil {
			work = watch.WorkPart(f)
		} else {
			work.State, work.Words = watch.Warning, "the queues cannot be counted: "+err.Error()
		}
	}
	switch {
	case a.MailServer == nil:
		mail.State, mail.Words = watch.Unset, "no mail server is named (--smtp-url), and mails stay queued"
		if a.mailbox() {
			mail.Words = "the built-in mailbox takes what would leave"
		}
	case f.Paused > 0:
		mail.State, mail.Words = watch.Warning, fmt.Sprintf("no mail leaves since %s (%s)", f.Paused.Round(time.Second), f.Cause)
	}
	return work, mail
}

// mailbox tells whether the built-in mailbox takes what would leave.
func (a *App) mailbox() bool { return a.Mode != web.Production && a.MailServer == nil }

func (a *App) diskPart() watch.Part {
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
