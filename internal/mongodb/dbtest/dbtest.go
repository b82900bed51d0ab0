// Package dbtest opens a fresh database of the package's test server, on which
// collection scans are refused: a query without an index fails its test.
package dbtest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/audit"
	"tsunagi/internal/mongod/mongodtest"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/work"
)

var refuseScans sync.Once

// opened has how each database was opened.
var opened sync.Map

// Keys are the trail's keys of every test.
var Keys = audit.Keys{{ID: "test", Secret: []byte("a key of the trail, for tests :-)")}}

// Open gives a database of its own to a test, with its indexes made.
func Open(t testing.TB) *mongodb.DB {
	t.Helper()
	return OpenAt(t, func() time.Time { return time.Now().UTC().Truncate(time.Millisecond) })
}

// OpenAt is Open with a clock.
func OpenAt(t testing.TB, now func() time.Time) *mongodb.DB {
	t.Helper()
	uri := mongodtest.URI(t)
	refuseScans.Do(func() { setNoTableScan(t, uri) })
	return open(t, uri, Name(t, uri), now)
}

// OpenOn is OpenAt on a server of the test's own. That ends with the test, and the data
// with it: to empty them first would take as long as to write them.
func OpenOn(t testing.TB, uri string, now func() time.Time) *mongodb.DB {
	t.Helper()
	return open(t, uri, fresh(), now)
}

func open(t testing.TB, uri, name string, now func() time.Time) *mongodb.DB {
	t.Helper()
	cfg := mongodb.Config{URI: uri, Name: name, Now: now,
		NewID: func() string { return ulid.Make().String() }, Trail: Keys, Orders: work.Orders{}, Monitor: watch()}
	db, err := mongodb.Open(context.Background(), cfg)
	if err != nil {
		t.Fatalf("open a test database: %v", err)
	}
	opened.Store(db, cfg)
	t.Cleanup(func() { _ = db.Close(context.Background()) })
	return db
}

// Again opens the database of a test once more, as another process does.
func Again(t testing.TB, db *mongodb.DB) *mongodb.DB {
	t.Helper()
	cfg, _ := opened.Load(db)
	again, err := mongodb.Open(context.Background(), cfg.(mongodb.Config))
	if err != nil {
		t.Fatalf("open a test database again: %v", err)
	}
	t.Cleanup(func() { _ = again.Close(context.Background()) })
	return again
}

func setNoTableScan(t testing.TB, uri string) {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Disconnect(context.Background()) }()
	err = client.Database("admin").RunCommand(context.Background(), bson.D{{Key: "setParameter", Value: 1}, {Key: "notablescan", Value: true}}).Err()
	if err != nil {
		t.Fatalf("refuse collection scans: %v", err)
	}
}
