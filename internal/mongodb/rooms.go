package mongodb

import (
	"tsunagi/internal/mongodb/account"
	"tsunagi/internal/mongodb/paper"
	"tsunagi/internal/mongodb/queue"
	"tsunagi/internal/mongodb/snapshot"
)

// The stores of the rooms below, of the same database.

// Jobs gives the job queue.
func (d *DB) Jobs() queue.Jobs { return queue.Jobs{DB: d.DB} }

// Outbox gives the messages owed.
func (d *DB) Outbox() queue.Outbox { return queue.Outbox{DB: d.DB} }

// Leases gives what processes hold of what waits.
func (d *DB) Leases() queue.Leases { return queue.Leases{DB: d.DB} }

// Depths counts what waits.
func (d *DB) Depths() queue.Depths { return queue.Depths{DB: d.DB} }

// Accounts gives organisations and their people.
func (d *DB) Accounts() account.Org { return account.Org{DB: d.DB} }

// Documents gives the reports that were made for download.
func (d *DB) Documents() paper.Documents { return paper.Documents{DB: d.DB} }

// Backups gives what is known of the backups of the installation.
func (d *DB) Backups() snapshot.Records { return snapshot.Records{DB: d.DB} }

// Reports gives what summaries are made of.
func (d *DB) Reports() paper.Reports { return paper.Reports{DB: d.DB} }
