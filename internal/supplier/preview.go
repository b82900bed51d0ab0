package supplier

import (
	"cmp"
	"slices"
	"strings"

	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
)

// Preview is what a list would do, as it was judged when it was last looked at. It is
// kept with the import, so that a page that shows it reads no file and judges no row.
type Preview struct {
	State    int64          `bson:"state"` // of the directory, when it was judged
	Rows     int            `bson:"rows"`
	Width    int            `bson:"width"`
	Sheet    string         `bson:"sheet,omitempty"`
	Sheets   []string       `bson:"sheets,omitempty"`
	Encoding string         `bson:"encoding,omitempty"` // chosen or guessed; empty: it is a workbook
	Head     []HeadRow      `bson:"head"`
	Columns  []ListColumn   `bson:"columns"`
	Judged   bool           `bson:"judged"` // the columns are known well enough
	Counts   Counts         `bson:"counts"`
	ByField  map[Column]int `bson:"by_field,omitempty"`
	Changes  []Change       `bson:"changes,omitempty"` // the first of them
	Faults   []RowFault     `bson:"faults,omitempty"`  // the first of them
	Found    int            `bson:"found"`             // faults in all
	Warnings []Warning      `bson:"warnings,omitempty"`
}

// HeadRow is one of the first rows, by which a person tells the header.
type HeadRow struct {
	Index  int    `bson:"index"`
	Number int    `bson:"number"`
	Text   string `bson:"text"`
}

// ListColumn is one column of the list.
type ListColumn struct {
	Header  string   `bson:"header"`
	Samples []string `bson:"samples"`
}

// Change is what happens to one known supplier.
type Change struct {
	Row    int           `bson:"row"`
	Code   string        `bson:"code"`
	Name   string        `bson:"name"`
	Fields []FieldChange `bson:"fields"`
}

// FieldChange is what a field was and what it becomes, in brief.
type FieldChange struct {
	Column Column `bson:"column"`
	Was    string `bson:"was"`
	Is     string `bson:"is"`
}

// Warning is something about a list that a person should look at before it is taken in.
// Its message key is "suppliers.warning." and the kind.
type Warning struct {
	Kind     string   `bson:"kind"`
	Count    int      `bson:"count"`
	Examples []string `bson:"examples,omitempty"`
}

// Warnings of lists.
const (
	WarnNoMail     = "no-mail"     // no column for mail addresses was chosen
	WarnEmptyMail  = "empty-mail"  // the column holds no address that can be used
	WarnNames      = "names"       // many names change: the key may be a running number
	WarnAlike      = "alike"       // codes that are written otherwise
	WarnNumber     = "number"      // a corporate number that another supplier has
	WarnHidden     = "hidden"      // rows that a filter hides
	WarnUnreadable = "unreadable"  // characters that the encoding does not know
	WarnSheets     = "other-sheet" // other sheets that are not read
)

// How much a preview shows.
const (
	shownChanges  = 50
	shownFaults   = 100
	shownSamples  = 3
	shownHead     = 12
	shownExamples = 5
)

// changeOf says what a verdict changes.
func changeOf(v Verdict) Change {
	out := Change{Row: v.Row, Code: v.Supplier.Code, Name: cmp.Or(v.Was.Name, v.Supplier.Name)}
	for _, column := range v.Changed {
		out.Fields = append(out.Fields, column.field().changed(v.Was.Value(column), v.Supplier.Value(column)))
	}
	return out
}

// look says what a list would do.
func (p *Preview) look(s Sheet, verdicts []Verdict, counts Counts) {
	p.Judged, p.Counts, p.ByField = true, counts, map[Column]int{}
	for _, v := range verdicts {
		p.Found += len(v.Faults)
		p.Faults = append(p.Faults, v.Faults[:min(len(v.Faults), shownFaults-len(p.Faults))]...)
		if v.Outcome != Changed {
			continue
		}
		for _, column := range v.Changed {
			p.ByField[column]++
		}
		if len(p.Changes) < shownChanges {
			p.Changes = append(p.Changes, changeOf(v))
		}
	}
	p.warn(s, verdicts)
}

// warn notes what a person should look at.
func (p *Preview) warn(s Sheet, verdicts []Verdict) {
	names, alike, shared := Warning{Kind: WarnNames}, Warning{Kind: WarnAlike}, Warning{Kind: WarnNumber}
	matched, mails := 0, 0
	for _, v := range verdicts {
		if v.Outcome == Faulty {
			continue
		}
		if v.Outcome != New {
			matched++
		}
		if v.Supplier.Email != "" {
			mails++
		}
		if slices.Contains(v.Changed, ColumnName) && fold(v.Was.Name) != fold(v.Supplier.Name) {
			names.note(v.Was.Name + " → " + v.Supplier.Name)
		}
		if v.Alike != "" {
			alike.note(v.Alike + " → " + v.Supplier.Code)
		}
		if v.Other != "" {
			shared.note(v.Supplier.Code + " ・ " + v.Other)
		}
	}
	if _, ok := s.Mapping[ColumnEmail]; !ok {
		p.Warnings = append(p.Warnings, Warning{Kind: WarnNoMail})
	} else if mails == 0 {
		p.Warnings = append(p.Warnings, Warning{Kind: WarnEmptyMail})
	}
	if names.Count >= 2 && names.Count*10 >= matched {
		p.Warnings = append(p.Warnings, names)
	}
	for _, w := range []Warning{alike, shared} {
		if w.Count > 0 {
			p.Warnings = append(p.Warnings, w)
		}
	}
}

func (w *Warning) note(example string) {
	if w.Count++; len(w.Examples) < shownExamples {
		w.Examples = append(w.Examples, brief(example))
	}
}

// show notes what a page needs for choosing how a list is read.
func (p *Preview) show(rows []Row, header Row, body []Row) {
	p.Rows = len(body)
	for i, row := range rows[:min(len(rows), shownHead)] {
		p.Head = append(p.Head, HeadRow{i, row.Number, brief(strings.Join(row.Cells, " ・ "))})
	}
	for index := range p.Width {
		column := ListColumn{Header: brief(header.Cell(index))}
		if header.Cell(index) == "" {
			column.Header = ""
		}
		for _, r := range body {
			if cell := r.Cell(index); cell != "" && len(column.Samples) < shownSamples {
				column.Samples = append(column.Samples, brief(cell))
			}
		}
		p.Columns = append(p.Columns, column)
	}
}

// Key and Args are the message of a warning.
func (w Warning) Key() string { return "suppliers.warning." + w.Kind }

// Args are what the message of a warning needs.
func (w Warning) Args() fault.Args {
	return fault.Args{"Count": w.Count, "Examples": strings.Join(w.Examples, "、")}
}

// Detail says a change as the trail does, with the key of its field.
func (f FieldChange) Detail() string { return f.Was + audit.Became + f.Is }

// Key is the field as the trail knows it.
func (f FieldChange) Key() string { return "supplier." + string(f.Column) }
