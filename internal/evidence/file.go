package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"path"
	"strings"
	"unicode"

	"tsunagi/internal/fault"
)

// MaxFile is the largest file that is taken, in bytes.
const MaxFile = 20 << 20

// fileTypes are the kinds of file that are taken, by their content.
var fileTypes = []string{"application/pdf", "image/jpeg", "image/png", "image/heic", "image/heif", "image/webp"}

// endings are what the name of a file of each type may end with, the usual one first.
var endings = map[string][]string{"application/pdf": {".pdf"}, "image/jpeg": {".jpg", ".jpeg"}, "image/png": {".png"},
	"image/heic": {".heic"}, "image/heif": {".heif"}, "image/webp": {".webp"}}

// ending is how the name of the file ends by its detected type, whatever the
// supplier called it: what a computer does with a file follows its name.
func (f File) ending() string {
	if all := endings[f.Type]; len(all) > 0 {
		return all[0]
	}
	return ".bin"
}

// SafeName is the name under which the file is given out. It ends as its type.
func (f File) SafeName() string {
	name := strings.TrimRight(CleanName(f.Name), ". ")
	if name == "" {
		name = "file"
	}
	for _, ending := range endings[f.Type] {
		if strings.HasSuffix(strings.ToLower(name), ending) {
			return name
		}
	}
	return name + f.ending()
}

// TypeName names the detected type as people know it: PDF, JPEG.
func (f File) TypeName() string {
	_, short, _ := strings.Cut(f.Type, "/")
	return strings.ToUpper(short)
}

// ErrAltered says that a stored file is not what was stored.
var ErrAltered = errors.New("the file does not have the hash that it was stored with")

// ErrNoFile says that an evidence has no file.
var ErrNoFile = errors.New("evidence has no file")

func fileFault(key string) error {
	var f fault.Fields
	f.Add("file", key)
	return f.Err()
}

// receive judges a file while it streams into the store; nothing of it is kept
// when something is wrong.
func (s *Service) receive(ctx context.Context, name string, r io.Reader) (File, error) {
	id, in := s.newID(), newInspector(r)
	err := s.store.Put(ctx, id, CleanName(name), in)
	if in.wrong != nil {
		err = in.wrong // what the store says of it is only that reading failed
	}
	if err != nil {
		return File{}, err
	}
	return File{ID: id, Name: CleanName(name), Size: in.size, Type: in.kind, SHA256: hex.EncodeToString(in.hash.Sum(nil))}, nil
}

// inspector is a reader that passes a file through and fails where it turns out to be
// empty, too large, of another type or cut off, at the latest in place of its end. The
// type is told by the content, never by the name. Whether it can be opened is told by
// the Engine, once it is stored.
type inspector struct {
	from  io.Reader
	hash  hash.Hash
	head  []byte
	size  int64
	kind  string // known once the head is complete
	walk  walker // of that kind
	wrong error
}

func newInspector(r io.Reader) *inspector { return &inspector{from: r, hash: sha256.New()} }

// Read implements io.Reader.
func (in *inspector) Read(p []byte) (int, error) {
	if in.wrong != nil {
		return 0, in.wrong
	}
	n, err := in.from.Read(p)
	in.wrong = in.take(p[:n])
	if in.wrong == nil && err == io.EOF {
		in.wrong = in.end()
	} else if in.wrong == nil && err != nil {
		in.wrong = fault.New(fault.Invalid, "fault.evidence.cut-off").Because(err)
	}
	if in.wrong != nil {
		return 0, in.wrong
	}
	return n, err
}

func (in *inspector) take(part []byte) error {
	in.size += int64(len(part))
	if in.size > MaxFile {
		return fileFault("fault.evidence.too-large")
	}
	in.hash.Write(part)
	if in.walk != nil {
		in.walk.take(part)
	}
	if room := headSize - len(in.head); room > 0 {
		in.head = append(in.head, part[:min(room, len(part))]...)
		if len(in.head) == headSize {
			if err := in.detect(); err != nil {
				return err
			}
			in.walk.take(part[min(room, len(part)):])
		}
	}
	return nil
}

// detect tells the type by the head, and begins to follow the file from there.
func (in *inspector) detect() error {
	if in.kind = detect(in.head); in.kind == "" {
		return fileFault("fault.evidence.type")
	}
	in.walk = newWalker(in.kind)
	in.walk.take(in.head)
	return nil
}

func (in *inspector) end() error {
	if in.size == 0 {
		return fileFault("fault.evidence.empty")
	}
	if in.walk == nil { // shorter than the head
		if err := in.detect(); err != nil {
			return err
		}
	}
	if !in.walk.whole() {
		return fileFault("fault.evidence.cut-off")
	}
	return nil
}

// CleanName is a file's name without folders, control and direction characters,
// short enough to be shown.
func CleanName(name string) string {
	name = path.Base(strings.ReplaceAll(name, "\\", "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > 100 {
		name = string(runes[:80]) + "…" + string(runes[len(runes)-19:])
	}
	if name == "" || name == "." || name == "/" {
		return "file"
	}
	return name
}
