package table

import (
	"regexp"
	"strings"
	"unicode"

	"tsunagi/internal/tidy"
)

// textFormula is how other systems keep leading zeros in CSV: ="00123".
var textFormula = regexp.MustCompile(`^="([^"]*)"$`)

// clean makes the text of a cell as a person sees it: tidied as posted text is, outer
// blanks are gone, ="00123" is 00123, and the apostrophe that our own export put before
// a formula is taken off again.
func clean(cell string) string {
	if plain(cell) {
		return cell
	}
	cell = strings.TrimSpace(tidy.Text(cell))
	if m := textFormula.FindStringSubmatch(cell); m != nil {
		return strings.TrimSpace(m[1])
	}
	if rest, ok := strings.CutPrefix(cell, "'"); ok && risky(rest) {
		return rest
	}
	return cell
}

// plain tells quickly that a cell needs no cleaning.
func plain(cell string) bool {
	for i := range len(cell) {
		c := cell[i]
		if c <= ' ' || c >= 0x7f || c == '=' || c == '\'' {
			return false
		}
	}
	return true
}

// risky tells whether a spreadsheet would calculate a cell instead of showing it
// (OWASP, CSV injection). Excel for Japanese takes the full-width signs alike. A
// sign alone is a dash that people write for "none". Invisible characters before the
// sign do not hide it: programs drop them. Apostrophes before it are counted as part
// of the sign: Read takes one off, and what is under it must stay harmless.
func risky(cell string) bool {
	first := true
	for _, r := range cell {
		if first && (r == '\'' || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r)) {
			continue
		}
		if !first {
			return true
		}
		if !strings.ContainsRune("=+-@\t\r＝＋－＠", r) {
			return false
		}
		first = false
	}
	return false
}

// defuse makes a cell harmless for a spreadsheet by an apostrophe before it.
// Read takes it off again.
func defuse(cell string) string {
	if risky(cell) {
		return "'" + cell
	}
	return cell
}
