package picture

import (
	"context"
	"slices"
	"sync"
)

// turn is had by one at a time. Those who wait get it in the order in which they came, but
// whoever is urgent before all others. The zero value is free.
type turn struct {
	mu     sync.Mutex
	taken  bool
	urgent []chan struct{} // closed when the turn is theirs
	others []chan struct{}
}

// take waits for the turn, as long as the context lets it.
func (t *turn) take(ctx context.Context, urgent bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t.mu.Lock()
	if !t.taken {
		t.taken = true
		t.mu.Unlock()
		return nil
	}
	mine, queue := make(chan struct{}), &t.others
	if urgent {
		queue = &t.urgent
	}
	*queue = append(*queue, mine)
	t.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	at := slices.Index(*queue, mine)
	if at >= 0 {
		*queue = slices.Delete(*queue, at, at+1)
	}
	t.mu.Unlock()
	if at < 0 { // it was given at the same moment
		t.give()
	}
	return ctx.Err()
}

// give gives the turn on.
func (t *turn) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, queue := range []*[]chan struct{}{&t.urgent, &t.others} {
		if len(*queue) > 0 {
			close((*queue)[0])
			*queue = (*queue)[1:]
			return
		}
	}
	t.taken = false
}
