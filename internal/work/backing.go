package work

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tsunagi/internal/backup"
)

// BackupPlan says when a backup is due, and whose turn it is.
type BackupPlan interface {
	// Claim gives the right to make a backup until a moment, when one is due and nobody
	// makes it; empty when not.
	Claim(ctx context.Context, every time.Duration, now, until time.Time) (claim string, err error)
	// Renew keeps the right; false when another process has it by now.
	Renew(ctx context.Context, claim string, until time.Time) (bool, error)
	// Planned gives the right up, and notes when the last backup counts as begun.
	Planned(ctx context.Context, claim string, at time.Time) error
}

// Backing makes scheduled backups. Of several processes one makes each.
type Backing struct {
	Plan  BackupPlan
	Make  func(ctx context.Context) error // makes one, and removes the oldest
	Every time.Duration
	Now   func() time.Time

	lease time.Duration
}

// backupLease is after how long a process that says nothing makes no backup any more.
const backupLease = 5 * time.Minute

// errBackupTaken says that another process makes the backup.
var errBackupTaken = errors.New("another process has taken the backup over")

// Once makes a backup when one is due, and tells whether it tried.
func (w Backing) Once(ctx context.Context) (bool, error) {
	lease := w.lease
	if lease == 0 {
		lease = backupLease
	}
	begun := w.Now()
	claim, err := w.Plan.Claim(ctx, w.Every, begun, begun.Add(lease))
	if err != nil || claim == "" {
		return false, err
	}
	making, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go w.keep(making, claim, lease, stop)
	err = w.Make(making)
	if cause := context.Cause(making); err != nil && cause != nil {
		err = cause
	}
	if errors.Is(err, errBackupTaken) {
		return true, err
	}
	failed := err != nil && ctx.Err() == nil
	at := backup.Next(begun, w.Every, failed)
	if ctx.Err() != nil { // told to stop: it is due still
		at = begun.Add(-w.Every)
	}
	noting, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return true, errors.Join(err, w.Plan.Planned(noting, claim, at))
}

// keep renews the right while a backup is made, and ends that when another process has it.
func (w Backing) keep(ctx context.Context, claim string, lease time.Duration, stop context.CancelCauseFunc) {
	for {
		pause(ctx, lease/5)
		if ctx.Err() != nil {
			return
		}
		if ours, err := w.Plan.Renew(ctx, claim, w.Now().Add(lease)); err == nil && !ours {
			stop(errBackupTaken)
		}
	}
}

// Run looks now and then whether a backup is due, until the context ends.
func (w Backing) Run(ctx context.Context, every time.Duration, report func(error)) {
	for ctx.Err() == nil {
		if _, err := w.Once(ctx); err != nil {
			tell(ctx, fmt.Errorf("scheduled backup: %w", err), report)
		}
		pause(ctx, every)
	}
}
