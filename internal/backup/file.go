package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// File is an archive on a disk. It has its name only when it is whole: until then it lies
// beside, under a name that ends otherwise.
type File struct {
	path string
	half *os.File
	size int64
}

// halfEnds is how the name of a file ends that is not whole, before its number.
const halfEnds = ".part-"

// NameAt is the name of an archive in a folder, which sorts by time.
func NameAt(at time.Time, encrypted bool) string {
	name := at.UTC().Format("tsunagi-20060102-150405Z") + ".tar.zst"
	if encrypted {
		name += ".age"
	}
	return name
}

// Create begins a file that only its owner may read. It never takes the place of another.
func Create(path string) (*File, error) {
	if _, err := os.Lstat(path); err == nil {
		return nil, errThere(path)
	}
	half, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+halfEnds+"*")
	if err != nil {
		return nil, noFolder(filepath.Dir(path), err)
	}
	return &File{path: path, half: half}, nil
}

// noFolder says in the words of who named a folder why no file is begun in it.
func noFolder(dir string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the folder %s is not there: make it, or name another one", dir)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("the user of this command may not write into %s: let it (chown), or name another folder", dir)
	}
	return fmt.Errorf("write the backup: %w", err)
}

func errThere(path string) error {
	return fmt.Errorf("%s is there already, and a backup takes the place of no file: name another one", path)
}

// Write implements io.Writer.
func (f *File) Write(p []byte) (int, error) {
	n, err := f.half.Write(p)
	f.size += int64(n)
	return n, full(f.path, err)
}

// full says in the words of who looks after the disk that there is no room on it.
func full(path string, err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("there is no room for the backup in %s; nothing of it is left there. Make room, or name another folder: %w", filepath.Dir(path), err)
	}
	return err
}

// Size is how much was written.
func (f *File) Size() int64 { return f.size }

// Done gives the file its name once it lies on the disk.
func (f *File) Done() error {
	err := errors.Join(full(f.path, f.half.Sync()), full(f.path, f.half.Close()))
	if err == nil {
		err = name(f.half.Name(), f.path)
	}
	if err != nil {
		_ = os.Remove(f.half.Name())
		return err
	}
	return syncDir(filepath.Dir(f.path))
}

// name gives a file its name, and leaves the half one's behind nowhere. Where a disk knows
// no second names it looks before.
func name(half, path string) error {
	err := os.Link(half, path)
	switch {
	case err == nil:
		return os.Remove(half)
	case errors.Is(err, fs.ErrExist):
		return errThere(path)
	}
	if _, err := os.Lstat(path); err == nil {
		return errThere(path)
	}
	return os.Rename(half, path)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) { // some disks at the end of a network cannot
		err = nil
	}
	return errors.Join(err, d.Close())
}

// Abandon removes what was written.
func (f *File) Abandon() {
	_ = f.half.Close()
	_ = os.Remove(f.half.Name())
}

// ours is the name of an archive that NameAt gave, whole or not.
var ours = regexp.MustCompile(`^tsunagi-\d{8}-\d{6}Z\.tar\.zst(\.age)?(\.part-\d+)?$`)

// oldPart is after how long a file that is not whole is nobody's any more.
const oldPart = 7 * 24 * time.Hour

// Rotate removes all but the newest archives of a folder, and what was killed while it was
// written. Files of other names are never touched. It tells how many it removed. One that
// is of the future was dated by a clock that was put back since, and counts as the oldest:
// else it would stay, and what is made now would go.
func Rotate(dir string, keep int, now time.Time) (int, error) {
	entries, err := os.ReadDir(dir) // by name, so by time
	if err != nil {
		return 0, fmt.Errorf("look for old backups: %w", err)
	}
	var future, whole, gone []string
	for _, e := range entries {
		if !e.Type().IsRegular() || !ours.MatchString(e.Name()) {
			continue
		}
		if !strings.Contains(e.Name(), halfEnds) {
			if e.Name() > NameAt(now.Add(AheadAtMost), true) {
				future = append(future, e.Name())
			} else {
				whole = append(whole, e.Name())
			}
		} else if info, err := e.Info(); err == nil && now.Sub(info.ModTime()) > oldPart {
			gone = append(gone, e.Name())
		}
	}
	whole = append(future, whole...)
	gone = append(gone, whole[:max(0, len(whole)-keep)]...)
	for i, name := range gone {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			return i, fmt.Errorf("remove an old backup: %w", err)
		}
	}
	return len(gone), nil
}
