package backup

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
)

// Format is the version of the archive that this program writes. One that reads it
// otherwise gets the next number.
//
// An archive is a tar file, packed by zstd and, where a passphrase is given, encrypted by
// age: with those three programs and bsondump it can be read without this one. Its parts
// come in this order: manifest.json, trail.anchors, the documents of every collection as
// they were read (documents/), those that were written meanwhile as they are at the point
// (changed/ and gone/), the secrets, end.json. What comes later counts.
const Format = 1

// The names of parts.
const (
	manifestFile = "manifest.json"
	endFile      = "end.json"
	secretsDir   = "secrets/"

	// AnchorsFile has the heads of the trail, as they were noted before the copying began:
	// the chain in the archive holds all of them.
	AnchorsFile = "trail.anchors"
)

// Kind says what a part does to a collection.
type Kind string

// The kinds.
const (
	Documents Kind = "documents" // as they were read: each of them once
	Changed   Kind = "changed"   // in place of those with their ids, if there are any
	Gone      Kind = "gone"      // ids alone, of what is not there any more
)

// Manifest begins an archive.
type Manifest struct {
	Format   int       `json:"format"`
	ID       string    `json:"id"`      // of the backup's record
	Product  string    `json:"product"` // the version of the program that made it
	Schema   int       `json:"schema"`  // the version of the data
	Database string    `json:"database"`
	Begun    time.Time `json:"begun"`
}

// End ends an archive: without it, it was cut off.
type End struct {
	Point     time.Time        `json:"point"`     // everything that was acknowledged until then is in it
	Documents map[string]int64 `json:"documents"` // of each collection at the point
	Secrets   []string         `json:"secrets"`
	SHA256    string           `json:"sha256"` // of all parts before, with their names and sizes
}

// Total is how many documents there are.
func (e End) Total() int64 {
	var n int64
	for _, of := range e.Documents {
		n += of
	}
	return n
}

// workFactor makes guessing passphrases dear: each try takes a quarter of a second and 64 MB
// of memory, and so does making a backup. The double of it twice over, as age has it by
// itself, would be 256 MB in a process that needs 60 otherwise.
const workFactor = 16

// hardest is the work that an archive may ask of us: as much as age itself would have it.
// More would take a gigabyte of memory before it is known whether the passphrase is right.
const hardest = 18

// Writer writes an archive in constant memory. What was written counts once Close has
// returned without an error.
type Writer struct {
	tar     *tar.Writer
	under   []io.Closer // in the order in which they are closed
	sum     hash.Hash
	parts   int
	kind    Kind
	of      string
	pending []byte
	secrets []string
}

// segment is how many bytes of documents make a part.
const segment = 4 << 20

// NewWriter begins an archive; with a passphrase it is encrypted.
func NewWriter(w io.Writer, passphrase string, m Manifest) (*Writer, error) {
	out := &Writer{sum: sha256.New()}
	if passphrase != "" {
		to, err := age.NewScryptRecipient(passphrase)
		if err != nil {
			return nil, fmt.Errorf("encrypt the backup: %w", err)
		}
		to.SetWorkFactor(workFactor)
		sealed, err := age.Encrypt(w, to)
		if err != nil {
			return nil, fmt.Errorf("encrypt the backup: %w", err)
		}
		out.under, w = []io.Closer{sealed}, sealed
	}
	packed, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
	if err != nil {
		return nil, fmt.Errorf("pack the backup: %w", err)
	}
	out.under = append([]io.Closer{packed}, out.under...)
	out.tar = tar.NewWriter(packed)
	m.Format = Format
	return out, out.describe(manifestFile, m)
}

// describe writes a part of JSON.
func (w *Writer) describe(name string, v any) error {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return w.part(name, int64(len(raw)), strings.NewReader(string(raw)))
}

// part writes one part, whose size must be known.
func (w *Writer) part(name string, size int64, content io.Reader) error {
	if err := w.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size, Format: tar.FormatPAX}); err != nil {
		return err
	}
	begin(w.sum, name, size)
	if _, err := io.CopyN(io.MultiWriter(w.tar, w.sum), content, size); err != nil {
		return fmt.Errorf("write %s of the backup: %w", name, err)
	}
	return nil
}

// begin adds what a part is called to the sum of all.
func begin(sum hash.Hash, name string, size int64) {
	_, _ = fmt.Fprintf(sum, "%s\x00%d\x00", name, size)
}

// Anchors writes the heads of the trail, of so many bytes.
func (w *Writer) Anchors(size int64, content io.Reader) error {
	return w.part(AnchorsFile, size, content)
}

// Put writes a document of a collection, or what stands for one. Those of one kind and one
// collection that come in a row make parts.
func (w *Writer) Put(kind Kind, collection string, doc []byte) error {
	if len(w.pending) > 0 && (kind != w.kind || collection != w.of || len(w.pending)+len(doc) > segment) {
		if err := w.flush(); err != nil {
			return err
		}
	}
	w.kind, w.of = kind, collection
	w.pending = append(w.pending, doc...)
	return nil
}

// flush writes the documents that are held back.
func (w *Writer) flush() error {
	if len(w.pending) == 0 {
		return nil
	}
	w.parts++
	err := w.part(fmt.Sprintf("%s/%06d.%s.bson", w.kind, w.parts, w.of), int64(len(w.pending)), strings.NewReader(string(w.pending)))
	w.pending = w.pending[:0]
	return err
}

// Secret writes the file of a secret.
func (w *Writer) Secret(name string, content []byte) error {
	if err := w.flush(); err != nil {
		return err
	}
	w.secrets = append(w.secrets, name)
	return w.part(secretsDir+name, int64(len(content)), strings.NewReader(string(content)))
}

// Close ends the archive, and tells which secrets are in it.
func (w *Writer) Close(end End) ([]string, error) {
	if err := w.flush(); err != nil {
		return nil, err
	}
	end.Secrets, end.SHA256 = w.secrets, hex.EncodeToString(w.sum.Sum(nil))
	if err := w.describe(endFile, end); err != nil {
		return nil, err
	}
	failed := []error{w.tar.Close()}
	for _, c := range w.under {
		failed = append(failed, c.Close())
	}
	return w.secrets, errors.Join(failed...)
}

// Abandon frees what an archive that is not ended holds.
func (w *Writer) Abandon() {
	for _, c := range w.under {
		_ = c.Close()
	}
}
