package web

import (
	"net/url"
	"slices"
	"unicode/utf8"

	"tsunagi/internal/fault"
	"tsunagi/internal/tidy"
)

// Text is posted text as it is judged and kept, as imported text is.
func Text(posted string) string { return tidy.Text(posted) }

// secrets are fields whose text is compared and never shown: it stays as it was typed.
var secrets = []string{"password", "present"}

// tidied gives every posted value as Text has it. What is no text at all no person typed:
// it is refused, and not guessed.
func tidied(forms ...url.Values) error {
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
