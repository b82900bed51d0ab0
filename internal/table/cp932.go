package table

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/unicode/norm"

	"tsunagi/internal/tidy"
)

// cp932 encodes text for Excel as older business systems expect it.
type cp932 struct {
	enc *encoding.Encoder
	dec *encoding.Decoder
}

func newCP932() *cp932 {
	return &cp932{japanese.ShiftJIS.NewEncoder(), japanese.ShiftJIS.NewDecoder()}
}

// defuse makes an encoded cell harmless. It judges what a reader will decode.
func (c *cp932) defuse(encoded string) string {
	if encoded == "" || encoded[0] > '@' && encoded[0] != 0x81 { // the full-width signs begin with 0x81
		return encoded
	}
	if read, err := c.dec.String(encoded); err == nil && !risky(read) {
		return encoded
	}
	return "'" + encoded
}

// encode gives the bytes of a text, and how many characters had to be replaced.
func (c *cp932) encode(s string) (out string, lost int) {
	s = composeKana(tidy.AsWindows.Replace(s))
	if out, err := c.enc.String(s); err == nil {
		return out, 0
	}
	var b strings.Builder
	for _, r := range s {
		encoded, err := c.enc.String(string(r))
		switch {
		case err == nil:
			b.WriteString(encoded)
			continue
		case unicode.Is(unicode.Variation_Selector, r): // the plain shape is in the character before it
		default:
			encoded, _ = c.enc.String(string(tidy.Geta))
			b.WriteString(encoded)
		}
		lost++
	}
	return b.String(), lost
}

// composeKana joins kana with the sound marks that macOS writes apart. NFC on the
// whole text would also exchange some kanji for others.
func composeKana(s string) string {
	if !strings.ContainsAny(s, "\u3099\u309a") {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		_, size := utf8.DecodeRuneInString(s)
		if mark, n := utf8.DecodeRuneInString(s[size:]); mark == '\u3099' || mark == '\u309a' {
			b.WriteString(norm.NFC.String(s[:size+n]))
			s = s[size+n:]
			continue
		}
		b.WriteString(s[:size])
		s = s[size:]
	}
	return b.String()
}
