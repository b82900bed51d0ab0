package mongodb

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
)

// Made implements evidence.Store.
func (s Evidence) Made(ctx context.Context, v access.Viewer, e evidence.Evidence, id string) (evidence.Made, error) {
	if err := s.mayOpen(ctx, v, e); err != nil {
		return evidence.Made{}, err
	}
	m, err := query.FindOne[evidence.Made](ctx, s.Coll(store.Pictures), query.Visible(v, query.Eq(field.ID, id)))
	if fault.KindOf(err) == fault.NotFound {
		return evidence.Made{}, nil
	}
	return m, err
}

// Keep implements evidence.Store. Two who make the same keep the same.
func (s Evidence) Keep(ctx context.Context, m evidence.Made, most evidence.Room) error {
	_, err := s.Coll(store.Pictures).ReplaceOne(ctx, query.Of(m.Org, query.Eq(field.ID, m.ID)), m, options.Replace().SetUpsert(true))
	if err != nil {
		return meaning.Of(err)
	}
	if err := s.trim(ctx, query.Of(m.Org, query.Eq(field.OfFile, m.File)), most.File); err != nil {
		return err
	}
	return s.trim(ctx, query.Of(m.Org), most.Org)
}

// unmeasured is how large a picture is held to be whose size was not noted.
const unmeasured = 400_000

// trim removes the oldest of what was made until the rest fits. Indexes hold all that it
// reads: no picture is.
func (s Evidence) trim(ctx context.Context, whose bson.D, most int64) error {
	size := query.Op("$ifNull", bson.A{"$" + field.Size, unmeasured})
	cursor, err := s.Coll(store.Pictures).Aggregate(ctx, bson.A{query.Op("$match", whose), query.Op("$group", bson.D{query.Eq(field.ID, nil), query.Eq("bytes", query.Op("$sum", size))})})
	if err != nil {
		return meaning.Of(err)
	}
	var sums []struct{ Bytes int64 }
	if err := cursor.All(ctx, &sums); err != nil || len(sums) == 0 {
		return meaning.Of(err)
	}
	for over := sums[0].Bytes - most; over > 0; {
		rows, err := query.FindAll[evidence.Made](ctx, s.Coll(store.Pictures), whose,
			options.Find().SetSort(query.Sorted(field.At, field.ID)).SetLimit(100).SetProjection(query.Only(field.Size)))
		if err != nil || len(rows) == 0 {
			return err
		}
		var gone []string
		for _, m := range rows {
			if over <= 0 {
				break
			}
			gone = append(gone, m.ID)
			over -= cmp.Or(m.Size, unmeasured)
		}
		if _, err := s.Coll(store.Pictures).DeleteMany(ctx, append(slices.Clone(whose), query.OneOf(field.ID, gone))); err != nil {
			return meaning.Of(err)
		}
	}
	return nil
}

// Note implements evidence.Store.
func (s Evidence) Note(ctx context.Context, e evidence.Evidence) error {
	_, err := s.Coll(store.Evidence).UpdateOne(ctx, query.Of(e.Org, query.Eq(field.ID, e.ID), query.Eq(field.FileID, e.File.ID)), query.Update(query.Set(query.To(field.File, e.File))))
	return meaning.Of(err)
}

// Unlooked implements work.LookStore.
func (s Evidence) Unlooked(ctx context.Context, job jobs.Job) (evidence.Evidence, error) {
	return query.FindOne[evidence.Evidence](ctx, s.Coll(store.Evidence), query.Of(job.Org, query.Eq(field.ID, job.Subject)))
}

// Pictures are what was made of files, for work.Sweeping.
type Pictures struct{ *DB }

// Stored implements work.Files: ids begin with that of the file.
func (p Pictures) Stored(ctx context.Context, after string, before time.Time, n int) ([]string, error) {
	bound, err := firstID(before)
	if err != nil {
		return nil, err
	}
	rows, err := query.FindAll[struct {
		ID string `bson:"_id"`
	}](ctx, p.Coll(store.Pictures), bson.D{query.Eq(field.ID, bson.D{query.Eq("$gt", after), query.Eq("$lt", bound)})},
		options.Find().SetSort(query.Sorted(field.ID)).SetLimit(int64(n)).SetProjection(query.Only(field.ID)))
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.ID
	}
	return out, err
}

// Named implements work.Files: what was made of a file is named as the file is.
func (p Pictures) Named(ctx context.Context, ids []string) ([]string, error) {
	file := func(id string) string { of, _, _ := strings.Cut(id, "/"); return of }
	var files []string
	for _, id := range ids {
		files = append(files, file(id))
	}
	named, err := p.namedByEvidence(ctx, slices.Compact(files))
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !slices.Contains(named, file(id)) }), err
}

// Remove implements work.Files.
func (p Pictures) Remove(ctx context.Context, id string) error {
	_, err := p.Coll(store.Pictures).DeleteOne(ctx, bson.D{query.Eq(field.ID, id)})
	return meaning.Of(err)
}
