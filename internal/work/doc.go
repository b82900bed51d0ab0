// Package work does what takes long: one file a job, each a struct of typed
// arguments with its kind, and steps: next reads a batch, a rule decides what it
// comes to, commit writes it in one transaction with the job's cursor. It declares
// what it needs of the stores, and knows no database.
package work

import (
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/jobs"
)

// Clock and ids, passed in.
type (
	now   func() time.Time
	newID func() string
)

// Orders gives the arguments of the job that a change asks for. Stores queue it in the
// transaction of the change, and know no kind of job themselves.
type Orders struct{}

// Issue is the job that asks everybody in a campaign's audience.
func (Orders) Issue() jobs.Args { return Issue{} }

// Remind is the job that reminds those whom r chooses.
func (Orders) Remind(r campaign.Reminder) jobs.Args {
	return Remind{States: r.States, Before: r.Before}
}

// Reschedule is the job that gives a campaign's assignments its new dates or its end.
func (Orders) Reschedule(c campaign.Campaign) jobs.Args { return Reschedule{campaign.MoveOf(c)} }

// Import is the job that takes a checked list into the directory.
func (Orders) Import() jobs.Args { return Import{} }

// Undo is the job that takes an import back.
func (Orders) Undo() jobs.Args { return Undo{} }

// Carry is the job that carries requests over to the addresses that an import brought.
func (Orders) Carry(revoke bool) jobs.Args { return Carry{Revoke: revoke} }

// Document is the job that makes a report for download.
func (Orders) Document() jobs.Args { return Document{} }

// Look is the job that looks into a file that nobody could look into while it came in.
func (Orders) Look() jobs.Args { return Look{} }

// system is the viewer as whom a job works: the program, in the name of the person who
// asked for the job.
func system(job jobs.Job) access.Viewer { return access.System(job.Org, job.Actor) }
