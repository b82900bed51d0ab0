package mongod

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"syscall"
	"time"
)

// How long the server stays away after it ended by itself: a full disk or a lack of
// memory is not over at once, and does not end sooner by being tried all the time.
const (
	firstWait   = 500 * time.Millisecond
	longestWait = 30 * time.Second
	// steady is how long it must have run for the next end to count as the first.
	steady = time.Minute
)

// errEnded says that the process ended without being asked to.
var errEnded = errors.New("the database process ended")

// Keep starts the server again whenever it ends by itself, on the same port and data, until
// Stop. Trouble tells of it meanwhile.
func (s *Server) Keep(log *slog.Logger) {
	s.keeping.Go(func() {
		wait := firstWait
		for since := time.Now(); s.endedByItself(); since = time.Now() {
			if time.Since(since) > steady {
				wait = firstWait
			}
			if wait = s.revive(log, wait); wait == 0 {
				return
			}
		}
	})
}

// Trouble is why no server takes writes: in the words of the one that ended, or nil while
// one runs.
func (s *Server) Trouble() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trouble
}

func (s *Server) setTrouble(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble = err
}

// endedByItself waits for the end of the process; false when Stop was called.
func (s *Server) endedByItself() bool {
	select {
	case <-s.stopping:
	case <-s.Done():
	}
	return !s.isStopping()
}

func (s *Server) isStopping() bool {
	select {
	case <-s.stopping:
		return true
	default:
		return false
	}
}

// revive starts the server anew until it runs, waiting longer each time. It tells how long
// to wait when it ends again, 0 when Stop was called.
func (s *Server) revive(log *slog.Logger, wait time.Duration) time.Duration {
	err := fmt.Errorf("%w%s (%s)", errEnded, s.lastWords(), ending(s.current().state))
	for {
		s.setTrouble(err)
		log.Error("the database is away and is started again", "error", err, "wait", wait, "log", s.cfg.path("mongod.log"))
		select {
		case <-s.stopping:
			return 0
		case <-time.After(wait):
		}
		wait = min(2*wait, longestWait)
		if err = s.again(); err == nil {
			s.setTrouble(nil)
			log.Info("the database runs again")
			return wait
		}
		if s.isStopping() {
			return 0
		}
	}
}

// again starts a process and waits until it takes writes.
func (s *Server) again() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	go func() {
		select {
		case <-s.stopping:
			cancel()
		case <-ctx.Done():
		}
	}()
	if err := s.launch(); err != nil {
		return err
	}
	if err := s.prepare(ctx, false); err != nil {
		s.kill()
		return err
	}
	return nil
}

// ending is how a process ended, and what that mostly means.
func ending(state *os.ProcessState) string {
	how := state.String()
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGKILL {
		return how + ": by somebody, or by the system for lack of memory, of which journalctl -k tells"
	}
	return how
}
