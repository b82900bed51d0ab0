package web

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"tsunagi/internal/fault"
)

// breaks are the ways to end a line; a form sends two characters for one.
var breaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// Text is posted text as it is judged and kept: every line ends with one character, what
// looks the same is the same (NFC), and nothing is in it that cannot be seen. Of what
// cannot be seen the choice of a character's form stays (葛 in a name, an emoji).
func Text(posted string) string {
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)) {
			return -1
		}
		return r
	}, breaks.Replace(posted)))
}

// secrets are fields whose text is compared and never shown: it stays as it was typed.
var secrets = []string{"password", "present"}

// tidy gives every posted value as Text has it. What is no text at all no person typed:
// it is refused, and not guessed.
func tidy(forms ...url.Values) error {
	for _, form := range forms {
		for name, values := range form {
			if slices.Contains(secrets, name) {
				continue
			}
			for i, value := range values {
				if !utf8.ValidString(value) {
					return fault.New(fault.Invalid, "fault.json")
				}
				values[i] = Text(value)
			}
		}
	}
	return nil
}
