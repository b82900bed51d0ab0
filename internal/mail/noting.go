package mail

import (
	"context"

	"tsunagi/internal/notify"
)

// unnoted is how many mails a connection may be ahead of what is noted of them. It is
// how many leave twice when the process is killed, and a server that is no faster than
// the database never sees it.
const unnoted = 16

// notes writes what became of mails while the next ones are sent, those together that
// came while the last were written: a write for every mail would halve the speed.
type notes struct {
	room chan struct{} // holds one for every mail that may have left and is not noted
	sent chan notify.Outcome
	done chan struct{}
}

// startNoting notes until end is called.
func (s *Sender) startNoting(ctx context.Context) *notes {
	most := unnoted * s.Connections
	n := &notes{room: make(chan struct{}, most), sent: make(chan notify.Outcome, most), done: make(chan struct{})}
	go func() {
		defer close(n.done)
		for first := range n.sent {
			outcomes := []notify.Outcome{first}
			for range len(n.sent) {
				outcomes = append(outcomes, <-n.sent)
			}
			s.settle(ctx, outcomes)
			for range outcomes {
				n.free()
			}
		}
	}()
	return n
}

// take waits until one more mail may be under way, or the context ends. Whoever took
// adds what became of the mail, or frees the room.
func (n *notes) take(ctx context.Context) bool {
	select {
	case n.room <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (n *notes) free() { <-n.room }

func (n *notes) add(o notify.Outcome) { n.sent <- o }

// end returns when all that was added is noted.
func (n *notes) end() {
	close(n.sent)
	<-n.done
}
