// Package mongod runs a real MongoDB server as a managed child process: a
// replica set of one node on loopback, with its data, port, key file and
// password kept together in one folder.
package mongod

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
)

// errNotFound says that no mongod program was found, and how to get one.
var errNotFound = errors.New("no mongod program found: run scripts/fetch-mongod, install MongoDB, " +
	"or name one with --mongod (TSUNAGI_MONGOD); or use your own server with --mongodb-uri")

// Find gives the mongod program to run: the one named, else the one in PATH,
// else the one in the tools folder (.tools).
func Find(named, tools string) (string, error) {
	if named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			return "", errors.New("--mongod names " + named + ", which is not a program that can be run")
		}
		return path, nil
	}
	if path, err := exec.LookPath("mongod"); err == nil {
		return path, nil
	}
	path, err := filepath.Abs(filepath.Join(tools, "mongod"))
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
		return path, nil
	}
	return "", errNotFound
}
