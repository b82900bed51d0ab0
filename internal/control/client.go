package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"time"
)

// helloTimeout is how long a process may take to say that it listens: a frozen one never does.
const helloTimeout = 5 * time.Second

// Call lets a living process carry out a command: one of those whose folders lie in the one
// given, the youngest first. False when none took it, and nothing was done.
func Call(ctx context.Context, run, command string, args any, out io.Writer) (done bool, err error) {
	raw, err := json.Marshal(args)
	if err != nil {
		return false, fmt.Errorf("encode the arguments of %s: %w", command, err)
	}
	found, err := filepath.Glob(filepath.Join(escaped(run), "*", socketName))
	if err != nil {
		return false, fmt.Errorf("look for the process that has the data open: %w", err)
	}
	slices.Sort(found) // by when they began, as their ids do
	for _, path := range slices.Backward(found) {
		if done, err := callOne(ctx, filepath.Dir(path), call{command, raw}, out); done || ctx.Err() != nil {
			return true, err
		}
	}
	return false, nil
}

// escaped is a folder's name that stands for itself in a pattern.
func escaped(dir string) string {
	var out []byte
	for i := range len(dir) {
		switch dir[i] {
		case '*', '?', '[', '\\':
			out = append(out, '\\')
		}
		out = append(out, dir[i])
	}
	return string(out)
}

// callOne calls the process whose folder this is; false when there is none any more, none
// that answers, or one that says it has other data.
func callOne(ctx context.Context, dir string, called call, out io.Writer) (done bool, err error) {
	path, let, err := address(dir)
	if err != nil {
		return false, err
	}
	defer func() { _ = let() }()
	c, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if err != nil {
		return false, err
	}
	defer func() { _ = c.Close() }()
	defer context.AfterFunc(ctx, func() { _ = c.Close() })()
	var of hello
	_ = c.SetReadDeadline(time.Now().Add(helloTimeout))
	if err := readJSON(c, kindHello, &of); err != nil {
		return false, err
	}
	_ = c.SetReadDeadline(time.Time{})
	if err := writeJSON(c, kindCall, called); err != nil {
		return false, err // it cannot have read all of it
	}
	return follow(ctx, c, of, out)
}

// follow shows what a command writes, until its end.
func follow(ctx context.Context, c net.Conn, of hello, out io.Writer) (done bool, err error) {
	for {
		kind, body, err := readFrame(c, maxCall)
		switch {
		case ctx.Err() != nil:
			return true, errors.New("interrupted: what was not done yet is not done")
		case err != nil:
			return true, fmt.Errorf("the process that has the data open (%d) went away in the middle of the command; look whether it was done: %w", of.PID, err)
		case kind == kindOutput:
			if _, err := out.Write(body); err != nil {
				return true, err
			}
			continue
		}
		var e end
		if kind != kindEnd || json.Unmarshal(body, &e) != nil {
			return true, errFrame
		}
		if e.Error != "" {
			err = errors.New(e.Error)
		}
		return !e.Elsewhere, err
	}
}
