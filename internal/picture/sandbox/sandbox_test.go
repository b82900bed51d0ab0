package sandbox_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tsunagi/internal/evidence"
	"tsunagi/internal/picture"
	"tsunagi/internal/picture/sandboxtest"
)

func TestMain(m *testing.M) { sandboxtest.Run(m) }

// engine is the one child that these tests share.
var engine = sync.OnceValue(func() *picture.Engine {
	e, err := picture.New(picture.Config{Folder: sandboxtest.Folder(), Longest: time.Minute})
	if err != nil {
		panic(err)
	}
	return e
})

func file(kind string, raw []byte) evidence.File {
	return evidence.File{Type: kind, Size: int64(len(raw))}
}

func judge(t *testing.T, kind string, raw []byte) evidence.Findings {
	t.Helper()
	found, err := engine().Judge(t.Context(), file(kind, raw), bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// shown is the picture of a page, nil when there is none.
func shown(t *testing.T, kind string, raw []byte, page int, w evidence.Width) image.Image {
	t.Helper()
	made, err := engine().Picture(t.Context(), file(kind, raw), bytes.NewReader(raw), page, w)
	if err != nil {
		t.Fatal(err)
	}
	if len(made) == 0 {
		return nil
	}
	m, err := jpeg.Decode(bytes.NewReader(made))
	if err != nil {
		t.Fatalf("what is shown is no JPEG: %v", err)
	}
	return m
}

// dark counts the dark dots of a picture.
func dark(m image.Image) int {
	n := 0
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			if r, g, b, _ := m.At(x, y).RGBA(); r+g+b < 3*0x6000 {
				n++
			}
		}
	}
	return n
}

const (
	aPDF  = "application/pdf"
	aJPEG = "image/jpeg"
)

// TestJudge: each file is taken for what it is, and what a reviewer should know of it
// is named, however it is hidden.
func TestJudge(t *testing.T) {
	field := func(name string) []byte {
		raw, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	js := "<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
	for _, tt := range []struct {
		name, kind string
		raw        []byte
		want       evidence.Findings
	}{
		{"plain", aPDF, field("plain.pdf"), evidence.Findings{Check: evidence.Sound, Pages: 1}},
		{"script", aPDF, field("js-alert.pdf"), evidence.Findings{Check: evidence.Sound, Pages: 1, Marks: []evidence.Mark{evidence.Script}}},
		{"owner's password alone", aPDF, field("owner-password-only.pdf"), evidence.Findings{Check: evidence.Sound, Pages: 1}},
		{"the word Encrypt", aPDF, field("word-encrypt-in-comment.pdf"), evidence.Findings{Check: evidence.Sound, Pages: 1}},
		{"zeros at the end", aPDF, field("zero-padded-4k.pdf"), evidence.Findings{Check: evidence.Sound, Pages: 1}},
		{"photograph and film", aJPEG, field("motion-photo.jpg"), evidence.Findings{Check: evidence.Sound, Pages: 1}},
		{"unreadable", aPDF, field("unreadable.pdf"), evidence.Findings{Check: evidence.Broken}},
		{"needs a password", aPDF, field("user-password.pdf"), evidence.Findings{Check: evidence.Locked}},
		{"script of a locked document", aPDF, field("owner-password-script.pdf"), evidence.Findings{Check: evidence.Sound, Pages: 1, Marks: []evidence.Mark{evidence.Script}}},
		{"script in an object stream", aPDF, packed("/OpenAction 6 0 R", js), evidence.Findings{Check: evidence.Sound, Pages: 1, Marks: []evidence.Mark{evidence.Script}}},
		{"script of a page", aPDF, onePage("", "/AA << /O "+js+" >>", "(a)"), evidence.Findings{Check: evidence.Sound, Pages: 1, Marks: []evidence.Mark{evidence.Script}}},
		{"script by an escaped name", aPDF, onePage("/OpenAction << /S /Java#53cript /JS (app.alert\\(1\\)) >>", "", "(a)"), evidence.Findings{Check: evidence.Sound, Pages: 1, Marks: []evidence.Mark{evidence.Script}}},
		{"launch", aPDF, onePage("/OpenAction << /S /Launch /F (calc.exe) >>", "", "(a)"), evidence.Findings{Check: evidence.Sound, Pages: 1, Marks: []evidence.Mark{evidence.Launch}}},
		{"submit", aPDF, onePage("", "/Annots [6 0 R]", "(a)", "<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /SubmitForm /F (http://example.com) >> >>"), evidence.Findings{Check: evidence.Sound, Pages: 1, Marks: []evidence.Mark{evidence.Submit}}},
		{"files inside", aPDF, onePage("/Names << /EmbeddedFiles << /Names [(a) 6 0 R] >> >>", "", "(a)", "<< /Type /Filespec /F (a.exe) /EF << /F 7 0 R >> >>", stream("/Type /EmbeddedFile", "MZ")), evidence.Findings{Check: evidence.Sound, Pages: 1, Marks: []evidence.Mark{evidence.Embedded}}},
		{"a file without its type", aPDF, onePage("/Names << /EmbeddedFiles << /Names [(a) 6 0 R] >> >>", "", "(a)", "<< /Type /Filespec /F (a.exe) /EF << /F 7 0 R >> >>", stream("", "MZ")), evidence.Findings{Check: evidence.Sound, Pages: 1, Marks: []evidence.Mark{evidence.Embedded}}},
		{"an empty list of files", aPDF, onePage("/Names << /EmbeddedFiles << /Names [] >> >>", "", "(a)"), evidence.Findings{Check: evidence.Sound, Pages: 1}},
		{"signature", aPDF, onePage("/AcroForm << /Fields [6 0 R] /SigFlags 3 >>", "", "(a)", "<< /FT /Sig /T (s) /V << /Type /Sig /ByteRange [0 1 2 3] /Contents <00> >> >>"), evidence.Findings{Check: evidence.Sound, Pages: 1, Marks: []evidence.Mark{evidence.Signed}}},
		{"fields", aPDF, onePage("/AcroForm << /Fields [6 0 R] >>", "", "(a)", "<< /FT /Tx /T (name) /V (sample) >>"), evidence.Findings{Check: evidence.Sound, Pages: 1, Marks: []evidence.Mark{evidence.Fields}}},
		{"a text that names a script", aPDF, onePage("", "", "(JavaScript, Launch)"), evidence.Findings{Check: evidence.Sound, Pages: 1}},
		{"position", aJPEG, photograph(t, 40, 20, notes(false, 1, true)), evidence.Findings{Check: evidence.Sound, Pages: 1, Marks: []evidence.Mark{evidence.Position}}},
		{"no position", aJPEG, photograph(t, 40, 20, notes(true, 1, false)), evidence.Findings{Check: evidence.Sound, Pages: 1}},
		{"more pixels than are shown", "image/png", hugePNG(60000, 60000), evidence.Findings{Check: evidence.Sound}},
		{"another sort of picture", "image/heic", []byte("\x00\x00\x00\x18ftypheic"), evidence.Findings{Check: evidence.Sound}},
		{"no picture inside", aJPEG, []byte("\xff\xd8\xff\xe0\xff\xd9"), evidence.Findings{Check: evidence.Broken}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := judge(t, tt.kind, tt.raw)
			if got.Check != tt.want.Check || got.Pages != tt.want.Pages || !slices.Equal(got.Marks, tt.want.Marks) {
				t.Errorf("found %+v, want %+v", got, tt.want)
			}
		})
	}
}

// TestHostileFiles: whatever is thrown at it, the child answers, and answers the next.
func TestHostileFiles(t *testing.T) {
	good := onePage("", "", "(sample)")
	deep := "<< /Type /Pages /Kids [" + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "] /Count 1 >>"
	loop := madePDF("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 1000000 >>")
	huge := madePDF("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 1e9 1e9] /UserUnit 75000 /Contents 4 0 R >>", stream("", "0 0 1e9 1e9 re f"))
	selfDrawn := madePDF("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 120] /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >> >>", stream("", "/X Do"),
		stream("/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 5 0 R >> >>", "/X Do"))
	files := map[string][]byte{"deep": madePDF("<< /Type /Catalog /Pages 2 0 R >>", deep), "loop": loop, "huge": huge, "drawn within itself": selfDrawn,
		"bomb": bomb(6 << 20), "empty": nil, "nonsense": bytes.Repeat([]byte("%PDF-1.7 1 0 obj <<"), 20000)}
	for n := 40; n < len(good); n += 90 {
		files[fmt.Sprintf("cut off at %d", n)] = good[:n]
	}
	for name, raw := range files {
		for _, ask := range []func() error{
			func() error { _, err := engine().Judge(t.Context(), file(aPDF, raw), bytes.NewReader(raw)); return err },
			func() error {
				_, err := engine().Picture(t.Context(), file(aPDF, raw), bytes.NewReader(raw), 1, evidence.Large)
				return err
			},
			func() error { _, err := engine().Texts(t.Context(), file(aPDF, raw), bytes.NewReader(raw)); return err },
		} {
			if err := ask(); err != nil && !errors.Is(err, evidence.ErrHarm) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if got := judge(t, aPDF, good); got.Check != evidence.Sound {
			t.Errorf("after %s a good file is %+v", name, got)
		}
	}
}

// TestPicturesOfPages: every page of a scan is drawn, in both widths, and no other.
func TestPicturesOfPages(t *testing.T) {
	raw := scan(t, 10)
	if got := judge(t, aPDF, raw); got.Pages != 10 {
		t.Fatalf("%d pages", got.Pages)
	}
	for page, w := range map[int]evidence.Width{1: evidence.Fitting, 10: evidence.Large} {
		m := shown(t, aPDF, raw, page, w)
		if m == nil || dark(m) < 1000 {
			t.Errorf("nothing is seen on page %d", page)
		}
	}
	for _, page := range []int{0, 11, -1} {
		if m := shown(t, aPDF, raw, page, evidence.Fitting); m != nil {
			t.Errorf("page %d is shown", page)
		}
	}
}

// TestJapaneseWithoutItsTypeface is drawn in ours, on every machine.
func TestJapaneseWithoutItsTypeface(t *testing.T) {
	raw := japanese("<898B672C682A5F0F4F1A793E>")
	if m := shown(t, aPDF, raw, 1, evidence.Fitting); m == nil || dark(m) < 1000 {
		t.Error("the letters are not seen")
	}
	texts, err := engine().Texts(t.Context(), file(aPDF, raw), bytes.NewReader(raw))
	if err != nil || !slices.Equal(texts, []string{"見本株式会社"}) {
		t.Errorf("texts are %q, %v", texts, err)
	}
}

// TestFilledFields: what was typed into a form is seen.
func TestFilledFields(t *testing.T) {
	raw := onePage("/AcroForm << /Fields [6 0 R] >>", "/Annots [6 0 R]", "()",
		"<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (sample) /F 4 /Rect [10 10 200 60] /AP << /N 7 0 R >> >>",
		stream("/Type /XObject /Subtype /Form /BBox [0 0 190 50] /Resources << /Font << /F 5 0 R >> >>", "BT /F 30 Tf 5 10 Td (sample) Tj ET"))
	if m := shown(t, aPDF, raw, 1, evidence.Fitting); m == nil || dark(m) < 500 {
		t.Error("the field is empty")
	}
}

// TestPhotographsAreTurned as their camera says, and lose every note.
func TestPhotographsAreTurned(t *testing.T) {
	for orientation := byte(1); orientation <= 8; orientation++ {
		for _, big := range []bool{false, true} {
			raw := photograph(t, 80, 40, notes(big, orientation, true))
			m := shown(t, aJPEG, raw, 1, evidence.Fitting)
			size := m.Bounds().Size()
			if sideways := orientation > 4; sideways != (size.X < size.Y) {
				t.Errorf("orientation %d: %v", orientation, size)
			}
			at := map[byte]image.Point{1: {40, 5}, 2: {40, 5}, 3: {40, 35}, 4: {40, 35}, 5: {5, 40}, 6: {35, 40}, 7: {35, 40}, 8: {5, 40}}[orientation]
			if r, _, _, _ := m.At(at.X, at.Y).RGBA(); r > 0x4000 {
				t.Errorf("orientation %d: what was on top is not at %v", orientation, at)
			}
			made, err := engine().Picture(t.Context(), file(aJPEG, raw), bytes.NewReader(raw), 1, evidence.Large)
			if err != nil || bytes.Contains(made, []byte("Exif")) {
				t.Errorf("the picture bears notes (%v)", err)
			}
		}
	}
}
