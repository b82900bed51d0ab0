package process

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// secrets is the folder that the first start makes among the data, for its user alone.
const secrets = "secrets"

// CheckOwner refuses data that belong to another user than the one who runs this: files
// that are made there as root, say, stop the next start of who the data belong to. Where
// nothing is there yet, or somebody prepared the folder for a group, it may be ours.
func CheckOwner(data string) error {
	owner, mode, err := ownerOf(filepath.Join(data, secrets))
	made := err == nil
	if errors.Is(err, os.ErrNotExist) {
		owner, mode, err = ownerOf(data)
	}
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil && !errors.Is(err, os.ErrPermission):
		return fmt.Errorf("--data: %w", err)
	case err != nil: // then it is another's: find out whose
		if owner, mode, err = ownerOf(data); err != nil {
			return fmt.Errorf("--data: %w", err)
		}
		made = true
	}
	if err := refuseForeign(data, owner, os.Geteuid(), made || mode&0o022 == 0); err != nil {
		return err
	}
	return refuseStuck(data, func(path string, mode uint32) bool {
		return !errors.Is(syscall.Access(path, mode), syscall.EACCES)
	})
}

// What must be possible with a file (access(2)).
const (
	toRead  = 4
	toWrite = 2
	toEnter = 1
)

// refuseStuck refuses data among which something cannot be used: a command that ran as root
// has left it, before that was refused. may tells what is possible with a path.
func refuseStuck(data string, may func(path string, mode uint32) bool) error {
	need := map[string]uint32{}
	for _, dir := range []string{secrets, "mongod", "run"} {
		need[filepath.Join(data, dir)] = toRead | toEnter
		files, err := os.ReadDir(filepath.Join(data, dir))
		if err != nil {
			continue // it is not there, or the folder itself is named below
		}
		for _, f := range files {
			switch {
			case dir == secrets:
				need[filepath.Join(data, dir, f.Name())] = toRead
			case !f.IsDir():
				need[filepath.Join(data, dir, f.Name())] = toRead | toWrite
			}
		}
	}
	need[filepath.Join(data, "mongod")] |= toWrite
	need[filepath.Join(data, "run")] |= toWrite
	need[filepath.Join(data, "trail.anchors")] = toRead | toWrite
	for _, path := range slices.Sorted(maps.Keys(need)) {
		if !may(path, need[path]) {
			owner, _, err := ownerOf(path)
			if err != nil {
				continue
			}
			me := userName(os.Geteuid())
			return fmt.Errorf("%s belongs to the user %s, and %s, who runs this, may not use it: a command that ran as another user has left it. "+
				"Give everything back: sudo chown -R %s: %s", path, userName(owner), me, me, data)
		}
	}
	return nil
}

// refuseForeign judges whether me may make files in data of an owner; not where they are
// kept for the owner alone.
func refuseForeign(data string, owner, me int, alone bool) error {
	if owner == me || !alone && me != 0 {
		return nil
	}
	whose := userName(owner)
	return fmt.Errorf("--data %s belongs to the user %s, and this runs as %s: files that it makes there would stop the next start. "+
		"Run it as that user: sudo -u %s tsunagi …", data, whose, userName(me), whose)
}

// userName is how a user is called on this machine, the number where nobody knows.
func userName(uid int) string {
	id := strconv.Itoa(uid)
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return "#" + id
}

func ownerOf(path string) (uid int, mode os.FileMode, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, 0, err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return os.Geteuid(), 0, nil // a system without owners
	}
	return int(stat.Uid), info.Mode().Perm(), nil
}
