package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// commands are what the tests call for.
func commands(gone chan<- string) map[string]Command {
	wait := func(ctx context.Context, _ json.RawMessage, out io.Writer) error {
		_, _ = fmt.Fprintln(out, "begun")
		<-ctx.Done()
		gone <- "cancelled"
		return ctx.Err()
	}
	return map[string]Command{
		"echo": func(_ context.Context, args json.RawMessage, out io.Writer) error {
			var said string
			if err := json.Unmarshal(args, &said); err != nil {
				return err
			}
			_, err := io.WriteString(out, said)
			return err
		},
		"fail":      func(context.Context, json.RawMessage, io.Writer) error { return errors.New("two\nlines") },
		"panic":     func(context.Context, json.RawMessage, io.Writer) error { panic("a fault") },
		"elsewhere": func(context.Context, json.RawMessage, io.Writer) error { return ErrElsewhere },
		"wait":      wait,
	}
}

// living is a process that listens, with its folder in run.
func living(t *testing.T, run, id string, commands map[string]Command) *Server {
	t.Helper()
	dir := filepath.Join(run, id)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := Listen(dir, Config{Version: "9.9", Commands: commands, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestACommandIsCarriedOut(t *testing.T) {
	run := t.TempDir()
	living(t, run, "a", commands(nil))
	long := strings.Repeat("見本", maxOutput)
	for _, c := range []struct{ command, args, out, fails string }{
		{"echo", "hello\n", "hello\n", ""},
		{"echo", long, long, ""},
		{"fail", "", "", "two\nlines"},
		{"panic", "", "", "failed inside the process"},
		{"unheard", "", "", "version 9.9) does not know this command"},
		{"echo", "after the panic", "after the panic", ""},
	} {
		var out strings.Builder
		done, err := Call(t.Context(), run, c.command, c.args, &out)
		if !done || out.String() != c.out || (err != nil) != (c.fails != "") || err != nil && !strings.Contains(err.Error(), c.fails) {
			t.Errorf("%s: done %v, %d bytes, %v; want %d bytes, %q", c.command, done, out.Len(), err, len(c.out), c.fails)
		}
	}
	info, err := os.Stat(filepath.Join(run, "a", socketName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket has mode %v, %v", info.Mode(), err)
	}
}

// TestWhoIsThere: nobody, one that was killed and left its socket, one with other data; a
// living one is found among them.
func TestWhoIsThere(t *testing.T) {
	run := filepath.Join(t.TempDir(), "odd [name]*")
	call := func() (bool, string) {
		t.Helper()
		var out strings.Builder
		done, err := Call(t.Context(), run, "echo", "x", &out)
		if err != nil {
			t.Fatal(err)
		}
		return done, out.String()
	}
	if done, _ := call(); done {
		t.Error("a folder that is not there")
	}
	killed := filepath.Join(run, "z")
	if err := os.MkdirAll(killed, 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(killed, socketName)})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	_ = l.Close()
	if done, _ := call(); done {
		t.Error("a socket that a killed process left")
	}
	living(t, run, "y", map[string]Command{"echo": commands(nil)["elsewhere"]})
	if done, _ := call(); done {
		t.Error("a process with other data")
	}
	living(t, run, "a", commands(nil))
	if done, out := call(); !done || out != "x" {
		t.Errorf("the one that lives: %v %q", done, out)
	}
}

// TestTheEndOfEitherSide: a caller who goes cancels the command, and so does the end of
// the process, which tells the caller.
func TestTheEndOfEitherSide(t *testing.T) {
	run, gone := t.TempDir(), make(chan string, 9)
	s := living(t, run, "a", commands(gone))
	ctx, cancel := context.WithCancel(t.Context())
	begun := writer(func(p []byte) { cancel() })
	if done, err := Call(ctx, run, "wait", nil, begun); !done || err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("a caller who goes: %v %v", done, err)
	}
	if <-gone != "cancelled" {
		t.Error("the command went on")
	}
	begun = func([]byte) { go func() { _ = s.Close() }() }
	if done, err := Call(t.Context(), run, "wait", nil, begun); !done || err == nil || !strings.Contains(err.Error(), "was stopped meanwhile") {
		t.Errorf("a process that is stopped: %v %v", done, err)
	}
}

// TestACallerWhoTakesNoOutput does not keep the process from ending.
func TestACallerWhoTakesNoOutput(t *testing.T) {
	run, full := t.TempDir(), make(chan struct{})
	s := living(t, run, "a", map[string]Command{"flood": func(_ context.Context, _ json.RawMessage, out io.Writer) error {
		for n := 0; ; n++ {
			if n == 0 {
				close(full)
			}
			if _, err := out.Write(make([]byte, 1<<20)); err != nil {
				return err
			}
		}
	}})
	held := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		_, _ = Call(t.Context(), run, "flood", nil, writer(func([]byte) { <-held }))
		close(ended)
	}()
	<-full
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("the process does not end")
	}
	close(held)
	<-ended
}

type writer func([]byte)

func (w writer) Write(p []byte) (int, error) { w(p); return len(p), nil }

// TestManyAtOnce: each caller gets its own output.
func TestManyAtOnce(t *testing.T) {
	run := t.TempDir()
	living(t, run, "a", commands(nil))
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			said := strings.Repeat(fmt.Sprint(i, " "), 9999)
			var out strings.Builder
			if done, err := Call(t.Context(), run, "echo", said, &out); !done || err != nil || out.String() != said {
				t.Errorf("caller %d: %v %v, %d bytes", i, done, err, out.Len())
			}
		})
	}
	group.Wait()
}

// TestALongPath: a socket's path has at most 108 bytes, and a folder's many more.
func TestALongPath(t *testing.T) {
	run := filepath.Join(t.TempDir(), strings.Repeat("long", 20), strings.Repeat("path", 20))
	living(t, run, "a", commands(nil))
	var out strings.Builder
	if done, err := Call(t.Context(), run, "echo", "x", &out); !done || err != nil || out.String() != "x" {
		t.Errorf("%v %v %q", done, err, out.String())
	}
}

func TestWhoMayCall(t *testing.T) {
	for _, c := range []struct {
		who, me int
		may     bool
	}{{1000, 1000, true}, {0, 1000, true}, {0, 0, true}, {1001, 1000, false}, {1000, 0, false}} {
		if err := mayCall(c.who, c.me); (err == nil) != c.may {
			t.Errorf("user %d calls %d: %v", c.who, c.me, err)
		}
	}
}

// TestAFrozenProcess takes the connection and says nothing: it is passed over.
func TestAFrozenProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, socketName))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	start := time.Now()
	if done, _ := Call(t.Context(), filepath.Dir(dir), "echo", "x", io.Discard); done {
		t.Error("it was taken for one that answers")
	}
	if took := time.Since(start); took < helloTimeout {
		t.Errorf("it was waited for %v", took)
	}
}

// FuzzFrames: whatever comes over the socket, reading it ends, holds no more than it may,
// and gives back what was written.
func FuzzFrames(f *testing.F) {
	f.Add([]byte("hello"), []byte{kindOutput, 0, 0, 0, 2, 'o'})
	f.Add([]byte{}, []byte{kindEnd, 255, 255, 255, 255, 'x'})
	f.Fuzz(func(t *testing.T, body, foreign []byte) {
		_, got, err := readFrame(bytes.NewReader(foreign), 16)
		if err == nil && len(got) > 16 {
			t.Errorf("%d bytes were read of a frame that may have 16", len(got))
		}
		var b bytes.Buffer
		if err := writeFrame(&b, kindOutput, body); err != nil {
			t.Fatal(err)
		}
		kind, got, err := readFrame(&b, len(body))
		if err != nil || kind != kindOutput || !bytes.Equal(got, body) {
			t.Errorf("%q came back as %c %q, %v", body, kind, got, err)
		}
	})
}
