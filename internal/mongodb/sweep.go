package mongodb

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/mongodb/gridfile"
	"tsunagi/internal/supplier"
)

// Files are the stored files of one sort, for work.Sweeping.
type Files struct {
	*DB
	bucket *mongo.GridFSBucket
	named  func(ctx context.Context, ids []string) ([]string, error)
}

// Files gives the stored files that may be left behind: uploaded lists and evidence.
func (d *DB) Files() []Files {
	return []Files{
		{DB: d, bucket: Suppliers{DB: d}.uploads(), named: d.namedByImports},
		{DB: d, bucket: Evidence{DB: d}.bucket(), named: d.namedByEvidence},
	}
}

// firstID is before every id that was made at a moment or later: ids begin with the time.
func firstID(at time.Time) (string, error) {
	var bound ulid.ULID
	err := bound.SetTime(ulid.Timestamp(at))
	return bound.String(), err
}

// Stored implements work.Files, in the order of ids, by the files' first pieces: what
// was cut off has pieces only.
func (f Files) Stored(ctx context.Context, after string, before time.Time, n int) ([]string, error) {
	bound, err := firstID(before)
	if err != nil {
		return nil, err
	}
	rows, err := findAll[struct {
		File string `bson:"files_id"`
	}](ctx, f.bucket.GetChunksCollection(), bson.D{eq(gridfile.File, bson.D{eq("$gt", after), eq("$lt", bound)}), eq(gridfile.Number, 0)},
		options.Find().SetSort(sorted(gridfile.File, gridfile.Number)).SetLimit(int64(n)).
			SetProjection(bson.D{eq(fieldID, 0), eq(gridfile.File, 1)}))
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.File
	}
	return out, err
}

// Named implements work.Files.
func (f Files) Named(ctx context.Context, ids []string) ([]string, error) { return f.named(ctx, ids) }

// Remove implements work.Files.
func (f Files) Remove(ctx context.Context, id string) error {
	if err := f.bucket.Delete(ctx, id); err != nil && !errors.Is(err, mongo.ErrFileNotFound) {
		return known(err)
	}
	return nil
}

// namedByImports tells which lists are still somebody's: of an import that is kept, the
// file, and the table as it was read the last time.
func (d *DB) namedByImports(ctx context.Context, ids []string) ([]string, error) {
	imports := make([]string, len(ids))
	for i, id := range ids {
		imports[i], _, _ = strings.Cut(id, ".")
	}
	rows, err := findAll[supplier.Import](ctx, d.coll(colImports), bson.D{oneOf(fieldID, imports)}, options.Find().SetProjection(only(fieldID, fieldTable)))
	var out []string
	for _, i := range rows {
		out = append(out, i.ID, tableOf(i))
	}
	return out, err
}

// namedByEvidence tells which files a supplier has not taken back, or a submission
// relies on: those stay, whatever happens to the sheet.
func (d *DB) namedByEvidence(ctx context.Context, ids []string) ([]string, error) {
	rows, err := findAll[struct {
		File struct {
			ID string `bson:"id"`
		} `bson:"file"`
	}](ctx, d.coll(colEvidence), bson.D{oneOf(fieldFileID, ids),
		or(bson.D{eq(fieldRemovedAt, nil)}, bson.D{eq(fieldSubmitted, true)})},
		options.Find().SetProjection(only(fieldFileID)))
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.File.ID
	}
	return out, err
}
