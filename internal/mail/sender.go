package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
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
}

// SenderConfig is how mail leaves.
type SenderConfig struct {
	Server      *Server // nil: nothing leaves, the built-in mailbox shows it
	Rate        float64 // mails a second over all connections; 0: as fast as the server takes them
	Connections int     // to the mail server at once; 0: 2
	Now         func() time.Time
	Log         *slog.Logger
	Lease       time.Duration // how long a silent sender keeps its messages; 0: 2 minutes
	Idle        time.Duration // pause when nothing is due; 0: 1 second
	Pause       time.Duration // first pause after the server could not be reached; 0: 15 seconds
}

// maxPause is the longest pause between two attempts to reach the server.
const maxPause = 10 * time.Minute

// Sender sends what the outbox owes. Several may run at once, in one process or
// many. A mail leaves at least once: after a crash between sending and noting it,
// it leaves again with the same Message-ID.
type Sender struct {
	SenderConfig
	queue    Queue
	renderer *Renderer
	limit    *rate.Limiter
	wake     chan struct{}

	mu         sync.Mutex
	pausedTill time.Time // the server could not be reached: nothing is claimed until then
	failures   int       // times in a row that it could not
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
	if cfg.Pause == 0 {
		cfg.Pause = 15 * time.Second
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
func (s *Sender) Once(ctx context.Context) (int, error) {
	if s.paused() {
		return 0, nil
	}
	now := s.Now()
	batch, err := s.queue.Claim(ctx, s.batchSize(), now, now.Add(s.Lease))
	if err != nil || len(batch) == 0 {
		return 0, err
	}
	letters, err := collect(ctx, s.queue, batch)
	if err != nil {
		s.handBack(ctx, batch, "")
		return len(batch), err
	}
	due := s.cancelStale(ctx, letters)
	if s.Server == nil {
		s.keep(ctx, due)
		return len(batch), nil
	}
	s.deliver(ctx, due)
	return len(batch), nil
}

// batchSize is what can be sent well within a lease.
func (s *Sender) batchSize() int {
	if s.Server == nil {
		return 500
	}
	size := 50 * s.Connections
	if s.Rate > 0 {
		size = min(size, max(1, int(s.Rate*s.Lease.Seconds()/4)))
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
	var workers sync.WaitGroup
	for range min(s.Connections, len(letters)) {
		workers.Go(func() {
			w := worker{Sender: s}
			w.run(ctx, queue)
		})
	}
	workers.Wait()
}

// handBack gives messages back without counting an attempt: they leave once the
// server answers again.
func (s *Sender) handBack(ctx context.Context, batch []notify.Message, words string) {
	outcomes := make([]notify.Outcome, 0, len(batch))
	for _, m := range batch {
		o := outcome(m, notify.Queued, s.Now())
		o.NextAt = s.resumeAt()
		if words != "" {
			o.Reason, o.Reply = notify.Unreachable, words
		}
		outcomes = append(outcomes, o)
	}
	s.settle(ctx, outcomes)
}

// settle writes outcomes even while the process is stopping, and again when the
// database is away for a moment: a mail whose sending is not noted is sent twice.
func (s *Sender) settle(ctx context.Context, outcomes []notify.Outcome) {
	if len(outcomes) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.Lease/2)
	defer cancel()
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

func outcome(m notify.Message, state notify.State, now time.Time) notify.Outcome {
	return notify.Outcome{Message: m, State: state, Attempts: m.Attempts, At: now}
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

func (s *Sender) paused() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Now().Before(s.pausedTill)
}

// resumeAt is when messages handed back may be claimed again.
func (s *Sender) resumeAt() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.Now(); now.After(s.pausedTill) {
		return now
	}
	return s.pausedTill
}

// unreachable pauses the whole sender, longer each time.
func (s *Sender) unreachable(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Now()
	if now.Before(s.pausedTill) {
		return // another connection has noticed already
	}
	pause := min(s.Pause<<min(s.failures, 10), maxPause)
	s.failures++
	s.pausedTill = now.Add(pause)
	s.Log.Warn("the mail server takes nothing; sending pauses", "error", err, "pause", pause.String())
}

func (s *Sender) reached() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = 0
}

// errUnwelcome says that the server refuses our own address.
var errUnwelcome = errors.New("the mail server refuses the sender's address")

func unwelcomeError(words string) error { return fmt.Errorf("%w: %s", errUnwelcome, words) }
