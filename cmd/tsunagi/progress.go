package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// progress tells on standard error how far something is: all the time on a terminal, else
// now and then when it takes long.
type progress struct {
	out        io.Writer
	verb, what string
	live       bool
	every      time.Duration

	mu   sync.Mutex
	next time.Time
	said bool
}

const (
	liveEvery = 200 * time.Millisecond
	slowEvery = 15 * time.Second
)

func newProgress(verb, what string) *progress {
	p := &progress{out: os.Stderr, verb: verb, what: what, live: isTerminal(os.Stderr), every: slowEvery}
	if p.live {
		p.every = liveEvery
	}
	p.next = time.Now().Add(p.every)
	return p
}

// tell says how far it is, when it was not said just now. Where the total is not known it
// is 0.
func (p *progress) tell(done, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if now.Before(p.next) {
		return
	}
	p.next = now.Add(p.every)
	words := fmt.Sprintf("%s %d %s", p.verb, done, p.what)
	if total > 0 {
		words = fmt.Sprintf("%s %d of %d %s (%d %%)", p.verb, done, total, p.what, 100*done/total)
	}
	if p.said = p.live; p.live {
		_, _ = fmt.Fprintf(p.out, "\r\033[K%s", words)
		return
	}
	_, _ = fmt.Fprintln(p.out, words)
}

// done takes away what stands on the line of a terminal.
func (p *progress) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.said {
		_, _ = fmt.Fprint(p.out, "\r\033[K")
		p.said = false
	}
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && !isNull(f)
}

// isNull tells whether a file is the one that forgets everything.
func isNull(f *os.File) bool {
	null, err := os.Stat(os.DevNull)
	info, err2 := f.Stat()
	return err == nil && err2 == nil && os.SameFile(null, info)
}
