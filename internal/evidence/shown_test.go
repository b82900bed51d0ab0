package evidence

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/budget"
	"tsunagi/internal/fault"
)

var (
	reviewer = access.Viewer{Kind: access.Member, Org: "o1", User: "u1", Roles: []access.Role{access.Reviewer}}
	hundred  = Evidence{ID: "e", Org: "o1", Assignment: "c1:s1", File: &File{ID: "f", Findings: Findings{Check: Sound, Pages: 100_000}}}
)

// TestNothingNewWithoutRoom: while there is little room nothing new is made, and what was
// made before is shown.
func TestNothingNewWithoutRoom(t *testing.T) {
	b, engine := newBook(), &told{}
	s := withEngine(b, engine)
	low := false
	s.Low = func() bool { return low }
	if _, err := s.Picture(t.Context(), supplier, hundred, 1, Fitting); err != nil || s.Holds(supplier, hundred) != nil {
		t.Fatal(err)
	}
	low = true
	if made, err := s.Picture(t.Context(), supplier, hundred, 1, Fitting); err != nil || len(made) == 0 {
		t.Errorf("what was made before: %q, %v", made, err)
	}
	_, err := s.Picture(t.Context(), supplier, hundred, 2, Fitting)
	_, err2 := s.Texts(t.Context(), supplier, hundred)
	for _, err := range []error{err, err2, s.Holds(supplier, hundred)} {
		if !Held(err) || fault.KindOf(err) != fault.Unavailable {
			t.Errorf("without room: %v", err)
		}
	}
	if engine.asked != 1 || len(b.made) != 1 {
		t.Errorf("the engine was asked %d times, %d are kept", engine.asked, len(b.made))
	}
	low = false
	if _, err := s.Picture(t.Context(), supplier, hundred, 2, Fitting); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

// TestPicturesCost: a request has so many made a day; then it is told so, and leaves the
// buyer's people theirs. What is there already costs nothing, and what failed by itself
// neither.
func TestPicturesCost(t *testing.T) {
	b, engine := newBook(), &told{}
	s := withEngine(b, engine)
	most := budget.Pictures.Traits().Most
	engine.err = errors.New("busy")
	if _, err := s.Picture(t.Context(), supplier, hundred, 1, Fitting); err == nil || b.spent[budget.Pictures.By("c1:s1")] != 0 {
		t.Errorf("what failed costs %v", b.spent)
	}
	engine.err = nil
	file := func(n int) Evidence { // a picture each of many files
		e, f := hundred, *hundred.File
		f.ID = "f" + time.Duration(n).String()
		e.File = &f
		return e
	}
	for n := range most {
		for range 2 {
			if _, err := s.Picture(t.Context(), supplier, file(n), 1, Fitting); err != nil {
				t.Fatalf("picture %d: %v", n, err)
			}
		}
	}
	_, err := s.Picture(t.Context(), supplier, file(most), 1, Fitting)
	_, err2 := s.Texts(t.Context(), supplier, hundred)
	for _, err := range []error{err, err2, s.Holds(supplier, hundred)} {
		if !Held(err) || fault.KindOf(err) != fault.TooMany {
			t.Errorf("with all spent: %v", err)
		}
	}
	if engine.asked != most+1 {
		t.Errorf("the engine was asked %d times", engine.asked)
	}
	if _, err := s.Picture(t.Context(), supplier, file(0), 1, Fitting); err != nil {
		t.Errorf("what was made before: %v", err)
	}
	if _, err := s.Picture(t.Context(), reviewer, file(most), 1, Fitting); err != nil {
		t.Errorf("the reviewer: %v", err)
	}
}

// TestPagesThatAreNone cost nothing and ask nobody.
func TestPagesThatAreNone(t *testing.T) {
	b, engine := newBook(), &told{}
	s := withEngine(b, engine)
	few := Evidence{ID: "e", Org: "o1", Assignment: "c1:s1", File: &File{ID: "f", Findings: Findings{Check: Sound, Pages: 3}}}
	for _, page := range []int{-1, 0, 4, PagesShown + 1, 1 << 40} {
		if _, err := s.Picture(t.Context(), supplier, few, page, Fitting); fault.KindOf(err) != fault.NotFound {
			t.Errorf("page %d: %v", page, err)
		}
	}
	if _, err := s.Picture(t.Context(), supplier, hundred, PagesShown+1, Fitting); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a page that is not shown: %v", err)
	}
	if engine.asked != 0 || len(b.spent) != 0 || len(b.made) != 0 {
		t.Errorf("asked %d times, spent %v, kept %d", engine.asked, b.spent, len(b.made))
	}
}

// TestHarmIsOfTheWholeFile: no other page of a file that harmed is tried for a while.
func TestHarmIsOfTheWholeFile(t *testing.T) {
	b, engine := newBook(), &told{err: ErrHarm}
	s := withEngine(b, engine)
	at := now
	s.now = func() time.Time { return at }
	for page := 1; page <= 20; page++ {
		_, err := s.Picture(t.Context(), supplier, hundred, page, Fitting)
		if !Held(err) || fault.KindOf(err) != fault.NotFound {
			t.Errorf("page %d: %v", page, err)
		}
	}
	if _, err := s.Texts(t.Context(), reviewer, hundred); !Held(err) || !Held(s.Holds(reviewer, hundred)) {
		t.Errorf("the texts: %v", err)
	}
	if engine.asked != 1 {
		t.Errorf("it was tried %d times", engine.asked)
	}
	at = now.Add(again)
	for tried, wait := range append(harmed[1:], harmed[len(harmed)-1]) { // ever more seldom
		for _, when := range []time.Duration{0, wait - time.Second} {
			s = withEngine(b, engine) // a process that starts remembers nothing by itself
			s.now = func() time.Time { return at.Add(when) }
			if _, err := s.Picture(t.Context(), supplier, hundred, 3, Fitting); !Held(err) || engine.asked != tried+2 {
				t.Errorf("%v after harm number %d it was tried %d times: %v", when, tried+2, engine.asked, err)
			}
		}
		at = at.Add(wait)
	}
	engine.err = nil
	s.now = func() time.Time { return at }
	if _, err := s.Picture(t.Context(), supplier, hundred, 3, Fitting); err != nil {
		t.Errorf("in the end: %v", err)
	}
}

// gate is an engine whose pictures take until they are let through.
type gate struct {
	told
	open  chan struct{}
	now   atomic.Int32 // at work at this moment
	most  atomic.Int32
	asked atomic.Int32
}

func (g *gate) Picture(ctx context.Context, _ File, _ io.Reader, _ int, _ Width) ([]byte, error) {
	g.asked.Add(1)
	g.most.Store(max(g.most.Load(), g.now.Add(1)))
	defer g.now.Add(-1)
	select {
	case <-g.open:
		return []byte("a picture"), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// TestTheSameAtOnceIsOne, and who asks for much waits for himself, not the others for him.
func TestTheSameAtOnceIsOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, engine := newBook(), &gate{open: make(chan struct{})}
		s := withEngine(b, engine)
		var all sync.WaitGroup
		picture := func(v access.Viewer, page int) {
			all.Go(func() {
				if made, err := s.Picture(t.Context(), v, hundred, page, Fitting); err != nil || len(made) == 0 {
					t.Errorf("page %d: %q, %v", page, made, err)
				}
			})
		}
		for range 10 {
			picture(supplier, 1)
		}
		for page := 2; page <= 6; page++ {
			picture(supplier, page)
		}
		synctest.Wait()
		if n := engine.asked.Load(); n != 1 {
			t.Errorf("one link has %d pictures made at once", n)
		}
		picture(reviewer, 50)
		synctest.Wait()
		if n := engine.asked.Load(); n != 2 {
			t.Errorf("the reviewer waits for the supplier: %d", n)
		}
		close(engine.open)
		all.Wait()
		if n := engine.asked.Load(); n != 7 || b.spent[budget.Pictures.By("c1:s1")] != 6 || engine.most.Load() != 2 || len(s.showing.lanes) != 0 {
			t.Errorf("asked %d times for 7 pictures, spent %v, %d at once, %d lanes are left", n, b.spent, engine.most.Load(), len(s.showing.lanes))
		}
	})
}

// TestBusyIsSaid: whoever waits too long is told that it is busy, and nothing is kept.
func TestBusyIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, engine := newBook(), &gate{open: make(chan struct{})}
		s := withEngine(b, engine)
		for page := 1; page <= 2; page++ { // one hangs, the other waits for it
			go func() {
				if _, err := s.Picture(t.Context(), supplier, hundred, page, Fitting); !Held(err) || fault.KindOf(err) != fault.Unavailable {
					t.Errorf("page %d: %v", page, err)
				}
			}()
		}
		time.Sleep(2 * makeWithin)
		synctest.Wait()
		if b.spent[budget.Pictures.By("c1:s1")] == 0 || len(b.made) != 0 { // what kept the engine busy costs
			t.Errorf("spent %v, kept %d", b.spent, len(b.made))
		}
	})
}
