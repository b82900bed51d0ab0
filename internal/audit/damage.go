package audit

import "fmt"

// Damage is a record that is not what it was when it was written.
type Damage struct {
	What   string // "submission", "evidence", "file of evidence", "file of a document"
	ID     string
	Reason string
}

func (d *Damage) Error() string { return fmt.Sprintf("%s %s: %s", d.What, d.ID, d.Reason) }

// What happened to a record.
const (
	Changed  = "changed: its content does not have the hash that it carries"
	NotTold  = "changed or put in: the trail knows no submission with its hash"
	Gone     = "gone: the trail tells of it"
	NotAsWas = "changed: it is not what the submission relies on"
	NoFile   = "gone: the record names it"
)
