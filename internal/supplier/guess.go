package supplier

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Layout says how a list is to be read: where its header stands, and which column
// holds what.
type Layout struct {
	Header  int     `bson:"header"`                // index of the header's first row, or one of those below
	Tall    bool    `bson:"header_tall,omitempty"` // it has two rows
	Mapping Mapping `bson:"mapping"`
}

// Where no row is the header.
const (
	NoHeader  = -1 // the list has none
	AskHeader = -2 // nobody knows yet: the person says
)

// reach is how far down a header is looked for: titles, dates and notes stand above it.
const reach = 30

// minScore is a score that a row of titles or data does not exceed by chance.
const minScore = 50

// wholeScore is what a header has at least that is known as a whole.
const wholeScore = 100

// Guess finds the header among the first rows, and which column holds what. It gives
// AskHeader and an empty mapping when no row looks like a header.
func Guess(rows []Row) Layout {
	layout, _ := guess(rows)
	return layout
}

func guess(rows []Row) (Layout, int) {
	best, bestScore := Layout{Header: AskHeader, Mapping: Mapping{}}, minScore
	for i := range rows[:min(len(rows), reach)] {
		for _, tall := range []bool{false, true} {
			layout := Layout{Header: i, Tall: tall}
			header, body := layout.split(rows)
			if tall && len(rows) < i+3 { // a list has a row below
				continue
			}
			if mapping, score := guessColumns(header, body); score > bestScore {
				layout.Mapping = mapping
				best, bestScore = layout, score
			}
		}
	}
	return best, bestScore
}

// Propose chooses among the sheets of a workbook the one that looks most like a list.
func Propose(sheets [][]Row) int {
	best, bestScore := 0, 0
	for i, rows := range sheets {
		if layout, score := guess(rows); layout.Header >= 0 && score > bestScore {
			best, bestScore = i, score
		}
	}
	return best
}

// split cuts rows into the header, of one text a column, and what stands below it.
func (l Layout) split(rows []Row) (header Row, body []Row) {
	if l.Header < 0 || l.Header >= len(rows) {
		return Row{}, rows
	}
	header, body = rows[l.Header], rows[l.Header+1:]
	if l.Tall && len(body) > 0 {
		header, body = joined(header, body[0]), body[1:]
	}
	return header, body
}

// joined makes one header of two rows. What stands above several columns belongs to each
// of them that has a word of its own below.
func joined(above, below Row) Row {
	out := Row{Number: above.Number, Cells: make([]string, max(len(above.Cells), len(below.Cells)))}
	over := ""
	for i := range out.Cells {
		a, b := above.Cell(i), below.Cell(i)
		if a != "" {
			over = a
		}
		switch {
		case b == "" || a == b:
			out.Cells[i] = a
		case over == "" || over == b:
			out.Cells[i] = b
		default:
			out.Cells[i] = over + " " + b
		}
	}
	return out
}

// candidate is a guess that a column of the list holds a field.
type candidate struct {
	column Column
	order  int // of the field in ListColumns
	index  int
	score  int
}

// sampledRows is how many rows are looked at to see what a column holds.
const sampledRows = 200

// guessColumns guesses from a header, and what stands below it, which column holds what.
// The score tells how sure the guess is; 0 means that the row holds no known header. A
// column without content is never taken.
func guessColumns(header Row, body []Row) (Mapping, int) {
	var all []candidate
	body = body[:min(len(body), sampledRows)]
	for index, cell := range header.Cells {
		text := headerText(cell)
		if isReason(cell) || text == "" || utf8.RuneCountInString(text) > 30 {
			continue
		}
		for order, column := range ListColumns {
			score := column.field().Words.score(text)
			if alone := column.field().get == nil; alone && score < wholeScore {
				continue
			}
			if score > 0 && !empty(body, index) && !misleading(column, text, header, body, index) {
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
	if number, ok := mapping[ColumnCorporateNumber]; ok {
		if _, coded := mapping[ColumnCode]; !coded {
			mapping[ColumnCode] = number
		}
	}
	return mapping, total
}

// empty tells whether nothing stands in a column, where anything stands at all.
func empty(body []Row, index int) bool {
	return len(body) > 0 && !slices.ContainsFunc(body, func(r Row) bool { return strings.TrimSpace(r.Cell(index)) != "" })
}

// Headers that mean a code to some and a running number to others, and those that say
// only that a reading stands there.
var (
	vague   = list(`id 整理番号 管理番号`)
	reading = list(`フリガナ カナ ヨミ ヨミガナ ヨミカナ 読ミ 読ミ仮名 読ミガナ kana furigana reading`)
	persons = list(`担当 氏名 代表 窓口 口座 銀行 支店 名義 contact person`)
)

// misleading tells whether a column is not what its header says: a running number, or the
// reading of another name than the company's.
func misleading(column Column, text string, header Row, body []Row, index int) bool {
	switch column {
	case ColumnCode:
		return slices.Contains(vague, text) && running(body, index)
	case ColumnKana:
		if !slices.Contains(reading, text) {
			return false
		}
		for i := index - 1; i >= 0; i-- {
			left := headerText(header.Cell(i))
			if slices.ContainsFunc(persons, func(word string) bool { return strings.Contains(left, word) }) {
				return true
			}
			if left != "" && ColumnName.field().Words.score(left) > 0 {
				return false
			}
		}
	}
	return false
}

// running tells whether the cells of a column count the rows.
func running(body []Row, index int) bool {
	n := 0
	for _, row := range body {
		cell := strings.TrimSpace(row.Cell(index))
		if cell == "" {
			continue
		}
		if n++; cell != strconv.Itoa(n) {
			return false
		}
	}
	return n > 1
}

// Guessed is a layout whose header a person chose, with the columns that are guessed
// from it.
func (l Layout) Guessed(rows []Row) Layout {
	header, body := l.split(rows)
	l.Mapping, _ = guessColumns(header, body)
	return l
}
