package mail

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"tsunagi/internal/notify"
)

// Queue is the outbox as the sender sees it.
type Queue interface {
	Records
	// Claim leases up to n due messages to this sender until the given moment,
	// raising their fences; nobody else gets them meanwhile.
	Claim(ctx context.Context, n int, now, until time.Time) ([]notify.Message, error)
	// Settle writes what became of claimed messages, with what it means for their
	// requests, in one transaction. Outcomes whose fence no longer holds are left out.
	Settle(ctx context.Context, outcomes []notify.Outcome) error

	// Held tells whether nothing may leave because the data came out of a backup, and
	// nobody has confirmed yet that they are the ones to write from.
	Held(ctx context.Context) (bool, error)
	// Pause tells whether sending stands still, for every process alike.
	Pause(ctx context.Context) (notify.Pause, error)
	// SavePause puts a pause in place of the one that was read; false when another
	// sender was faster. The zero pause in place of one ends it.
	SavePause(ctx context.Context, read, next notify.Pause) (bool, error)
	// ClaimProbe leases the one due message that probes whether the server takes
	// mail again, none when none is due or another sender probes. A message that
	// was never refused goes first, unless the pause says otherwise: what one
	// recipient's server refuses must not hold up the rest.
	ClaimProbe(ctx context.Context, p notify.Pause, now, until time.Time) ([]notify.Message, error)
}

// SenderConfig is how mail leaves.
type SenderConfig struct {
	Server      *Server // nil: nothing leaves
	Mailbox     bool    // without a server, the built-in mailbox takes what would leave; else it stays queued
	Rate        float64 // mails a second over all connections; 0: as fast as the server takes them
	Connections int     // to the mail server at once; 0: 2
	Now         func() time.Time
	Log         *slog.Logger
	Told        func(verdict string) // told what became of each mail that was tried: watch.Sent, or a reply.Sense; nil: nobody is
	Lease       time.Duration        // how long a silent sender keeps its messages; 0: 2 minutes
	Idle        time.Duration        // pause when nothing is due; 0: 1 second
	Grace       time.Duration        // how long a stopping sender waits for a mail server or a database that hangs; 0: 8 seconds
}

// Sender sends what the outbox owes. Several may run at once, in one process or
// many. A mail leaves at least once: after a crash between sending and noting it,
// it leaves again with the same Message-ID.
type Sender struct {
	SenderConfig
	queue    Queue
	renderer *Renderer
	limit    *rate.Limiter
	wake     chan struct{}

	free atomic.Bool // nothing is held: data that are served are never restored over

	mu     sync.Mutex
	pause  notify.Pause // as last read or begun by this sender
	streak streak
	stopBy time.Time // when a stopping sender waits for the database no longer; zero while it runs
}

// NewSender makes a sender; Run starts it.
func NewSender(queue Queue, renderer *Renderer, cfg SenderConfig) *Sender {
	if cfg.Connections < 1 {
		cfg.Connections = 2
	}
	if cfg.Lease == 0 {
		cfg.Lease = 2 * time.Minute
	}
	if cfg.Idle == 0 {
		cfg.Idle = time.Second
	}
	if cfg.Grace == 0 {
		cfg.Grace = 8 * time.Second
	}
	limit := rate.NewLimiter(rate.Inf, 1)
	if cfg.Rate > 0 {
		limit = rate.NewLimiter(rate.Limit(cfg.Rate), 1)
	}
	return &Sender{SenderConfig: cfg, queue: queue, renderer: renderer, limit: limit, wake: make(chan struct{}, 1)}
}

// Wake makes an idle sender look at once.
func (s *Sender) Wake() {
	select {
	case s.wake <- struct{}{}:
	default: // it is awake already
	}
}

// Run sends until the context ends; then the mails under way are finished and the
// rest is handed back.
func (s *Sender) Run(ctx context.Context) {
	if s.Server == nil && !s.Mailbox {
		s.Log.Warn("no mail server is named (--smtp-url): nothing is sent, mails stay queued until one is")
	}
	s.hurry(ctx)
	for ctx.Err() == nil {
		n, err := s.Once(ctx)
		if err != nil && ctx.Err() == nil {
			s.Log.Warn("send mail", "error", err)
		}
		if n > 0 && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-time.After(s.Idle):
		}
	}
}

// Once claims one batch and works it off; it tells how many messages it claimed.
// While sending stands still it claims nothing, and one message once it is time
// to probe.
func (s *Sender) Once(ctx context.Context) (int, error) {
	if s.Server == nil && !s.Mailbox {
		return 0, nil
	}
	if held, err := s.restored(ctx); held || err != nil {
		return 0, err
	}
	p, err := s.readPause(ctx)
	if err != nil {
		return 0, err
	}
	now := s.Now()
	claim := func() ([]notify.Message, error) { return s.queue.Claim(ctx, s.batchSize(), now, now.Add(s.Lease)) }
	if p.On() {
		if now.Before(p.Until) {
			return 0, nil
		}
		claim = func() ([]notify.Message, error) { return s.queue.ClaimProbe(ctx, p, now, now.Add(s.Lease)) }
	}
	batch, err := claim()
	if err != nil || len(batch) == 0 {
		return 0, err
	}
	letters, err := collect(ctx, s.queue, batch)
	if err != nil {
		s.handBack(ctx, batch, notify.NoReason)
		return len(batch), err
	}
	due := s.cancelStale(ctx, letters)
	switch {
	case s.Server == nil:
		s.keep(ctx, due)
	case p.On():
		s.probe(ctx, p, due)
	default:
		s.deliver(ctx, due)
	}
	return len(batch), nil
}

// restored asks whether nothing may leave after a restore, until that is over.
func (s *Sender) restored(ctx context.Context) (bool, error) {
	if s.free.Load() {
		return false, nil
	}
	held, err := s.queue.Held(ctx)
	if err == nil && !held {
		s.free.Store(true)
	}
	return held, err
}

// heldFor is how long the mails that a sender takes at once keep it busy, at the rate that is
// set. What is withdrawn or revoked meanwhile, or goes to another address, has been taken.
const heldFor = 3 * time.Second

// batchSize is what can be sent well within a lease, and soon.
func (s *Sender) batchSize() int {
	if s.Server == nil {
		return 500
	}
	size := 50 * s.Connections
	if s.Rate > 0 {
		size = min(size, max(1, int(s.Rate*min(heldFor, s.Lease/4).Seconds())))
	}
	return size
}

// cancelStale settles what need not leave any more and gives the rest.
func (s *Sender) cancelStale(ctx context.Context, letters []Letter) []Letter {
	var due []Letter
	var cancelled []notify.Outcome
	for _, l := range letters {
		if reason := l.stillDue(s.Now()); reason != notify.NoReason {
			o := outcome(l.Message, notify.Cancelled, s.Now())
			o.Reason = reason
			cancelled = append(cancelled, o)
			continue
		}
		due = append(due, l)
	}
	s.settle(ctx, cancelled)
	return due
}

// keep marks messages as sent into the built-in mailbox, which renders them when
// somebody looks.
func (s *Sender) keep(ctx context.Context, letters []Letter) {
	outcomes := make([]notify.Outcome, 0, len(letters))
	for _, l := range letters {
		o := outcome(l.Message, notify.Sent, s.Now())
		o.Attempts++
		if _, err := parseAddress(l.Message.To.Email); err != nil {
			o.State, o.Reason = notify.Failed, notify.BadAddress
		}
		outcomes = append(outcomes, o)
	}
	s.settle(ctx, outcomes)
}

// deliver sends the letters over several connections.
func (s *Sender) deliver(ctx context.Context, letters []Letter) {
	if len(letters) == 0 {
		return
	}
	queue := make(chan Letter, len(letters))
	for _, l := range letters {
		queue <- l
	}
	close(queue)
	var rest sync.WaitGroup
	rest.Add(1)
	stop := context.AfterFunc(ctx, func() { // at once: whoever sends may hang
		defer rest.Done()
		s.handBack(ctx, left(queue), notify.NoReason)
	})
	notes := s.startNoting(ctx)
	exchanges, end := s.withGrace(ctx)
	defer end()
	var workers sync.WaitGroup
	for range min(s.Connections, len(letters)) {
		workers.Go(func() {
			w := worker{Sender: s, exchanges: exchanges}
			w.run(ctx, queue, notes)
		})
	}
	workers.Wait()
	if stop() {
		rest.Done()
	}
	rest.Wait()
	notes.end()
}

// left takes the letters that nobody has begun.
func left(queue <-chan Letter) []notify.Message {
	var out []notify.Message
	for l := range queue {
		out = append(out, l.Message)
	}
	return out
}

// withGrace is a context for what is finished while the process stops, as long as that
// takes no longer than the grace.
func (s *Sender) withGrace(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(s.graceLeft(), cancel) })
	return longer, func() { stop(); cancel() }
}

// handBack gives messages back as they were: they leave once they may.
func (s *Sender) handBack(ctx context.Context, batch []notify.Message, reason notify.Reason) {
	outcomes := make([]notify.Outcome, 0, len(batch))
	for _, m := range batch {
		outcomes = append(outcomes, s.held(m, reason, ""))
	}
	s.settle(ctx, outcomes)
}

// held is the outcome of a message that goes back into the queue without an
// attempt counted.
func (s *Sender) held(m notify.Message, reason notify.Reason, words string) notify.Outcome {
	o := outcome(m, notify.Queued, s.Now())
	o.NextAt, o.Reason, o.Reply = m.InLine(s.Now()), reason, words
	return o
}

// settle writes outcomes even while the process is stopping, and again when the
// database is away for a moment: a mail whose sending is not noted is sent twice.
// A stopping process waits no longer than its grace for all of them; a database that
// has ended would keep it from starting anew.
func (s *Sender) settle(ctx context.Context, outcomes []notify.Outcome) {
	if len(outcomes) == 0 {
		return
	}
	stopping := ctx
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.Lease/2)
	defer cancel()
	defer context.AfterFunc(stopping, func() { time.AfterFunc(s.graceLeft(), cancel) })()
	pause := 100 * time.Millisecond
	for {
		err := s.queue.Settle(ctx, outcomes)
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			s.Log.Error("what became of mails could not be noted; they will be sent again", "mails", len(outcomes), "error", err)
			return
		case <-time.After(pause):
			pause *= 2
		}
	}
}

// graceLeft is what is left of the grace, which begins with the first that asks. What
// comes late is tried still: the database may be well, and the mail server slow.
func (s *Sender) graceLeft() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopBy.IsZero() {
		s.stopBy = time.Now().Add(s.Grace)
	}
	return max(time.Second, time.Until(s.stopBy))
}

func outcome(m notify.Message, state notify.State, now time.Time) notify.Outcome {
	return notify.Outcome{Message: m, State: state, Attempts: m.Attempts, Refusals: m.Refusals, At: now}
}

// retry is the outcome of a failure that may pass.
func retry(m notify.Message, reason notify.Reason, words string, now time.Time) notify.Outcome {
	o := outcome(m, notify.Queued, now)
	o.Attempts++
	o.Reason, o.Reply = reason, words
	next, again := notify.Retry(o.Attempts, now)
	if !again {
		o.State, o.Reason = notify.Failed, notify.GaveUp
		return o
	}
	o.NextAt = next
	return o
}
