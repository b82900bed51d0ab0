package picture

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"tsunagi/internal/evidence"
)

// Ask is what can be asked of the child.
type Ask string

// What can be asked.
const (
	Judge Ask = "judge"
	Page  Ask = "page"
	Texts Ask = "texts"
)

// Request is followed by the file, of Size bytes.
type Request struct {
	Ask  Ask            `json:"ask"`
	Type string         `json:"type"`
	Size int64          `json:"size"`
	Page int            `json:"page,omitempty"` // from 1
	Wide evidence.Width `json:"wide,omitempty"`
}

// Reply is followed by a picture, of Size bytes. The first of a child has no request:
// it says that the child is ready.
type Reply struct {
	Found evidence.Findings `json:"found"`
	Texts []string          `json:"texts,omitempty"`
	Size  int64             `json:"size,omitempty"`
	Error string            `json:"error,omitempty"` // why there is no answer
}

// maxHead bounds what precedes a file or picture: the texts of many pages.
const maxHead = 16 << 20

// WriteHead writes a request or reply, before the bytes that follow it.
func WriteHead(w io.Writer, head any) error {
	raw, err := json.Marshal(head)
	if err != nil {
		return err
	}
	_, err = w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(raw))), raw...))
	return err
}

var errHead = errors.New("a head of this length is none of ours")

// ReadHead reads a request or reply.
func ReadHead(r io.Reader, head any) error {
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n > maxHead {
		return errHead
	}
	raw := make([]byte, n)
	if _, err := io.ReadFull(r, raw); err != nil {
		return fmt.Errorf("read a head: %w", err)
	}
	return json.Unmarshal(raw, head)
}
