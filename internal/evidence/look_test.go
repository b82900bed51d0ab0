package evidence

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/budget"
	"tsunagi/internal/fault"
)

// book is a store of one supplier's evidence, in memory.
type book struct {
	shelf
	all   map[string]Evidence
	mu    sync.Mutex // guards what follows
	made  map[string]Made
	spent map[budget.Spending]int
	right error // to open files

	opened int
}

func newBook() *book {
	return &book{shelf: shelf{files: map[string][]byte{}}, all: map[string]Evidence{}, made: map[string]Made{}, spent: map[budget.Spending]int{}}
}

func (b *book) Of(context.Context, access.Viewer, string) ([]Evidence, error) { return nil, nil }

func (b *book) Spend(_ context.Context, spendings ...budget.Spending) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range spendings {
		if b.spent[s]++; b.spent[s] > s.Kind.Traits().Most {
			return s.Kind.Empty(float64(b.spent[s]))
		}
	}
	return nil
}

func (b *book) Refund(_ context.Context, spendings ...budget.Spending) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range spendings {
		b.spent[s]--
	}
	return nil
}

func (b *book) Open(_ context.Context, _ access.Viewer, e Evidence) (io.ReadCloser, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.opened++
	return io.NopCloser(bytes.NewReader(b.files[e.File.ID])), b.right
}

func (b *book) Drop(_ context.Context, id string) error { delete(b.files, id); return nil }

func (b *book) Add(_ context.Context, _ access.Viewer, e Evidence, entry audit.Entry) error {
	entries.Note(entry)
	b.all[e.ID] = e
	return nil
}

func (b *book) Note(_ context.Context, e Evidence) error { b.all[e.ID] = e; return nil }

func (b *book) Made(_ context.Context, _ access.Viewer, _ Evidence, id string) (Made, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.made[id], b.right
}

func (b *book) Keep(_ context.Context, m Made, _ Room) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.made[m.ID] = m
	return nil
}

// told is an engine that finds what it is told to.
type told struct {
	found Findings
	err   error
	asked int
}

func (e *told) Judge(_ context.Context, _ File, content io.Reader) (Findings, error) {
	e.asked++
	_, _ = io.Copy(io.Discard, content)
	return e.found, e.err
}

func (e *told) Picture(context.Context, File, io.Reader, int, Width) ([]byte, error) {
	e.asked++
	return []byte("a picture"), e.err
}

func (e *told) Texts(context.Context, File, io.Reader) ([]string, error) {
	e.asked++
	return []string{"text"}, e.err
}

var supplier = access.Viewer{Kind: access.Link, Org: "o1", Assignment: "c1:s1", Generation: 1}

func withEngine(b *book, e Engine) *Service {
	n := 0
	return NewService(b, e, func() time.Time { return now }, func() string { n++; return string(rune('a' + n)) })
}

// TestUploadsAreJudged: what nobody can open is refused and leaves nothing; what could
// not be judged is kept, and says so.
func TestUploadsAreJudged(t *testing.T) {
	for _, tt := range []struct {
		name   string
		engine Engine
		fault  string
		want   Findings
	}{
		{"sound", &told{found: Findings{Check: Sound, Pages: 3, Marks: []Mark{Script}}}, "", Findings{Check: Sound, Pages: 3, Marks: []Mark{Script}}},
		{"locked", &told{found: Findings{Check: Locked}}, "fault.evidence.encrypted", Findings{}},
		{"broken", &told{found: Findings{Check: Broken}}, "fault.evidence.broken", Findings{}},
		{"too much", &told{err: ErrHarm}, "", Findings{Check: Unchecked}},
		{"not in time", &told{err: context.DeadlineExceeded}, "", Findings{Check: Unchecked}},
		{"no engine", nil, "", Findings{Check: Unchecked}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBook()
			e, err := withEngine(b, tt.engine).Add(t.Context(), supplier, "見本精工", Evidence{Kind: Policy}, "a.pdf", bytes.NewReader(pdf("")))
			if tt.fault != "" {
				if got := fault.FieldsOf(err); len(got) != 1 || got[0].Key != tt.fault || len(b.files)+len(b.all) != 0 {
					t.Errorf("refused with %v, %d files and %d records are kept", err, len(b.files), len(b.all))
				}
				return
			}
			if b.opened != 0 {
				t.Errorf("it was read out of the database %d times", b.opened)
			}
			got := b.all[e.ID].File.Findings
			if err != nil || got.Check != tt.want.Check || got.Pages != tt.want.Pages || !slices.Equal(got.Marks, tt.want.Marks) {
				t.Errorf("kept %+v, %v, want %+v", got, err, tt.want)
			}
		})
	}
}

// TestPicturesAreMadeOnce and kept; what cannot be made is not tried again for a while.
func TestPicturesAreMadeOnce(t *testing.T) {
	b, engine := newBook(), &told{}
	s := withEngine(b, engine)
	at := now
	s.now = func() time.Time { return at }
	e := Evidence{ID: "e", Org: "o1", File: &File{ID: "f", Findings: Findings{Check: Sound, Pages: 2}}}
	for range 3 {
		made, err := s.Picture(t.Context(), supplier, e, 1, Fitting)
		texts, err2 := s.Texts(t.Context(), supplier, e)
		if string(made) != "a picture" || !slices.Equal(texts, []string{"text"}) || err != nil || err2 != nil {
			t.Fatalf("%q, %v; %v, %v", made, err, texts, err2)
		}
	}
	if engine.asked != 2 || len(b.made) != 2 {
		t.Errorf("the engine was asked %d times, %d are kept", engine.asked, len(b.made))
	}
	engine.err = ErrHarm
	for range 2 {
		if made, err := s.Picture(t.Context(), supplier, e, 2, Large); len(made) > 0 && err == nil {
			t.Errorf("a picture of what cannot be made: %q", made)
		}
	}
	if engine.asked != 3 {
		t.Errorf("what harmed was tried %d times", engine.asked-2)
	}
	engine.err, at = nil, now.Add(again)
	if _, err := s.Picture(t.Context(), supplier, e, 2, Large); err != nil || engine.asked != 4 {
		t.Errorf("an hour later: %v", err)
	}
	b.right = fault.New(fault.NotFound, "fault.not-found")
	if _, err := s.Picture(t.Context(), supplier, e, 1, Fitting); fault.KindOf(err) != fault.NotFound {
		t.Errorf("who may not open the file is shown its picture: %v", err)
	}
	b.right, engine.err = nil, errors.New("busy")
	kept := len(b.made)
	if _, err := s.Picture(t.Context(), supplier, e, 1, Large); err == nil || engine.asked != 5 || len(b.made) != kept {
		t.Errorf("a passing failure is kept: %v, %d", err, len(b.made))
	}
}

// TestLooked: who looks at an unchecked file has it checked.
func TestLooked(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before Findings
		engine *told
		want   Check
	}{
		{"from before files were checked", Findings{}, &told{found: Findings{Check: Sound, Pages: 1}}, Sound},
		{"unchecked", Findings{Check: Unchecked}, &told{found: Findings{Check: Locked}}, Locked},
		{"too much", Findings{Check: Unchecked}, &told{err: ErrHarm}, Broken},
		{"still busy", Findings{Check: Unchecked}, &told{err: context.DeadlineExceeded}, Unchecked},
		{"checked", Findings{Check: Sound, Pages: 1}, &told{found: Findings{Check: Broken}}, Sound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBook()
			got, err := withEngine(b, tt.engine).Looked(t.Context(), supplier, Evidence{ID: "e", File: &File{ID: "f", Findings: tt.before}})
			if err != nil || got.File.Check != tt.want {
				t.Errorf("it is %q, %v, want %q", got.File.Check, err, tt.want)
			}
			if noted := b.all["e"].File; tt.before.Pending() && tt.want != Unchecked && (noted == nil || noted.Check != tt.want) {
				t.Errorf("noted is %+v", noted)
			}
		})
	}
}
