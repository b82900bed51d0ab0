package supplier

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"tsunagi/internal/fault"
	"tsunagi/internal/tidy"
)

// RowFault is one fault of one cell of a list: where it stands, what stands there,
// and the message that says what to do.
type RowFault struct {
	Row    int        `bson:"row"` // as the spreadsheet shows it
	Column Column     `bson:"column"`
	Index  int        `bson:"index"`            // of the cell, counted from 0; −1 when the list lacks the column
	Header string     `bson:"header,omitempty"` // as the list calls the column
	Value  string     `bson:"value,omitempty"`
	Key    string     `bson:"key"`
	Args   fault.Args `bson:"args,omitempty"`
	// Left says that the cell, or a part of it, is left out and the row is taken in.
	Left bool `bson:"left,omitempty"`
}

// wholeRow stands for the column of a fault that no one cell has.
const wholeRow Column = "row"

// listLine is one row of a list, as it was read.
type listLine struct {
	Row      int
	Supplier Supplier
	Given    []Column // the cells that give something
	Faults   []RowFault
	Passed   bool
}

// reader reads the cells of one row.
type reader struct {
	row, header Row
	mapping     Mapping
	line        listLine
	target      string    // what the row is about: the code of a known supplier, or its own folded
	alike       string    // its code, when the known one is written otherwise
	found       *Supplier // the supplier that it means; nil: none is known
	more        []Contact // who stands beside the main contact in the cell of its address
}

// column gives where a field stands; −1: nowhere.
func (r *reader) column(column Column) int {
	index, ok := r.mapping[column]
	if !ok {
		return -1
	}
	return index
}

func (r *reader) known() (Supplier, bool) {
	if r.found == nil {
		return Supplier{}, false
	}
	return *r.found, true
}

// identify finds out which supplier a row means.
func (r *reader) identify(known Known) {
	cell := strings.TrimSpace(r.row.Cell(r.column(ColumnCode)))
	find, parse := known.find, parseCode
	if r.mapping.NumberIsKey() {
		find, parse = known.findNumber, parseCorporateNumber
	}
	code, wrong := parse(cell)
	var m meant
	if wrong == nil && code != "" {
		m = find(code)
	}
	if m.code == "" {
		r.unknown(cell, code, wrong, m)
		return
	}
	s := known.byCode[m.code]
	r.found, r.target, r.line.Supplier.Code = &s, m.code, m.code
	if m.alike {
		r.alike = code
	}
}

// unknown notes why the code of a row cannot be that of a new supplier.
func (r *reader) unknown(cell, code string, wrong *fault.Field, m meant) {
	value := r.value(ColumnCode) // notes what is no text at all
	switch {
	case r.faulty(ColumnCode):
	case wrong != nil:
		r.fault(ColumnCode, wrong.Key, wrong.Args)
	case cell == "" || value == "" || code == "":
		r.fault(ColumnCode, "fault.supplier.code-missing", nil)
	case len(m.many) > 0:
		r.fault(ColumnCode, "fault.supplier.code-many", fault.Args{"Codes": strings.Join(m.many[:min(len(m.many), 5)], ", ")})
	default:
		r.line.Supplier.Code, r.target = code, likeCode(code)
		if m.zeros != "" {
			r.fault(ColumnCode, "fault.supplier.code-zero", fault.Args{"Code": m.zeros})
		}
	}
}

// read reads the cells of a row whose supplier is found out. Blank cells give nothing,
// and neither does what stands there already.
func (r *reader) read() {
	for _, column := range Columns {
		if column == ColumnCode || column == ColumnContacts {
			continue
		}
		if value := r.value(column); value != "" {
			r.put(column, value)
		}
	}
	var fields fault.Fields
	code := r.line.Supplier.Code
	r.line.Supplier.tidy(&fields)
	r.line.Supplier.Code = code // judged already
	for _, f := range fields {
		if column := Column(f.Name); column != ColumnCode && !r.faulty(column) {
			r.fault(column, f.Key, f.Args)
		}
	}
	r.leaveOut()
	r.people()
	if r.found == nil && r.line.Supplier.Name == "" && !r.faulty(ColumnName) {
		r.fault(ColumnName, "fault.supplier.name-missing", nil)
	}
}

// put puts a value into the record that the row gives.
func (r *reader) put(column Column, value string) {
	r.line.Given = append(r.line.Given, column)
	f := column.field()
	if column == ColumnEmail {
		value = r.firstAddress(value)
	}
	if f.rescue != nil {
		if kept, changed := f.rescue(value); changed {
			r.left(column, "fault.supplier."+string(column)+"-part", fault.Args{"Kept": kept})
			value = kept
		}
	}
	if !f.set(&r.line.Supplier, value) {
		r.fault(column, "fault.supplier.choice-"+string(column), nil)
	}
}

// leaveOut takes what cannot be used out of the record that the row gives.
func (r *reader) leaveOut() {
	again := false
	for _, f := range r.line.Faults {
		if f.Args["Kept"] != nil || f.Column == ColumnCode || f.Column == wholeRow {
			continue
		}
		f.Column.field().set(&r.line.Supplier, "")
		r.line.Given = slices.DeleteFunc(r.line.Given, func(c Column) bool { return c == f.Column })
		again = true
	}
	if again {
		var none fault.Fields
		code := r.line.Supplier.Code
		r.line.Supplier.tidy(&none)
		r.line.Supplier.Code = code
	}
}

// How much of a value a fault and the trail repeat, and of one that has several parts.
const (
	shown      = 80
	shownParts = 300
)

// fault notes what is wrong with a cell. What says which company it is makes the row
// faulty; any other cell is left out.
func (r *reader) fault(column Column, key string, args fault.Args) {
	r.note(column, key, args, column != wholeRow && column != ColumnCode && (column != ColumnName || r.found != nil))
}

func (r *reader) left(column Column, key string, args fault.Args) { r.note(column, key, args, true) }

func (r *reader) note(column Column, key string, args fault.Args, left bool) {
	index := r.column(column)
	text := r.row.Cell(index)
	if column == wholeRow {
		text = strings.Join(r.row.Cells, " / ")
	}
	value := []rune(text)
	if len(value) > shown {
		value = append(value[:shown], '…')
	}
	r.line.Faults = append(r.line.Faults, RowFault{Row: r.row.Number, Column: column, Index: index,
		Header: oneLine(r.header.Cell(index)), Value: string(value), Key: key, Args: args, Left: left})
}

func (r *reader) faulty(column Column) bool {
	return slices.ContainsFunc(r.line.Faults, func(f RowFault) bool { return f.Column == column && f.Args["Kept"] == nil })
}

// cellError is what a spreadsheet shows instead of a result.
var cellError = regexp.MustCompile(`^#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!|#+)$`)

// nothings are what people write into a cell to say that there is nothing.
var nothings = []string{"-", "--", "---", "ー", "なし", "無し", "無", "未定", "不明", "未登録", "n/a", "none", "未"}

// value gives the text of a cell that can be read and says something new; "" for blank
// cells, for "-" and "なし" where a field may be empty, and after noting a fault.
func (r *reader) value(column Column) string {
	value := strings.TrimSpace(r.row.Cell(r.column(column)))
	if value == "" || r.stands(column, value) {
		return ""
	}
	f := column.field()
	if folded := strings.ToLower(norm.NFKC.String(value)); slices.Contains(nothings, dashes.Replace(folded)) && !f.Dash {
		return ""
	}
	switch {
	case strings.ContainsRune(value, unicode.ReplacementChar), f.Limit == 0 && column != ColumnContacts && strings.ContainsFunc(value, private):
		r.fault(column, "fault.supplier.cell-unreadable", nil)
	case cellError.MatchString(value):
		r.fault(column, "fault.supplier.cell-error", nil)
	case formula(value):
		// It may be meant or may be an attack on whoever opens the next export; either
		// way a name that a spreadsheet calculates is not what is on the door.
		r.fault(column, "fault.supplier.cell-formula", nil)
	case strings.ContainsFunc(value, private):
		value = strings.Map(func(r rune) rune {
			if private(r) {
				return tidy.Geta
			}
			return r
		}, value)
		if r.stands(column, value) {
			return ""
		}
		r.left(column, "fault.supplier.cell-private", fault.Args{"Kept": value})
		return value
	default:
		return value
	}
	return ""
}

// stands tells whether a cell says what is known already, as our own exports say it.
func (r *reader) stands(column Column, value string) bool {
	f := column.field()
	switch {
	case r.found == nil || f.get == nil:
		return false
	case column == ColumnContacts:
		return standContacts(value, r.found.Contacts)
	}
	known := r.found.Value(column)
	return known != "" && tidy.Shows(value, known)
}

var dashes = strings.NewReplacer("‐", "-", "‑", "-", "–", "-", "—", "-", "―", "-", "−", "-")

// formula tells whether a cell begins as formulas do. A plus or minus before a
// digit is a phone number or a figure.
func formula(value string) bool {
	value = norm.NFKC.String(value)
	switch value[0] {
	case '=', '@':
		return len(value) > 1
	case '+', '-':
		rest := strings.TrimLeft(value[1:], " (")
		return rest != "" && (rest[0] < '0' || rest[0] > '9')
	}
	return false
}

// private glyphs are those that a company made for itself (外字) and that nobody else
// can see.
func private(r rune) bool { return unicode.Is(unicode.Co, r) }
