// Package mongodb keeps every record in MongoDB, one file per feature. A change,
// its audit entries and the messages it owes are one transaction.
package mongodb

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"tsunagi/internal/audit"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/schema"
	"tsunagi/internal/mongodb/server"
	"tsunagi/internal/mongodb/transaction"
	"tsunagi/internal/notify"
	"tsunagi/internal/once"
)

// DB is an open database. The stores of every feature share it.
type DB struct {
	client *mongo.Client
	db     *mongo.Database
	now    func() time.Time
	newID  func() string
	shapes schema.Data
	keys   audit.Keys
	orders Orders
	wakes  wakes
	holder string
}

// Config says which database to open.
type Config struct {
	URI     string
	Name    string
	Now     func() time.Time
	NewID   func() string
	Trail   audit.Keys            // prove what is written to the trail; only Connect does without
	Orders  Orders                // which jobs changes ask for; nil where no change asks for any
	Monitor *event.CommandMonitor // sees every command, for tests; nil otherwise
	Log     *slog.Logger          // tells how migrations go; nil tells nobody
	// Holder names this process in the leases that it takes, so that another one may free
	// them once it is proven dead.
	Holder string
	// NoMigration refuses data of an older version, where others would migrate them.
	NoMigration bool
}

// Open connects, refuses a server without transactions, migrates the data of an older
// version, and makes the indexes. Data of a newer version are a *schema.NewerError.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	if len(cfg.Trail) == 0 {
		return nil, errors.New("open the database: there is no key for the audit trail")
	}
	d, err := Connect(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := d.prepare(ctx, cfg.NoMigration); err != nil {
		_ = d.Close(context.WithoutCancel(ctx))
		return nil, err
	}
	return d, nil
}

// Connect is Open without its end: it changes nothing, and the data may have any
// version. Only Shapes, Ready, CheckClock and what only reads is of use then.
func Connect(ctx context.Context, cfg Config) (*DB, error) {
	if err := checkFields(contents()); err != nil {
		return nil, err
	}
	client, err := server.Connect(ctx, cfg.URI, cfg.Monitor)
	if err != nil {
		return nil, err
	}
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	d := &DB{client: client, db: client.Database(cfg.Name), now: cfg.Now, newID: cfg.NewID, keys: cfg.Trail, orders: cfg.Orders, holder: cfg.Holder}
	d.shapes = schema.New(d.db, log)
	return d, nil
}

// Shapes tells the version of the data, and what a migration would do.
func (d *DB) Shapes() schema.Data { return d.shapes }

// prepare brings the data to the shapes that the stores know, then the indexes.
func (d *DB) prepare(ctx context.Context, noMigration bool) error {
	if noMigration {
		if err := d.shapes.Check(ctx); err != nil {
			return err
		}
	}
	if err := d.shapes.Upgrade(ctx); err != nil {
		return err
	}
	return d.makeIndexes(ctx)
}

// Close ends the connections.
func (d *DB) Close(ctx context.Context) error { return d.client.Disconnect(ctx) }

// Drop removes the whole database. Clear and tests use it.
func (d *DB) Drop(ctx context.Context) error { return d.db.Drop(ctx) }

// Ready tells whether the database takes writes now.
func (d *DB) Ready(ctx context.Context) error { return server.Ready(ctx, d.db, d.now()) }

func (d *DB) coll(name string) *mongo.Collection { return d.db.Collection(name) }

// inTx runs fn in a transaction, again when another transaction got in its way.
// fn must use the context that it is given, and be free of other effects. Whoever works
// off what it queued is woken after the commit.
func (d *DB) inTx(ctx context.Context, fn func(ctx context.Context) error) error {
	var q queued
	err := transaction.Run(ctx, d.client, func(ctx context.Context) error { return fn(noteIn(ctx, &q)) })
	switch {
	case errors.Is(err, errPosted):
		return d.twice(ctx)
	case err == nil && q.keyed:
		once.Done(ctx)
	}
	if err == nil {
		d.wakes.after(q)
	}
	return known(err)
}

// record writes the audit entries and the messages of a change, and the key of the form
// that caused it. It must run in the transaction of the change.
func (d *DB) record(ctx context.Context, entries []audit.Entry, messages []notify.Message) error {
	var changed string
	if len(entries) > 0 {
		changed = entries[0].Record.ID
	}
	if err := d.noteKey(ctx, changed); err != nil {
		return err
	}
	if len(entries) > 0 {
		_, err := d.coll(colAudit).InsertMany(ctx, d.keys.Sign(entries))
		if err != nil {
			return err
		}
		if messages, err = d.paid(ctx, entries[0].Actor, messages); err != nil {
			return err
		}
	}
	if len(messages) > 0 {
		if _, err := d.coll(colOutbox).InsertMany(ctx, messages); err != nil {
			return err
		}
		queuedIn(ctx).mail = true
	}
	return nil
}

// known turns the driver's errors into faults. A nil error stays nil, a fault
// stays as it is.
func known(err error) error { return meaning.Of(err) }

// IsClock tells whether an error says that a clock is wrong.
func (d *DB) IsClock(err error) bool { return errors.As(err, new(*server.ClockError)) }

// CheckClock fails when our clock and the database's do not agree, or were put back.
func (d *DB) CheckClock(ctx context.Context) error { return server.CheckClock(ctx, d.client, d.now) }
