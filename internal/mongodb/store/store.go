// Package store is what every store shares: the open database, and the one transaction
// of a change, its audit entries and the messages that it owes.
package store

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"

	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/transaction"
	"tsunagi/internal/notify"
	"tsunagi/internal/once"
)

// DB is an open database, as the stores of every room share it.
type DB struct {
	Client   *mongo.Client
	Database *mongo.Database
	Now      func() time.Time
	NewID    func() string
	Keys     audit.Keys             // prove what is written to the trail
	Orders   Orders                 // which jobs changes ask for; nil where no change asks for any
	Holder   string                 // names this process in the leases that it takes
	Lost     func(of string, n int) // told of what was taken up that others had; nil: nobody is
	wakes    wakes
}

// TookUp tells that others had something and fell silent: one of watch's, and how many.
func (d *DB) TookUp(of string, n int) {
	if d.Lost != nil && n > 0 {
		d.Lost(of, n)
	}
}

// Coll is one collection of the database.
func (d *DB) Coll(name string) *mongo.Collection { return d.Database.Collection(name) }

// InTx runs fn in a transaction, again when another transaction got in its way.
// fn must use the context that it is given, and be free of other effects. Whoever works
// off what it queued is woken after the commit.
func (d *DB) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	var q queued
	err := transaction.Run(ctx, d.Client, func(ctx context.Context) error { return fn(noteIn(ctx, &q)) })
	switch {
	case errors.Is(err, errPosted):
		return d.twice(ctx)
	case err == nil && q.keyed:
		once.Done(ctx)
	}
	if err == nil {
		d.wakes.after(q)
	}
	if refused := new(fault.Error); errors.As(err, &refused) && refused.Kind != fault.Unavailable {
		d.settle(ctx)
	}
	return meaning.Of(err)
}

// settle waits until reads give what refused a change: a change meets what was committed
// this moment, reads give what a majority has, and that is a little later. Without it
// whoever is refused by his own first click would look in vain for what became of that.
func (d *DB) settle(ctx context.Context) {
	// Where the database does not answer, the read that follows says so.
	_ = d.Database.Collection(Posts, options.Collection().SetReadConcern(readconcern.Linearizable())).FindOne(ctx, query.ByID("")).Err()
}

// Record writes the audit entries and the messages of a change, and the key of the form
// that caused it. It must run in the transaction of the change.
func (d *DB) Record(ctx context.Context, entries []audit.Entry, messages []notify.Message) error {
	var changed string
	if len(entries) > 0 {
		changed = entries[0].Record.ID
	}
	if err := d.NoteKey(ctx, changed); err != nil {
		return err
	}
	if len(entries) > 0 {
		_, err := d.Coll(Audit).InsertMany(ctx, d.Keys.Sign(entries))
		if err != nil {
			return err
		}
		if messages, err = d.paid(ctx, entries[0].Actor, messages); err != nil {
			return err
		}
	}
	if len(messages) > 0 {
		if _, err := d.Coll(Outbox).InsertMany(ctx, messages); err != nil {
			return err
		}
		queuedIn(ctx).mail = true
	}
	return nil
}
