package supplier

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"tsunagi/internal/fault"
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
}

// listLine is one row of a list, as readLine reads it.
type listLine struct {
	Row      int
	Supplier Supplier
	Given    []Column // the cells that hold something
	Faults   []RowFault
}

// readLine reads one row of a list. Blank cells give nothing. The faults say what to
// do; that the name is missing is a fault only for a supplier that is new, which
// Judge knows.
func readLine(row, header Row, m Mapping) listLine {
	r := reader{row: row, header: header, mapping: m, line: listLine{Row: row.Number}}
	for _, column := range Columns {
		if value := r.value(column); value != "" {
			r.line.Given = append(r.line.Given, column)
			if !column.field().set(&r.line.Supplier, value) {
				r.fault(column, "fault.supplier.choice-"+string(column), nil)
			}
		}
	}
	var fields fault.Fields
	r.line.Supplier.tidy(&fields)
	for _, f := range fields {
		if !r.faulty(Column(f.Name)) {
			r.fault(Column(f.Name), f.Key, f.Args)
		}
	}
	if r.line.Supplier.Code == "" && !r.faulty(ColumnCode) {
		r.fault(ColumnCode, "fault.supplier.code-missing", nil)
	}
	return r.line
}

// reader reads the cells of one row.
type reader struct {
	row, header Row
	mapping     Mapping
	line        listLine
}

// shown is how much of a value a fault repeats.
const shown = 80

func (r *reader) fault(column Column, key string, args fault.Args) {
	index, ok := r.mapping[column]
	if !ok {
		index = -1
	}
	value := []rune(r.row.Cell(index))
	if len(value) > shown {
		value = append(value[:shown], '…')
	}
	r.line.Faults = append(r.line.Faults, RowFault{Row: r.row.Number, Column: column, Index: index,
		Header: oneLine(r.header.Cell(index)), Value: string(value), Key: key, Args: args})
}

func (r *reader) faulty(column Column) bool {
	return slices.ContainsFunc(r.line.Faults, func(f RowFault) bool { return f.Column == column })
}

// cellError is what a spreadsheet shows instead of a result.
var cellError = regexp.MustCompile(`^#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!|#+)$`)

// nothings are what people write into a cell to say that there is nothing.
var nothings = []string{"-", "--", "---", "ー", "なし", "無し", "無", "未定", "不明", "未登録", "n/a", "none", "未"}

// value gives the text of a cell that can be read; "" for blank cells, for "-" and
// "なし" where a field may be empty, and after noting a fault.
func (r *reader) value(column Column) string {
	index, ok := r.mapping[column]
	if !ok {
		return ""
	}
	value := strings.TrimSpace(r.row.Cell(index))
	if value == "" {
		return ""
	}
	if folded := strings.ToLower(norm.NFKC.String(value)); slices.Contains(nothings, dashes.Replace(folded)) && !column.field().Dash {
		return ""
	}
	switch {
	case strings.ContainsFunc(value, unreadable):
		r.fault(column, "fault.supplier.cell-unreadable", nil)
	case cellError.MatchString(value):
		r.fault(column, "fault.supplier.cell-error", nil)
	case formula(value):
		// It may be meant or may be an attack on whoever opens the next export; either
		// way a name that a spreadsheet calculates is not what is on the door.
		r.fault(column, "fault.supplier.cell-formula", nil)
	default:
		return value
	}
	return ""
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

// unreadable characters come from a wrong encoding, or from the private glyphs that
// a company made for itself (外字) and that nobody else can see.
func unreadable(r rune) bool {
	return r == unicode.ReplacementChar || unicode.Is(unicode.Co, r)
}
