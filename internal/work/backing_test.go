package work

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

// planned is a plan in memory.
type planned struct {
	mu    sync.Mutex
	at    time.Time
	until time.Time
	claim string
	n     int
	taken bool // by another process, as soon as one asks
}

func (p *planned) Claim(_ context.Context, every time.Duration, now, until time.Time) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Before(p.at.Add(every)) || now.Before(p.until) {
		return "", nil
	}
	p.n++
	p.claim, p.until = string(rune('a'+p.n)), until
	return p.claim, nil
}

func (p *planned) Renew(_ context.Context, claim string, until time.Time) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.taken && claim == p.claim, nil
}

func (p *planned) Planned(_ context.Context, claim string, at time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if claim == p.claim {
		p.at, p.until = at, time.Time{}
	}
	return nil
}

// TestScheduledBackups: one when it is due, again soon after a failure and at the next
// start after being stopped, and none to its end that another process has taken over.
func TestScheduledBackups(t *testing.T) {
	now := time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)
	full := errors.New("no room")
	var making error
	plan, made := &planned{}, 0
	w := Backing{Plan: plan, Every: 24 * time.Hour, Now: func() time.Time { return now }, lease: 5 * time.Millisecond,
		Make: func(context.Context) error { made++; return making }}
	step := func(after time.Duration, fails error, wantMade int) {
		t.Helper()
		now, making = now.Add(after), fails
		before := made
		if _, err := w.Once(t.Context()); made-before != wantMade || wantMade == 1 && !errors.Is(err, fails) {
			t.Errorf("at %v: %d made, %v; want %d, %v", now, made-before, err, wantMade, fails)
		}
	}
	step(0, nil, 1)
	step(time.Hour, nil, 0)
	step(23*time.Hour, full, 1)
	step(50*time.Minute, nil, 0)
	step(10*time.Minute, nil, 1)
	step(23*time.Hour, nil, 0)
	step(time.Hour, nil, 1)

	now = now.Add(24 * time.Hour)
	stopped, stop := context.WithCancel(t.Context())
	w.Make = func(ctx context.Context) error { stop(); <-ctx.Done(); return ctx.Err() }
	if tried, err := w.Once(stopped); !tried || err == nil {
		t.Errorf("stopped: %v, %v", tried, err)
	}
	w.Make = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	plan.taken = true
	if tried, err := w.Once(t.Context()); !tried || !errors.Is(err, errBackupTaken) {
		t.Errorf("taken over: %v, %v", tried, err)
	}
}
