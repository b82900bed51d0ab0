package evidence

import (
	"context"
	"errors"
	"io"
	"maps"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"tsunagi/internal/access"
	"tsunagi/internal/budget"
	"tsunagi/internal/fault"
)

// Made is what was made of a file to be shown: the picture of a page, or the texts of
// all pages. It may be made again from the file at any time.
type Made struct {
	ID      string    `bson:"_id"` // the file's id, and what of it
	Org     string    `bson:"org_id"`
	File    string    `bson:"file_id"`
	Picture []byte    `bson:"picture,omitempty"`
	Texts   []string  `bson:"texts,omitempty"`
	Failed  bool      `bson:"failed,omitempty"` // the file was too much for the engine
	Harms   int       `bson:"harms,omitempty"`  // so often, where that is what is noted
	Size    int64     `bson:"size,omitempty"`   // of the picture and the texts; 0 from before it was noted
	At      time.Time `bson:"at"`
}

// Room is how many bytes of what was made are kept. What is over goes, the oldest first,
// and is made again when somebody looks.
type Room struct{ File, Org int64 }

// PictureRoom is what is kept of one file, and of all files of an organisation.
var PictureRoom = Room{File: 64 << 20, Org: 2 << 30}

// measured is what was made, with its size.
func (m Made) measured() Made {
	m.Size = int64(len(m.Picture))
	for _, text := range m.Texts {
		m.Size += int64(len(text))
	}
	return m
}

// again is how long it is believed that something cannot be made. A file that was too much
// more than once is tried ever more seldom: each time costs the engine up to half a minute.
const again = time.Hour

var harmed = []time.Duration{again, 24 * time.Hour, 30 * 24 * time.Hour}

// holds tells whether what was made, or not made, is still believed.
func (m Made) holds(now time.Time) bool { return !m.Failed || now.Before(m.until()) }

// until is how long it is believed that something cannot be made.
func (m Made) until() time.Time { return m.At.Add(harmed[min(max(m.Harms, 1), len(harmed))-1]) }

// harm is what of a file notes that it was too much for the engine: for every page, and
// for all processes.
const harm = "harm"

// ErrHeld is beneath every error that says why nothing new is made of a file to be shown.
// What was made before is shown all the same, and the file can be saved.
var ErrHeld = errors.New("nothing new is made of a file to be shown")

// Held tells whether nothing new is made of a file, for now or at all; the error says why.
func Held(err error) bool { return errors.Is(err, ErrHeld) || fault.KindOf(err) == fault.TooMany }

func held(kind fault.Kind, key string, cause error) error {
	return fault.New(kind, key).Because(errors.Join(ErrHeld, cause))
}

// showing bounds what is made of files at the same moment, and after one did harm.
type showing struct {
	same  singleflight.Group // those who ask for the same at the same moment are one
	mu    sync.Mutex         // guards what follows
	lanes map[string]*lane
	holds map[string]hold // by the file that was too much for the engine, or by who spent all
}

// hold is why nothing is made, and how long that is believed.
type hold struct {
	why   error
	until time.Time
}

// untilSome is about how long an empty budget takes to have one token.
var untilSome = budget.Pictures.Traits().Per / time.Duration(budget.Pictures.Traits().Most)

// lane lets one of those through who share it: whoever asks for much waits for himself,
// not the others for him.
type lane struct {
	free chan struct{} // holds a token while nobody is in it
	uses int
}

// enter waits until the lane is free; leave frees it.
func (s *showing) enter(ctx context.Context, name string) (leave func(), err error) {
	s.mu.Lock()
	if s.lanes == nil {
		s.lanes = map[string]*lane{}
	}
	l := s.lanes[name]
	if l == nil {
		l = &lane{free: make(chan struct{}, 1)}
		l.free <- struct{}{}
		s.lanes[name] = l
	}
	l.uses++
	s.mu.Unlock()
	drop := func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if l.uses--; l.uses == 0 {
			delete(s.lanes, name)
		}
	}
	select {
	case <-l.free:
		return func() { l.free <- struct{}{}; drop() }, nil
	case <-ctx.Done():
		drop()
		return nil, ctx.Err()
	}
}

// hold notes why nothing is made of a file, or for somebody.
func (s *showing) hold(what string, why error, now, until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holds == nil {
		s.holds = map[string]hold{}
	}
	maps.DeleteFunc(s.holds, func(_ string, h hold) bool { return !now.Before(h.until) })
	s.holds[what] = hold{why, until}
}

// why is what holds a file or somebody; nil when nothing does.
func (s *showing) why(what string, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h, ok := s.holds[what]; ok && now.Before(h.until) {
		return h.why
	}
	return nil
}

// Holds is why nothing new is made of a file for whoever looks; nil when nothing is known
// that holds it.
func (s *Service) Holds(v access.Viewer, e Evidence) error {
	switch {
	case s.engine == nil:
		return held(fault.NotFound, "fault.evidence.shown-harm", errNoEngine)
	case s.Low != nil && s.Low():
		return held(fault.Unavailable, "fault.evidence.shown-space", nil)
	}
	if err := s.showing.why(e.File.ID, s.now()); err != nil {
		return err
	}
	return s.showing.why(showingsOf(v, e).Actor, s.now())
}

// Picture is a page of a file as a JPEG of ours; NotFound when there is none.
func (s *Service) Picture(ctx context.Context, v access.Viewer, e Evidence, page int, w Width) ([]byte, error) {
	if page < 1 || e.File != nil && page > min(e.File.Pages, PagesShown) {
		return nil, fault.New(fault.NotFound, "fault.not-found")
	}
	m, err := s.made(ctx, v, e, string(w)+"/"+strconv.Itoa(page), func(ctx context.Context, content io.Reader, m *Made) (err error) {
		m.Picture, err = s.engine.Picture(ctx, *e.File, content, page, w)
		return err
	})
	if err == nil && len(m.Picture) == 0 {
		err = fault.New(fault.NotFound, "fault.not-found")
	}
	return m.Picture, err
}

// Texts are those of all pages of a file that are shown, as plain text.
func (s *Service) Texts(ctx context.Context, v access.Viewer, e Evidence) ([]string, error) {
	m, err := s.made(ctx, v, e, "texts", func(ctx context.Context, content io.Reader, m *Made) (err error) {
		m.Texts, err = s.engine.Texts(ctx, *e.File, content)
		return err
	})
	return m.Texts, err
}

type making func(context.Context, io.Reader, *Made) error

// made gives what was made of a file before, or makes and keeps it; an error is Held when
// it is not made for now. Who leaves in the middle does not stop it: the next one finds it
// made.
func (s *Service) made(ctx context.Context, v access.Viewer, e Evidence, what string, do making) (Made, error) {
	if e.File == nil || e.File.Pages == 0 {
		return Made{}, fault.New(fault.NotFound, "fault.not-found").Because(ErrNoFile)
	}
	id := e.File.ID + "/" + what
	if before, found, err := s.madeBefore(ctx, v, e, id); err != nil || found { // it judges the right to it, too
		return before, err
	}
	got, err, _ := s.showing.same.Do(id, func() (any, error) {
		ctx, end := fault.Outlive(ctx)
		defer end()
		if before, found, err := s.madeBefore(ctx, v, e, id); err != nil || found { // by who was here a moment ago
			return before, err
		}
		m, err := s.make(ctx, v, e, id, do)
		return m, err
	})
	m, _ := got.(Made)
	return m, err
}

// madeBefore is what was made before, as long as it is believed.
func (s *Service) madeBefore(ctx context.Context, v access.Viewer, e Evidence, id string) (m Made, found bool, err error) {
	m, err = s.store.Made(ctx, v, e, id)
	if err != nil || m.ID == "" || !m.holds(s.now()) {
		return m, false, err
	}
	if m.Failed {
		return m, true, held(fault.NotFound, "fault.evidence.shown-harm", ErrHarm)
	}
	return m, true, nil
}

// make makes something of a file and keeps it, as far as it may cost that much.
func (s *Service) make(ctx context.Context, v access.Viewer, e Evidence, id string, do making) (Made, error) {
	m := Made{ID: id, Org: e.Org, File: e.File.ID, At: s.now()}
	longer, end := fault.Outlive(ctx)
	defer end()
	ctx, cancel := context.WithTimeout(ctx, makeWithin)
	defer cancel()
	spent := showingsOf(v, e)
	leave, err := s.showing.enter(ctx, spent.Actor)
	if err != nil {
		return m, held(fault.Unavailable, "fault.evidence.shown-busy", err)
	}
	defer leave()
	if err := s.Holds(v, e); err != nil {
		return m, err
	}
	before, err := s.harmed(ctx, v, e)
	if err != nil {
		return m, err
	}
	if err := s.store.Spend(ctx, spent); err != nil {
		if fault.KindOf(err) == fault.TooMany {
			s.showing.hold(spent.Actor, err, s.now(), s.now().Add(untilSome))
		}
		return m, err
	}
	err = s.with(ctx, v, e, makeWithin, func(ctx context.Context, content io.Reader) error { return do(ctx, content, &m) })
	if errors.Is(err, ErrHarm) {
		m.ID, m.Failed, m.Harms, m.Picture, m.Texts = e.File.ID+"/"+harm, true, before+1, nil, nil
		return m, errors.Join(s.holdBack(m, err), s.store.Keep(longer, m, PictureRoom))
	}
	if errors.Is(err, context.DeadlineExceeded) { // it kept the engine busy, or others did: that costs
		return m, held(fault.Unavailable, "fault.evidence.shown-busy", err)
	}
	if err != nil {
		return m, errors.Join(err, s.store.Refund(longer, spent))
	}
	return m, s.store.Keep(ctx, m.measured(), PictureRoom)
}

// harmed tells how often a file was too much for the engine; the error is Held while that
// is believed of it.
func (s *Service) harmed(ctx context.Context, v access.Viewer, e Evidence) (times int, err error) {
	m, err := s.store.Made(ctx, v, e, e.File.ID+"/"+harm)
	if err == nil && m.Failed && m.holds(s.now()) {
		err = s.holdBack(m, ErrHarm)
	}
	return m.Harms, err
}

// holdBack is why nothing is made of a file that was too much for the engine, which this
// process remembers.
func (s *Service) holdBack(m Made, cause error) error {
	err := held(fault.NotFound, "fault.evidence.shown-harm", cause)
	s.showing.hold(m.File, err, s.now(), m.until())
	return err
}

// showingsOf is what is spent to make something of a file: a link spends its request's
// alone, so that it leaves the buyer's people theirs.
func showingsOf(v access.Viewer, e Evidence) budget.Spending {
	if v.Kind == access.Link {
		return budget.Pictures.By(e.Assignment)
	}
	return budget.Pictures.By(e.Assignment + "/" + v.User)
}
