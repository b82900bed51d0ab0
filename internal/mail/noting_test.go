package mail

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tsunagi/internal/notify"
)

// lateNotes is an outbox that notes nothing as long as the server takes mails.
type lateNotes struct {
	*memory
	server *mailServer
	mu     sync.Mutex
	noted  int
	ahead  int // how many mails were taken at most that were not noted
}

func (q *lateNotes) Settle(ctx context.Context, outcomes []notify.Outcome) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	taken := len(q.server.mails())
	for still := -1; still != taken; { // until it takes no more
		still = taken
		time.Sleep(50 * time.Millisecond)
		taken = len(q.server.mails())
	}
	q.ahead = max(q.ahead, taken-q.noted)
	q.noted += len(outcomes)
	return q.memory.Settle(ctx, outcomes)
}

// TestFewMailsAreAheadOfTheNotes: what left and is not noted leaves again when the
// process is killed, and no more of it than is promised may be under way.
func TestFewMailsAreAheadOfTheNotes(t *testing.T) {
	server := startMail(t, &mailServer{}, false)
	q := &lateNotes{memory: newMemory(), server: server}
	ids := q.owe(90)
	s := testSender(t, q, server.client(NoTLS), newClock(), func(c *SenderConfig) { c.Connections = 2 })
	for once(t, s) > 0 {
	}
	if got := q.states()[notify.Sent]; got != len(ids) || len(server.mails()) != len(ids) {
		t.Fatalf("%d noted, %d taken, want %d", got, len(server.mails()), len(ids))
	}
	if q.ahead < 2 || q.ahead > unnoted*2 {
		t.Errorf("%d mails were not noted at once, want some and at most %d", q.ahead, unnoted*2)
	}
}

// TestAStoppingSenderWaitsOnceForAll: however many mails wait to be noted, in whatever
// groups, the grace is for all of them.
func TestAStoppingSenderWaitsOnceForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newMemory()
		q.broken = errors.New("gone")
		s := testSender(t, q, nil, newClock(), func(c *SenderConfig) { c.Grace = 10 * time.Second })
		ctx, stop := context.WithCancel(t.Context())
		stop()
		begun := time.Now()
		for i := range 3 {
			s.settle(ctx, []notify.Outcome{outcome(notify.Message{ID: strconv.Itoa(i)}, notify.Sent, begun)})
		}
		if took := time.Since(begun); took > 15*time.Second {
			t.Errorf("it waited for %s, want hardly longer than the grace", took)
		}
	})
}
