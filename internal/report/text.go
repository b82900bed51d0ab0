package report

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// cleaned is a text that the fonts can show, and what was lost on the way.
type cleaned struct {
	text    string
	unknown bool // a character became 〓
	variant bool // an ideographic variation selector was left out
}

// clean makes a text printable. It is for the PDF only; the record keeps the
// original. Letters and their marks are composed (か+゛ → が), lines end in \n,
// characters without a glyph become 〓, one for a whole emoji sequence, and
// what has no picture of its own (control characters, variation selectors)
// goes.
func (f *Fonts) clean(s string) cleaned {
	if f.plain(s) {
		return cleaned{text: s}
	}
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	var b strings.Builder
	out := cleaned{}
	joined := false // the character before was a joiner
	last := rune(0)
	for _, r := range norm.NFC.String(strings.ToValidUTF8(s, string(geta))) {
		shown := f.shown(r)
		switch {
		case shown == 0:
			joined = r == '\u200d' && last == geta
			out.variant = out.variant || r >= 0xE0100 && r <= 0xE01EF
			continue
		case shown == geta && r != geta:
			out.unknown = true
			if last == geta && (joined || modifies(r)) {
				joined = false
				continue
			}
		}
		joined, last = false, shown
		b.WriteRune(shown)
	}
	out.text = b.String()
	return out
}

// plain tells whether a text needs no cleaning: most texts do not.
func (f *Fonts) plain(s string) bool {
	for _, r := range s {
		if r != '\n' && (r < ' ' || !f.has(r) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar) {
			return false
		}
	}
	return true
}

// shown is what is printed for a character: itself, a space or line end of the
// plain kind, 〓, or nothing (0).
func (f *Fonts) shown(r rune) rune {
	switch {
	case r == '\n' || r == '\u2028' || r == '\u2029' || r == '\v' || r == '\f' || r == '\u0085':
		return '\n'
	case r == '\t' || unicode.Is(unicode.Zs, r) && !f.has(r):
		return ' '
	case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r):
		return 0
	case r == unicode.ReplacementChar || !f.has(r):
		return geta
	}
	return r
}

// modifies tells whether a character belongs to the emoji before it: skin
// colours and the second half of a keycap.
func modifies(r rune) bool {
	return r >= 0x1F3FB && r <= 0x1F3FF || r == '\u20e3'
}

// grouped is a count with a comma every three digits.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
