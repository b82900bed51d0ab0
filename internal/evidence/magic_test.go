package evidence

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tsunagi/internal/fault"
)

// TestDetect: a type counts at the first byte, a PDF also after a little of nothing.
func TestDetect(t *testing.T) {
	after := func(before string) []byte { return append([]byte(before), pdf("")...) }
	for _, tt := range []struct {
		name string
		raw  []byte
		want string
	}{
		{"pdf", pdf(""), "application/pdf"},
		{"pdf after a byte order mark", after("\xef\xbb\xbf"), "application/pdf"},
		{"pdf after empty lines", after("\r\n\r\n"), "application/pdf"},
		{"pdf after a printer's commands", after("\x1b%-12345X@PJL JOB\r\n"), "application/pdf"},
		{"pdf after 1,024 bytes", after(strings.Repeat(" ", pdfWithin)), "application/pdf"},
		{"pdf after 1,025 bytes", after(strings.Repeat(" ", pdfWithin+1)), ""},
		{"program and pdf", after("MZ\x90\x00"), ""},
		{"program of another system and pdf", after("\x7fELF\x02\x01\x01"), ""},
		{"script and pdf", after("#!/bin/sh\n"), ""},
		{"page and pdf", after("<html><script>alert(1)</script>"), ""},
		{"page after spaces and pdf", after("  \n<HTA:APPLICATION>"), ""},
		{"gif and pdf", after("GIF89a"), ""},
		{"zip and pdf", after("PK\x03\x04"), ""},
		{"jpeg and pdf", after("\xff\xd8\xff\xe0"), "image/jpeg"},
		{"jpeg, but later", []byte("\x00\xff\xd8\xff\xe0"), ""},
		{"png, but later", []byte(" \x89PNG\r\n\x1a\n"), ""},
		{"wave", []byte("RIFF\x00\x00\x00\x00WAVEfmt "), ""},
		{"film", []byte("\x00\x00\x00\x18ftypisom\x00\x00\x00\x00"), ""},
		{"heif", []byte("\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00"), "image/heif"},
		{"nothing", nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := detect(tt.raw[:min(len(tt.raw), headSize)]); got != tt.want {
				t.Errorf("type is %q, want %q", got, tt.want)
			}
		})
	}
}

// TestWhole: the end is where the type has it, whatever follows.
func TestWhole(t *testing.T) {
	aJPEG := picture(t, func(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, nil) })
	aPNG := picture(t, png.Encode)
	tail := bytes.Repeat([]byte{0}, 200<<10)
	segment := func(data string) []byte {
		return bytes.Join([][]byte{aJPEG[:2], {0xff, 0xe1, 0, byte(len(data) + 2)}, []byte(data), aJPEG[2:]}, nil)
	}
	linearized := func(length string) []byte {
		return []byte("%PDF-1.7\n1 0 obj\n<</Linearized 1/L " + length + "/O 3>>\nendobj\n%%EOF\n" + strings.Repeat("% filling\n", 400))
	}
	for _, tt := range []struct {
		name string
		raw  []byte
		want string
	}{
		{"jpeg and a film", slices.Concat(aJPEG, []byte("ftypmp42"), tail), ""},
		{"png and zeros", slices.Concat(aPNG, tail), ""},
		{"pdf and zeros", slices.Concat(pdf(""), tail), ""},
		{"pdf with an old end and a new one", append(pdf(""), pdf("")...), ""},
		{"an end that is in a thumbnail alone", segment("\xff\xd8\xff\xd9")[:400], "fault.evidence.cut-off"},
		{"a thumbnail, and the end", segment("\xff\xd8\xff\xd9"), ""},
		{"an empty segment", segment(""), ""},
		{"png without its last chunk's check", aPNG[:len(aPNG)-1], "fault.evidence.cut-off"},
		{"the word IEND in the picture's data", slices.Concat(aPNG[:33], []byte("\x00\x00\x00\x08tEXtIEND")), "fault.evidence.cut-off"},
		{"pdf made for the web, whole", linearized("4000"), ""},
		{"pdf made for the web, cut off", linearized("400000"), "fault.evidence.cut-off"},
		{"pdf without an end", bytes.ReplaceAll(pdf(""), []byte("%%EOF"), nil), "fault.evidence.cut-off"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for name, r := range map[string]io.Reader{"at once": bytes.NewReader(tt.raw), "in pieces": &pieces{tt.raw, 7}} {
				_, _, err := inspect(r)
				got := ""
				if err != nil {
					got = fault.FieldsOf(err)[0].Key
				}
				if got != tt.want {
					t.Errorf("%s: %q, want %q", name, got, tt.want)
				}
			}
		})
	}
}

// pieces gives a few bytes at a time.
type pieces struct {
	rest []byte
	n    int
}

func (p *pieces) Read(to []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(to[:min(p.n, len(to))], p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// TestFilesFromTheField are the files that people sent.
func TestFilesFromTheField(t *testing.T) {
	want := map[string]string{
		"plain.pdf": "application/pdf", "js-alert.pdf": "application/pdf", "zero-padded-4k.pdf": "application/pdf",
		"unreadable.pdf":     "application/pdf", // opened, it is found to be broken
		"motion-photo.jpg":   "image/jpeg",
		"begins-as-html.bin": "fault.evidence.type",
	}
	for name, kind := range want {
		raw, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := inspect(bytes.NewReader(raw))
		if err != nil {
			got = fault.FieldsOf(err)[0].Key
		}
		if got != kind {
			t.Errorf("%s is %s, want %s", name, got, kind)
		}
	}
}

// FuzzDetect: what is taken begins as its type does.
func FuzzDetect(f *testing.F) {
	for _, s := range []string{"%PDF-1.7", "\n%PDF-1.7", "MZ%PDF-1.7", "<html>%PDF-1.7", "GIF89a%PDF-1.7", "PK\x03\x04%PDF-1.7", "\xff\xd8\xff\xe0", "RIFF\x00\x00\x00\x00WEBP"} {
		f.Add([]byte(s))
	}
	begins := map[string][]string{"image/jpeg": {"\xff\xd8\xff"}, "image/png": {"\x89PNG\r\n\x1a\n"}, "image/webp": {"RIFF"}}
	other := []string{"MZ", "<", "GIF8", "PK\x03\x04", "\x7fELF", "#!", "\x1f\x8b", "Rar!", "7z\xbc\xaf", "\xd0\xcf\x11\xe0", "BM", "%!PS", "{\\rtf"}
	f.Fuzz(func(t *testing.T, raw []byte) {
		kind := detect(raw)
		text := string(raw)
		if of, known := begins[kind]; known && !strings.HasPrefix(text, of[0]) {
			t.Errorf("%q is taken for %s", raw, kind)
		}
		if kind != "application/pdf" || strings.HasPrefix(text, "%PDF-") {
			return
		}
		before, _, found := strings.Cut(text, "%PDF-")
		if !found || len(before) > pdfWithin || strings.Contains(before, "<") {
			t.Errorf("%q is taken for a PDF", raw)
		}
		for _, o := range other {
			if strings.HasPrefix(before, o) && len(before) > 20 {
				t.Errorf("%q is taken for a PDF after %q", raw, o)
			}
		}
	})
}
