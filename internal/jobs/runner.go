package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

// Runner claims jobs and runs their handlers: one of the quick kinds and one of
// the slow ones at a time.
type Runner struct {
	Store Store
	Now   func() time.Time
	Log   *slog.Logger
	Lease time.Duration // how long a silent worker keeps a job; default 30 s
	Idle  time.Duration // pause when there is nothing to do; default 500 ms

	Hold func() bool // while it is true no job is begun, and those that run are handed back; nil: never

	handlers map[Kind]Handler
	quick    []Kind
	slow     []Kind
	wake     [2]chan struct{} // of the loops of quick and slow kinds
}

// maxAttempts is how often a job is claimed without progress before it is given up.
const maxAttempts = 5

// NewRunner makes a runner of the kinds that are registered. It fails when one has
// no name or nothing that works it, or is registered twice.
func NewRunner(store Store, kinds []Registration, now func() time.Time, log *slog.Logger) (*Runner, error) {
	r := &Runner{Store: store, Now: now, Log: log, Lease: 30 * time.Second, Idle: 500 * time.Millisecond,
		handlers: map[Kind]Handler{}, wake: [2]chan struct{}{make(chan struct{}, 1), make(chan struct{}, 1)}}
	for _, k := range kinds {
		switch {
		case k.Kind == "" || k.Work == nil:
			return nil, fmt.Errorf("job kind %q has no name or no handler", k.Kind)
		case r.handlers[k.Kind] != nil:
			return nil, fmt.Errorf("job kind %q is registered twice", k.Kind)
		case k.Slow:
			r.slow = append(r.slow, k.Kind)
		default:
			r.quick = append(r.quick, k.Kind)
		}
		r.handlers[k.Kind] = k.Work
	}
	return r, nil
}

// Wake makes an idle runner look at once. It is called when a job was queued.
func (r *Runner) Wake() {
	for _, loop := range r.wake {
		select {
		case loop <- struct{}{}:
		default: // it is awake already
		}
	}
}

// Run works until the context ends, and then gives its jobs back.
func (r *Runner) Run(ctx context.Context) {
	var group sync.WaitGroup
	group.Go(func() { r.loop(ctx, r.wake[0], r.quick) })
	group.Go(func() { r.loop(ctx, r.wake[1], r.slow) })
	group.Wait()
}

func (r *Runner) loop(ctx context.Context, wake <-chan struct{}, kinds []Kind) {
	if len(kinds) == 0 {
		return
	}
	for ctx.Err() == nil {
		worked, err := r.Once(ctx, kinds...)
		if err != nil && ctx.Err() == nil {
			r.Log.Warn("claim job", "error", err)
		}
		if worked {
			continue
		}
		select {
		case <-ctx.Done():
		case <-wake:
		case <-time.After(r.Idle):
		}
	}
}

// Once claims and runs one job, of the kinds named or of any that is registered;
// false when none was due.
func (r *Runner) Once(ctx context.Context, kinds ...Kind) (bool, error) {
	if len(kinds) == 0 {
		kinds = append(r.quick[:len(r.quick):len(r.quick)], r.slow...)
	}
	if r.held() {
		return false, nil
	}
	now := r.Now()
	job, ok, err := r.Store.Claim(ctx, now, now.Add(r.Lease), kinds...)
	if err != nil || !ok {
		return false, err
	}
	log := r.Log.With("job", job.ID, "kind", job.Kind)
	if job.Lost >= maxAttempts {
		log.Warn("job given up: whoever works it falls silent", "lost", job.Lost)
		return true, r.Store.Release(ctx, job, now, true, "nothing was heard any more of whoever worked it")
	}
	err = r.work(ctx, job)
	// The outcome is written even when the process is stopping.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err == nil {
		return true, r.Store.Finish(ctx, job, r.Now())
	}
	failed := givenUp(job, err)
	log.Warn("job stopped", "error", err, "attempts", job.Attempts, "given_up", failed)
	pause := time.Duration(min(job.Attempts, 30)) * time.Second
	if errors.Is(err, context.Canceled) {
		pause = 0 // handed back on shutdown: the next worker may go on at once
	}
	return true, r.Store.Release(ctx, job, r.Now().Add(pause), failed, err.Error())
}

// givenUp tells whether a job that stopped is not tried again. What is only too
// large for now is: the server's cache empties.
func givenUp(job Job, err error) bool {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, ErrTooLarge):
		return false
	case errors.Is(err, ErrHopeless):
		return true
	}
	return job.Attempts >= maxAttempts
}

// work runs the handler while a heartbeat prolongs the lease; losing the lease
// ends the handler's context.
func (r *Runner) work(ctx context.Context, job Job) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		tick := time.NewTicker(r.Lease / 3)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if r.held() {
					cancel()
					return
				}
				if err := r.Store.Extend(ctx, job, r.Now().Add(r.Lease)); err != nil && ctx.Err() == nil {
					r.Log.Warn("extend job lease", "job", job.ID, "error", err)
					cancel()
					return
				}
			}
		}
	}()
	defer func() {
		if p := recover(); p != nil {
			r.Log.Error("job handler panicked", "job", job.ID, "kind", job.Kind, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("handler panicked: %v", p)
		}
	}()
	return r.handlers[job.Kind](ctx, job)
}

func (r *Runner) held() bool { return r.Hold != nil && r.Hold() }
