package mongod

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
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
	// TestCommands lets tests make commands fail (failCommand), and removes nothing that
	// has expired: the clocks of tests are their own, the server's is not. There is no
	// switch for less syncing: tests would be faster, and prove less.
	TestCommands bool
}

// Server is a managed mongod: one process, and after it another one where Keep is asked
// to see to that.
type Server struct {
	cfg      Config
	port     int
	password string
	lock     *os.File
	stop     sync.Once
	stopping chan struct{} // closed when it is to end for good
	keeping  sync.WaitGroup

	mu      sync.Mutex
	run     *run  // the process of now, or the last one
	trouble error // why there is none that takes writes; nil while there is
}

// run is one process.
type run struct {
	process *os.Process
	done    chan struct{} // closed when it has ended
	state   *os.ProcessState
	logFrom int64 // where its part of the log begins
}

const (
	setName = "tsunagi"
	user    = "tsunagi"

	// startTimeout leaves room for the journal of much data, after a power cut.
	startTimeout = 3 * time.Minute
	stopTimeout  = 8 * time.Second

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
	s := &Server{cfg: cfg, lock: lock, stopping: make(chan struct{})}
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
		args = append(args, "--setParameter", "enableTestCommands=1", "--setParameter", "ttlMonitorEnabled=false")
	}
	if _, err := s.trimLog(); err != nil {
		return err
	}
	cmd := exec.Command(s.cfg.Binary, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	endWithParent(cmd.SysProcAttr)
	r := &run{done: make(chan struct{}), logFrom: s.logSize()}
	if err := r.start(cmd); err != nil {
		return fmt.Errorf("start mongod: %w", err)
	}
	s.mu.Lock()
	s.run = r
	s.mu.Unlock()
	go s.keepLogSmall(r.process, r.done)
	if err := os.WriteFile(s.cfg.path("pid"), []byte(strconv.Itoa(s.PID())+"\n"), 0o600); err != nil {
		s.kill()
		return fmt.Errorf("note the server's pid: %w", err)
	}
	return nil
}

// start starts the process from a thread that stays until it has ended: the kernel takes
// the end of the thread for the end of the parent.
func (r *run) start(cmd *exec.Cmd) error {
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		r.process = cmd.Process
		started <- err
		if err == nil {
			_ = cmd.Wait() // why it ended is in its log
			r.state = cmd.ProcessState
			close(r.done)
		}
	}()
	return <-started
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

// current is the process of now, or the last one.
func (s *Server) current() *run {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.run
}

// PID is the process id of the server.
func (s *Server) PID() int { return s.current().process.Pid }

// Done is closed when the process of now has ended, whoever ended it.
func (s *Server) Done() <-chan struct{} { return s.current().done }

// Stop ends the server cleanly and waits for it; after eight seconds it is killed,
// from which its journal recovers. Stopping one that has ended, or twice, is fine.
func (s *Server) Stop() error {
	var err error
	s.stop.Do(func() {
		close(s.stopping)
		s.keeping.Wait()
		err = s.end()
	})
	return err
}

func (s *Server) end() error {
	defer func() { _ = s.lock.Close() }() // last: another process may then start
	r := s.current()
	if err := r.process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop mongod: %w", err)
	}
	select {
	case <-r.done:
	case <-time.After(stopTimeout):
		s.kill()
	}
	if err := os.Remove(s.cfg.path("pid")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the server's pid: %w", err)
	}
	return nil
}

func (s *Server) kill() {
	r := s.current()
	_ = r.process.Kill()
	<-r.done
}
