// Package mongodtest gives the tests of a package one real MongoDB server.
package mongodtest

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"tsunagi/internal/mongod"
)

// env names a replica set to use instead of starting one.
const env = "TSUNAGI_TEST_MONGODB_URI"

var shared struct {
	once   sync.Once
	server *mongod.Server
	dir    string
	broom  *broom
	err    error
}

// Run runs the tests and stops the server afterwards: call it from TestMain. It
// only makes the end tidy: a package without it leaves nothing behind either.
func Run(tests interface{ Run() int }) {
	code := tests.Run()
	if shared.broom != nil {
		shared.broom.sweep()
	}
	os.Exit(code)
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
	shared.dir, shared.err = os.MkdirTemp(inMemory(), "tsunagi-test-")
	if shared.err != nil {
		return
	}
	dir := shared.dir
	shared.server, shared.err = mongod.Start(context.Background(), mongod.Config{Binary: binary, Dir: dir, TestCommands: true})
	if shared.err != nil {
		shared.err = fmt.Errorf("%w (in %s)", shared.err, dir)
		return
	}
	shared.broom, shared.err = newBroom(shared.server.PID(), dir)
}

// inMemory is a folder in memory, if there is one: the tests wait for the journal
// all the time.
func inMemory() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return ""
}

// broom is a small process that ends the server and removes its folder as soon as
// the test process is gone, be it by the end of its tests, a panic, a time-out or
// a signal. It waits for the end of its input, which comes in each of these cases.
type broom struct {
	cmd  *exec.Cmd
	hold io.Closer
}

// sweeping kills the server, because nobody will ask for this data again. It does
// not wait for ever: a dead process that nobody reaps still has its number.
const sweeping = `read -r _
kill -9 "$1"
i=0
while [ $i -lt 100 ] && kill -0 "$1"; do i=$((i+1)); sleep 0.05; done
rm -rf "$2"`

func newBroom(pid int, dir string) (*broom, error) {
	cmd := exec.Command("sh", "-c", sweeping, "sh", strconv.Itoa(pid), dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C must not end it before its work
	hold, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start what cleans up after the tests: %w", err)
	}
	return &broom{cmd: cmd, hold: hold}, nil
}

func (b *broom) sweep() {
	_ = b.hold.Close()
	_ = b.cmd.Wait()
}

// dismiss ends the broom without its work.
func (b *broom) dismiss() {
	_ = b.cmd.Process.Kill()
	_ = b.cmd.Wait()
	_ = b.hold.Close()
}

// Tools is the project's .tools folder.
func Tools() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "..", ".tools")
}
