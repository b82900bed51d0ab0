// Package tidy brings text that came from outside, typed or in a file, into the form
// in which it is judged and kept.
package tidy

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// breaks are the ways to end a line, each of which is one character.
var breaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\u0085", "\n")

// Text ends every line with one character, makes what looks the same the same (NFC),
// and drops what cannot be seen. Of that the choice of a character's form stays (葛 in a
// name, an emoji).
func Text(given string) string {
	if plain(given) {
		return given
	}
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)) {
			return -1
		}
		return r
	}, breaks.Replace(given)))
}

// plain tells quickly that a text is tidy.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// AsWindows exchanges characters that CP932 has under another code point: Windows and
// everybody else never agreed on these. They look the same, so nothing is lost.
var AsWindows = strings.NewReplacer("〜", "～", "‖", "∥", "−", "－", "–", "－", "—", "―",
	"¥", "￥", "¢", "￠", "£", "￡", "¬", "￢", "\u00a0", " ", "\u200b", "", "\ufeff", "")

// Geta is what printers put where a type is missing, and we where CP932 has none.
const Geta = '〓'

// Shows tells whether a text that came back is how CP932 shows what is kept: it looks
// the same, or lacks a few characters that CP932 does not have.
func Shows(back, kept string) bool {
	if back == kept {
		return true
	}
	back, kept = AsWindows.Replace(back), AsWindows.Replace(kept)
	for back != "" || kept != "" {
		b, n := utf8.DecodeRuneInString(back)
		k, m := utf8.DecodeRuneInString(kept)
		switch {
		case kept != "" && unicode.Is(unicode.Variation_Selector, k) && b != k:
			n = 0
		case back == "" || kept == "" || b != k && b != Geta:
			return false
		}
		back, kept = back[n:], kept[m:]
	}
	return true
}
