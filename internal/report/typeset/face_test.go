package typeset

import (
	"bytes"
	"errors"
	"os"
	"sync"
	"testing"
)

func fontBytes(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile("../../../templates/fonts/BIZUDGothic_" + name + ".ttf")
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

var loadFaces = sync.OnceValues(func() (*Faces, error) {
	regular, err := os.ReadFile("../../../templates/fonts/BIZUDGothic_400Regular.ttf")
	if err != nil {
		return nil, err
	}
	bold, err := os.ReadFile("../../../templates/fonts/BIZUDGothic_700Bold.ttf")
	if err != nil {
		return nil, err
	}
	return NewFaces(regular, bold)
})

func testFaces(tb testing.TB) *Faces {
	tb.Helper()
	f, err := loadFaces()
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

// A glyph that the font lacks would print as a box without an error.
func TestMissingGlyphsAreFoundInTheCharacterMap(t *testing.T) {
	f := testFaces(t)
	for _, r := range "✔✅️😀ก한𠮷" {
		if r != '\ufe0f' && f.Has(r) {
			t.Errorf("Has(%q) = true", r)
		}
	}
	for _, r := range "○△×◇〓髙﨑①㈱ｱア亜Az09" {
		if !f.Has(r) {
			t.Errorf("Has(%q) = false", r)
		}
	}
}

func TestBadFontsAreRefused(t *testing.T) {
	good := fontBytes(t, "400Regular")
	cut := bytes.Clone(good[:len(good)/2])
	otto := append([]byte("OTTO"), good[4:]...)
	noGlyf := bytes.Replace(good, []byte("glyf"), []byte("glyx"), 1)
	noPost := bytes.Replace(good, []byte("post"), []byte("posx"), 1) // gofpdf would panic
	zeroed := append(bytes.Clone(good[:2000]), make([]byte, len(good)-2000)...)
	tests := map[string][]byte{"empty": nil, "text": []byte("not a font at all, only some words"), "cut off": cut,
		"OpenType with other outlines": otto, "no glyphs": noGlyf, "a table less": noPost, "zeroed": zeroed}
	for name, bad := range tests {
		if f, err := NewFaces(bad, good); !errors.Is(err, errFont) || f != nil {
			t.Errorf("%s as regular: NewFaces = %v, %v; want errFont", name, f, err)
		}
		if f, err := NewFaces(good, bad); !errors.Is(err, errFont) || f != nil {
			t.Errorf("%s as bold: NewFaces = %v, %v; want errFont", name, f, err)
		}
	}
}

// A font that was cut is a whole font, with the same widths and nothing else.
func TestSubset(t *testing.T) {
	whole := testFaces(t).Regular
	used := map[rune]bool{}
	for _, r := range "Az09 àé、。ア亜漢字㈱髙﨑〓" {
		used[r] = true
	}
	cut, err := newFace(whole.Subset(used))
	if err != nil {
		t.Fatal(err)
	}
	for r := range rune(1 << 16) {
		if cut.Has(r) != used[r] || used[r] && cut.RuneWidth(r) != whole.RuneWidth(r) {
			t.Errorf("%q: cut has it: %v, %d wide; want %v, %d wide", r, cut.Has(r), cut.RuneWidth(r), used[r], whole.RuneWidth(r))
		}
	}
}
