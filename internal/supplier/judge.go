package supplier

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"tsunagi/internal/fault"
)

// Outcome is what importing a row would do.
type Outcome string

// The outcomes.
const (
	New     Outcome = "new"
	Changed Outcome = "changed"
	Same    Outcome = "same"
	Faulty  Outcome = "faulty"
)

// Verdict is what becomes of one row.
type Verdict struct {
	Row     int
	Outcome Outcome
	// Supplier is the record to store when the outcome is New or Changed; a changed
	// one keeps its id, its revision and whatever the list does not give. What follows
	// from its fields (Tier, Search) is derived when it is taken in.
	Supplier Supplier
	Was      Supplier // what is known, when the outcome is Changed
	Changed  []Column
	// Faults are what is wrong with the row, and cells that are left out of it (Left).
	Faults []RowFault
	Passed bool   // the row is no supplier: a total, or the header once more
	Alike  string // the code as the list writes it, when the known one is written otherwise
	Other  string // the code of another supplier with the same corporate number
}

// Counts counts verdicts.
type Counts struct {
	New     int `bson:"new"`
	Changed int `bson:"changed"`
	Same    int `bson:"same"`
	Faulty  int `bson:"faulty"`
	Left    int `bson:"left"` // cells that are left out of rows that are taken in
}

// Sheet is a list as a person or a guess reads it.
type Sheet struct {
	Header  Row
	Rows    []Row // below the header
	Mapping Mapping
	Text    bool // it was text with separators, where a comma too many moves every cell after it
}

// Judge reads the rows below the header and says what becomes of each, in order. It
// changes nothing and gives the same answer for the same input, so that what a preview
// shows is what is imported; a list that was imported is Same throughout the second time.
//
// A blank cell never erases what is known, and tags are added, never taken away: lists
// are often partial. A cell that cannot be used is left out; only what says which
// company it is makes a row faulty. Every row of a code that stands in a list twice is
// faulty, since nobody can know which one is right.
func Judge(s Sheet, known Known) ([]Verdict, Counts) {
	readers := make([]reader, len(s.Rows))
	at := map[string][]int{}
	numbers := map[string][]string{}
	wide := s.wide()
	for i, row := range s.Rows {
		r := &readers[i]
		*r = reader{row: row, header: s.Header, mapping: s.Mapping, line: listLine{Row: row.Number}}
		r.identify(known)
		if r.passed(s); !r.line.Passed {
			r.read()
			r.shape(wide)
			if r.target != "" {
				at[r.target] = append(at[r.target], row.Number)
			}
			if number := r.line.Supplier.CorporateNumber; number != "" {
				numbers[number] = append(numbers[number], r.target)
			}
		}
	}
	verdicts := make([]Verdict, len(s.Rows))
	var counts Counts
	for i := range readers {
		r := &readers[i]
		if twice := at[r.target]; len(twice) > 1 && !r.line.Passed {
			r.fault(ColumnCode, "fault.supplier.code-twice", fault.Args{"Rows": rowList(twice)})
		}
		verdicts[i] = r.verdict()
		verdicts[i].Other = known.sharing(r, numbers)
		counts.add(verdicts[i])
	}
	return verdicts, counts
}

// sharing gives the code of another supplier, in the list or in the directory, that has
// the same corporate number.
func (k Known) sharing(r *reader, listed map[string][]string) string {
	number := r.line.Supplier.CorporateNumber
	if number == "" {
		return ""
	}
	for _, code := range slices.Concat(k.byNumber[number], listed[number]) {
		if code != "" && code != r.target {
			return code
		}
	}
	return ""
}

func (c *Counts) add(v Verdict) {
	switch v.Outcome {
	case New:
		c.New++
	case Changed:
		c.Changed++
	case Same:
		c.Same++
	case Faulty:
		c.Faulty++
		return
	}
	c.Left += len(v.Faults)
}

// wide is how many cells a row of text has at most; 0: any number. Where most rows have
// more than the header, a column has no header, and no row has a comma too many.
func (s Sheet) wide() int {
	width := width(s.Header)
	if !s.Text || width == 0 {
		return 0
	}
	longer := 0
	for _, row := range s.Rows {
		if width < len(row.Cells) {
			longer++
		}
	}
	if longer*2 > len(s.Rows) {
		return 0
	}
	return width
}

// width is how many cells a row has up to the last that holds something.
func width(row Row) int {
	n := len(row.Cells)
	for n > 0 && strings.TrimSpace(row.Cells[n-1]) == "" {
		n--
	}
	return n
}

// shape notes that a row is not cut into cells as the others are.
func (r *reader) shape(wide int) {
	switch {
	case r.row.Swallows:
		r.fault(wholeRow, "fault.supplier.row-quote", nil)
	case wide > 0 && len(r.row.Cells) > wide:
		r.fault(wholeRow, "fault.supplier.row-long", fault.Args{"Cells": len(r.row.Cells), "Columns": wide})
	}
}

// totals are what stands in rows that sum up or end a list.
var totals = strings.Fields(`合計 小計 総計 総合計 計 合計件数 以上 以上です 以下余白 余白 total subtotal grandtotal sum`)

// passed notes that a row is no supplier at all.
func (r *reader) passed(s Sheet) {
	switch {
	case width(s.Header) > 1 && slices.Equal(r.row.Cells, s.Header.Cells):
		r.note(wholeRow, "fault.supplier.row-header", nil, false)
		r.line.Passed = true
	case r.found == nil && r.row.Cell(r.column(ColumnEmail)) == "" && r.total():
		r.line.Faults = nil // no code need be given
		r.note(wholeRow, "fault.supplier.row-total", nil, false)
		r.line.Passed = true
	}
}

// total tells whether a row sums up or ends a list.
func (r *reader) total() bool {
	first := 0
	for first < len(r.row.Cells) && strings.TrimSpace(r.row.Cells[first]) == "" {
		first++
	}
	for _, index := range []int{first, r.column(ColumnCode), r.column(ColumnName)} {
		if slices.Contains(totals, bareWord(r.row.Cell(index))) {
			return true
		}
	}
	return false
}

// bareWord is a short text without blanks, signs and differences of width.
func bareWord(cell string) string {
	if len(cell) > 40 {
		return ""
	}
	return strings.Trim(strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(cell))), ""), ":：・-*。.")
}

// rowList names the first rows of many.
func rowList(numbers []int) string {
	var out []string
	for _, n := range numbers[:min(len(numbers), 5)] {
		out = append(out, strconv.Itoa(n))
	}
	if len(numbers) > 5 {
		out = append(out, "…")
	}
	return strings.Join(out, ", ")
}

func (r *reader) verdict() Verdict {
	l := r.line
	v := Verdict{Row: l.Row, Faults: l.Faults, Passed: l.Passed, Alike: r.alike}
	was, ok := r.known()
	switch {
	case slices.ContainsFunc(l.Faults, func(f RowFault) bool { return !f.Left }):
		v.Outcome = Faulty
	case !ok:
		v.Outcome, v.Supplier = New, l.Supplier
	default:
		v.Outcome = Same
		if v.Supplier, v.Changed = merge(was, l); len(v.Changed) > 0 {
			v.Outcome, v.Was = Changed, was
		}
	}
	return v
}

// merge puts what a line gives over what is known and tells what changed. The code is
// what both are known by, and stays as it is written.
func merge(known Supplier, l listLine) (Supplier, []Column) {
	var changed []Column
	for _, column := range l.Given {
		if column != ColumnCode && column.field().copy(&known, &l.Supplier) {
			changed = append(changed, column)
		}
	}
	return known, changed
}

// copy puts one field of a record into another and tells whether that changed anything.
func (f Field) copy(to, from *Supplier) bool {
	if f.merge != nil {
		return f.merge(to, from)
	}
	given := f.get(from)
	if f.get(to) == given {
		return false
	}
	f.set(to, given)
	return true
}

// replace sets a value and tells whether that changed it.
func replace[T comparable](to *T, value T) bool {
	if *to == value {
		return false
	}
	*to = value
	return true
}

func addTags(to *Supplier, tags []string) bool {
	all := slices.Clone(to.Tags)
	for _, tag := range tags {
		if !slices.Contains(all, tag) && len(all) < MaxTags {
			all = append(all, tag)
		}
	}
	if len(all) == len(to.Tags) {
		return false
	}
	to.Tags = all
	return true
}
