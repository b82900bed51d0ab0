package mongod

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Config says what to run and where.
type Config struct {
	Binary string  // the program, see Find
	Dir    string  // holds data, port, pid, key and password
	Port   int     // the port to begin with when Dir has none yet; 0 chooses a free one
	Cache  float64 // gigabytes for WiredTiger's cache; 0 means 0.25
	// TestCommands lets tests make commands fail (failCommand).
	TestCommands bool
	// Journal off and no syncing would be faster in tests, and prove less: there
	// is no such switch.
}

// Server is a running mongod.
type Server struct {
	cfg      Config
	port     int
	password string
	pid      int
	done     chan struct{} // closed when the process has ended
	lock     *os.File
}

const (
	setName = "tsunagi"
	user    = "tsunagi"

	startTimeout = 60 * time.Second
	stopTimeout  = 30 * time.Second
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
	lock, err := lockDir(cfg.path("lock"))
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, done: make(chan struct{}), lock: lock}
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
	moved, err := s.choosePort()
	if err != nil {
		return err
	}
	if err := s.launch(); err != nil {
		return err
	}
	if err := s.prepare(ctx, fresh, moved); err != nil {
		s.kill()
		return fmt.Errorf("%w; its log is %s", err, s.cfg.path("mongod.log"))
	}
	return nil
}

// launch starts the process in a group of its own, so that Ctrl-C reaches only
// us and the server is stopped after the last request.
func (s *Server) launch() error {
	args := []string{"--dbpath", s.cfg.path("db"), "--bind_ip", "127.0.0.1", "--port", strconv.Itoa(s.port),
		"--replSet", setName, "--keyFile", s.cfg.path("key"), "--logpath", s.cfg.path("mongod.log"), "--logappend",
		"--wiredTigerCacheSizeGB", strconv.FormatFloat(s.cfg.Cache, 'f', -1, 64), "--oplogSize", "256",
		"--unixSocketPrefix", s.cfg.Dir, "--nounixsocket",
		"--setParameter", "diagnosticDataCollectionEnabled=false",
		// A set of one has nobody to hand over to, so it need not wait for that.
		"--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100"}
	if s.cfg.TestCommands {
		args = append(args, "--setParameter", "enableTestCommands=1")
	}
	cmd := exec.Command(s.cfg.Binary, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start mongod: %w", err)
	}
	s.pid = cmd.Process.Pid
	if err := os.WriteFile(s.cfg.path("pid"), []byte(strconv.Itoa(s.pid)+"\n"), 0o600); err != nil {
		s.kill()
		return fmt.Errorf("note the server's pid: %w", err)
	}
	go func() {
		_ = cmd.Wait() // why it ended is in its log
		close(s.done)
	}()
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
func (s *Server) PID() int { return s.pid }

// Done is closed when the process has ended, whoever ended it.
func (s *Server) Done() <-chan struct{} { return s.done }

// Stop ends the server cleanly and waits for it; after half a minute it is killed,
// from which its journal recovers.
func (s *Server) Stop() error {
	defer func() { _ = s.lock.Close() }()
	if err := syscall.Kill(s.pid, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
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
	_ = syscall.Kill(s.pid, syscall.SIGKILL)
	if s.done != nil {
		<-s.done
	}
}

// lockDir makes sure that one process at a time manages the folder. The lock goes
// away with the process, however it dies.
func lockDir(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("%s is in use by another Tsunagi process: stop that one first, or choose another --data", filepath.Dir(path))
	}
	return f, nil
}

// stopLeftover ends a server whose parent was killed. The pid beside the data may
// by now belong to another program, so its command line must name our data.
func stopLeftover(ctx context.Context, cfg Config) error {
	raw, err := os.ReadFile(cfg.path("pid"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the server's pid: %w", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil || pid <= 1 || !serves(pid, cfg.path("db")) {
		return nil
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stop the mongod left behind (pid %d): %w", pid, err)
	}
	for serves(pid, cfg.path("db")) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("the mongod left behind (pid %d) does not stop: end it by hand", pid)
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

// serves tells whether the process is a server on this data.
func serves(pid int, data string) bool {
	out, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil { // not Linux, or the process is gone
		out, err = exec.Command("ps", "-o", "args=", "-p", strconv.Itoa(pid)).Output()
		if err != nil {
			return false
		}
	}
	line := strings.ReplaceAll(string(out), "\x00", " ")
	return strings.Contains(line, "mongod") && strings.Contains(line, data)
}
