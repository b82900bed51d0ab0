package supplier

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
)

// ErrOvertaken says that a supplier of a batch was changed or added by somebody else
// after the batch was judged. Nothing of it was written: judge it again.
var ErrOvertaken = fault.New(fault.Conflict, "fault.conflict")

// Intake is what a judged part of a list does to the directory.
type Intake struct {
	Added   []Supplier
	Changed []Supplier // each with the revision after the one that was judged
	Counts  Counts
	Takings []Taking
	Entry   audit.Entry
}

// Moved are the suppliers whose mail address changes.
func (in Intake) Moved() []Supplier {
	moved := map[string]bool{}
	for _, t := range in.Takings {
		if _, changes := t.Is[ColumnEmail]; changes && !t.New {
			moved[t.ID] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(in.Changed), func(s Supplier) bool { return !moved[s.ID] })
}

// Taking is what an import did to one supplier: enough to say it, and to take it back.
type Taking struct {
	ID       string            `bson:"id"`
	Row      int               `bson:"row"`
	Code     string            `bson:"code"`
	Name     string            `bson:"name"`
	New      bool              `bson:"new,omitempty"`
	Revision int               `bson:"revision"` // after it
	Was      map[Column]string `bson:"was,omitempty"`
	Is       map[Column]string `bson:"is,omitempty"`
}

// Part is what one batch of an import did. Parts sort by id as they were made.
type Part struct {
	ID        string    `bson:"_id"`
	Org       string    `bson:"org_id"`
	Import    string    `bson:"import_id"`
	Takings   []Taking  `bson:"takings"`
	ExpiresAt time.Time `bson:"expires_at"`
}

// Changes are the fields of a taking in the order of lists, in brief.
func (t Taking) Changes() []FieldChange {
	var out []FieldChange
	for _, column := range Columns {
		if is, ok := t.Is[column]; ok {
			out = append(out, column.field().changed(t.Was[column], is))
		}
	}
	return out
}

// TakeIn turns verdicts into records, with the entry of the trail.
func TakeIn(v access.Viewer, i Import, part []Verdict, newID func() string, now time.Time) Intake {
	var out Intake
	for _, verdict := range part {
		out.Counts.add(verdict)
		one := verdict.Supplier
		one.Org, one.UpdatedAt = v.Org, now
		one.Revision++
		took := Taking{Row: verdict.Row, Code: one.Code, Name: one.Name, Revision: one.Revision}
		switch verdict.Outcome {
		case New:
			one.derive()
			one.ID, one.CreatedAt = newID(), now
			out.Added = append(out.Added, one)
			took.New = true
		case Changed:
			one.derive()
			out.Changed = append(out.Changed, one)
			took.Was, took.Is = map[Column]string{}, map[Column]string{}
			for _, column := range verdict.Changed {
				took.Was[column], took.Is[column] = verdict.Was.Value(column), one.Value(column)
			}
		default:
			continue
		}
		took.ID = one.ID
		out.Takings = append(out.Takings, took)
	}
	details := out.Counts.details()
	out.Entry = audit.New(v, newID(), now, ActionImported, audit.Ref{Kind: "import", ID: i.ID, Name: i.Name}, append(details, named("added", out.Takings)...)...)
	return out
}

func (c Counts) details() []audit.Detail {
	detail := func(key string, n int) audit.Detail { return audit.Detail{Key: key, Value: strconv.Itoa(n)} }
	return []audit.Detail{detail("new", c.New), detail("changed", c.Changed), detail("same", c.Same), detail("faulty", c.Faulty), detail("left", c.Left)}
}

// How many suppliers and fields one entry of the trail names. The import itself names
// all of them as long as it is kept.
const (
	namedAdded  = 20
	namedFields = 30
)

// named are the details that name suppliers and what changed of them. came says what became
// of those that the import brought.
func named(came string, takings []Taking) []audit.Detail {
	var added []string
	var out []audit.Detail
	more := 0
	for _, t := range takings {
		who := brief(strings.TrimSpace(t.Code + " " + t.Name))
		if t.New && len(added) == namedAdded {
			more++
		} else if t.New {
			added = append(added, who)
		}
		for _, f := range t.Changes() {
			if len(out) == namedFields {
				more++
				continue
			}
			out = append(out, audit.Detail{Key: "supplier." + string(f.Column), Value: who + audit.Of + f.Was + audit.Became + f.Is})
		}
	}
	if len(added) > 0 {
		out = slices.Insert(out, 0, audit.Detail{Key: came, Value: strings.Join(added, "、")})
	}
	if more > 0 {
		out = append(out, audit.Detail{Key: "more", Value: strconv.Itoa(more)})
	}
	return out
}
