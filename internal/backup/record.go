// Package backup says what a copy of a whole installation is: the archive, what lies in
// it and how it is read again, and the record of those that were made.
package backup

import "time"

// Record is one backup that was begun. It is kept in the database, so that every process
// can tell how old the last good one is.
type Record struct {
	ID        string    `bson:"_id"`
	At        time.Time `bson:"at"`                 // when it was begun
	EndedAt   time.Time `bson:"ended_at,omitempty"` // zero while it runs, or when it was killed
	Point     time.Time `bson:"point,omitempty"`    // everything that was acknowledged until then is in it
	Size      int64     `bson:"size"`               // of the archive, in bytes
	To        string    `bson:"to"`                 // the file, or StandardOutput
	Encrypted bool      `bson:"encrypted"`
	Secrets   []string  `bson:"secrets"` // which are in it, by the names of their files
	Scheduled bool      `bson:"scheduled"`
	Error     string    `bson:"error"` // why there is no archive, in words for the administrator
	// Marks counts the moments that were marked in the history of the database while it was
	// copied: the last one is the point.
	Marks int `bson:"marks"`
}

// StandardOutput stands for the file of an archive that went down a pipe. Whether somebody
// kept it there nobody knows.
const StandardOutput = "-"

// Good tells whether the archive was made, whole.
func (r Record) Good() bool { return !r.EndedAt.IsZero() && r.Error == "" }

// Running tells whether it is being made, or died without a word.
func (r Record) Running() bool { return !r.At.IsZero() && r.EndedAt.IsZero() }

// Took is how long it took.
func (r Record) Took() time.Duration { return r.EndedAt.Sub(r.At) }

// AheadAtMost is how much later another machine's clock may date a backup. What is later
// still was dated by a clock that was put back since.
const AheadAtMost = time.Hour

// State is what is known of the backups of an installation. Records that there are none of
// are zero.
type State struct {
	Good Record // the last whole one
	Last Record // the last one that was begun, whatever became of it
}

// Age is how old the last good backup is: how much would be lost now. False when there is
// none.
func (s State) Age(now time.Time) (time.Duration, bool) {
	if s.Good.ID == "" {
		return 0, false
	}
	return max(0, now.Sub(s.Good.Point)), true
}

// Failed tells whether the last one that ended made no archive.
func (s State) Failed() bool { return s.Last.Error != "" }
