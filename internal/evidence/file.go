package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/gabriel-vasile/mimetype"

	"tsunagi/internal/fault"
)

// MaxFile is the largest file that is taken, in bytes.
const MaxFile = 20 << 20

// Types are the kinds of file that are taken, by their content.
var Types = []string{"application/pdf", "image/jpeg", "image/png", "image/heic", "image/webp"}

func fileFault(key string) error {
	var f fault.Fields
	f.Add("file", key)
	return f.Err()
}

// receive reads a file to its end, judges it, and stores it. Files are small
// enough (MaxFile) to be judged whole: an encrypted or cut-off PDF shows at its end.
func (s *Service) receive(ctx context.Context, name string, r io.Reader) (File, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		return File{}, fault.New(fault.Invalid, "fault.evidence.cut-off").Because(err)
	}
	kind, err := Judge(raw)
	if err != nil {
		return File{}, err
	}
	sum := sha256.Sum256(raw)
	f := File{ID: s.newID(), Name: CleanName(name), Size: int64(len(raw)), Type: kind, SHA256: hex.EncodeToString(sum[:])}
	return f, s.store.Put(ctx, f.ID, f.Name, bytes.NewReader(raw))
}

// Judge tells the type of a file by its content, never by its name, and refuses
// what is empty, too large, of another type, encrypted or cut off.
func Judge(raw []byte) (string, error) {
	switch {
	case len(raw) == 0:
		return "", fileFault("fault.evidence.empty")
	case len(raw) > MaxFile:
		return "", fileFault("fault.evidence.too-large")
	}
	kind := mimetype.Detect(raw)
	name, _, _ := strings.Cut(kind.String(), ";")
	if !slices.Contains(Types, name) {
		return "", fileFault("fault.evidence.type")
	}
	if err := whole(name, raw); err != nil {
		return "", err
	}
	return name, nil
}

func whole(kind string, raw []byte) error {
	tail := raw[max(0, len(raw)-2048):]
	switch kind {
	case "application/pdf":
		if bytes.Contains(raw, []byte("/Encrypt")) {
			return fileFault("fault.evidence.encrypted")
		}
		if !bytes.Contains(tail, []byte("%%EOF")) {
			return fileFault("fault.evidence.cut-off")
		}
	case "image/png":
		if !bytes.Contains(tail, []byte("IEND")) {
			return fileFault("fault.evidence.cut-off")
		}
	case "image/jpeg":
		if !bytes.Contains(tail, []byte{0xff, 0xd9}) {
			return fileFault("fault.evidence.cut-off")
		}
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

// ErrNoFile says that an evidence has no file.
var ErrNoFile = errors.New("evidence has no file")
