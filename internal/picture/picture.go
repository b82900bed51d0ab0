// Package picture shows pages of foreign PDFs and images as pictures of our own and as
// text. The files are opened in a child process (package sandbox) that is started when
// it is needed and ended when nothing is asked of it; one that hangs, grows or breaks
// down is ended and replaced.
package picture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"tsunagi/internal/evidence"
)

// What is shown of a file.
const (
	MaxText   = 20_000   // characters of a page
	MaxPixels = 50 << 20 // of an image
)

// Command is the first argument of a child's command line; the folder of what was
// compiled is the second.
const Command = "look-into-files"

// Config says how files are looked into. Zero values mean the defaults.
type Config struct {
	Program string        // that runs the child: this one, when it is empty
	Folder  string        // keeps what was compiled; must be given
	Idle    time.Duration // after which a child is ended
	Longest time.Duration // that one answer may take
	Start   time.Duration // that a child may take to be ready
	Memory  int64         // bytes that a child may hold
	Worn    int           // answers after which a child is replaced
	Log     *slog.Logger
}

func (c Config) whole() (Config, error) {
	if c.Program == "" {
		own, err := os.Executable()
		if err != nil {
			return c, fmt.Errorf("find this program: %w", err)
		}
		c.Program = own
	}
	for _, d := range []struct {
		at    *time.Duration
		value time.Duration
	}{{&c.Idle, 30 * time.Second}, {&c.Longest, 15 * time.Second}, {&c.Start, 2 * time.Minute}} {
		if *d.at == 0 {
			*d.at = d.value
		}
	}
	if c.Memory == 0 {
		c.Memory = 800 << 20
	}
	if c.Worn == 0 {
		c.Worn = 500
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// Engine implements evidence.Engine. It answers one request at a time; others wait, and
// whoever judges is let in before those who look: an upload waits for it.
type Engine struct {
	cfg  Config
	turn turn       // who has it may use the child
	mu   sync.Mutex // guards what follows
	now  *child     // that runs; nil when none does
	idle *time.Timer
	shut bool
}

var _ evidence.Engine = (*Engine)(nil)

// New makes an engine. Nothing runs yet.
func New(cfg Config) (*Engine, error) {
	cfg, err := cfg.whole()
	if err != nil {
		return nil, err
	}
	return &Engine{cfg: cfg}, nil
}

// Judge implements evidence.Engine.
func (e *Engine) Judge(ctx context.Context, f evidence.File, content io.Reader) (evidence.Findings, error) {
	reply, _, err := e.ask(ctx, Request{Ask: Judge, Type: f.Type, Size: f.Size}, content)
	return reply.Found, err
}

// Texts implements evidence.Engine.
func (e *Engine) Texts(ctx context.Context, f evidence.File, content io.Reader) ([]string, error) {
	reply, _, err := e.ask(ctx, Request{Ask: Texts, Type: f.Type, Size: f.Size}, content)
	return reply.Texts, err
}

// Picture implements evidence.Engine. What cannot be drawn has no picture.
func (e *Engine) Picture(ctx context.Context, f evidence.File, content io.Reader, page int, w evidence.Width) ([]byte, error) {
	_, shown, err := e.ask(ctx, Request{Ask: Page, Type: f.Type, Size: f.Size, Page: page, Wide: w}, content)
	return shown, err
}

// Running tells whether a child runs.
func (e *Engine) Running() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.now != nil && !e.now.gone()
}

// Close ends the child, also in the middle of an answer. The engine answers no more.
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.shut = true
	if e.now != nil {
		e.now.kill()
		e.now = nil
	}
	return nil
}

var errShut = errors.New("the engine of pictures is closed")

// ask waits for its turn, asks a child, and gives the turn on. A child that has answered
// others before may have come to its end by itself: the file is asked about once more,
// from a new one, before it is blamed. One that takes too long does so by the file alone.
func (e *Engine) ask(ctx context.Context, r Request, content io.Reader) (Reply, []byte, error) {
	if err := e.turn.take(ctx, r.Ask == Judge); err != nil {
		return Reply{}, nil, fmt.Errorf("wait for the engine of pictures: %w", err)
	}
	defer e.turn.give()
	file := make([]byte, r.Size) // only of who has the turn: one at a time
	if _, err := io.ReadFull(content, file); err != nil {
		return Reply{}, nil, fmt.Errorf("read a file to look into it: %w", err)
	}
	reply, shown, fresh, err := e.once(ctx, r, file)
	if errors.Is(err, errWorn) && !fresh {
		reply, shown, _, err = e.once(ctx, r, file)
	}
	return reply, shown, err
}

// once asks the child that runs, or a new one: fresh tells that this was the first file
// that it saw.
func (e *Engine) once(ctx context.Context, r Request, file []byte) (reply Reply, shown []byte, fresh bool, err error) {
	c, err := e.take()
	if err != nil {
		return Reply{}, nil, true, err
	}
	if err := c.wait(ctx, e.cfg.Start); err != nil {
		if ctx.Err() == nil {
			e.drop(c)
		}
		return Reply{}, nil, true, err // or the child goes on starting, for the next one
	}
	fresh = c.answered == 0
	if reply, shown, err = c.exchange(ctx, e.cfg, r, file); err != nil {
		e.cfg.Log.Warn("a foreign file was given up", "ask", r.Ask, "type", r.Type, "size", r.Size, "fresh", fresh, "error", err)
		e.drop(c)
		return Reply{}, nil, fresh, err
	}
	e.give(c)
	return reply, shown, fresh, nil
}

// take gives the child that runs, or starts one.
func (e *Engine) take() (*child, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.shut {
		return nil, errShut
	}
	if e.idle != nil {
		e.idle.Stop()
		e.idle = nil
	}
	if e.now != nil && !e.now.gone() {
		return e.now, nil
	}
	c, err := start(e.cfg)
	if err != nil {
		return nil, fmt.Errorf("start the child that looks into files: %w", err)
	}
	e.now = c
	return c, nil
}

// give leaves the child for the next request, and ends it when none comes.
func (e *Engine) give(c *child) {
	if c.answered++; c.answered >= e.cfg.Worn {
		e.drop(c)
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.now != c {
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(e.cfg.Idle, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.idle == timer && e.now == c { // nobody took it meanwhile
			e.now, e.idle = nil, nil
			c.kill()
		}
	})
	e.idle = timer
}

// drop ends a child.
func (e *Engine) drop(c *child) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.now == c {
		e.now = nil
	}
	c.kill()
}
