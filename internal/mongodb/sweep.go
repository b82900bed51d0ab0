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

	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/gridfile"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
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
	rows, err := query.FindAll[struct {
		File string `bson:"files_id"`
	}](ctx, f.bucket.GetChunksCollection(), bson.D{query.Eq(gridfile.File, bson.D{query.Eq("$gt", after), query.Eq("$lt", bound)}), query.Eq(gridfile.Number, 0)},
		options.Find().SetSort(query.Sorted(gridfile.File, gridfile.Number)).SetLimit(int64(n)).
			SetProjection(bson.D{query.Eq(field.ID, 0), query.Eq(gridfile.File, 1)}))
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
		return meaning.Of(err)
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
	rows, err := query.FindAll[supplier.Import](ctx, d.Coll(store.Imports), bson.D{query.OneOf(field.ID, imports)}, options.Find().SetProjection(query.Only(field.ID, field.Table)))
	var out []string
	for _, i := range rows {
		out = append(out, i.ID, tableOf(i))
	}
	return out, err
}

// namedByEvidence tells which files a supplier has not taken back, or a submission
// relies on: those stay, whatever happens to the sheet.
func (d *DB) namedByEvidence(ctx context.Context, ids []string) ([]string, error) {
	rows, err := query.FindAll[struct {
		File struct {
			ID string `bson:"id"`
		} `bson:"file"`
	}](ctx, d.Coll(store.Evidence), bson.D{query.OneOf(field.FileID, ids),
		query.Or(bson.D{query.Eq(field.RemovedAt, nil)}, bson.D{query.Eq(field.Submitted, true)})},
		options.Find().SetProjection(query.Only(field.FileID)))
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.File.ID
	}
	return out, err
}
