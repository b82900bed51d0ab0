package app

import (
	"context"
	"sync"
	"time"

	"tsunagi/internal/jobs"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/report"
	"tsunagi/internal/work"
)

// kinds registers every kind of job: a new one is a file in work, and a line here.
func (a *App) kinds(maker report.Maker) []jobs.Registration {
	batches := mongodb.Batches{Campaigns: mongodb.Campaigns{DB: a.DB}}
	return []jobs.Registration{
		work.IssueWork(batches, a.Now, NewID),
		work.RemindWork(batches, a.Now, NewID),
		work.RescheduleWork(batches, a.Now, NewID),
		work.ImportWork(mongodb.Suppliers{DB: a.DB}, a.Now, NewID),
		work.UndoWork(mongodb.Suppliers{DB: a.DB}, a.Now, NewID),
		work.CarryWork(batches, a.Now, NewID),
		work.DocumentWork(a.DB.Documents(), maker, a.Now),
		work.LookWork(mongodb.Evidence{DB: a.DB}, a.Pictures),
	}
}

const (
	sealEvery   = time.Second      // how soon an entry of the trail is sealed
	anchorEvery = 10 * time.Minute // how often the heads of the trail are noted outside the database
	sweepEvery  = time.Hour        // how often files that nothing names are removed
	expireEvery = 10 * time.Minute // how often expired documents are removed
)

// Work runs the mail sender, the jobs, the sealer of the trail, the sweeper of files and
// the removal of expired documents until the context ends.
func (a *App) Work(ctx context.Context) {
	a.freeLeases(ctx)
	var group sync.WaitGroup
	group.Go(func() { a.feelPulse(ctx) })
	group.Go(func() { a.health.run(ctx) })
	group.Go(func() { a.Sender.Run(ctx) })
	group.Go(func() { a.Jobs.Run(ctx) })
	group.Go(func() {
		a.Sealing().Run(ctx, sealEvery, func(err error) { a.Log.Error("seal the trail", "error", err) })
	})
	group.Go(func() {
		a.Anchoring().Run(ctx, anchorEvery, func(err error) { a.Log.Error("note the head of the audit trail", "error", err) })
	})
	if a.Backups.Folder != "" {
		group.Go(func() {
			a.Backing().Run(ctx, backupLookEvery, func(err error) { a.Log.Error("no backup was made", "error", err) })
		})
	}
	group.Go(func() { a.sweeping().Run(ctx, sweepEvery, a.logSweep) })
	group.Go(func() {
		work.Expire(ctx, a.DB.Documents(), expireEvery, func(err error) { a.Log.Warn("remove expired documents", "error", err) })
	})
	group.Wait()
}

func (a *App) sweeping() work.Sweeping {
	sweeping := work.Sweeping{Now: a.Now}
	for _, files := range a.DB.Files() {
		sweeping.Files = append(sweeping.Files, files)
	}
	sweeping.Files = append(sweeping.Files, mongodb.Pictures{DB: a.DB})
	return sweeping
}

func (a *App) logSweep(removed int, err error) {
	if err != nil {
		a.Log.Warn("remove files that nothing names", "error", err)
		return
	}
	a.Log.Info("removed files that nothing names", "files", removed)
}

// freeLeases takes up at once what processes held that are proven dead.
func (a *App) freeLeases(ctx context.Context) {
	if a.Process == nil || len(a.Process.Dead()) == 0 {
		return
	}
	freed, err := a.DB.Leases().FreeLeases(ctx, a.Process.Dead())
	if err != nil { // then they run out, and the next start tries it again
		a.Log.Warn("free the leases of processes that died", "error", err)
		return
	}
	a.Log.Info("freed the leases of processes that died", "processes", len(a.Process.Dead()), "leases", freed)
	if err := a.Process.Bury(); err != nil {
		a.Log.Warn("remove what processes left that died", "error", err)
	}
}
