package evidence

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/fault"
)

// Check is what is known of a stored file.
type Check string

// The checks. The zero value is a file from before they were made: unchecked, too.
const (
	Unchecked Check = "unchecked" // nobody could look into it yet
	Sound     Check = "sound"
	Locked    Check = "locked" // opens with a password only
	Broken    Check = "broken" // cannot be opened
)

// Mark names something in a file that whoever looks at it should know of.
type Mark string

// The marks, in the order in which they are shown.
const (
	Script   Mark = "script"   // it runs JavaScript when it is opened
	Launch   Mark = "launch"   // it starts other programs
	Submit   Mark = "submit"   // it sends what is typed into it somewhere
	Embedded Mark = "embedded" // other files are packed into it
	Signed   Mark = "signed"
	Fields   Mark = "fields"   // a form that can be filled in
	Position Mark = "position" // where the photograph was taken
)

// Marks lists every mark there is.
var Marks = []Mark{Script, Launch, Submit, Embedded, Signed, Fields, Position}

// Active tells whether the mark is about content that does something by itself.
func (m Mark) Active() bool { return slices.Contains([]Mark{Script, Launch, Submit, Embedded}, m) }

// Findings is what a look into a file found.
type Findings struct {
	Check Check  `bson:"check,omitempty" json:"check"`
	Pages int    `bson:"pages,omitempty" json:"pages"` // 0: of what cannot be shown as pictures
	Marks []Mark `bson:"marks,omitempty" json:"marks"`
}

// Pending tells whether nobody could look into the file yet.
func (f Findings) Pending() bool { return f.Check == "" || f.Check == Unchecked }

// Refused tells whether nobody can open the file.
func (f Findings) Refused() bool { return f.Check == Locked || f.Check == Broken }

// Has tells whether the file bears a mark.
func (f Findings) Has(m Mark) bool { return slices.Contains(f.Marks, m) }

// Active tells whether the file holds content that does something by itself.
func (f Findings) Active() bool { return slices.ContainsFunc(f.Marks, Mark.Active) }

// PagesShown is how many pages of a file are shown at most.
const PagesShown = 200

// Width is how wide a picture of a page is.
type Width string

// The widths.
const (
	Fitting Width = "fitting" // into the page of ours that shows it
	Large   Width = "large"   // to read what is printed small
)

// ErrHarm says that a file is too much for the program that looks into it: it hung,
// grew or broke down.
var ErrHarm = errors.New("the file is too much for the program that looks into it")

// Engine looks into foreign files where they do no harm. The content is read to its
// end, or until the context ends. Any error but ErrHarm says that nothing is known.
type Engine interface {
	Judge(ctx context.Context, f File, content io.Reader) (Findings, error)
	// Picture makes a JPEG of a page, the first of which is 1; none of what cannot be shown.
	Picture(ctx context.Context, f File, content io.Reader, page int, w Width) ([]byte, error)
	// Texts gives the text of every page, as far as they are shown.
	Texts(ctx context.Context, f File, content io.Reader) ([]string, error)
}

// Made is what was made of a file to be shown: the picture of a page, or the texts of
// all pages. It may be made again from the file at any time.
type Made struct {
	ID      string    `bson:"_id"` // the file's id, and what of it
	Org     string    `bson:"org_id"`
	File    string    `bson:"file_id"`
	Picture []byte    `bson:"picture,omitempty"`
	Texts   []string  `bson:"texts,omitempty"`
	Failed  bool      `bson:"failed,omitempty"` // the file was too much for the engine
	At      time.Time `bson:"at"`
}

// again is how long it is believed that something cannot be made.
const again = time.Hour

// holds tells whether what was made, or not made, is still believed.
func (m Made) holds(now time.Time) bool { return !m.Failed || now.Before(m.At.Add(again)) }

const (
	judgeWithin = 3 * time.Second  // of an upload
	makeWithin  = 30 * time.Second // of somebody who looks
)

// look judges a file that was received. One that cannot be judged in time stays
// unchecked, and is judged by a job; one that nobody can open is refused.
func (s *Service) look(ctx context.Context, v access.Viewer, e Evidence) (Findings, error) {
	found, err := s.judge(ctx, v, e, judgeWithin)
	if err != nil {
		return Findings{Check: Unchecked}, nil // whatever the reason: the job asks again
	}
	switch found.Check {
	case Locked:
		return found, fileFault("fault.evidence.encrypted")
	case Broken:
		return found, fileFault("fault.evidence.broken")
	}
	return found, nil
}

var errNoEngine = errors.New("there is no engine that looks into files")

func (s *Service) judge(ctx context.Context, v access.Viewer, e Evidence, within time.Duration) (Findings, error) {
	var found Findings
	err := s.with(ctx, v, e, within, func(ctx context.Context, content io.Reader) (err error) {
		found, err = s.engine.Judge(ctx, *e.File, content)
		return err
	})
	return found, err
}

// with gives a file's content to do, for as long as do takes.
func (s *Service) with(ctx context.Context, v access.Viewer, e Evidence, within time.Duration, do func(context.Context, io.Reader) error) error {
	if s.engine == nil {
		return errNoEngine
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	content, err := s.Open(ctx, v, e)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	return do(ctx, content)
}

// Looked is the evidence with what is found in its file, looked for now when nobody
// could before. What cannot be found out stays unchecked.
func (s *Service) Looked(ctx context.Context, v access.Viewer, e Evidence) (Evidence, error) {
	if e.File == nil || !e.File.Pending() {
		return e, nil
	}
	found, err := s.judge(ctx, v, e, makeWithin)
	switch {
	case errors.Is(err, ErrHarm):
		found = Findings{Check: Broken}
	case err != nil:
		return e, nil // nothing is known still
	}
	f := *e.File
	f.Findings = found
	e.File = &f
	return e, s.store.Note(ctx, e)
}

// Picture is a page of a file as a JPEG of ours; NotFound when there is none.
func (s *Service) Picture(ctx context.Context, v access.Viewer, e Evidence, page int, w Width) ([]byte, error) {
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

// made gives what was made of a file before, or makes and keeps it. Who leaves in the
// middle does not stop it: the next one finds it made.
func (s *Service) made(ctx context.Context, v access.Viewer, e Evidence, what string,
	do func(context.Context, io.Reader, *Made) error) (Made, error) {
	if e.File == nil || e.File.Pages == 0 {
		return Made{}, fault.New(fault.NotFound, "fault.not-found").Because(ErrNoFile)
	}
	m := Made{ID: e.File.ID + "/" + what, Org: e.Org, File: e.File.ID, At: s.now()}
	before, err := s.store.Made(ctx, v, e, m.ID)
	if err != nil || before.ID != "" && before.holds(s.now()) {
		return before, err
	}
	ctx = context.WithoutCancel(ctx)
	err = s.with(ctx, v, e, makeWithin, func(ctx context.Context, content io.Reader) error { return do(ctx, content, &m) })
	switch {
	case errors.Is(err, ErrHarm):
		m.Failed, m.Picture, m.Texts = true, nil, nil
	case err != nil:
		return m, err
	}
	return m, s.store.Keep(ctx, m)
}
