// Package mongodtest gives the tests of a package one real MongoDB server.
package mongodtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"tsunagi/internal/mongod"
)

// env names a replica set to use instead of starting one.
const env = "TSUNAGI_TEST_MONGODB_URI"

var shared struct {
	once   sync.Once
	server *mongod.Server
	dir    string
	err    error
}

// Run runs the tests and stops the server afterwards: call it from TestMain.
func Run(m *testing.M) {
	code := m.Run()
	stop()
	os.Exit(code)
}

func stop() {
	if shared.server != nil {
		_ = shared.server.Stop()
		_ = os.RemoveAll(shared.dir)
	}
}

// URI is the address of the package's server, started with the first call. It
// fails the test when there is no server: nothing is skipped.
func URI(t testing.TB) string {
	t.Helper()
	if uri := os.Getenv(env); uri != "" {
		return uri
	}
	shared.once.Do(start)
	if shared.err != nil {
		t.Fatalf("start MongoDB for tests: %v", shared.err)
	}
	return shared.server.URI()
}

func start() {
	binary, err := mongod.Find(os.Getenv("TSUNAGI_MONGOD"), Tools())
	if err != nil {
		shared.err = err
		return
	}
	parent := ""
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		parent = "/dev/shm" // memory: the tests wait for the journal all the time
	}
	shared.dir, shared.err = os.MkdirTemp(parent, "tsunagi-test-")
	if shared.err != nil {
		return
	}
	shared.server, shared.err = mongod.Start(context.Background(), mongod.Config{Binary: binary, Dir: shared.dir, TestCommands: true})
	if shared.err != nil {
		shared.err = fmt.Errorf("%w (in %s)", shared.err, shared.dir)
	}
}

// Tools is the project's .tools folder.
func Tools() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "..", ".tools")
}
