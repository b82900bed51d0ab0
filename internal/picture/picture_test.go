package picture_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tsunagi/internal/evidence"
	"tsunagi/internal/picture"
)

// TestMain runs the tests, or the child that they talk to: it does what the file says.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == picture.Command {
		obey()
	}
	os.Exit(m.Run())
}

// obey is a child that does to itself what foreign files may do.
func obey() {
	if err := picture.WriteHead(os.Stdout, picture.Reply{}); err != nil {
		os.Exit(1)
	}
	for {
		var ask picture.Request
		if err := picture.ReadHead(os.Stdin, &ask); err != nil {
			os.Exit(0)
		}
		raw := make([]byte, ask.Size)
		if _, err := io.ReadFull(os.Stdin, raw); err != nil {
			os.Exit(0)
		}
		reply := picture.Reply{Found: evidence.Findings{Check: evidence.Sound, Pages: os.Getpid()}}
		if string(raw) == "once-"+strconv.Itoa(os.Getpid()) {
			os.Exit(0) // another child answers well
		}
		switch string(raw) {
		case "crash":
			panic("crashed as told")
		case "end":
			os.Exit(0)
		case "hang":
			time.Sleep(time.Hour)
		case "grow":
			var held [][]byte
			for {
				held = append(held, bytes.Repeat([]byte{1}, 4<<20))
				time.Sleep(time.Millisecond * time.Duration(len(held)%2))
			}
		case "lie":
			reply.Size = 1 << 40
		case "babble":
			_, _ = os.Stdout.WriteString(strings.Repeat("x", 1<<20))
			time.Sleep(time.Hour)
		case "environment":
			reply.Texts = os.Environ()
		case "slow":
			time.Sleep(100 * time.Millisecond)
		}
		if err := picture.WriteHead(os.Stdout, reply); err != nil {
			os.Exit(1)
		}
	}
}

func newEngine(t *testing.T, change func(*picture.Config)) *picture.Engine {
	t.Helper()
	cfg := picture.Config{Folder: t.TempDir(), Longest: time.Minute}
	if change != nil {
		change(&cfg)
	}
	e, err := picture.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// tell gives a file to the engine and tells which child answered.
func tell(ctx context.Context, e *picture.Engine, what string) (pid int, err error) {
	found, err := e.Judge(ctx, evidence.File{Size: int64(len(what))}, strings.NewReader(what))
	return found.Pages, err
}

func pidOf(t *testing.T, e *picture.Engine) int {
	t.Helper()
	pid, err := tell(t.Context(), e, "good")
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

// TestWhatHarmsTheChild ends that child and nobody else: the next file has another.
func TestWhatHarmsTheChild(t *testing.T) {
	for _, what := range []string{"crash", "end", "hang", "grow", "lie", "babble"} {
		t.Run(what, func(t *testing.T) {
			e := newEngine(t, func(c *picture.Config) {
				c.Memory = 200 << 20
				if what == "hang" {
					c.Longest = 300 * time.Millisecond
				}
			})
			before := pidOf(t, e)
			if _, err := tell(t.Context(), e, what); !errors.Is(err, evidence.ErrHarm) {
				t.Errorf("the answer is %v, want ErrHarm", err)
			}
			if alive(before) {
				t.Error("the child lives on")
			}
			if after := pidOf(t, e); after == before {
				t.Error("the same child answers")
			}
		})
	}
}

// TestKilledInTheMiddle by somebody else.
func TestKilledInTheMiddle(t *testing.T) {
	e := newEngine(t, func(c *picture.Config) { c.Longest = time.Second })
	pid := pidOf(t, e)
	done := make(chan error, 1)
	go func() { _, err := tell(t.Context(), e, "hang"); done <- err }()
	time.Sleep(50 * time.Millisecond)
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := <-done; !errors.Is(err, evidence.ErrHarm) {
		t.Errorf("the answer is %v", err)
	}
	if pidOf(t, e) == pid {
		t.Error("a dead child answers")
	}
}

// TestADeadChildBlamesNobody: a child that came to its end by itself, between two files or
// in the middle of one, is replaced, and the file that it was asked about is not its cause.
func TestADeadChildBlamesNobody(t *testing.T) {
	e := newEngine(t, nil)
	for range 20 { // also before the end could be noticed
		pid := pidOf(t, e)
		_ = syscall.Kill(pid, syscall.SIGKILL)
		if next := pidOf(t, e); next == pid {
			t.Fatal("a dead child answers")
		}
	}
	pid := pidOf(t, e)
	done := make(chan error, 1)
	go func() { _, err := tell(t.Context(), e, "once-"+strconv.Itoa(pid)); done <- err }()
	if err := <-done; err != nil {
		t.Errorf("a file over which a used child ended: %v", err)
	}
	pid = pidOf(t, e)
	_ = syscall.Kill(pid, syscall.SIGKILL)
	for begin := time.Now(); e.Running(); time.Sleep(time.Millisecond) {
		if time.Since(begin) > 20*time.Second {
			t.Fatal("nobody notices that the child has ended")
		}
	}
}

// TestWhatHangsIsAskedOnce: the others who wait are kept no second time.
func TestWhatHangsIsAskedOnce(t *testing.T) {
	var log bytes.Buffer
	e := newEngine(t, func(c *picture.Config) {
		c.Longest, c.Log = 300*time.Millisecond, slog.New(slog.NewTextHandler(&log, nil))
	})
	pidOf(t, e)
	if _, err := tell(t.Context(), e, "hang"); !errors.Is(err, evidence.ErrHarm) {
		t.Errorf("the answer is %v", err)
	}
	if n := strings.Count(log.String(), "given up"); n != 1 {
		t.Errorf("it was tried %d times: %s", n, &log)
	}
}

// TestQueue: whoever comes meanwhile waits, as long as he wants to.
func TestQueue(t *testing.T) {
	e := newEngine(t, nil)
	var all sync.WaitGroup
	pids := make([]int, 8)
	for i := range pids {
		all.Go(func() {
			var err error
			if pids[i], err = tell(t.Context(), e, "slow"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, pid := range pids {
		if pid != pids[0] {
			t.Errorf("two children answer: %v", pids)
		}
	}
	busy := make(chan error, 1)
	go func() { _, err := tell(t.Context(), e, "slow"); busy <- err }()
	time.Sleep(20 * time.Millisecond)
	short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := tell(short, e, "good"); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, evidence.ErrHarm) {
		t.Errorf("who no longer waits is told %v", err)
	}
	if err := <-busy; err != nil {
		t.Errorf("the other is told %v", err)
	}
}

// TestBrokenOff: a reader that fails, or who asks no longer, is not the file's fault.
func TestBrokenOff(t *testing.T) {
	e := newEngine(t, nil)
	lost := errors.New("the line is lost")
	_, err := e.Judge(t.Context(), evidence.File{Size: 10}, io.MultiReader(strings.NewReader("go"), failing{lost}))
	if !errors.Is(err, lost) || errors.Is(err, evidence.ErrHarm) {
		t.Errorf("the answer is %v", err)
	}
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := tell(short, e, "hang"); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, evidence.ErrHarm) {
		t.Errorf("who no longer waits is told %v", err)
	}
	pidOf(t, e)
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// TestIdle: nothing runs before it is needed, and nothing when it is not needed any more.
func TestIdle(t *testing.T) {
	e := newEngine(t, func(c *picture.Config) { c.Idle = 100 * time.Millisecond })
	if e.Running() {
		t.Error("a child runs that nobody asked for")
	}
	pid := pidOf(t, e)
	for begin := time.Now(); e.Running() || alive(pid); time.Sleep(5 * time.Millisecond) {
		if time.Since(begin) > 20*time.Second {
			t.Fatal("the child does not end")
		}
	}
	if pidOf(t, e) == pid {
		t.Error("a dead child answers")
	}
}

// TestWorn: a child that has answered often is replaced, whatever it has collected.
func TestWorn(t *testing.T) {
	e := newEngine(t, func(c *picture.Config) { c.Worn = 2 })
	first, second, third := pidOf(t, e), pidOf(t, e), pidOf(t, e)
	if first != second || second == third {
		t.Errorf("children %d, %d, %d", first, second, third)
	}
}

// TestClose ends a child in the middle, and answers no more.
func TestClose(t *testing.T) {
	e := newEngine(t, nil)
	pid := pidOf(t, e)
	done := make(chan error, 1)
	go func() { _, err := tell(t.Context(), e, "hang"); done <- err }()
	time.Sleep(50 * time.Millisecond)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err == nil {
		t.Error("a child that was ended answers")
	}
	if alive(pid) {
		t.Error("the child lives on")
	}
	if _, err := tell(t.Context(), e, "good"); err == nil {
		t.Error("a closed engine answers")
	}
}

// TestNoSecrets: the child inherits nothing from the environment.
func TestNoSecrets(t *testing.T) {
	t.Setenv("TSUNAGI_SMTP_PASSWORD", "secret")
	e := newEngine(t, nil)
	env, err := e.Texts(t.Context(), evidence.File{Size: 11}, strings.NewReader("environment"))
	if err != nil || strings.Contains(fmt.Sprint(env), "secret") {
		t.Errorf("the child's environment is %v (%v)", env, err)
	}
}

// TestNoProgram: what cannot be started says so.
func TestNoProgram(t *testing.T) {
	e := newEngine(t, func(c *picture.Config) { c.Program = "/nonexistent" })
	if _, err := tell(t.Context(), e, "good"); err == nil || errors.Is(err, evidence.ErrHarm) {
		t.Errorf("the answer is %v", err)
	}
	e = newEngine(t, func(c *picture.Config) { c.Program = "/bin/true" })
	if _, err := tell(t.Context(), e, "good"); err == nil || errors.Is(err, evidence.ErrHarm) {
		t.Errorf("the answer is %v", err)
	}
}

// FuzzReadHead: whatever a child says, its parent lives.
func FuzzReadHead(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x02{}"))
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Add([]byte("\x00\x00\x00\x10{\"size\":\"x\"}"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var reply picture.Reply
		_ = picture.ReadHead(bytes.NewReader(raw), &reply)
	})
}
