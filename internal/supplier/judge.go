package supplier

import (
	"slices"
	"strconv"
	"strings"

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
	Changed  []Column
	Faults   []RowFault
}

// Counts counts verdicts.
type Counts struct {
	New     int `bson:"new"`
	Changed int `bson:"changed"`
	Same    int `bson:"same"`
	Faulty  int `bson:"faulty"`
}

// Judge reads the rows below the header and says what becomes of each, in order.
// existing holds the buyer's suppliers by code. It changes nothing and gives the
// same answer for the same input, so that what a preview shows is what is imported;
// a list that was imported is Same throughout the second time.
//
// A blank cell never erases what is known, and tags are added, never taken away:
// lists are often partial. Every row of a code that stands in a list twice is
// faulty, since nobody can know which one is right.
func Judge(rows []Row, header Row, m Mapping, existing map[string]Supplier) ([]Verdict, Counts) {
	lines := make([]listLine, len(rows))
	at := map[string][]int{}
	for i, row := range rows {
		lines[i] = readLine(row, header, m)
		if code := lines[i].Supplier.Code; code != "" {
			at[code] = append(at[code], row.Number)
		}
	}
	zeros := withoutZeros(existing)
	verdicts := make([]Verdict, len(rows))
	var counts Counts
	for i := range lines {
		r := reader{row: rows[i], header: header, mapping: m, line: lines[i]}
		r.compare(existing, at, zeros)
		verdicts[i] = r.line.verdict(existing)
		counts.add(verdicts[i].Outcome)
	}
	return verdicts, counts
}

func (c *Counts) add(o Outcome) {
	switch o {
	case New:
		c.New++
	case Changed:
		c.Changed++
	case Same:
		c.Same++
	case Faulty:
		c.Faulty++
	}
}

// withoutZeros gives the codes that begin with zeros, by what is left of each when a
// spreadsheet drops them.
func withoutZeros(existing map[string]Supplier) map[string]string {
	out := map[string]string{}
	for code := range existing {
		if bare := strings.TrimLeft(code, "0"); bare != code && digitsOnly(bare) {
			if other, ok := out[bare]; !ok || code < other {
				out[bare] = code
			}
		}
	}
	return out
}

// compare notes the faults that show only beside other rows and records.
func (r *reader) compare(existing map[string]Supplier, at map[string][]int, zeros map[string]string) {
	code := r.line.Supplier.Code
	if code == "" {
		return
	}
	if len(at[code]) > 1 {
		r.fault(ColumnCode, "fault.supplier.code-twice", fault.Args{"Rows": rowList(at[code])})
	}
	if _, known := existing[code]; known {
		return
	}
	if full, ok := zeros[code]; ok {
		r.fault(ColumnCode, "fault.supplier.code-zero", fault.Args{"Code": full})
	}
	if r.line.Supplier.Name == "" && !r.faulty(ColumnName) {
		r.fault(ColumnName, "fault.supplier.name-missing", nil)
	}
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

func (l listLine) verdict(existing map[string]Supplier) Verdict {
	v := Verdict{Row: l.Row, Faults: l.Faults}
	known, ok := existing[l.Supplier.Code]
	switch {
	case len(l.Faults) > 0:
		v.Outcome = Faulty
	case !ok:
		v.Outcome, v.Supplier = New, l.Supplier
	default:
		v.Supplier, v.Changed = merge(known, l)
		v.Outcome = Same
		if len(v.Changed) > 0 {
			v.Outcome = Changed
		}
	}
	return v
}

// merge puts what a line gives over what is known and tells what changed.
func merge(known Supplier, l listLine) (Supplier, []Column) {
	var changed []Column
	for _, column := range l.Given {
		if column.field().copy(&known, &l.Supplier) {
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
