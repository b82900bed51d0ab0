package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"time"

	"tsunagi/internal/evidence"
)

// watchEvery is how often the memory of a child is looked at while it works.
const watchEvery = 50 * time.Millisecond

// maxPicture bounds what is read of a child as a picture.
const maxPicture = 15 << 20 // a record of the database holds 16

// child is a running process.
type child struct {
	cmd      *exec.Cmd
	in       io.WriteCloser
	out      io.ReadCloser
	said     *lastWords
	ready    chan struct{} // closed when it is, or never will be: then failed says why
	failed   error
	ended    chan struct{} // closed when the process is gone, by us or by itself
	answered int
}

// lastWords keeps the beginning of what a child complains of.
type lastWords struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (w *lastWords) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if room := 2048 - w.text.Len(); room > 0 {
		w.text.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (w *lastWords) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// start starts a child. It is not ready yet.
func start(cfg Config) (*child, error) {
	if err := os.MkdirAll(cfg.Folder, 0o700); err != nil {
		return nil, err
	}
	c := &child{cmd: exec.Command(cfg.Program, Command, cfg.Folder), said: &lastWords{}, ready: make(chan struct{}), ended: make(chan struct{})}
	// It inherits no secret from the environment, and gives memory back early.
	c.cmd.Env = []string{"GOMEMLIMIT=400MiB", "GOGC=50"}
	c.cmd.Dir, c.cmd.Stderr, c.cmd.SysProcAttr = cfg.Folder, c.said, ownGroup
	var err error
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if c.out, err = c.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	if err := giveWay(c.cmd.Process.Pid); err != nil {
		cfg.Log.Warn("the child of pictures does not give way to others", "error", err)
	}
	go func() {
		defer close(c.ready)
		if err := ReadHead(c.out, &Reply{}); err != nil {
			c.failed = fmt.Errorf("the child did not become ready: %w", err)
		}
	}()
	go func() {
		defer close(c.ended)
		_ = c.cmd.Wait()
	}()
	return c, nil
}

// kill ends the process, and waits until it is gone.
func (c *child) kill() {
	_ = c.in.Close()
	_ = c.cmd.Process.Kill()
	<-c.ended
}

// gone tells whether the child has ended, or never became ready.
func (c *child) gone() bool {
	select {
	case <-c.ended:
		return true
	case <-c.ready:
		return c.failed != nil
	default:
		return false
	}
}

// wait waits until the child is ready.
func (c *child) wait(ctx context.Context, longest time.Duration) error {
	limit := time.NewTimer(longest)
	defer limit.Stop()
	select {
	case <-c.ready:
		if c.failed != nil {
			return fmt.Errorf("%w: %s", c.failed, c.said)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the child: %w", ctx.Err())
	case <-limit.C:
		return errors.New("the child did not become ready in time")
	}
}

// answer is what came of an exchange.
type answer struct {
	reply Reply
	shown []byte
	err   error
}

// errWorn says that a child came to harm in a way in which it may have done so by itself: it
// ended, or held more and more.
var errWorn = errors.New("the child may have come to its end by itself")

// exchange sends one request and reads its reply. After any error the child is of no
// more use; ErrHarm says that the child came to harm over the file.
func (c *child) exchange(ctx context.Context, cfg Config, r Request, file []byte) (Reply, []byte, error) {
	done := make(chan answer, 1)
	go func() { done <- c.speak(r, file) }()
	limit, watch := time.NewTimer(cfg.Longest), time.NewTicker(watchEvery)
	defer limit.Stop()
	defer watch.Stop()
	for {
		select {
		case got := <-done:
			if got.err != nil {
				got.err = fmt.Errorf("%w: it broke down: %w: %s", errors.Join(evidence.ErrHarm, errWorn), got.err, c.said)
			}
			return got.reply, got.shown, got.err
		case <-ctx.Done():
			c.kill()
			<-done
			return Reply{}, nil, fmt.Errorf("look into a file: %w", ctx.Err())
		case <-limit.C:
			c.kill()
			<-done
			return Reply{}, nil, fmt.Errorf("%w: no answer in %s", evidence.ErrHarm, cfg.Longest)
		case <-watch.C:
			if held := memory(c.cmd.Process.Pid); held > cfg.Memory {
				c.kill()
				<-done
				return Reply{}, nil, fmt.Errorf("%w: it held %d MB", errors.Join(evidence.ErrHarm, errWorn), held>>20)
			}
		}
	}
}

func (c *child) speak(r Request, file []byte) (got answer) {
	if got.err = WriteHead(c.in, r); got.err != nil {
		return got
	}
	if _, got.err = c.in.Write(file); got.err != nil {
		return got
	}
	if got.err = ReadHead(c.out, &got.reply); got.err != nil {
		return got
	}
	if got.reply.Size < 0 || got.reply.Size > maxPicture {
		got.err = fmt.Errorf("a picture of %d bytes", got.reply.Size)
		return got
	}
	got.shown = make([]byte, got.reply.Size)
	_, got.err = io.ReadFull(c.out, got.shown)
	return got
}

// memory is what a process holds, in bytes; 0 where that cannot be told.
func memory(pid int) int64 {
	if runtime.GOOS != "linux" {
		return 0
	}
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(raw)
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}
