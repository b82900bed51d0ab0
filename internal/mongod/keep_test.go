package mongod

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// words is a log that is written and read at once.
type words struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (w *words) Write(p []byte) (int, error) { w.mu.Lock(); defer w.mu.Unlock(); return w.all.Write(p) }
func (w *words) String() string              { w.mu.Lock(); defer w.mu.Unlock(); return w.all.String() }

// await waits until something holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for: %s", what)
		}
	}
}

// TestServerThatDiesIsStartedAgain kills it twice: nobody has to start anything, clients
// keep their address, and what was written is there.
func TestServerThatDiesIsStartedAgain(t *testing.T) {
	t.Parallel()
	s := start(t, config(t))
	log := &words{}
	s.Keep(slog.New(slog.NewTextHandler(log, nil)))
	put(t, s, "a")
	uri := s.URI()
	for _, id := range []string{"b", "c"} {
		dead := s.PID()
		if err := syscall.Kill(dead, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		await(t, "trouble", func() bool { return s.Trouble() != nil })
		if err := s.Trouble(); !errors.Is(err, errEnded) || !strings.Contains(err.Error(), "killed") {
			t.Errorf("trouble: %v; want how it ended", err)
		}
		await(t, "the end of trouble", func() bool { return s.Trouble() == nil })
		if s.PID() == dead {
			t.Fatal("no other process runs")
		}
		put(t, s, id)
	}
	if n := count(t, s); n != 3 || s.URI() != uri {
		t.Errorf("%d documents, want 3; the address %s", n, map[bool]string{true: "stays", false: "changed"}[s.URI() == uri])
	}
	for _, want := range []string{"wait=500ms", "wait=1s", "the database runs again"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %s:\n%s", want, log)
		}
	}
}

// TestServerThatCannotStartIsTriedUntilStopped: its last words are told, and Stop does not
// wait for another try.
func TestServerThatCannotStartIsTriedUntilStopped(t *testing.T) {
	t.Parallel()
	s := start(t, config(t))
	s.Keep(slog.New(slog.DiscardHandler))
	if err := os.Rename(s.cfg.path("key"), s.cfg.path("key.kept")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(s.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	await(t, "the words of a start that failed", func() bool {
		err := s.Trouble()
		return err != nil && strings.Contains(err.Error(), "while starting")
	})
	if err := s.Trouble(); !strings.Contains(err.Error(), "key") {
		t.Errorf("trouble: %v; want what it lacks", err)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	if err := os.Rename(s.cfg.path("key.kept"), s.cfg.path("key")); err != nil {
		t.Fatal(err)
	}
	start(t, s.cfg) // the folder is free
}

func TestFatalWords(t *testing.T) {
	const (
		hello   = `{"s":"I","msg":"Build Info","attr":{"buildInfo":{"version":"6.0.5"}}}` + "\n"
		noSpace = `{"s":"E","c":"WT","msg":"WiredTiger error message","attr":{"error":28,"message":{"session_name":"checkpoint","msg":"handle-write: pwrite: failed","error_str":"No space left on device","error_code":28}}}` + "\n"
		older   = `{"s":"E","msg":"WiredTiger error","attr":{"error":28,"message":"[1] pwrite: No space left on device"}}` + "\n"
		assert  = `{"s":"F","msg":"Fatal assertion","attr":{"msgid":50853,"file":"wt.cpp","line":712}}` + "\n"
		reason  = `{"s":"F","msg":"Fatal assertion","attr":{"error":"DBException in initAndListen, terminating: Location28596"}}` + "\n"
		abort   = `{"s":"F","msg":"\n\n***aborting after fassert() failure\n\n"}` + "\n"
		last    = `{"s":"F","msg":"Writing fatal message","attr":{"message":"Got signal: 6 (Aborted).\n"}}` + "\n"
	)
	for name, c := range map[string]struct{ log, want string }{
		"nothing":                {"", ""},
		"nothing wrong":          {hello, ""},
		"an error":               {hello + noSpace, "WiredTiger error message: No space left on device"},
		"the first fatal":        {hello + reason + abort + last, "Fatal assertion: DBException in initAndListen, terminating: Location28596"},
		"its cause":              {hello + noSpace + assert + abort + last, "Fatal assertion: WiredTiger error message: No space left on device"},
		"its cause as one text":  {older + assert + last, "Fatal assertion: WiredTiger error: [1] pwrite: No space left on device"},
		"an abort":               {hello + abort + last, "***aborting after fassert() failure"},
		"a line that is broken":  {`{"s":"F","msg":` + "\n" + reason, "Fatal assertion: DBException in initAndListen, terminating: Location28596"},
		"an end without its end": {hello + strings.TrimSpace(reason), "Fatal assertion: DBException in initAndListen, terminating: Location28596"},
	} {
		if got := fatal([]byte(c.log)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
