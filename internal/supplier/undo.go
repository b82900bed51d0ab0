package supplier

import (
	"strconv"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
)

// Undone counts what taking an import back came to.
type Undone struct {
	Removed  int `bson:"removed"`  // suppliers that the import had added
	Restored int `bson:"restored"` // suppliers that are again as they were before it
	Kept     int `bson:"kept"`     // suppliers that were changed or asked since: nothing of theirs is touched
}

// Returned is what taking a part of an import back does to the directory.
type Returned struct {
	Removed  []Supplier // as they are now
	Restored []Supplier // each with the revision after the present one
	Counts   Undone
	Entry    audit.Entry
}

// TakeBack decides what becomes of the suppliers of an import that is undone. present
// holds them by id, as they are now: only who is as the import left it is touched, and a
// supplier that was asked since is not removed.
func TakeBack(v access.Viewer, i Import, part []Taking, present map[string]Supplier, newID func() string, now time.Time) Returned {
	var out Returned
	var touched []Taking
	for _, t := range part {
		s, there := present[t.ID]
		switch {
		case !there || s.Revision != t.Revision || t.New && !s.AskedAt.IsZero():
			out.Counts.Kept++
			continue
		case t.New:
			out.Counts.Removed++
			out.Removed = append(out.Removed, s)
		default:
			for column, was := range t.Was {
				column.field().set(&s, was)
			}
			s.UpdatedAt = now
			s.Revision++
			s.derive()
			out.Counts.Restored++
			out.Restored = append(out.Restored, s)
		}
		touched = append(touched, Taking{Code: t.Code, Name: t.Name, New: t.New, Was: t.Is, Is: t.Was})
	}
	details := out.Counts.details()
	out.Entry = audit.New(v, newID(), now, ActionUndone, audit.Ref{Kind: "import", ID: i.ID, Name: i.Name}, append(details, named("deleted", touched)...)...)
	return out
}

func (u Undone) details() []audit.Detail {
	detail := func(key string, n int) audit.Detail { return audit.Detail{Key: key, Value: strconv.Itoa(n)} }
	return []audit.Detail{detail("taken-back", u.Removed), detail("restored", u.Restored), detail("kept", u.Kept)}
}
