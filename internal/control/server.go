package control

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"
)

// Config is what a process listens with.
type Config struct {
	Version  string
	Commands map[string]Command
	Log      *slog.Logger
}

// Server carries out what others call for.
type Server struct {
	Config
	listener net.Listener
	let      func() error // lets go of the folder
	ctx      context.Context
	stop     context.CancelFunc
	calls    sync.WaitGroup
}

// callTimeout is how long a caller may take to say what it wants.
const callTimeout = 10 * time.Second

// endTimeout is how long a caller may take to hear that the process stops.
const endTimeout = time.Second

// Listen begins to carry out commands for who calls by the socket in a folder, which is
// this process's own.
func Listen(dir string, cfg Config) (*Server, error) {
	path, let, err := address(dir)
	if err != nil {
		return nil, fmt.Errorf("make the control socket: %w", err)
	}
	listener, err := net.Listen("unix", path)
	if err == nil {
		if err = os.Chmod(filepath.Join(dir, socketName), 0o600); err != nil {
			err = errors.Join(err, listener.Close())
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make the control socket: %w", err), let())
	}
	s := &Server{Config: cfg, listener: listener, let: let}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.calls.Go(s.accept)
	return s, nil
}

// Close takes no more calls, ends the commands under way and waits for them.
func (s *Server) Close() error {
	s.stop()
	err := s.listener.Close()
	s.calls.Wait()
	return errors.Join(err, s.let())
}

func (s *Server) accept() {
	for {
		c, err := s.listener.Accept()
		switch {
		case s.ctx.Err() != nil:
			if err == nil {
				_ = c.Close()
			}
			return
		case err != nil: // too many open files, say
			s.Log.Warn("take a call of an administrator's command", "error", err)
			select {
			case <-s.ctx.Done():
			case <-time.After(time.Second):
			}
		default:
			s.calls.Go(func() { s.answer(c.(*net.UnixConn)) })
		}
	}
}

// answer carries out one call.
func (s *Server) answer(c *net.UnixConn) {
	defer func() { _ = c.Close() }()
	who, err := caller(c)
	if err == nil {
		err = mayCall(who, os.Geteuid())
	}
	if err != nil {
		s.Log.Warn("a call of an administrator's command was refused", "error", err)
		return
	}
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	defer context.AfterFunc(s.ctx, func() { // nor does a caller who takes no output keep the process
		_ = c.SetReadDeadline(time.Now())
		_ = c.SetWriteDeadline(time.Now().Add(endTimeout))
	})()
	_ = c.SetDeadline(time.Now().Add(callTimeout))
	var called call
	err = writeJSON(c, kindHello, hello{Version: s.Version, PID: os.Getpid()})
	if err == nil {
		err = readJSON(c, kindCall, &called)
	}
	if err != nil {
		s.Log.Warn("a call of an administrator's command was broken off", "error", err)
		return
	}
	_ = c.SetDeadline(time.Time{})
	go func() { // nothing more is said: what comes is the caller's end
		_, _ = c.Read(make([]byte, 1))
		cancel()
	}()
	s.finish(c, s.carryOut(ctx, called, who, c))
}

// carryOut runs the command, and tells how it went.
func (s *Server) carryOut(ctx context.Context, called call, who int, c *net.UnixConn) (ended end) {
	run, known := s.Commands[called.Command]
	if !known {
		return end{Unknown: true, Error: fmt.Sprintf("the process that has the data open (%d, version %s) does not know this command: "+
			"start it again with the program that you called", os.Getpid(), s.Version)}
	}
	defer func() { // a fault in a command must not end what serves people
		if fault := recover(); fault != nil {
			s.Log.Error("an administrator's command failed", "command", called.Command, "panic", fault, "stack", string(debug.Stack()))
			ended = end{Error: fmt.Sprintf("the command failed inside the process that has the data open; its log says how: %v", fault)}
		}
	}()
	err := run(ctx, called.Args, output{c})
	switch {
	case errors.Is(err, ErrElsewhere):
		return end{Elsewhere: true}
	case err != nil && s.ctx.Err() != nil:
		err = errors.New("the process that has the data open was stopped meanwhile: call the command again")
	}
	if err != nil {
		s.Log.Warn("an administrator's command ended with an error", "command", called.Command, "uid", who, "error", err)
		return end{Error: err.Error()}
	}
	s.Log.Info("an administrator's command was carried out", "command", called.Command, "uid", who)
	return end{}
}

// finish tells the end, whenever the caller has read what comes before it; one who has gone
// does not hear it.
func (s *Server) finish(c *net.UnixConn, e end) {
	_ = writeJSON(c, kindEnd, e)
}

// errCaller says that somebody called who may not.
var errCaller = errors.New("only the user of the data and root may")

// mayCall tells whether a user may call what runs as me.
func mayCall(who, me int) error {
	if who != me && who != 0 {
		return fmt.Errorf("user %d: %w", who, errCaller)
	}
	return nil
}
