package supplier

import (
	"strconv"
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
	Entry   audit.Entry
}

// TakeIn turns verdicts into records, with the entry of the trail.
func TakeIn(v access.Viewer, i Import, part []Verdict, newID func() string, now time.Time) Intake {
	var out Intake
	for _, verdict := range part {
		out.Counts.add(verdict.Outcome)
		one := verdict.Supplier
		one.Org, one.UpdatedAt = v.Org, now
		one.Revision++
		switch verdict.Outcome {
		case New:
			one.derive()
			one.ID, one.CreatedAt = newID(), now
			out.Added = append(out.Added, one)
		case Changed:
			one.derive()
			out.Changed = append(out.Changed, one)
		}
	}
	detail := func(key string, n int) audit.Detail { return audit.Detail{Key: key, Value: strconv.Itoa(n)} }
	out.Entry = audit.New(v, newID(), now, ActionImported, audit.Ref{Kind: "import", ID: i.ID, Name: i.Name},
		detail("new", out.Counts.New), detail("changed", out.Counts.Changed), detail("same", out.Counts.Same), detail("faulty", out.Counts.Faulty))
	return out
}
