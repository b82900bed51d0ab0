package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"tsunagi/internal/fault"
	"tsunagi/internal/web"
)

// watchEvery is how often the machine is looked at.
const watchEvery = time.Minute

// health looks at what makes a machine fail, and remembers what it found.
type health struct {
	app   *App
	mu    sync.Mutex
	found []web.Concern
}

// concerns are what was found last, and how much room there is now.
func (h *health) concerns() []web.Concern {
	h.mu.Lock()
	found := slices.Clone(h.found)
	h.mu.Unlock()
	if free, low := h.app.space(); low {
		args := fault.Args{"Free": size(free), "Least": size(h.app.MinFree)}
		found = append(found, web.Concern{Key: "health.space", Args: args, Words: fmt.Sprintf("disk: %s left, below the %s of --min-free; "+
			"uploads, imports, issuing and reports wait", args["Free"], args["Least"])})
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

// space is how much room is left on the disk of the data, and whether that is too little.
func (c Config) space() (free int64, low bool) {
	if c.Free == nil {
		return 0, false
	}
	free, err := c.Free()
	return free, err == nil && free < c.MinFree // a disk that cannot be asked is no full one
}

// low tells whether there is too little room for what takes much of it.
func (c Config) low() bool {
	_, low := c.space()
	return low
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
	found := h.check(ctx)
	h.mu.Lock()
	h.found = found
	h.mu.Unlock()
	for _, c := range h.concerns() {
		a.Log.Warn("the machine", "concern", c.Words)
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
		found = append(found, web.Concern{Key: "health.clock", Words: "clock: " + wrong.Error()})
	}
	if err := checkServerKey(ctx, a.DB, a.ServerKey, true); errors.Is(err, errKeyOther) {
		found = append(found, web.Concern{Key: "health.server-key", Words: "server key: " + err.Error(), Unready: true})
	}
	return found
}
