package control

import (
	"fmt"
	"os"
	"path/filepath"
)

// longestPath is how long a socket's path may be on every system (108 bytes on Linux, 104
// on others, with the one that ends it).
const longestPath = 103

// address is by which path the socket in a folder is made and reached, until let is called.
// A path that is too long is shortened by way of the open folder.
func address(dir string) (path string, let func() error, err error) {
	if path = filepath.Join(dir, socketName); len(path) <= longestPath {
		return path, func() error { return nil }, nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return "", nil, err
	}
	short := fmt.Sprintf("/proc/self/fd/%d", f.Fd())
	if _, err := os.Stat(short); err != nil {
		_ = f.Close()
		return "", nil, fmt.Errorf("the path %s is longer than the %d bytes that a socket's may have: choose a shorter --data", path, longestPath)
	}
	return filepath.Join(short, socketName), f.Close, nil
}
