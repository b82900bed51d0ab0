package mongod

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Config says what to run and where.
type Config struct {
	Binary string  // the program, see Find
	Dir    string  // holds data, port, pid, key and password
	Port   int     // the port to use if it is free; 0 keeps the one used before
	Cache  float64 // gigabytes for WiredTiger's cache; 0 means 0.25, the least
	// TestCommands lets tests make commands fail (failCommand). There is no switch
	// for less syncing: tests would be faster, and prove less.
	TestCommands bool
}

// Server is a running mongod.
type Server struct {
	cfg      Config
	port     int
	password string
	process  *os.Process
	done     chan struct{} // closed when the process has ended
	stop     sync.Once
	lock     *os.File
}

const (
	setName = "tsunagi"
	user    = "tsunagi"

	// startTimeout leaves room for the journal of much data, after a power cut.
	startTimeout = 3 * time.Minute
	stopTimeout  = 10 * time.Second

	// maxLaunches is how often a new server is started until it is one of a set.
	maxLaunches = 3
)

func (c Config) path(name string) string { return filepath.Join(c.Dir, name) }

// Start runs the server and returns once it takes writes. A server left behind on
// the same data by a killed process is stopped first, so that data never has two.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if cfg.Cache == 0 {
		cfg.Cache = 0.25
	}
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, err
	}
	cfg.Dir = dir
	if err := os.MkdirAll(cfg.path("db"), 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	// One name for one folder: a server left behind is known by it.
	if cfg.Dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, err
	}
	lock, err := lockDir(cfg.path("lock"))
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, lock: lock}
	if err := s.start(ctx); err != nil {
		_ = lock.Close()
		return nil, err
	}
	return s, nil
}

func (s *Server) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := stopLeftover(ctx, s.cfg); err != nil {
		return err
	}
	fresh, err := s.loadSecrets()
	if err != nil {
		return err
	}
	if err := s.choosePort(); err != nil {
		return err
	}
	for launched := 1; ; launched++ {
		if err := s.launch(); err != nil {
			return err
		}
		err := s.prepare(ctx, fresh)
		if err == nil {
			return nil
		}
		s.kill()
		if !errors.Is(err, errInitiation) || launched == maxLaunches {
			return fmt.Errorf("%w; its log is %s", err, s.cfg.path("mongod.log"))
		}
	}
}

// launch starts the process in a group of its own, so that Ctrl-C reaches only
// us and the server is stopped after the last request.
func (s *Server) launch() error {
	args := []string{"--dbpath", s.cfg.path("db"), "--bind_ip", "127.0.0.1", "--port", strconv.Itoa(s.port),
		"--replSet", setName, "--keyFile", s.cfg.path("key"),
		"--logpath", s.cfg.path("mongod.log"), "--logappend", "--logRotate", "reopen", "--quiet",
		// Slow commands would be logged with what they hold: answers, addresses.
		"--slowOpSampleRate", "0",
		"--wiredTigerCacheSizeGB", strconv.FormatFloat(s.cfg.Cache, 'f', -1, 64), "--oplogSize", "256",
		"--nounixsocket",
		"--setParameter", "diagnosticDataCollectionEnabled=false",
		// What a killed process had locked is free again after half a minute; our changes
		// take less than a second.
		"--setParameter", "transactionLifetimeLimitSeconds=30",
		// A set of one has nobody to hand over to, so it need not wait for that.
		"--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100"}
	if s.cfg.TestCommands {
		args = append(args, "--setParameter", "enableTestCommands=1")
	}
	if _, err := s.trimLog(); err != nil {
		return err
	}
	cmd := exec.Command(s.cfg.Binary, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start mongod: %w", err)
	}
	done := make(chan struct{})
	s.process, s.done = cmd.Process, done
	go func() {
		_ = cmd.Wait() // why it ended is in its log
		close(done)
	}()
	go s.keepLogSmall(cmd.Process, done)
	if err := os.WriteFile(s.cfg.path("pid"), []byte(strconv.Itoa(s.PID())+"\n"), 0o600); err != nil {
		s.kill()
		return fmt.Errorf("note the server's pid: %w", err)
	}
	return nil
}

// URI is the address, with password, that the driver connects to.
func (s *Server) URI() string { return s.address("replicaSet=" + setName) }

// address is the server's address with other options: one that asks for the set
// does not find a node that has lost its place in it.
func (s *Server) address(query string) string {
	u := url.URL{Scheme: "mongodb", User: url.UserPassword(user, s.password), Host: s.host(), Path: "/",
		RawQuery: query + "&authSource=admin"}
	return u.String()
}

func (s *Server) host() string { return "127.0.0.1:" + strconv.Itoa(s.port) }

// PID is the process id of the server.
func (s *Server) PID() int { return s.process.Pid }

// Done is closed when the process has ended, whoever ended it.
func (s *Server) Done() <-chan struct{} { return s.done }

// Stop ends the server cleanly and waits for it; after ten seconds it is killed,
// from which its journal recovers. Stopping one that has ended, or twice, is fine.
func (s *Server) Stop() error {
	var err error
	s.stop.Do(func() { err = s.end() })
	return err
}

func (s *Server) end() error {
	defer func() { _ = s.lock.Close() }() // last: another process may then start
	if err := s.process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop mongod: %w", err)
	}
	select {
	case <-s.done:
	case <-time.After(stopTimeout):
		s.kill()
	}
	return os.Remove(s.cfg.path("pid"))
}

func (s *Server) kill() {
	_ = s.process.Kill()
	<-s.done
}
