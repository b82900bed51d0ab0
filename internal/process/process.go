// Package process keeps what a running process owns on this machine: a folder with a lock
// file and a place for temporary files. Whoever finds a folder whose lock nobody holds has
// proof that its process is dead: the lock goes with the process, however that ends.
package process

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Process is this one.
type Process struct {
	ID   string
	dir  string // of all processes
	lock *os.File
	dead []string
}

const (
	lockFile = "lock"
	tempDir  = "tmp"
	half     = "new-" // begins the name of a folder that is not locked yet
)

// Begin makes the folder of this process in the one given, and finds those that died.
func Begin(dir, id string) (*Process, error) {
	p := &Process{ID: id, dir: dir}
	made := filepath.Join(dir, half+id)
	if err := os.MkdirAll(filepath.Join(made, tempDir), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of this process: %w", err)
	}
	lock, err := tryLock(filepath.Join(made, lockFile))
	if err != nil {
		return nil, fmt.Errorf("lock the folder of this process: %w", err)
	}
	p.lock = lock
	if err := os.Rename(made, filepath.Join(dir, id)); err != nil { // seen by others only with its lock held
		return nil, errors.Join(fmt.Errorf("name the folder of this process: %w", err), lock.Close())
	}
	if err := p.findDead(); err != nil {
		return nil, errors.Join(err, p.End())
	}
	return p, nil
}

// tryLock opens a lock file and holds it; it fails when another process does.
func tryLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// oldHalf is how long a folder may take to get its name.
const oldHalf = time.Minute

func (p *Process) findDead() error {
	entries, err := os.ReadDir(p.dir)
	if err != nil {
		return fmt.Errorf("look for processes that died: %w", err)
	}
	for _, e := range entries {
		path := filepath.Join(p.dir, e.Name())
		if !e.IsDir() || e.Name() == p.ID {
			continue
		}
		if strings.HasPrefix(e.Name(), half) {
			if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > oldHalf {
				_ = os.RemoveAll(path) // it never held anything
			}
			continue
		}
		lock, err := tryLock(filepath.Join(path, lockFile))
		if err != nil {
			continue // it lives, or ends at this moment
		}
		p.dead = append(p.dead, e.Name())
		_ = lock.Close()
	}
	return nil
}

// Dead are the processes that are proven dead and not buried.
func (p *Process) Dead() []string { return p.dead }

// Bury removes what the dead left: their temporary files, and the proof. It is called when
// all that they held is free.
func (p *Process) Bury() error {
	var failed error
	for _, id := range p.dead {
		failed = errors.Join(failed, os.RemoveAll(filepath.Join(p.dir, id)))
	}
	p.dead = nil
	return failed
}

// Folder is what this process has of the one of all processes.
func (p *Process) Folder() string { return filepath.Join(p.dir, p.ID) }

// Temp is the folder for temporary files of this process.
func (p *Process) Temp() string { return filepath.Join(p.dir, p.ID, tempDir) }

// End removes the folder with all temporary files, and then the lock.
func (p *Process) End() error {
	return errors.Join(os.RemoveAll(filepath.Join(p.dir, p.ID)), p.lock.Close())
}
