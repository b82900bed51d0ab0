package mongodb

import (
	"context"
	"errors"
	"time"

	"github.com/oklog/ulid/v2"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Sweeper removes stored files that no record names: lists whose import is over,
// evidence that was taken back before anybody saw it, and what a process that was
// killed while it received a file left behind.
type Sweeper struct{ *DB }

const (
	// sweepAfter is how old a file is before it is looked at: a file is stored
	// before the record that names it, and a slow upload may take minutes.
	sweepAfter = time.Hour
	// sweepBatch is how many files are looked up at once.
	sweepBatch = 500
)

// Sweep removes what nothing names and tells how many files that were. Two at once
// do no harm.
func (s Sweeper) Sweep(ctx context.Context) (int, error) {
	lists, err := s.sweep(ctx, Suppliers(s).uploads(), s.namedByImports)
	if err != nil {
		return lists, err
	}
	files, err := s.sweep(ctx, Evidence(s).bucket(), s.namedByEvidence)
	return lists + files, err
}

// sweep walks the files of a bucket in the order of their ids, by their first
// pieces: what was cut off has pieces only.
func (s Sweeper) sweep(ctx context.Context, bucket *mongo.GridFSBucket, named func(context.Context, []string) ([]string, error)) (int, error) {
	var bound ulid.ULID // ids begin with the time at which they were made
	if err := bound.SetTime(ulid.Timestamp(s.now().Add(-sweepAfter))); err != nil {
		return 0, err
	}
	removed, last := 0, ""
	for {
		ids, err := s.stored(ctx, bucket, last, bound.String())
		if err != nil || len(ids) == 0 {
			return removed, err
		}
		last = ids[len(ids)-1]
		keep, err := named(ctx, ids)
		if err != nil {
			return removed, err
		}
		for _, id := range without(ids, keep) {
			if err := bucket.Delete(ctx, id); err != nil && !errors.Is(err, mongo.ErrFileNotFound) {
				return removed, known(err)
			}
			removed++
		}
	}
}

func (s Sweeper) stored(ctx context.Context, bucket *mongo.GridFSBucket, after, before string) ([]string, error) {
	rows, err := findAll[struct {
		File string `bson:"files_id"`
	}](ctx, bucket.GetChunksCollection(), bson.D{{Key: "files_id", Value: bson.D{{Key: "$gt", Value: after}, {Key: "$lt", Value: before}}}, {Key: "n", Value: 0}},
		options.Find().SetSort(bson.D{{Key: "files_id", Value: 1}, {Key: "n", Value: 1}}).SetLimit(sweepBatch).
			SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "files_id", Value: 1}}))
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.File
	}
	return out, err
}

// without gives the ids that are not among those to keep.
func without(ids, keep []string) []string {
	kept := make(map[string]bool, len(keep))
	for _, id := range keep {
		kept[id] = true
	}
	var out []string
	for _, id := range ids {
		if !kept[id] {
			out = append(out, id)
		}
	}
	return out
}

// namedByImports tells which lists are still somebody's: an import is kept for a
// day, so that its faulty rows can be downloaded after it has run.
func (s Sweeper) namedByImports(ctx context.Context, ids []string) ([]string, error) {
	rows, err := findAll[struct {
		ID string `bson:"_id"`
	}](ctx, s.coll(colImports), bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}}, options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}))
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.ID
	}
	return out, err
}

// namedByEvidence tells which files a supplier has not taken back, or a submission
// relies on: those stay, whatever happens to the sheet.
func (s Sweeper) namedByEvidence(ctx context.Context, ids []string) ([]string, error) {
	rows, err := findAll[struct {
		File struct {
			ID string `bson:"id"`
		} `bson:"file"`
	}](ctx, s.coll(colEvidence), bson.D{{Key: "file.id", Value: bson.D{{Key: "$in", Value: ids}}},
		{Key: "$or", Value: bson.A{bson.D{{Key: "removed_at", Value: nil}}, bson.D{{Key: "submitted", Value: true}}}}},
		options.Find().SetProjection(bson.D{{Key: "file.id", Value: 1}}))
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.File.ID
	}
	return out, err
}

// Run sweeps now and then until the context ends, and reports each time that
// removed something or failed.
func (s Sweeper) Run(ctx context.Context, every time.Duration, report func(removed int, err error)) {
	for ctx.Err() == nil {
		removed, err := s.Sweep(ctx)
		if ctx.Err() == nil && (removed > 0 || err != nil) {
			report(removed, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(every):
		}
	}
}
