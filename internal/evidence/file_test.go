package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"tsunagi/internal/fault"
)

func pdf(middle string) []byte {
	return []byte("%PDF-1.7\n" + strings.Repeat("% filling\n", 600) + middle + "\ntrailer <</Root 1 0 R>>\nstartxref\n0\n%%EOF\n")
}

func picture(t *testing.T, encode func(io.Writer, image.Image) error) []byte {
	t.Helper()
	var b bytes.Buffer
	m := image.NewRGBA(image.Rect(0, 0, 90, 90))
	for i := range m.Pix {
		m.Pix[i] = byte(i * i * 31)
	}
	if err := encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func webp(size int) []byte {
	b := append([]byte("RIFF\x00\x00\x00\x00WEBPVP8 "), make([]byte, size)...)
	binary.LittleEndian.PutUint32(b[4:8], uint32(len(b)-8))
	return b
}

func heic() []byte {
	return append([]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), make([]byte, 5000)...)
}

func TestInspect(t *testing.T) {
	aJPEG := picture(t, func(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, nil) })
	aPNG := picture(t, png.Encode)
	tests := []struct {
		name string
		raw  []byte
		want string // the type, or the message key
	}{
		{"pdf", pdf(""), "application/pdf"}, {"short pdf", []byte("%PDF-1.4\n%%EOF"), "application/pdf"},
		{"jpeg", aJPEG, "image/jpeg"}, {"png", aPNG, "image/png"}, {"webp", webp(4000), "image/webp"}, {"heic", heic(), "image/heic"},
		{"empty", nil, "fault.evidence.empty"},
		{"too large", make([]byte, MaxFile+1), "fault.evidence.type"},
		{"too large pdf", append(pdf(""), make([]byte, MaxFile)...), "fault.evidence.too-large"},
		{"a locked pdf, of which the engine judges", pdf("<</Encrypt 5 0 R>>"), "application/pdf"},
		{"pdf cut off", pdf("")[:5000], "fault.evidence.cut-off"}, {"jpeg cut off", aJPEG[:len(aJPEG)-2], "fault.evidence.cut-off"},
		{"png cut off", aPNG[:len(aPNG)-20], "fault.evidence.cut-off"}, {"webp cut off", webp(4000)[:3500], "fault.evidence.cut-off"},
		{"heic cut off", heic()[:900], "fault.evidence.cut-off"},
		{"a program renamed to .pdf", append([]byte("MZ"), make([]byte, 4000)...), "fault.evidence.type"},
		{"a page", []byte("<!doctype html><script>alert(1)</script>"), "fault.evidence.type"},
		{"a picture that runs scripts", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), "fault.evidence.type"},
		{"a zip", []byte("PK\x03\x04" + strings.Repeat("x", 4000)), "fault.evidence.type"},
	}
	for _, tt := range tests {
		for name, from := range map[string]io.Reader{"at once": bytes.NewReader(tt.raw), "byte by byte": iotest.OneByteReader(bytes.NewReader(tt.raw)),
			"end with data": iotest.DataErrReader(bytes.NewReader(tt.raw))} {
			if name == "byte by byte" && len(tt.raw) > 1<<20 {
				continue
			}
			got, size, err := inspect(from)
			if err != nil {
				got = fault.FieldsOf(err)[0].Key
			} else if size != int64(len(tt.raw)) {
				t.Errorf("%s, %s: %d bytes, want %d", tt.name, name, size, len(tt.raw))
			}
			if got != tt.want {
				t.Errorf("%s, %s: %s, want %s", tt.name, name, got, tt.want)
			}
		}
	}
}

// shelf is a store that keeps files whole, as GridFS does: nothing of an upload
// whose reader failed.
type shelf struct {
	Store
	files map[string][]byte
}

func (s shelf) Put(_ context.Context, id, _ string, r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return errors.New("the driver's own words")
	}
	s.files[id] = raw
	return nil
}

func TestReceive(t *testing.T) {
	s := shelf{files: map[string][]byte{}}
	service := NewService(s, nil, nil, func() string { return "f" })
	f, err := service.receive(context.Background(), `C:\証明書\ISMS.pdf`, bytes.NewReader(pdf("")))
	sum := sha256.Sum256(pdf(""))
	if err != nil || f.SHA256 != hex.EncodeToString(sum[:]) || f.Name != "ISMS.pdf" || f.Size != int64(len(pdf(""))) || f.Type != "application/pdf" {
		t.Errorf("receive = %+v, %v", f, err)
	}
	if !bytes.Equal(s.files["f"], pdf("")) {
		t.Error("what is stored is not what was sent")
	}
	broken := io.MultiReader(bytes.NewReader(pdf("")[:4000]), iotest.ErrReader(errors.New("connection reset")))
	_, err = service.receive(context.Background(), "a.pdf", broken)
	var e *fault.Error
	if !errors.As(err, &e) || e.Key != "fault.evidence.cut-off" {
		t.Errorf("cut off in transit: %v, want our own message", err)
	}
}

func FuzzCleanName(f *testing.F) {
	for _, s := range []string{"ISMS登録証.pdf", `..\..\a`, "../../etc/passwd", "a\u202efdp.exe", "\x00", strings.Repeat("長", 300)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := CleanName(s)
		if got == "" || strings.ContainsAny(got, "/\\\r\n\x00\u202e") || utf8.RuneCountInString(got) > 100 {
			t.Errorf("CleanName(%q) = %q", s, got)
		}
	})
}

func FuzzInspect(f *testing.F) {
	f.Add(pdf(""))
	f.Add(webp(10))
	f.Add([]byte("%PDF"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		kind, _, err := inspect(bytes.NewReader(raw))
		again, _, err2 := inspect(iotest.OneByteReader(bytes.NewReader(raw)))
		if kind != again && (err == nil || err2 == nil) || (err == nil) != (err2 == nil) {
			t.Errorf("read at once %s, %v; byte by byte %s, %v", kind, err, again, err2)
		}
	})
}

// TestSafeName: whatever a supplier called a file, its name ends as its type.
func TestSafeName(t *testing.T) {
	for _, c := range []struct{ name, kind, want string }{
		{"登録証.pdf", "application/pdf", "登録証.pdf"},
		{"登録証.PDF", "application/pdf", "登録証.PDF"},
		{"登録証", "application/pdf", "登録証.pdf"},
		{"setup.exe", "application/pdf", "setup.exe.pdf"},
		{"page.html", "image/png", "page.html.png"},
		{"app.hta. ", "image/jpeg", "app.hta.jpg"},
		{"photo.jpeg", "image/jpeg", "photo.jpeg"},
		{"photo.jpg", "image/png", "photo.jpg.png"},
		{"fdp.\u202eexe", "application/pdf", "fdp.exe.pdf"},
		{"../../x.hta", "image/webp", "x.hta.webp"},
		{"...", "image/heic", "file.heic"},
		{"old.exe", "text/html", "old.exe.bin"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := (File{Name: c.name, Type: c.kind}).SafeName(); got != c.want {
				t.Errorf("SafeName of %q as %s = %q, want %q", c.name, c.kind, got, c.want)
			}
		})
	}
	for _, kind := range fileTypes {
		if len(endings[kind]) == 0 {
			t.Errorf("files of type %s are taken, and no ending is known", kind)
		}
	}
}

// inspect passes a whole file through an inspector and tells what it found.
func inspect(r io.Reader) (kind string, size int64, err error) {
	in := newInspector(r)
	size, err = io.Copy(io.Discard, in)
	return in.kind, size, err
}
