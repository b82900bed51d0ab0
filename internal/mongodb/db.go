// Package mongodb keeps every record in MongoDB, one file per feature. A change,
// its audit entries and the messages it owes are one transaction.
package mongodb

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"

	"tsunagi/internal/audit"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/schema"
	"tsunagi/internal/mongodb/server"
	"tsunagi/internal/mongodb/store"
)

// DB is an open database. The stores of every feature share it.
type DB struct {
	*store.DB
	uri    string
	shapes schema.Data
	// Pulse tells whether the database answers, once it is run.
	Pulse *server.Pulse
}

// Config says which database to open.
type Config struct {
	URI     string
	Name    string
	Now     func() time.Time
	NewID   func() string
	Trail   audit.Keys            // prove what is written to the trail; only Connect does without
	Orders  store.Orders          // which jobs changes ask for; nil where no change asks for any
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
		return nil, server.Explain(ctx, err, cfg.URI)
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
		return nil, server.Explain(ctx, err, cfg.URI)
	}
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	d := &DB{DB: &store.DB{Client: client, Database: client.Database(cfg.Name), Now: cfg.Now, NewID: cfg.NewID, Keys: cfg.Trail, Orders: cfg.Orders, Holder: cfg.Holder}, Pulse: new(server.Pulse)}
	d.uri, d.shapes = cfg.URI, schema.New(d.Database, log)
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

// Prepare does what Open does after Connect: data that were restored are those of an older
// program, it may be, and have no indexes.
func (d *DB) Prepare(ctx context.Context) error { return d.prepare(ctx, false) }

// Close ends the connections.
func (d *DB) Close(ctx context.Context) error { return d.Client.Disconnect(ctx) }

// Drop removes the whole database. Clear and tests use it.
func (d *DB) Drop(ctx context.Context) error { return d.Database.Drop(ctx) }

// Ready tells whether the database takes writes now.
func (d *DB) Ready(ctx context.Context) error {
	return server.Explain(ctx, server.Ready(ctx, d.Database, d.Now()), d.uri)
}

// ServerVersion is which MongoDB answers, and what to say of one whose support has ended.
func (d *DB) ServerVersion(ctx context.Context) (version, outdated string, err error) {
	version, err = server.Version(ctx, d.Client)
	return version, server.Outdated(version, d.Now()), err
}

// Size tells how many bytes the data take on the disk.
func (d *DB) Size(ctx context.Context) (int64, error) { return server.Size(ctx, d.Database) }

// Room tells how many bytes are left on the disk of the database, wherever that is.
func (d *DB) Room(ctx context.Context) (int64, error) { return server.Room(ctx, d.Database) }

// IsClock tells whether an error says that a clock is wrong.
func (d *DB) IsClock(err error) bool { return errors.As(err, new(*server.ClockError)) }

// CheckClock fails when our clock and the database's do not agree, or were put back.
func (d *DB) CheckClock(ctx context.Context) error { return server.CheckClock(ctx, d.Client, d.Now) }

// Clear removes every record and makes an empty database of it. Only the demo
// calls it, on data that it made itself and that nobody has seen.
func (d *DB) Clear(ctx context.Context) error {
	if err := d.Drop(ctx); err != nil {
		return meaning.Of(err)
	}
	return d.prepare(ctx, false)
}
