package picture

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tsunagi/internal/evidence"
)

// until waits for something that others do.
func until(t *testing.T, done func() bool) {
	t.Helper()
	for begin := time.Now(); !done(); time.Sleep(time.Millisecond) {
		if time.Since(begin) > 20*time.Second {
			t.Fatal("it does not come about")
		}
	}
}

func (t *turn) waiting() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.urgent) + len(t.others)
}

// noting is a file that notes when it is read.
type noting struct {
	io.Reader
	note func()
}

func (n noting) Read(p []byte) (int, error) {
	n.note()
	return n.Reader.Read(p)
}

// TestJudgingGoesFirst: an upload is judged before the pictures that others wait for, and
// those are made in the order in which they were asked for.
func TestJudgingGoesFirst(t *testing.T) {
	e, err := New(Config{Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	if err := e.turn.take(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	var order []string // only who has the turn writes it
	var all sync.WaitGroup
	for i, name := range []string{"picture", "texts", "upload"} {
		all.Go(func() {
			f, content := evidence.File{Size: 4}, noting{strings.NewReader("good"), func() { order = append(order, name) }}
			var err error
			switch name {
			case "picture":
				_, err = e.Picture(t.Context(), f, content, 1, evidence.Fitting)
			case "texts":
				_, err = e.Texts(t.Context(), f, content)
			default:
				_, err = e.Judge(t.Context(), f, content)
			}
			if err != nil {
				t.Error(name, err)
			}
		})
		until(t, func() bool { return e.turn.waiting() == i+1 })
	}
	e.turn.give()
	all.Wait()
	if want := []string{"upload", "picture", "texts"}; !slices.Equal(slices.Compact(order), want) {
		t.Errorf("looked at were %v, want %v", order, want)
	}
}

// TestTurn: however many come and go, one has it, and it is never lost.
func TestTurn(t *testing.T) {
	var turn turn
	var all sync.WaitGroup
	had, holds := 0, false
	for i := range 200 {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%7)*time.Millisecond)
			defer cancel()
			if err := turn.take(ctx, i%3 == 0); err != nil {
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Error(err)
				}
				return
			}
			if holds {
				t.Error("two have the turn")
			}
			holds = true
			had++
			time.Sleep(100 * time.Microsecond)
			holds = false
			turn.give()
		})
	}
	all.Wait()
	if err := turn.take(t.Context(), false); err != nil || turn.waiting() != 0 {
		t.Errorf("after %d turns: %v, %d wait", had, err, turn.waiting())
	}
}
