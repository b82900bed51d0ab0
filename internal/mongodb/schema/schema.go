// Package schema says which shapes the stored data have, and brings those of an
// older version to the shapes that the program knows, step by step.
package schema

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Step is one migration. Count and Batch know the shapes of their day by name, and
// nothing of the program's records, which go on changing.
type Step struct {
	// Name is how the log and the document name it; never change it.
	Name string
	// What tells an administrator what is done to the records that it counts.
	What string
	// Count tells how many records the step would change, and changes nothing.
	Count func(ctx context.Context, db *mongo.Database) (int, error)
	// Batch changes a bounded number of records after a position, at first the empty
	// one. It runs in a transaction together with the note of how far it came, so it
	// may be undone and run again, and must have no other effect.
	Batch func(ctx context.Context, db *mongo.Database, after string) (Batch, error)
}

// Batch is what one transaction of a step did.
type Batch struct {
	Position string // where the next batch goes on
	Changed  int    // records
	Done     bool   // nothing is left to do
}

// Data are the data of one installation and the steps that lead to its newest shapes.
// Their version is how many of the steps they have been through.
type Data struct {
	DB    *mongo.Database
	Steps []Step
	Log   *slog.Logger

	lease time.Duration // how long a silent process keeps the others waiting
	pause time.Duration // between two looks at what another process does
}

// New is the data of a database with the steps of this program.
func New(db *mongo.Database, log *slog.Logger) Data {
	return Data{DB: db, Steps: Steps(), Log: log, lease: 15 * time.Second, pause: 250 * time.Millisecond}
}

// Collection is where the document is that tells the version.
const Collection = "schema"

const documentID = "schema"

// state is the document. Position and Changed belong to the step after Version.
type state struct {
	Version  int    `bson:"version"`
	Fence    int64  `bson:"fence"` // raised with every claim
	Position string `bson:"position"`
	Changed  int    `bson:"changed"`
}

// NewerError says that the data were written by a newer program.
type NewerError struct{ Have, Known int }

func (e *NewerError) Error() string {
	return fmt.Sprintf("the data have version %d, and this program knows versions up to %d: install the program that wrote them again, "+
		"or put back the backup that was made before it was installed", e.Have, e.Known)
}

// OlderError says that the data must be migrated before this program can use them.
type OlderError struct{ Have, Known int }

func (e *OlderError) Error() string {
	return fmt.Sprintf("the data have version %d, and this program needs version %d: stop every other tsunagi process, back up, then run "+
		"tsunagi migrate or start tsunagi serve", e.Have, e.Known)
}

// Newest is the version that this program writes.
func (d Data) Newest() int { return len(d.Steps) }

// Version tells the version of the data. Data without the document were written
// before there was one, and have version 0; where there are none, they will be of
// the newest version.
func (d Data) Version(ctx context.Context) (int, error) {
	s, err := d.read(ctx)
	if !errors.Is(err, mongo.ErrNoDocuments) {
		return s.Version, err
	}
	names, err := d.DB.ListCollectionNames(ctx, bson.D{})
	if err != nil {
		return 0, fmt.Errorf("list the collections: %w", err)
	}
	if len(names) > 0 {
		return 0, nil
	}
	return d.Newest(), nil
}

// Check fails unless the data have the version of this program. It changes nothing.
func (d Data) Check(ctx context.Context) error {
	have, err := d.Version(ctx)
	switch {
	case err != nil:
		return err
	case have > d.Newest():
		return &NewerError{have, d.Newest()}
	case have < d.Newest():
		return &OlderError{have, d.Newest()}
	}
	return nil
}

// Planned is a step that the data have not been through.
type Planned struct {
	Version int // that they have after it
	Step
	Records int // that it would change, as the data are now
}

// Plan tells what Upgrade would do, and changes nothing.
func (d Data) Plan(ctx context.Context) ([]Planned, error) {
	have, err := d.Version(ctx)
	if err != nil {
		return nil, err
	}
	if have > d.Newest() {
		return nil, &NewerError{have, d.Newest()}
	}
	var out []Planned
	for i, step := range d.Steps[have:] {
		n, err := step.Count(ctx, d.DB)
		if err != nil {
			return nil, fmt.Errorf("count for %s: %w", step.Name, err)
		}
		out = append(out, Planned{Version: have + i + 1, Step: step, Records: n})
	}
	return out, nil
}

func (d Data) read(ctx context.Context) (state, error) {
	var s state
	err := d.coll().FindOne(ctx, bson.D{{Key: "_id", Value: documentID}}).Decode(&s)
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		err = fmt.Errorf("read the version of the data: %w", err)
	}
	if err == nil && s.Version == restoring {
		err = ErrHalfRestored
	}
	return s, err
}

func (d Data) coll() *mongo.Collection { return d.DB.Collection(Collection) }

// begin writes the document where there is none. Of two processes one writes it.
func (d Data) begin(ctx context.Context) error {
	if _, err := d.read(ctx); !errors.Is(err, mongo.ErrNoDocuments) {
		return err
	}
	have, err := d.Version(ctx)
	if err != nil {
		return err
	}
	_, err = d.coll().UpdateOne(ctx, bson.D{{Key: "_id", Value: documentID}},
		bson.D{{Key: "$setOnInsert", Value: bson.D{{Key: "version", Value: have}, {Key: "fence", Value: int64(0)}, {Key: "position", Value: ""},
			{Key: "changed", Value: 0}, {Key: "steps", Value: bson.A{}}}}}, options.UpdateOne().SetUpsert(true))
	if err != nil && !mongo.IsDuplicateKeyError(err) {
		return fmt.Errorf("note the version of the data: %w", err)
	}
	return nil
}
