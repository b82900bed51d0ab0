// Package watch says how an installation is: its parts as /readyz, tsunagi health and
// the administrator's page tell them. Nothing in it names a firm, a person or a record.
package watch

import (
	"fmt"
	"strings"
	"time"
)

// State is how a part of an installation is.
type State string

// The states.
const (
	OK      State = "ok"
	Warning State = "warning" // it works, and somebody should look
	Failing State = "failing" // nobody should be sent here
	Unset   State = "unset"   // it is not set up
	Unknown State = "unknown" // the database cannot be asked
)

// The parts, in the order in which they are told.
const (
	Database = "database"
	Keys     = "keys"
	Work     = "work"
	Mail     = "mail"
	Disk     = "disk"
	Clock    = "clock"
	Backup   = "backup"
)

// Part is one part of an installation.
type Part struct {
	Name  string `json:"name"`
	State State  `json:"state"`
	Words string `json:"words,omitempty"` // for an administrator, in English
}

// Health is how an installation is.
type Health struct {
	Version string
	Parts   []Part
}

// Ready tells whether people may be sent here.
func (h Health) Ready() bool {
	for _, p := range h.Parts {
		if p.State == Failing {
			return false
		}
	}
	return true
}

// Status is Ready in words.
func (h Health) Status() string {
	if h.Ready() {
		return "ready"
	}
	return "not ready"
}

// Part gives one part, the zero value where it is not told.
func (h Health) Part(name string) Part {
	for _, p := range h.Parts {
		if p.Name == name {
			return p
		}
	}
	return Part{}
}

// Short is what anybody may know.
type Short struct {
	Status string `json:"status"`
}

// Details are for whoever runs the installation.
type Details struct {
	Status  string `json:"status"`
	Version string `json:"version"`
	Parts   []Part `json:"components"`
}

// Short gives what anybody may know.
func (h Health) Short() Short { return Short{h.Status()} }

// Details gives everything.
func (h Health) Details() Details { return Details{h.Status(), h.Version, h.Parts} }

// Sentence tells everything in one line: the parts that are not as they should be.
func (d Details) Sentence() string {
	var odd []string
	for _, p := range d.Parts {
		switch {
		case p.State == OK:
		case p.Words == "":
			odd = append(odd, fmt.Sprintf("%s is %s", p.Name, p.State))
		default:
			odd = append(odd, fmt.Sprintf("%s is %s (%s)", p.Name, p.State, p.Words))
		}
	}
	if len(odd) == 0 {
		return d.Status
	}
	return d.Status + ": " + strings.Join(odd, "; ")
}

// BackupPart judges the last backup: where none was ever made nothing is wrong yet with
// those that are made otherwise.
func BackupPart(b LastBackup) Part {
	p := Part{Name: Backup, State: OK}
	switch {
	case b.Failed && b.Known:
		p.State, p.Words = Warning, fmt.Sprintf("the last backup failed: %s; the last good one is %s old", b.Why, b.Age.Round(time.Minute))
	case b.Failed:
		p.State, p.Words = Warning, "the last backup failed: "+b.Why+"; there is no good one"
	case !b.Known:
		p.State, p.Words = Unset, "no backup was made by tsunagi backup"
	default:
		p.Words = fmt.Sprintf("the last good one is %s old", b.Age.Round(time.Minute))
		if b.Age > tooOld {
			p.State = Warning
		}
	}
	return p
}

// tooOld is an age of the last good backup that is told: a week's, and a day more.
const tooOld = 8 * 24 * time.Hour

// What waits longer than this in a queue that is worked off within seconds is told.
const tooLong = 15 * time.Minute

// WorkPart judges whether what waits is worked off. A job and a seal that wait are due:
// what may not begin yet does not count.
func WorkPart(f Figures) Part {
	p := Part{Name: Work, State: OK}
	var words []string
	for _, j := range f.Jobs {
		if j.State == Due && j.Age > tooLong {
			words = append(words, fmt.Sprintf("a job of kind %s waits for %s", j.Kind, j.Age.Round(time.Minute)))
		}
	}
	if f.SealLag > tooLong {
		words = append(words, fmt.Sprintf("entries of the audit trail wait to be sealed for %s", f.SealLag.Round(time.Minute)))
	}
	if len(words) > 0 {
		p.State, p.Words = Warning, strings.Join(words, "; ")
	}
	return p
}
