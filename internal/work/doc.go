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

// Orders says which job a change asks for. Stores queue it in the transaction of
// the change, and know no kind themselves.
type Orders struct{}

// Issue asks everybody whom a campaign asks.
func (Orders) Issue() jobs.Args { return Issue{} }

// Remind reminds those who are meant.
func (Orders) Remind(r campaign.Reminder) jobs.Args {
	return Remind{States: r.States, Before: r.Before}
}

// Reschedule moves the dates of those who wait, or ends their time.
func (Orders) Reschedule(c campaign.Campaign) jobs.Args { return Reschedule{campaign.MoveOf(c)} }

// Import takes a checked list in.
func (Orders) Import() jobs.Args { return Import{} }

// Document makes a report for download.
func (Orders) Document() jobs.Args { return Document{} }

// system is who works a job: who asked for it, by our hand.
func system(job jobs.Job) access.Viewer { return access.System(job.Org, job.Actor) }
