package supplier

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"tsunagi/internal/fault"
)

// Row is one row of a list: its number as the spreadsheet shows it, and its cells.
type Row struct {
	Number int
	Cells  []string
	// Swallows says that a cell holds what looks like further rows: a quote was not closed.
	Swallows bool
}

// Cell gives the text of a column counted from 0, empty beyond the last.
func (r Row) Cell(index int) string {
	if index < 0 || index >= len(r.Cells) {
		return ""
	}
	return r.Cells[index]
}

// Mapping says in which column of a list (counted from 0) each field stands. A
// field that the list lacks is absent. The corporate number may be the code as well.
type Mapping map[Column]int

// NumberIsKey tells whether the corporate number is what suppliers are known by.
func (m Mapping) NumberIsKey() bool {
	code, coded := m[ColumnCode]
	number, numbered := m[ColumnCorporateNumber]
	return coded && numbered && code == number
}

// reasonMark begins the headers of the columns that we append to rows that could
// not be imported. Columns with it are passed over when the rows come back.
const reasonMark = "[Tsunagi]"

// headerText folds a header: one width and case, katakana, letters and digits.
func headerText(cell string) string {
	if len(cell) > 200 {
		return ""
	}
	folded := katakana(strings.ToLower(norm.NFKC.String(cell)))
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, folded)
}

// words are the headers that a field is known by.
type words struct {
	known []string // whole headers, or parts of longer ones
	never []string // a header with one of these parts is something else
}

// None tells whether a field is not in lists.
func (w words) None() bool { return w.known == nil }

// score is 100 and the length for a header that is known as a whole, ten times the
// length for the longest known part of it, and 0 for an unknown one.
func (w words) score(text string) int {
	// 会社の名 is 会社名.
	return max(w.scoreOf(text), w.scoreOf(strings.ReplaceAll(text, "ノ", "")))
}

func (w words) scoreOf(text string) int {
	best := 0
	for _, word := range w.known {
		length := utf8.RuneCountInString(word)
		switch {
		case text == word:
			return 100 + length
		case length > 1 && strings.Contains(text, word) && !(length <= 3 && isASCII(text)):
			// "id" and "no" also stand inside other English words.
			best = max(best, min(10*length, 90))
		}
	}
	for _, part := range w.never {
		if strings.Contains(text, part) {
			return 0
		}
	}
	return best
}

func isReason(header string) bool { return strings.HasPrefix(strings.TrimSpace(header), reasonMark) }

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) < 0
}

// identity is what a list must have: without it no row says which company it is.
var identity = []Column{ColumnCode, ColumnName}

// Check tells what is wrong with a mapping chosen by a person, for a list of that
// many columns.
func (m Mapping) Check(width int) fault.Fields {
	var f fault.Fields
	taken := map[int]Column{}
	for _, column := range ListColumns {
		index, ok := m[column]
		if !ok {
			continue
		}
		if index < 0 || index >= width {
			f.Add(string(column), "fault.choose")
			continue
		}
		if other, twice := taken[index]; twice && !m.NumberIsKey() {
			f.Add(string(column), "fault.supplier.mapping-twice", fault.Args{"Other": string(other)})
		}
		taken[index] = column
	}
	for _, column := range identity {
		if _, ok := m[column]; !ok {
			f.Add(string(column), "fault.supplier.mapping-"+string(column))
		}
	}
	return f
}
