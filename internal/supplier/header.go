package supplier

import (
	"cmp"
	"slices"
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
}

// Cell gives the text of a column counted from 0, empty beyond the last.
func (r Row) Cell(index int) string {
	if index < 0 || index >= len(r.Cells) {
		return ""
	}
	return r.Cells[index]
}

// Mapping says in which column of a list (counted from 0) each field stands. A
// field that the list lacks is absent.
type Mapping map[Column]int

// reasonMark begins the headers of the columns that we append to rows that could
// not be imported. Columns with it are passed over when the rows come back.
const reasonMark = "[Tsunagi]"

// headerRows is how far down a header is looked for: titles, dates and notes stand
// above it.
const headerRows = 30

// minScore is a score that a row of titles or data does not exceed by chance.
const minScore = 50

// GuessHeader finds the header among the first rows, as an index into rows, and
// which column holds what. It gives −1 and an empty mapping when no row looks like
// a header.
func GuessHeader(rows []Row) (int, Mapping) {
	best, bestScore, bestMapping := -1, minScore, Mapping{}
	for i, row := range rows[:min(len(rows), headerRows)] {
		if mapping, score := guessColumns(row); score > bestScore {
			best, bestScore, bestMapping = i, score, mapping
		}
	}
	return best, bestMapping
}

// candidate is a guess that a column of the list holds a field.
type candidate struct {
	column Column
	order  int // of the field in Columns
	index  int
	score  int
}

// guessColumns guesses from one row of headers which column holds what. The score
// tells how sure the guess is; 0 means that the row holds no known header.
func guessColumns(header Row) (Mapping, int) {
	var all []candidate
	for index, cell := range header.Cells {
		if isReason(cell) {
			continue
		}
		text := headerText(cell)
		if text == "" || utf8.RuneCountInString(text) > 30 {
			continue
		}
		for order, column := range Columns {
			if score := column.field().Words.score(text); score > 0 {
				all = append(all, candidate{column, order, index, score})
			}
		}
	}
	// The surest guess first; among equals the first field and the leftmost column,
	// so that the same header always gives the same mapping.
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(b.score-a.score, a.order-b.order, a.index-b.index)
	})
	mapping, taken, total := Mapping{}, map[int]bool{}, 0
	for _, c := range all {
		if _, have := mapping[c.column]; have || taken[c.index] {
			continue
		}
		mapping[c.column], taken[c.index] = c.index, true
		total += c.score
	}
	return mapping, total
}

// headerText folds a header: one width and case, katakana, letters and digits.
func headerText(cell string) string {
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

// score is 100 and the length for a header that is known as a whole, ten times the
// length for the longest known part of it, and 0 for an unknown one.
func (w words) score(text string) int {
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
	for _, column := range Columns {
		index, ok := m[column]
		if !ok {
			continue
		}
		if index < 0 || index >= width {
			f.Add(string(column), "fault.choose")
			continue
		}
		if other, twice := taken[index]; twice {
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
