package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"tsunagi/internal/fault"
	"tsunagi/internal/watch"
	"tsunagi/internal/web"
)

// watchEvery is how often the machine is looked at.
const watchEvery = time.Minute

// health looks at what makes a machine fail, and remembers what it found.
type health struct {
	app   *App
	mu    sync.Mutex
	found []web.Concern
	since time.Time // when this process began to look

	room                 int64 // of a database elsewhere
	roomKnown, roomAsked bool
}

// concerns are what was found last, and how much room there is now.
func (h *health) concerns() []web.Concern {
	h.mu.Lock()
	found := slices.Clone(h.found)
	h.mu.Unlock()
	if free, low, theirs := h.app.space(); low {
		args := fault.Args{"Free": size(free), "Least": size(h.app.MinFree)}
		key, disk := "health.space", dataDisk
		if theirs {
			key, disk = "health.space-database", databaseDisk
		}
		found = append(found, web.Concern{Key: key, Args: args, Part: watch.Disk, Words: fmt.Sprintf("%s: %s left, below the %s of --min-free; "+
			"uploads, imports, issuing and reports wait", disk, args["Free"], args["Least"])})
	}
	return found
}

// trouble is why the database is away, in its own words where it is ours to know them.
func (a *App) trouble() error {
	if a.Trouble != nil {
		if err := a.Trouble(); err != nil {
			return err
		}
	}
	return a.DB.Pulse.Silent()
}

// feelPulse looks whether the database answers, until the context ends.
func (a *App) feelPulse(ctx context.Context) {
	if err := a.DB.Pulse.Run(ctx, a.DatabaseURI); err != nil {
		a.Log.Warn("look whether the database answers", "error", err)
	}
}

// space is how much room is left, and whether it is too little. A disk that cannot be
// asked is no full one.
func (a *App) space() (free int64, low, theirs bool) {
	free, known, theirs := a.leftOnDisk()
	return free, known && free < a.MinFree, theirs
}

// leftOnDisk is how much room is left on the disk of the data, or on the database's where
// that is less.
func (a *App) leftOnDisk() (free int64, known, theirs bool) {
	if a.Free != nil {
		left, err := a.Free()
		free, known = left, err == nil
	}
	if left, ok := a.health.database(); ok && (!known || left < free) {
		free, known, theirs = left, true, true
	}
	return free, known, theirs
}

// low tells whether there is too little room for what takes much of it.
func (a *App) low() bool {
	_, low, _ := a.space()
	return low
}

// database is how much room was left on the disk of a database elsewhere when somebody
// looked last; false when it does not tell, or is ours.
func (h *health) database() (free int64, known bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.room, h.roomKnown
}

// lookForRoom asks a database elsewhere for the room on its disk: ours says nothing of it.
func (h *health) lookForRoom(ctx context.Context) {
	if !h.app.Elsewhere {
		return
	}
	free, err := h.app.DB.Room(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil && (h.roomKnown || !h.roomAsked) && ctx.Err() == nil {
		h.app.Log.Warn("nobody watches the disk of the database", "error", err)
	}
	h.room, h.roomKnown, h.roomAsked = free, err == nil, true
}

// size is a number of bytes as people read it.
func size(bytes int64) string {
	if bytes >= 1e9 {
		return fmt.Sprintf("%.1f GB", float64(bytes)/1e9)
	}
	return fmt.Sprintf("%d MB", bytes/1e6)
}

// run looks at once, and then now and then until the context ends.
func (h *health) run(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		h.look(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// LookAtMachine looks once at what Work looks at now and then.
func (a *App) LookAtMachine(ctx context.Context) { a.health.look(ctx) }

// look asks the clock and the key, logs what is wrong, and makes due what a clock that was
// put back would keep waiting.
func (h *health) look(ctx context.Context) {
	a := h.app
	h.lookForRoom(ctx)
	found := h.check(ctx)
	h.mu.Lock()
	h.found = found
	h.mu.Unlock()
	for _, c := range h.concerns() {
		a.Log.Warn("the machine", "concern", c.Part, "words", c.Words)
	}
	freed, err := a.DB.Leases().FreeFarAhead(ctx)
	switch {
	case err != nil && ctx.Err() == nil:
		a.Log.Warn("look for what lies too far ahead", "error", err)
	case freed > 0:
		a.Log.Warn("made due what waited for a time that was already there", "records", freed)
	}
}

func (h *health) check(ctx context.Context) []web.Concern {
	a := h.app
	var found []web.Concern
	if wrong := a.DB.CheckClock(ctx); a.DB.IsClock(wrong) {
		found = append(found, web.Concern{Key: "health.clock", Part: watch.Clock, Words: wrong.Error()})
	}
	if err := a.followKey(ctx); errors.Is(err, errKeyOther) {
		found = append(found, web.Concern{Key: "health.server-key", Part: watch.Keys, Words: "server key: " + err.Error(), Unready: true})
	}
	if wrong, is := backupConcern(ctx, a); is {
		found = append(found, wrong)
	}
	return found
}
