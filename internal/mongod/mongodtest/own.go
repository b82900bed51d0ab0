package mongodtest

import (
	"context"
	"os"
	"syscall"
	"testing"

	"tsunagi/internal/mongod"
)

// Own is a server of one test's own, which the test may take away and give back.
// It needs the program itself, also where the other tests use a named replica set.
type Own struct {
	t      testing.TB
	cfg    mongod.Config
	server *mongod.Server
	broom  *broom
}

// NewOwn starts a server of its own for a test, which ends with it.
func NewOwn(t testing.TB) *Own {
	t.Helper()
	binary, err := mongod.Find(os.Getenv("TSUNAGI_MONGOD"), Tools())
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp(inMemory(), "tsunagi-test-")
	if err != nil {
		t.Fatal(err)
	}
	o := &Own{t: t, cfg: mongod.Config{Binary: binary, Dir: dir, TestCommands: true}}
	t.Cleanup(func() {
		if o.broom != nil {
			o.broom.sweep() // kills it, suspended or not
		}
		_ = os.RemoveAll(dir)
	})
	o.Start()
	return o
}

// URI is the server's address. It stays the same when the server is started again.
func (o *Own) URI() string { return o.server.URI() }

// Start starts the server, again on the same data and port.
func (o *Own) Start() {
	o.t.Helper()
	var err error
	if o.server, err = mongod.Start(context.Background(), o.cfg); err != nil {
		o.t.Fatalf("start a MongoDB of the test's own: %v", err)
	}
	if o.broom, err = newBroom(o.server.PID(), o.cfg.Dir); err != nil {
		o.t.Fatal(err)
	}
}

// Stop ends the server: connections are refused.
func (o *Own) Stop() {
	o.t.Helper()
	if err := o.server.Stop(); err != nil {
		o.t.Fatal(err)
	}
	o.broom.dismiss() // the data stays
	o.broom = nil
}

// Suspend makes the server silent: connections stay open, and nothing answers.
func (o *Own) Suspend() { o.signal(syscall.SIGSTOP) }

// Resume ends Suspend. What the server was sent meanwhile it now carries out.
func (o *Own) Resume() { o.signal(syscall.SIGCONT) }

func (o *Own) signal(sig syscall.Signal) {
	o.t.Helper()
	if err := syscall.Kill(o.server.PID(), sig); err != nil {
		o.t.Fatal(err)
	}
}
