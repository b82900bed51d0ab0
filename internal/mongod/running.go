package mongod

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Running tells the address of the server that another process runs on the data of a
// folder, empty when none does.
func Running(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	s := Server{cfg: Config{Dir: dir}}
	notes := map[string]string{}
	for _, name := range []string{"pid", "port", "password"} {
		raw, err := os.ReadFile(s.cfg.path(name))
		if errors.Is(err, os.ErrNotExist) {
			return "", nil
		}
		if err != nil {
			return "", fmt.Errorf("look for a running database: %w", err)
		}
		notes[name] = strings.TrimSpace(string(raw))
	}
	pid, err := strconv.Atoi(notes["pid"])
	if err != nil || pid <= 1 || !serves(pid, s.cfg.path("db")) {
		return "", nil
	}
	if lock, err := lockDir(s.cfg.path("lock")); err == nil {
		return "", lock.Close() // whoever ran it was killed: it ends, and the next start stops it
	}
	if s.port, err = strconv.Atoi(notes["port"]); err != nil {
		return "", fmt.Errorf("look for a running database: %s is no port", notes["port"])
	}
	s.password = notes["password"]
	return s.URI(), nil
}
