package evidence

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"tsunagi/internal/access"
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

const (
	judgeWithin = 3 * time.Second  // of an upload
	makeWithin  = 30 * time.Second // of somebody who looks
)

// look judges a file that was received, from where it came in. One that cannot be judged in
// time stays unchecked, and is judged by a job; one that nobody can open is refused.
func (s *Service) look(ctx context.Context, v access.Viewer, e Evidence, file io.Reader) (Findings, error) {
	found, err := s.judgeReceived(ctx, v, e, file)
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

// judgeReceived judges a file that is still at hand: to read it out of the database again,
// and once more for its hash, would cost an upload more than to store it.
func (s *Service) judgeReceived(ctx context.Context, v access.Viewer, e Evidence, file io.Reader) (Findings, error) {
	begin, ok := file.(io.Seeker)
	if !ok || s.engine == nil {
		return s.judge(ctx, v, e, judgeWithin)
	}
	ctx, cancel := context.WithTimeout(ctx, judgeWithin)
	defer cancel()
	if _, err := begin.Seek(0, io.SeekStart); err != nil {
		return Findings{}, err
	}
	return s.engine.Judge(ctx, *e.File, file)
}

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
