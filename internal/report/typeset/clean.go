package typeset

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// geta is printed for a character that the fonts cannot show, as Japanese
// printers have always done.
const geta = '〓'

// Cleaned is a text that the fonts can show, and what was lost on the way.
type Cleaned struct {
	Text    string
	Unknown bool // a character became 〓
	Variant bool // an ideographic variation selector was left out
}

// Clean makes a text of characters that both faces can show, and line ends; bytes
// of any kind will do. It is for paper only; the record keeps the original. Letters
// and their marks are composed (か+゛ → が), lines end in \n, characters without a
// glyph become 〓, one for a whole emoji sequence, and what has no picture of its
// own (control characters, variation selectors) goes. Cleaned again, the text stays
// as it is.
func (f *Faces) Clean(s string) Cleaned {
	if f.plain(s) {
		return Cleaned{Text: s}
	}
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	var b strings.Builder
	out := Cleaned{}
	joined := false // the character before was a joiner
	last := rune(0)
	for _, r := range norm.NFC.String(strings.ToValidUTF8(s, string(geta))) {
		shown := f.shown(r)
		switch {
		case shown == 0:
			joined = r == '\u200d' && last == geta
			out.Variant = out.Variant || r >= 0xE0100 && r <= 0xE01EF
			continue
		case shown == geta && r != geta:
			out.Unknown = true
			if last == geta && (joined || modifies(r)) {
				joined = false
				continue
			}
		}
		joined, last = false, shown
		b.WriteRune(shown)
	}
	out.Text = b.String()
	// A mark meets its letter only now when what stood between them went.
	if !norm.NFC.IsNormalString(out.Text) {
		again := f.Clean(out.Text)
		return Cleaned{Text: again.Text, Unknown: out.Unknown || again.Unknown, Variant: out.Variant}
	}
	return out
}

// plain tells whether a text needs no cleaning: most texts do not.
func (f *Faces) plain(s string) bool {
	for _, r := range s {
		if r != '\n' && (r < ' ' || !f.Has(r) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar) {
			return false
		}
	}
	return true
}

// shown is what is printed for a character: itself, a space or line end of the
// plain kind, 〓, or nothing (0).
func (f *Faces) shown(r rune) rune {
	switch {
	case r == '\n' || r == '\u2028' || r == '\u2029' || r == '\v' || r == '\f' || r == '\u0085':
		return '\n'
	case r == '\t' || unicode.Is(unicode.Zs, r) && !f.Has(r):
		return ' '
	case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r):
		return 0
	case r == unicode.ReplacementChar || !f.Has(r):
		return geta
	}
	return r
}

// modifies tells whether a character belongs to the emoji before it: skin
// colours and the second half of a keycap.
func modifies(r rune) bool {
	return r >= 0x1F3FB && r <= 0x1F3FF || r == '\u20e3'
}
