package store

import (
	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/jobs"
)

// Orders says which job a change asks for: the stores queue it with the change, and
// know neither its kind nor its arguments.
type Orders interface {
	Issue() jobs.Args
	Remind(r campaign.Reminder) jobs.Args
	Reschedule(c campaign.Campaign) jobs.Args
	Import() jobs.Args
	Undo() jobs.Args
	Carry(revoke bool) jobs.Args
	Document() jobs.Args
	Look() jobs.Args
}

// Order is a job that somebody asks for, not queued yet.
func (d *DB) Order(v access.Viewer, args jobs.Args, subject string, total int) jobs.Job {
	return jobs.Job{ID: d.NewID(), Org: v.Org, Kind: args.Kind(), Subject: subject, Params: jobs.Encode(args), State: jobs.Waiting, NextAt: d.Now(),
		Total: total, CreatedBy: v.User, Actor: v.Name, CreatedAt: d.Now()}
}
