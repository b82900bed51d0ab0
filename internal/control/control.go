// Package control lets a command of the administrator be carried out by the process that
// has the data open: it listens on a socket in its own folder among the data, to which
// only the user of the data, and root, may speak. The room knows names of commands, their
// arguments and a stream of output; what a command does is registered with Listen.
package control

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Command carries out one command: what it writes is shown to who called, and so is its
// error. Its context ends when the caller goes away, or the process stops.
type Command func(ctx context.Context, args json.RawMessage, out io.Writer) error

// ErrElsewhere is what a command answers that is meant for another process, before it has
// written anything: the caller then looks further.
var ErrElsewhere = errors.New("these are the data of another process")

// socketName is the socket in the folder of a process.
const socketName = "control.sock"

// hello is what a process says of itself to who calls.
type hello struct {
	Version string `json:"version"`
	PID     int    `json:"pid"`
}

// call is what a caller wants done.
type call struct {
	Command string          `json:"command"`
	Args    json.RawMessage `json:"args"`
}

// end is how it went.
type end struct {
	Error     string `json:"error,omitempty"`
	Elsewhere bool   `json:"elsewhere,omitempty"`
	Unknown   bool   `json:"unknown,omitempty"` // there is no such command
}

// The kinds of frames: one byte, the length in four, and what it holds.
const (
	kindHello  byte = 'h'
	kindCall   byte = 'c'
	kindOutput byte = 'o'
	kindEnd    byte = 'e'
)

const (
	maxCall   = 64 << 20 // a call may bring files along
	maxOutput = 32 << 10 // a piece of output
)

var errFrame = errors.New("what came over the control socket is not understood: is the process that has the data open of another version?")

func writeFrame(w io.Writer, kind byte, body []byte) error {
	head := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(body)))
	_, err := w.Write(append(head, body...))
	return err
}

// readFrame reads one frame; errFrame when it is longer than it may be.
func readFrame(r io.Reader, longest int) (kind byte, body []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	length := int64(binary.BigEndian.Uint32(head[1:]))
	if length > int64(longest) {
		return 0, nil, errFrame
	}
	body, err = io.ReadAll(io.LimitReader(r, length))
	if err == nil && int64(len(body)) < length {
		err = io.ErrUnexpectedEOF
	}
	return head[0], body, err
}

func writeJSON(w io.Writer, kind byte, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode what goes over the control socket: %w", err)
	}
	return writeFrame(w, kind, body)
}

// readJSON reads a frame of the kind that is expected.
func readJSON(r io.Reader, want byte, value any) error {
	kind, body, err := readFrame(r, maxCall)
	if err != nil {
		return err
	}
	if kind != want || json.Unmarshal(body, value) != nil {
		return errFrame
	}
	return nil
}

// output sends what a command writes, piece by piece.
type output struct{ to io.Writer }

// Write implements io.Writer.
func (o output) Write(p []byte) (int, error) {
	for sent := 0; sent < len(p); {
		piece := p[sent:min(len(p), sent+maxOutput)]
		if err := writeFrame(o.to, kindOutput, piece); err != nil {
			return sent, err
		}
		sent += len(piece)
	}
	return len(p), nil
}
