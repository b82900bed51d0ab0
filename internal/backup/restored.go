package backup

import (
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
)

// Actions of the trail.
const (
	ActionRestored audit.Action = "backup.restored"
	ActionReleased audit.Action = "backup.mail-released"
)

// RestoredID is the id of the one note of a restore.
const RestoredID = "restored"

// Restored is the note that data came out of a backup. No mail leaves until the
// administrator has confirmed that these are the data that suppliers and colleagues are to
// hear from: a rehearsal beside the real server must write to nobody.
type Restored struct {
	ID       string    `bson:"_id"`
	At       time.Time `bson:"at"`        // when they were restored
	Point    time.Time `bson:"point"`     // as of when they are
	LinksDie bool      `bson:"links_die"` // links that were sent before are dead
	Told     bool      `bson:"told"`      // the trail of every organisation has it
	Held     bool      `bson:"held"`      // no mail leaves
}

// Entry is what the trail of an organisation tells of a restore.
func (r Restored) Entry(org, id string) audit.Entry {
	return audit.New(access.System(org, "restore"), id, r.At, ActionRestored, audit.Ref{Kind: "backup", ID: RestoredID},
		audit.Detail{Key: "backup-point", Value: r.Point.UTC().Format(time.RFC3339)}, audit.Detail{Key: "links-die", Value: audit.YesNo(r.LinksDie)})
}

// Released is the entry of the administrator's confirmation.
func (r Restored) Released(org, id string, now time.Time) audit.Entry {
	return audit.New(access.System(org, "administrator"), id, now, ActionReleased, audit.Ref{Kind: "backup", ID: RestoredID},
		audit.Was("sending", "held", "on"))
}
