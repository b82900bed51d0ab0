package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
)

// bench is a queue with a clock that the test moves.
type bench struct {
	memory
	t   *testing.T
	at  time.Time
	log bytes.Buffer
}

func newBench(t *testing.T) *bench {
	t.Helper()
	return &bench{t: t, at: time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC), memory: memory{jobs: map[string]jobs.Job{}}}
}

func (b *bench) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.at
}

func (b *bench) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at = b.at.Add(d)
}

// runner works quick and slow jobs alike.
func (b *bench) runner(handle jobs.Handler) *jobs.Runner {
	b.t.Helper()
	return b.runnerOf(jobs.Registration{Kind: "quick", Work: handle}, jobs.Registration{Kind: "slow", Work: handle}.Apart())
}

func (b *bench) runnerOf(kinds ...jobs.Registration) *jobs.Runner {
	b.t.Helper()
	r, err := jobs.NewRunner(b, kinds, b.now, slog.New(slog.NewTextHandler(&b.log, nil)))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Idle = 5 * time.Millisecond
	return r
}

// put queues a job that is due.
func (b *bench) put(job jobs.Job) {
	job.State, job.NextAt = jobs.Waiting, b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.jobs[job.ID] = job
}

func (b *bench) add(ids ...string) {
	for _, id := range ids {
		b.put(jobs.Job{ID: id, Org: "o1", Kind: "quick", Subject: "of " + id, Total: 10})
	}
}

func (b *bench) job(id string) jobs.Job {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.jobs[id]
}

// once runs what is due, and fails when nothing was.
func (b *bench) once(r *jobs.Runner) {
	b.t.Helper()
	if worked, err := r.Once(b.t.Context()); err != nil || !worked {
		b.t.Fatalf("worked %v, %v", worked, err)
	}
}

// run runs a runner in the background; the function that it gives stops it and waits.
func (b *bench) run(r *jobs.Runner) (stop func()) {
	ctx, cancel := context.WithCancel(b.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.Run(ctx)
	}()
	stop = func() { cancel(); <-done }
	b.t.Cleanup(stop)
	return stop
}

func (b *bench) until(what string, true func() bool) {
	b.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if true() {
			return
		}
	}
	b.t.Fatalf("waited in vain until %s", what)
}

func TestTwoRunnersShareTheWork(t *testing.T) {
	b := newBench(t)
	var ids []string
	for n := range 30 {
		ids = append(ids, "j"+string(rune('a'+n)))
	}
	b.add(ids...)
	var mu sync.Mutex
	ran := map[string]int{}
	handle := func(ctx context.Context, job jobs.Job) error {
		mu.Lock()
		ran[job.ID]++
		mu.Unlock()
		return b.Advance(ctx, job, "10", 10)
	}
	one, two := b.runner(handle), b.runner(handle)
	b.run(one)
	b.run(two)
	b.until("all are done", func() bool {
		return !slices.ContainsFunc(ids, func(id string) bool { return b.job(id).State != jobs.Done })
	})
	mu.Lock()
	defer mu.Unlock()
	for _, id := range ids {
		if ran[id] != 1 || b.job(id).Done != 10 {
			t.Errorf("%s ran %d times, %d of 10 done", id, ran[id], b.job(id).Done)
		}
	}
}

// A job that fails is tried again after a growing pause, and given up after five
// tries without progress; any progress begins the count anew.
func TestFailuresAreTriedAgainAndGivenUp(t *testing.T) {
	b := newBench(t)
	b.add("j")
	tries := 0
	r := b.runner(func(ctx context.Context, job jobs.Job) error {
		if tries++; tries == 3 {
			if err := b.Advance(ctx, job, "5", 5); err != nil {
				return err
			}
		}
		return errors.New("no room on the disk")
	})
	pauses := []time.Duration{1, 2, 3, 1, 2, 3, 4}
	for n, pause := range pauses {
		b.once(r)
		got := b.job("j")
		if got.State != jobs.Waiting || !got.NextAt.Equal(b.now().Add(pause*time.Second)) || got.Error != "no room on the disk" {
			t.Fatalf("after try %d: %s until %s, %q; want a pause of %d s", n+1, got.State, got.NextAt, got.Error, pause)
		}
		if worked, err := r.Once(t.Context()); worked || err != nil {
			t.Fatalf("tried again at once: %v %v", worked, err)
		}
		b.pass(pause * time.Second)
	}
	b.once(r)
	if got := b.job("j"); got.State != jobs.Failed || got.Cursor != "5" || got.Done != 5 {
		t.Errorf("after the last try: %+v", got)
	}
	b.pass(time.Hour)
	if worked, err := r.Once(t.Context()); worked || err != nil {
		t.Errorf("what was given up runs again: %v %v", worked, err)
	}
	if !strings.Contains(b.log.String(), "given_up=true") {
		t.Errorf("the log does not say that it was given up:\n%s", &b.log)
	}
}

// A panic in one job stops neither the loop nor the jobs behind it.
func TestPanicDoesNotEndTheLoop(t *testing.T) {
	b := newBench(t)
	b.add("bad", "good")
	stop := b.run(b.runner(func(_ context.Context, job jobs.Job) error {
		if job.ID == "bad" {
			panic("out of order")
		}
		return nil
	}))
	b.until("the good one is done", func() bool { return b.job("good").State == jobs.Done })
	b.until("the bad one is given up", func() bool {
		b.pass(time.Second)
		return b.job("bad").State == jobs.Failed
	})
	stop()
	if got := b.job("bad").Error; !strings.Contains(got, "panicked") {
		t.Errorf("the reason: %q", got)
	}
	if !strings.Contains(b.log.String(), "runner_test.go") {
		t.Errorf("the log does not say where it panicked:\n%.600s", &b.log)
	}
}

// When the process stops, the job is given back at once, keeps what was done and
// is never held to have failed.
func TestShutdownHandsTheJobBack(t *testing.T) {
	b := newBench(t)
	b.add("j")
	for n := range 7 { // more restarts than tries
		started := make(chan struct{})
		stop := b.run(b.runner(func(ctx context.Context, job jobs.Job) error {
			close(started)
			<-ctx.Done()
			return fmt.Errorf("write a batch: %w", ctx.Err())
		}))
		<-started
		stop()
		if got := b.job("j"); got.State != jobs.Waiting || !got.NextAt.Equal(b.now()) {
			t.Fatalf("after stop %d: %s until %s, %q", n+1, got.State, got.NextAt, got.Error)
		}
	}
	b.once(b.runner(func(context.Context, jobs.Job) error { return nil }))
	if got := b.job("j"); got.State != jobs.Done {
		t.Errorf("the next process: %+v", got)
	}
}

// A worker that was thought dead writes nothing more once another took its job.
func TestExpiredLeaseIsTakenOver(t *testing.T) {
	b := newBench(t)
	b.add("j")
	started, goOn, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	var late error
	slow := b.runner(func(_ context.Context, job jobs.Job) error {
		close(started)
		<-goOn
		late = b.Advance(context.WithoutCancel(t.Context()), job, "old", 1)
		return nil // it believes that it is done
	})
	slow.Lease = time.Hour // its heartbeat never comes
	go func() {
		_, err := slow.Once(t.Context())
		ended <- err
	}()
	<-started
	quick := b.runner(func(ctx context.Context, job jobs.Job) error { return b.Advance(ctx, job, "new", 10) })
	if worked, err := quick.Once(t.Context()); worked || err != nil {
		t.Fatalf("taken while the lease holds: %v %v", worked, err)
	}
	b.pass(time.Hour)
	b.once(quick)
	close(goOn)
	if err := <-ended; fault.KindOf(err) != fault.Conflict || fault.KindOf(late) != fault.Conflict {
		t.Errorf("the old worker's progress: %v, its end: %v; want Conflict for both", late, err)
	}
	if got := b.job("j"); got.State != jobs.Done || got.Cursor != "new" || got.Done != 10 {
		t.Errorf("the job: %+v", got)
	}
}

// The heartbeat keeps a long job's lease; when the lease is lost all the same, the
// handler's context ends.
func TestHeartbeat(t *testing.T) {
	b := newBench(t)
	b.add("j")
	goOn := make(chan struct{})
	r := b.runner(func(ctx context.Context, job jobs.Job) error {
		<-ctx.Done()
		close(goOn)
		return ctx.Err()
	})
	r.Lease = 60 * time.Millisecond
	go func() { _, _ = r.Once(t.Context()) }()
	b.until("it began", func() bool { return b.job("j").State == jobs.Running })
	for range 3 {
		before := b.job("j").LeaseUntil
		b.pass(20 * time.Millisecond)
		b.until("the lease is prolonged", func() bool { return b.job("j").LeaseUntil.After(before) })
	}
	b.pass(time.Second)
	if _, ok, err := b.Claim(t.Context(), b.now(), b.now().Add(time.Hour), "quick"); err != nil {
		t.Fatal(err)
	} else if !ok {
		b.pass(time.Hour) // it was prolonged in between: take it from further ahead
		if _, ok, err = b.Claim(t.Context(), b.now().Add(time.Hour), b.now().Add(2*time.Hour), "quick"); err != nil || !ok {
			t.Fatalf("take the job away: %v %v", ok, err)
		}
	}
	select {
	case <-goOn:
	case <-time.After(20 * time.Second):
		t.Fatal("who lost its lease works on")
	}
}

// What is only too large for now is tried for as long as it takes, ever later; what
// trying again cannot change is given up at once.
func TestWhatTheFaultSaysDecides(t *testing.T) {
	b := newBench(t)
	b.add("large", "hopeless")
	r := b.runner(func(_ context.Context, job jobs.Job) error {
		if job.ID == "hopeless" {
			return fmt.Errorf("read: %w", jobs.ErrHopeless)
		}
		return fmt.Errorf("write: %w", jobs.ErrTooLarge)
	})
	for range 40 {
		for {
			worked, err := r.Once(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !worked {
				break
			}
		}
		b.pass(time.Minute)
	}
	if got := b.job("large"); got.State != jobs.Waiting || got.Attempts < 30 || got.NextAt.Sub(b.now()) > time.Minute {
		t.Errorf("too large: %s after %d tries", got.State, got.Attempts)
	}
	if got := b.job("hopeless"); got.State != jobs.Failed || got.Attempts != 1 {
		t.Errorf("hopeless: %s after %d tries", got.State, got.Attempts)
	}
}

// A job that ends the process takes every other with it, whenever it is claimed again:
// after five times nobody works it any more.
func TestWhatEndsTheProcessIsGivenUp(t *testing.T) {
	b := newBench(t)
	b.add("poison")
	for range 5 { // claimed, and never heard of again
		if _, ok, err := b.Claim(t.Context(), b.now(), b.now().Add(time.Minute), "quick"); err != nil || !ok {
			t.Fatalf("claim: %v, %v", ok, err)
		}
		b.pass(2 * time.Minute)
	}
	b.once(b.runner(func(context.Context, jobs.Job) error {
		t.Error("it is worked a sixth time")
		return nil
	}))
	if job := b.job("poison"); !job.GaveUp() || job.Error == "" {
		t.Errorf("it is %+v, want given up with a reason", job)
	}
}

// TestNothingIsBegunWhileHeld: a job that runs is handed back, none is claimed, and all
// goes on by itself.
func TestNothingIsBegunWhileHeld(t *testing.T) {
	b := newBench(t)
	b.add("one")
	var held atomic.Bool
	tries := 0
	r := b.runner(func(ctx context.Context, _ jobs.Job) error {
		if tries++; tries > 1 {
			return nil
		}
		held.Store(true)
		<-ctx.Done()
		return ctx.Err()
	})
	r.Hold, r.Lease = held.Load, 30*time.Millisecond
	if worked, err := r.Once(t.Context()); !worked || err != nil {
		t.Fatalf("worked %v, %v", worked, err)
	}
	if j := b.jobs["one"]; j.State != jobs.Waiting {
		t.Errorf("handed back as %s", j.State)
	}
	if worked, err := r.Once(t.Context()); worked || err != nil || tries != 1 {
		t.Errorf("while held: worked %v, %v", worked, err)
	}
	held.Store(false)
	if worked, err := r.Once(t.Context()); !worked || err != nil || b.jobs["one"].State != jobs.Done {
		t.Errorf("after: worked %v, %v, %s", worked, err, b.jobs["one"].State)
	}
}
