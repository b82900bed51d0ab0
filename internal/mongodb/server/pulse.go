package server

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"tsunagi/internal/fault"
)

// A database that falls silent is noticed after beat + patience, so that who waits for a
// page has an answer within five seconds. One that is merely slow goes on answering pings.
const (
	beat     = time.Second
	patience = 2500 * time.Millisecond
)

// ErrSilent says that the database does not answer, not even a ping.
var ErrSilent = errors.New("the database does not answer")

// Pulse knows whether the database answers. The zero value believes that it does.
type Pulse struct {
	mu     sync.Mutex
	silent context.Context // of the present silence: ended; of the time before it: goes on
	fall   context.CancelCauseFunc
}

// Silent is why nobody should wait for the database, nil while it answers.
func (p *Pulse) Silent() error { return context.Cause(p.now()) }

func (p *Pulse) now() context.Context {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.silent == nil {
		p.silent, p.fall = context.WithCancelCause(context.Background())
	}
	return p.silent
}

// While is a context for as long as the database answers: then it ends, its cause is
// Unavailable, and fault.Lost is true of it. The function ends it.
func (p *Pulse) While(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	now := p.now()
	stop := context.AfterFunc(now, func() { cancel(context.Cause(now)) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

// Run asks the server at an address for a sign of life until the context ends, over a
// connection of its own: one out of a pool that is busy would have to be waited for.
func (p *Pulse) Run(ctx context.Context, uri string) error {
	client, err := mongo.Connect(options.Client().ApplyURI(uri).SetAppName("tsunagi-pulse").SetMaxPoolSize(1).
		SetServerSelectionTimeout(patience).SetTimeout(patience))
	if err != nil {
		return fmt.Errorf("connect to MongoDB: %w", err)
	}
	p.run(ctx, func(ctx context.Context) error { return client.Ping(ctx, readpref.Primary()) })
	return client.Disconnect(context.WithoutCancel(ctx))
}

func (p *Pulse) run(ctx context.Context, ping func(context.Context) error) {
	for tick := time.NewTicker(beat); ; {
		p.note(ctx, ping)
		select {
		case <-ctx.Done():
			tick.Stop()
			p.back()
			return
		case <-tick.C:
		}
	}
}

// note asks once.
func (p *Pulse) note(ctx context.Context, ping func(context.Context) error) {
	asking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := ping(asking)
	if err == nil || ctx.Err() != nil {
		p.back()
		return
	}
	p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fall(fault.New(fault.Unavailable, "fault.unavailable").Because(fmt.Errorf("%w: %w", ErrSilent, err)))
}

// back ends a silence.
func (p *Pulse) back() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.silent != nil && p.silent.Err() != nil {
		p.silent = nil
	}
}
