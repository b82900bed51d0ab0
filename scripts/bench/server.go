package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// server is the built program, serving in a process of its own.
type server struct {
	program, data, address string
	process                *exec.Cmd
}

func newServer(program, data string) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return &server{program: program, data: data, address: l.Addr().String()}, l.Close()
}

func (s *server) base() string { return "http://" + s.address }

func (s *server) log() string { return s.data + ".log" }

// said is the last 2,000 bytes of what the program printed.
func (s *server) said() string {
	raw, _ := os.ReadFile(s.log()) // it may not have begun
	return string(raw[max(len(raw)-2000, 0):])
}

// start serves with the settings given beside those that say where, and gives how
// long it took until it could write.
func (s *server) start(ctx context.Context, settings ...string) (time.Duration, error) {
	args := append([]string{"serve", "--data", s.data, "--listen", s.address, "--base-url", s.base()}, settings...)
	s.process = exec.CommandContext(ctx, s.program, args...)
	out, err := os.OpenFile(s.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() { _ = out.Close() }() // the program has its own by then
	s.process.Stdout, s.process.Stderr = out, out
	// A benchmark that is stopped stops the program in peace, and so its database.
	s.process.Cancel = func() error { return s.process.Process.Signal(syscall.SIGTERM) }
	begun := time.Now()
	if err := s.process.Start(); err != nil {
		return 0, err
	}
	err = ready(ctx, s.base()+"/readyz")
	return time.Since(begun), err
}

func (s *server) stop() error {
	if s.process == nil || s.process.Process == nil {
		return nil
	}
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		return nil // it has ended
	}
	err := s.process.Wait()
	s.process = nil
	return err
}

func ready(ctx context.Context, url string) error {
	for range 3000 {
		if res, err := http.Get(url); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s did not answer within half a minute", url)
}

// pause waits; an error when the context ends before.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// beside reads what lies in the folder of the managed database.
func (s *server) beside(name string) (string, error) {
	raw, err := os.ReadFile(filepath.Join(s.data, "mongod", name))
	return strings.TrimSpace(string(raw)), err
}

// idleMemory gives what the program alone has resident after it was started anew and
// left alone for a while: hashing a password takes 64 MB, which are given back only
// minutes after a sign-in. Linux alone can tell.
func (b *bench) idleMemory(ctx context.Context) (Result, error) {
	r := Result{Name: "idle-memory", N: 1, Clients: 0}
	if err := b.server.stop(); err != nil {
		return r, err
	}
	if _, err := b.server.start(ctx); err != nil {
		return r, err
	}
	if err := pause(ctx, b.idle); err != nil {
		return r, err
	}
	bytes, err := resident(b.server.process.Process.Pid)
	r.Megabytes = round(float64(bytes) / 1e6)
	return r, err
}

func resident(pid int) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		var kilobytes int64
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &kilobytes); err == nil {
			return kilobytes << 10, nil
		}
	}
	return 0, fmt.Errorf("process %d does not tell its memory", pid)
}

// starting stops and starts the program on the data that the measurements before
// have left.
func (b *bench) starting(ctx context.Context) (Result, error) {
	r := Result{Name: "start-ready", Clients: 1}
	var times []time.Duration
	for range b.starts {
		if err := b.server.stop(); err != nil {
			return r, err
		}
		took, err := b.server.start(ctx)
		if err != nil {
			return r, err
		}
		times = append(times, took)
	}
	r.compare(sum(times), 0, len(times), 0)
	r.spread(times)
	return r, nil
}
