package mongod

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// patience is how long a server left behind may take to end by itself.
const patience = 20 * time.Second

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

// stopLeftover ends a server whose parent was killed. Our own note of its pid is
// missing if the parent died just after starting it; mongod keeps one as well.
func stopLeftover(ctx context.Context, cfg Config) error {
	for _, note := range []string{cfg.path("pid"), filepath.Join(cfg.path("db"), "mongod.lock")} {
		raw, err := os.ReadFile(note)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read the server's pid: %w", err)
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(raw)))
		if err != nil || pid <= 1 {
			continue
		}
		if err := stopServer(ctx, pid, cfg.path("db")); err != nil {
			return fmt.Errorf("the mongod left behind (pid %d) does not stop, end it by hand: %w", pid, err)
		}
	}
	return nil
}

// stopServer ends the process if it serves the data, first politely.
func stopServer(ctx context.Context, pid int, data string) error {
	if !serves(pid, data) {
		return nil
	}
	if err := signal(pid, syscall.SIGTERM); err != nil {
		return err
	}
	enough := time.After(patience)
	for serves(pid, data) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-enough:
			if err := signal(pid, syscall.SIGKILL); err != nil { // its journal recovers
				return err
			}
		case <-time.After(100 * time.Millisecond):
		}
	}
	return nil
}

func signal(pid int, sig syscall.Signal) error {
	if err := syscall.Kill(pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}

// serves tells whether the process is a server on this data. A pid on file may by
// now belong to another program, so its command line must name the data.
func serves(pid int, data string) bool {
	var args []string
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err == nil {
		args = strings.Split(string(raw), "\x00")
	} else { // not Linux, or the process is gone
		raw, err = exec.Command("ps", "-o", "args=", "-p", strconv.Itoa(pid)).Output()
		if err != nil {
			return false
		}
		return strings.Contains(string(raw), "--dbpath "+data+" ")
	}
	i := slices.Index(args, "--dbpath")
	return i >= 0 && i+1 < len(args) && args[i+1] == data
}
