// Package sandbox is the child process in which foreign files are opened. It reads
// requests from its standard input and writes pictures and texts to its standard
// output; it has no other task, no setting and no secret, and ends with its parent.
package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"os"
	"runtime/debug"
	"syscall"
	"time"

	"tsunagi/internal/evidence"
	"tsunagi/internal/picture"
)

const (
	startTime  = time.Minute // for an instance of PDFium
	maxPicture = 3 << 19     // bytes of one of our JPEGs: they are kept
)

// qualities are those of our JPEGs: the first that is not too large is taken, so that a page
// of noise takes no more room than one that means something.
var qualities = []int{82, 60, 40, 20, 5, 1}

// boxes are how large pictures are at most, by their width.
var boxes = map[evidence.Width]image.Point{
	evidence.Fitting: {X: 1000, Y: 2000},
	evidence.Large:   {X: 2000, Y: 4000},
}

// Run serves one parent until it closes the input. folder keeps what was compiled.
func Run(ctx context.Context, folder string, in io.Reader, out io.Writer) error {
	pdfs, err := newReader(ctx, folder)
	if err != nil {
		return err
	}
	if err := bound(); err != nil {
		return err
	}
	debug.FreeOSMemory() // what compiling took
	if err := picture.WriteHead(out, picture.Reply{}); err != nil {
		return err
	}
	for {
		reply, shown, err := next(pdfs, in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		reply.Size = int64(len(shown))
		if err := picture.WriteHead(out, reply); err != nil {
			return err
		}
		if _, err := out.Write(shown); err != nil {
			return err
		}
	}
}

// bound takes from this process what it never needs, before it sees a foreign byte. Its
// parent watches memory and time; these are for when the parent cannot.
func bound() error {
	for _, limit := range []struct {
		what int
		most uint64
	}{
		{syscall.RLIMIT_CPU, 15 * 60}, // seconds in all: nobody left behind runs for ever
		{syscall.RLIMIT_CORE, 0},
		{syscall.RLIMIT_FSIZE, 0}, // nothing is written from here on
	} {
		if err := syscall.Setrlimit(limit.what, &syscall.Rlimit{Cur: limit.most, Max: limit.most}); err != nil {
			return fmt.Errorf("limit the child: %w", err)
		}
	}
	return nil
}

// next reads one request with its file and answers it.
func next(pdfs *reader, in io.Reader) (picture.Reply, []byte, error) {
	var ask picture.Request
	if err := picture.ReadHead(in, &ask); err != nil {
		return picture.Reply{}, nil, err
	}
	if ask.Size < 0 || ask.Size > evidence.MaxFile {
		return picture.Reply{}, nil, fmt.Errorf("a file of %d bytes", ask.Size)
	}
	raw := make([]byte, ask.Size)
	if _, err := io.ReadFull(in, raw); err != nil {
		return picture.Reply{}, nil, fmt.Errorf("read the file: %w", err)
	}
	return answer(pdfs, ask, raw)
}

// answer does what is asked. A fault of the file is an answer, too.
func answer(pdfs *reader, ask picture.Request, raw []byte) (reply picture.Reply, shown []byte, err error) {
	do := photos
	if ask.Type == "application/pdf" {
		do = pdfs.answer
	}
	reply, shown, err = do(ask, raw)
	switch {
	case errors.Is(err, errLocked):
		reply.Found.Check = evidence.Locked
	case errors.Is(err, errBroken):
		reply.Found.Check = evidence.Broken
	case errors.Is(err, errShown):
		reply.Found.Check = evidence.Sound
	case err != nil && !errors.Is(err, errPage):
		return reply, nil, err
	}
	if err != nil {
		reply.Error = err.Error()
	}
	return reply, shown, nil
}

func (r *reader) answer(ask picture.Request, raw []byte) (reply picture.Reply, shown []byte, err error) {
	err = r.with(raw, func(p pdf) error {
		reply.Found = evidence.Findings{Check: evidence.Sound, Pages: p.pages}
		switch ask.Ask {
		case picture.Judge:
			reply.Found.Marks = p.marks()
			return p.first()
		case picture.Texts:
			for page := range min(p.pages, evidence.PagesShown) {
				reply.Texts = append(reply.Texts, p.text(page+1))
			}
			return nil
		case picture.Page:
			return p.draw(ask.Page, boxes[ask.Wide], func(m image.Image) error { shown, err = encode(m); return err })
		}
		return fmt.Errorf("nobody knows how to %q", ask.Ask)
	})
	return reply, shown, err
}

// photos answers what is asked of an image: a file of one page without a text.
func photos(ask picture.Request, raw []byte) (reply picture.Reply, shown []byte, err error) {
	p, err := newPhoto(ask.Type, raw)
	reply.Found = evidence.Findings{Check: evidence.Sound, Marks: p.marks()}
	if err != nil {
		return reply, nil, err
	}
	reply.Found.Pages = 1
	if ask.Ask == picture.Texts {
		reply.Texts = []string{""}
		return reply, nil, nil
	}
	if ask.Ask == picture.Page && ask.Page != 1 {
		return reply, nil, errPage
	}
	wide := ask.Wide
	if ask.Ask == picture.Judge {
		wide = evidence.Fitting // whether it can be opened is known when it was
	}
	m, err := p.draw(boxes[wide])
	if err != nil || ask.Ask == picture.Judge {
		return reply, nil, err
	}
	shown, err = encode(m)
	return reply, shown, err
}

func encode(m image.Image) ([]byte, error) {
	var out bytes.Buffer
	for _, quality := range qualities {
		out.Reset()
		if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: quality}); err != nil {
			return nil, err
		}
		if out.Len() <= maxPicture {
			break
		}
	}
	return out.Bytes(), nil
}

// Main runs the child in this process when its command line asks for one, and does not
// come back then. Tests whose binary stands in for the program call it first.
func Main() {
	if len(os.Args) != 3 || os.Args[1] != picture.Command {
		return
	}
	if err := Run(context.Background(), os.Args[2], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}
