// Package mongodb keeps every record in MongoDB, one file per feature. A change,
// its audit entries and the messages it owes are one transaction.
package mongodb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"tsunagi/internal/audit"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/schema"
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
	// NoMigration refuses data of an older version, where others would migrate them.
	NoMigration bool
}

// errStandalone tells an administrator how to give us transactions.
var errStandalone = errors.New("the MongoDB server is standalone, and Tsunagi needs transactions: " +
	"start mongod with --replSet rs0 and run rs.initiate() once in mongosh (a set of one node is enough), " +
	"then add replicaSet=rs0 to the address")

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
	journaled := true
	wc := writeconcern.Majority()
	wc.Journal = &journaled
	opts := options.Client().ApplyURI(cfg.URI).SetWriteConcern(wc).SetReadConcern(readconcern.Majority()).
		SetAppName("tsunagi").SetMonitor(cfg.Monitor).
		SetBSONOptions(&options.BSONOptions{NilSliceAsEmpty: false, UseLocalTimeZone: false})
	// The address may say how long to wait (serverSelectionTimeoutMS, timeoutMS).
	if opts.ServerSelectionTimeout == nil {
		opts.SetServerSelectionTimeout(5 * time.Second)
	}
	if opts.Timeout == nil {
		opts.SetTimeout(30 * time.Second)
	}
	client, err := mongo.Connect(opts)
	if err != nil {
		return nil, fmt.Errorf("connect to MongoDB: %w", err)
	}
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	d := &DB{client: client, db: client.Database(cfg.Name), now: cfg.Now, newID: cfg.NewID, keys: cfg.Trail, orders: cfg.Orders}
	d.shapes = schema.New(d.db, log)
	if err := d.greet(ctx); err != nil {
		_ = client.Disconnect(context.WithoutCancel(ctx))
		return nil, err
	}
	return d, nil
}

// Shapes tells the version of the data, and what a migration would do.
func (d *DB) Shapes() schema.Data { return d.shapes }

func (d *DB) greet(ctx context.Context) error {
	var hello struct {
		SetName string `bson:"setName"`
		Msg     string `bson:"msg"`
	}
	if err := d.db.RunCommand(ctx, op("hello", 1)).Decode(&hello); err != nil {
		return fmt.Errorf("reach MongoDB: %w", err)
	}
	if hello.SetName == "" && hello.Msg != "isdbgrid" {
		return errStandalone
	}
	return nil
}

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
func (d *DB) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_, err := d.db.Collection("health").UpdateOne(ctx, byID("ready"), update(set(to("at", d.now()))), options.UpdateOne().SetUpsert(true))
	return known(err)
}

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
		if _, err := d.coll(colAudit).InsertMany(ctx, d.keys.Sign(entries)); err != nil {
			return err
		}
	}
	if len(entries) > 0 {
		var err error
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

// maxSkew is how far our clock may be from the database's: sessions, deadlines
// and leases are compared by it.
const maxSkew = 30 * time.Second

// CheckClock fails when our clock and the database's differ by more than maxSkew.
func (d *DB) CheckClock(ctx context.Context) error {
	var hello struct {
		Local time.Time `bson:"localTime"`
	}
	if err := d.db.RunCommand(ctx, op("hello", 1)).Decode(&hello); err != nil {
		return known(err)
	}
	if skew := d.now().Sub(hello.Local).Abs(); skew > maxSkew {
		return fmt.Errorf("our clock differs by %s: set both by NTP", skew.Round(time.Second))
	}
	return nil
}
