// Package audit records who did what to which record. Entries are written in
// the transaction of the change they tell of; a worker later seals them into a
// hash chain per organisation, and the verifier names the first row that was
// altered, removed or put in.
package audit

import (
	"crypto/sha256"
	"time"

	"github.com/oklog/ulid/v2"

	"tsunagi/internal/access"
)

// Entry is one thing that somebody did.
type Entry struct {
	ID       string    `bson:"_id"`
	Org      string    `bson:"org_id"`
	At       time.Time `bson:"at"`
	Actor    Actor     `bson:"actor"`
	Action   Action    `bson:"action"`
	Record   Ref       `bson:"record"`
	Campaign string    `bson:"campaign_id,omitempty"` // set when the record belongs to a campaign
	Details  []Detail  `bson:"details,omitempty"`
	Proof    *Proof    `bson:"proof,omitempty"`   // made when it was written; nil for what is older than the trail's key
	Seal     *Seal     `bson:"seal,omitempty"`    // nil until the worker has sealed it
	Refused  *Refused  `bson:"refused,omitempty"` // the sealer would not seal it
}

// Refused says why the sealer would not seal an entry.
type Refused struct {
	Reason string    `bson:"reason"` // what its proof does not show
	At     time.Time `bson:"at"`
}

// Actor is who did it, as known on that day.
type Actor struct {
	Kind access.Kind `bson:"kind"`
	ID   string      `bson:"id,omitempty"`
	Name string      `bson:"name,omitempty"`
}

// IsSupplier tells whether a supplier's person acted.
func (a Actor) IsSupplier() bool { return a.Kind == access.Link }

// IsNobody tells whether somebody acted who was not signed in.
func (a Actor) IsNobody() bool { return a.Kind == access.Nobody }

// IsSystem tells whether the program acted, and no person.
func (a Actor) IsSystem() bool { return a.Kind == access.Process }

// IsAdministrator tells whether the administrator acted, at the command line.
func (a Actor) IsAdministrator() bool { return a.IsSystem() && a.Name == access.Administrator }

// Ref names a record as it was called on that day.
type Ref struct {
	Kind string `bson:"kind"`
	ID   string `bson:"id"`
	Name string `bson:"name,omitempty"`
}

// Detail is one fact about the action. Secrets and answers never go here.
type Detail struct {
	Key   string `bson:"key"`
	Value string `bson:"value"`
}

// Became stands in a detail's value between what was and what is.
const Became = " → "

// Of stands in a detail's value between a record's name and what became of its field,
// where one entry tells of several records.
const Of = "：  "

// Action names what was done, "record.verb" in the past tense. Its message key
// is "audit.action." + action.
type Action string

// by is the actor behind a viewer.
func by(v access.Viewer) Actor {
	switch v.Kind {
	case access.Link:
		return Actor{Kind: v.Kind, ID: v.Assignment, Name: v.Name}
	case access.Process:
		return Actor{Kind: v.Kind, Name: v.Reason}
	}
	return Actor{Kind: v.Kind, ID: v.User, Name: v.Name}
}

// New is an entry of what the viewer does in its own organisation. Where something
// changes, its details are made by Was; see Untold.
func New(v access.Viewer, id string, at time.Time, action Action, record Ref, details ...Detail) Entry {
	return Entry{ID: id, Org: v.Org, At: at, Actor: by(v), Action: action, Record: record, Details: details}.bounded()
}

// OnceAnHour gives the entry an id that is the same for the same actor, action, record
// and details within an hour: a store keeps one of them.
func (e Entry) OnceAnHour() Entry {
	hour := e.At.UTC().Truncate(time.Hour)
	h := sha256.New()
	for _, s := range []string{e.Org, string(e.Actor.Kind), e.Actor.ID, string(e.Action), e.Record.Kind, e.Record.ID} {
		writeString(h, s)
	}
	for _, d := range e.Details {
		writeString(h, d.Key)
		writeString(h, d.Value)
	}
	var id ulid.ULID
	_ = id.SetTime(ulid.Timestamp(hour)) // fails after the year 10889
	_ = id.SetEntropy(h.Sum(nil)[:10])
	e.ID = id.String()
	return e
}

// In says which campaign the record belongs to, so that an auditor who may see
// that campaign alone sees the entry.
func (e Entry) In(campaign string) Entry {
	e.Campaign = campaign
	return e
}

// Detail is the value of the detail under a key, empty when there is none.
func (e Entry) Detail(key string) string {
	for _, d := range e.Details {
		if d.Key == key {
			return d.Value
		}
	}
	return ""
}
