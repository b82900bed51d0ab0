package table

import (
	"cmp"
	"encoding/xml"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tsunagi/internal/fault"
)

// errEnough ends the reading of a sheet of which the first rows are enough.
var errEnough = errors.New("enough rows")

// sheetReader reads the rows of one sheet.
type sheetReader struct {
	book   *book
	rows   builder
	limit  int // of rows
	number int // of the present row
	hidden bool
	cells  []string
	cell   cellReader
	merged []string // the areas that are one cell
	// visited counts the cells that were looked at for being part of one.
	visited int
}

// cellReader is the cell that is being read.
type cellReader struct {
	column           int
	kind             string
	style            int
	value, formula   strings.Builder
	inside           string // the element whose text is read
	calculated       bool   // it has a formula
	valued, phonetic bool   // it has an element for the value; a reading is being passed
}

// read reads the rows of a sheet, at most so many; errEnough when there are more.
func (b *book) read(sheet sheetPart, t *Table, limit int) error {
	r := &sheetReader{book: b, rows: builder{table: t}, limit: limit}
	if err := b.walk(sheet.part, r.token); err != nil {
		return err
	}
	return r.fillMerged()
}

func (r *sheetReader) token(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return r.start(t)
	case xml.CharData:
		switch r.cell.inside {
		case "v", "t":
			if !r.cell.phonetic {
				r.cell.value.Write(t)
			}
		case "f":
			r.cell.formula.Write(t)
		}
	case xml.EndElement:
		r.cell.inside = ""
		switch t.Name.Local {
		case "rPh":
			r.cell.phonetic = false
		case "c":
			return r.endCell()
		case "row":
			return r.endRow()
		}
	}
	return nil
}

func (r *sheetReader) start(t xml.StartElement) error {
	switch name := t.Name.Local; name {
	case "row":
		return r.startRow(t.Attr)
	case "c":
		r.startCell(t.Attr)
	case "v", "t", "f":
		r.cell.inside = name
		r.cell.valued = r.cell.valued || name != "f"
		r.cell.calculated = r.cell.calculated || name == "f"
	case "rPh":
		r.cell.phonetic = true
	case "mergeCell":
		if ref := attribute(t.Attr, "ref"); len(r.merged) < maxRows {
			r.merged = append(r.merged, ref)
		}
	}
	return nil
}

func attribute(all []xml.Attr, name string) string {
	for _, a := range all {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (r *sheetReader) startRow(attributes []xml.Attr) error {
	number := r.number + 1
	if given, err := strconv.Atoi(attribute(attributes, "r")); err == nil {
		if given < number {
			return brokenBook(errors.New("rows out of order"))
		}
		number = given
	}
	if number > maxXLSXRows { // so many blank ones take a hostile file a few bytes
		return fault.New(fault.TooLarge, "fault.sheet.rows").With("Max", maxRows)
	}
	hidden := attribute(attributes, "hidden")
	r.number, r.hidden, r.cells, r.cell.column = number, hidden == "1" || hidden == "true", r.cells[:0], -1
	return nil
}

func (r *sheetReader) startCell(attributes []xml.Attr) {
	c := &r.cell
	c.column++
	if column, _, ok := position(attribute(attributes, "r")); ok {
		c.column = column
	}
	c.kind = attribute(attributes, "t")
	c.style, _ = strconv.Atoi(attribute(attributes, "s"))
	c.calculated, c.valued, c.phonetic, c.inside = false, false, false, ""
	c.value.Reset()
	c.formula.Reset()
}

// endCell takes the cell over. Beyond the last column that is allowed one cell that holds
// something is enough to refuse the table.
func (r *sheetReader) endCell() error {
	text := r.text()
	if strings.TrimSpace(text) == "" {
		return nil
	}
	column := min(r.cell.column, maxColumns)
	for len(r.cells) <= column {
		r.cells = append(r.cells, "")
	}
	r.cells[column] = text
	return nil
}

// text is what a cell holds: texts as they are stored, without what its format adds;
// numbers with the zeros of their format and without its commas. A formula whose result
// was not kept stands for itself, since what it would give is not known.
func (r *sheetReader) text() string {
	c := &r.cell
	value := c.value.String()
	switch {
	case c.calculated && value == "" && (c.kind != "str" || !c.valued):
		return "=" + c.formula.String()
	case c.kind == "s":
		if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && n >= 0 && n < len(r.book.strings) {
			return r.book.strings[n]
		}
		return ""
	case c.kind == "str" || c.kind == "inlineStr":
		return unescaped(value)
	case c.kind == "b":
		if value == "1" || value == "true" {
			return "TRUE"
		}
		return "FALSE"
	case c.kind == "e" || c.kind == "d":
		return value
	}
	f := format{}
	if c.style >= 0 && c.style < len(r.book.formats) {
		f = r.book.formats[c.style]
	}
	return f.show(value, r.book.is1904)
}

func (r *sheetReader) endRow() error {
	before := len(r.rows.table.Rows)
	if err := r.rows.add(r.number, r.cells); err != nil {
		return err
	}
	if len(r.rows.table.Rows) > before && r.hidden {
		r.rows.table.Hidden++
	}
	if len(r.rows.table.Rows) >= r.limit && r.limit < maxRows {
		return errEnough
	}
	return nil
}

// mergedArea is an area of cells that are one: its column, and the rows that it spans.
type mergedArea struct{ column, first, last int }

// fillMerged puts the text of merged cells into each of the rows that they span. In one
// column areas follow one another, as no program writes others: what a hostile file says
// of a row that was passed already counts for nothing, so that each is looked at once.
func (r *sheetReader) fillMerged() error {
	rows := r.rows.table.Rows
	at := map[int]int{}
	for i, row := range rows {
		at[row.Number] = i
	}
	passed, column := 0, -1 // how many rows of a column
	for _, area := range mergedAreas(r.merged) {
		if area.column != column {
			passed, column = 0, area.column
		}
		top, stands := at[area.first]
		if !stands || column >= len(rows[top].Cells) || rows[top].Cells[column] == "" {
			continue
		}
		for passed = max(passed, top+1); passed < len(rows) && rows[passed].Number <= area.last; passed++ {
			r.visited++
			if err := r.fill(&rows[passed], column, rows[top].Cells[column]); err != nil {
				return err
			}
		}
	}
	return nil
}

// mergedAreas reads the addresses of areas, by column and row.
func mergedAreas(addresses []string) []mergedArea {
	areas := make([]mergedArea, 0, len(addresses))
	for _, address := range addresses {
		from, to, _ := strings.Cut(address, ":")
		column, first, ok := position(from)
		_, last, ok2 := position(to)
		if ok && ok2 {
			areas = append(areas, mergedArea{column, first, last})
		}
	}
	slices.SortStableFunc(areas, func(a, b mergedArea) int { return cmp.Or(a.column-b.column, a.first-b.first) })
	return areas
}

// fill puts a text into a cell that holds nothing. The cells before it that the row has
// not had count, too.
func (r *sheetReader) fill(row *Row, column int, text string) error {
	if more := column + 1 - len(row.Cells); more > 0 {
		if r.rows.cells += more; r.rows.cells > maxCells {
			return fault.New(fault.TooLarge, "fault.sheet.rows").With("Max", maxRows)
		}
		row.Cells = slices.Concat(row.Cells, make([]string, more))
	}
	if row.Cells[column] != "" {
		return nil
	}
	row.Cells[column] = text
	r.rows.text += len(text)
	if r.rows.text > maxText {
		return fault.New(fault.TooLarge, "fault.sheet.rows").With("Max", maxRows)
	}
	return nil
}

// position reads the address of a cell: its column from 0 and its row.
func position(address string) (column, row int, ok bool) {
	i := 0
	for ; i < len(address) && i < 3 && address[i] >= 'A' && address[i] <= 'Z'; i++ {
		column = column*26 + int(address[i]-'A') + 1
	}
	row, err := strconv.Atoi(address[i:])
	return column - 1, row, i > 0 && err == nil
}

// escape is how a workbook writes characters that XML does not have.
var escape = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

func unescaped(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	return escape.ReplaceAllStringFunc(s, func(code string) string {
		n, _ := strconv.ParseUint(code[2:6], 16, 32)
		return string(rune(n))
	})
}
