package supplier

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tsunagi/internal/fault"
	"tsunagi/internal/tidy"
)

// Control is how the page asks for a field.
type Control string

// The controls. The zero value is a line of text.
const (
	Textarea Control = "textarea"
	Radios   Control = "radios"
	Checkbox Control = "checkbox"
	People   Control = "people" // the parts of each contact
)

// Field is one row of the table of fields.
type Field struct {
	Key     Column
	Missing string // the message when a record lacks it; empty: it may be empty
	Limit   int    // the longest value in characters; 0: its tidy bounds it
	Dash    bool   // "-" and "なし" in a list mean something of their own

	// How the page asks.
	Control       Control
	Type          string   // of the input: "email", "tel"
	Keyboard      string   // its inputmode
	Width         string   // "medium" for what is never long
	Label         string   // message key; empty: the column's label
	Hint          string   // message key; empty: none
	Heading, Lead string   // message keys of what stands above it; empty: nothing
	Choices       []string // of radios; "" stands for nothing known

	Words  words                      // the headers of lists; none: it is not in lists
	Search func(text string) []string // what of it is searched by; nil: nothing
	Sample string                     // a value that holds, for the demo and tests

	// rescue gives what can be kept of a text in a list that does not hold as a whole;
	// nil: nothing can.
	rescue func(given string) (kept string, changed bool)
	// parts leaves of what it was and what it is what differs, where it has several parts.
	parts func(was, is string) (before, after string)

	handle
}

// handle reads and writes a field of a record.
type handle struct {
	// get gives it as text that set reads back.
	get func(s *Supplier) string
	// set puts a text as it was given; false when it is none of the choices, and then
	// tidy says so.
	set func(s *Supplier, given string) bool
	// tidy brings it into its stored form and notes what does not hold. A value that
	// does not hold is emptied where it could do harm.
	tidy func(s *Supplier, wrong *fault.Fields)
	// merge puts what a list gives over what is known; nil: it replaces it.
	merge func(to, from *Supplier) bool
}

// Fields lists every field in the order of forms.
func Fields() []Field { return slices.Clone(fields) }

// Columns lists the fields that stand in lists, in the order of forms and exports.
var Columns, byColumn = indexed()

func indexed() (listed []Column, rows map[Column]*Field) {
	rows = map[Column]*Field{}
	for i := range fields {
		f := &fields[i]
		if rows[f.Key] = f; f.Words.known != nil {
			listed = append(listed, f.Key)
		}
	}
	for i := range listedFields {
		rows[listedFields[i].Key] = &listedFields[i]
	}
	return listed, rows
}

// field gives the row of a column; a column without one is a mistake in the program.
func (c Column) field() *Field {
	f, ok := byColumn[c]
	if !ok {
		panic("supplier: no field " + string(c))
	}
	return f
}

// Title is the message key of what the page asks.
func (f Field) Title() string {
	if f.Label != "" {
		return f.Label
	}
	return f.Key.Label()
}

// Label is the message key of the column's name.
func (c Column) Label() string { return "suppliers.column." + string(c) }

// ChoiceLabel is the message key of one of the choices.
func (f Field) ChoiceLabel(value string) string {
	return "suppliers.choice." + string(f.Key) + "." + cmp.Or(value, "none")
}

// Value gives a field as text that Put reads back: choices as "ja", "1" (rank),
// "yes", "mail"; "" where nothing is known.
func (s *Supplier) Value(column Column) string { return column.field().get(s) }

// Put sets a field to what was typed; Prepare tells whether it holds.
func (s *Supplier) Put(column Column, typed string) { column.field().set(s, typed) }

// changed says in brief what a field was and what it is.
func (f Field) changed(was, is string) FieldChange {
	longest := shown
	if f.parts != nil {
		was, is = f.parts(was, is)
		longest = shownParts
	}
	return FieldChange{f.Key, briefly(was, longest), briefly(is, longest)}
}

// text handles a field of one text.
func text(at func(*Supplier) *string, parse func(string) (string, *fault.Field)) handle {
	return beside(at, func(_ *Supplier, given string) (string, *fault.Field) { return parse(given) })
}

// beside handles a text that is judged beside the fields above it.
func beside(at func(*Supplier) *string, parse func(s *Supplier, given string) (string, *fault.Field)) handle {
	return handle{
		get: func(s *Supplier) string { return *at(s) },
		set: func(s *Supplier, given string) bool { *at(s) = given; return true },
		tidy: func(s *Supplier, wrong *fault.Fields) {
			out, f := parse(s, *at(s))
			if *at(s) = out; f != nil {
				*wrong = append(*wrong, *f)
			}
		},
	}
}

// choice handles one of a few words, of which the first stands for nothing given.
func choice[T ~string](column Column, at func(*Supplier) *T, words map[string]T, all ...T) handle {
	return handle{
		get: func(s *Supplier) string { return string(*at(s)) },
		set: func(s *Supplier, given string) bool {
			value, known := choose(words, given)
			if *at(s) = value; !known {
				*at(s) = T(given)
			}
			return known
		},
		tidy: func(s *Supplier, wrong *fault.Fields) {
			if *at(s) == "" {
				*at(s) = all[0]
			}
			if !slices.Contains(all, *at(s)) {
				wrong.Add(string(column), "fault.choose")
			}
		},
	}
}

// answer handles yes, no, and that nobody has judged yet.
func answer(at func(*Supplier) **bool) handle {
	return handle{
		get: func(s *Supplier) string {
			switch yes := *at(s); {
			case yes == nil:
				return ""
			case *yes:
				return "yes"
			}
			return "no"
		},
		set: func(s *Supplier, given string) bool {
			*at(s) = nil
			yes, known := choose(answers, given)
			if known {
				*at(s) = &yes
			}
			return known || given == ""
		},
		tidy: func(*Supplier, *fault.Fields) {},
	}
}

// flag handles yes and no, where nothing given is no.
func flag(at func(*Supplier) *bool) handle {
	return handle{
		get: func(s *Supplier) string {
			if *at(s) {
				return "yes"
			}
			return "no"
		},
		set: func(s *Supplier, given string) (known bool) {
			*at(s), known = choose(answers, given)
			return known || given == ""
		},
		tidy: func(*Supplier, *fault.Fields) {},
	}
}

// rank handles the importance that the buyer's own list gave. A list that says what
// is shown already, as an export of ours does, changes nothing.
func rank() handle {
	return handle{
		get: func(s *Supplier) string {
			if s.Rank == TierUnknown {
				return ""
			}
			return strconv.Itoa(s.Rank)
		},
		set: func(s *Supplier, given string) (known bool) {
			if s.Rank, known = choose(ranks, given); !known && given != "" {
				s.Rank = -1
			}
			return known || given == ""
		},
		tidy: func(s *Supplier, wrong *fault.Fields) {
			if !slices.Contains(Tiers, s.Rank) {
				wrong.Add(string(ColumnRank), "fault.choose")
			}
		},
		merge: func(to, from *Supplier) bool {
			return from.Rank != TierUnknown && from.Rank != to.Tier && replace(&to.Rank, from.Rank)
		},
	}
}

// tagList handles the tags. A list adds tags and takes none away.
func tagList() handle {
	return handle{
		get: func(s *Supplier) string { return joinTags(s.Tags) },
		set: func(s *Supplier, given string) bool { s.Tags = splitTags(given); return true },
		tidy: func(s *Supplier, wrong *fault.Fields) {
			var tags []string
			for _, tag := range s.Tags {
				if tag = oneLine(tag); tag != "" && !slices.Contains(tags, tag) {
					tags = append(tags, tag)
				}
				if utf8.RuneCountInString(tag) > MaxTag {
					wrong.Add(string(ColumnTags), "fault.supplier.tag-long", fault.Args{"Max": MaxTag})
					break
				}
			}
			if len(tags) > MaxTags {
				wrong.Add(string(ColumnTags), "fault.supplier.tags-many", fault.Args{"Max": MaxTags})
			}
			s.Tags = tags
		},
		merge: func(to, from *Supplier) bool { return addTags(to, from.Tags) },
	}
}

// called keeps a name as it was given, on one line, without a 様 or 御中 after it: letters
// add their own.
func called(given string) (string, *fault.Field) { return tidy.Name(asGiven(given)), nil }

// lines keeps a text of several lines.
func lines(given string) (string, *fault.Field) {
	return strings.TrimSpace(strings.ReplaceAll(given, "\r\n", "\n")), nil
}

// whole is a text searched by itself.
func whole(text string) []string { return []string{text} }
