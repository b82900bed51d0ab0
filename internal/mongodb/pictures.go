package mongodb

import (
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
)

// colPictures keeps what was made of foreign files to be shown: a picture is a record,
// whole or absent, and goes with its file.
const colPictures = "pictures"

// Made implements evidence.Store.
func (s Evidence) Made(ctx context.Context, v access.Viewer, e evidence.Evidence, id string) (evidence.Made, error) {
	if err := s.mayOpen(ctx, v, e); err != nil {
		return evidence.Made{}, err
	}
	m, err := findOne[evidence.Made](ctx, s.coll(colPictures), visible(v, eq(fieldID, id)))
	if fault.KindOf(err) == fault.NotFound {
		return evidence.Made{}, nil
	}
	return m, err
}

// Keep implements evidence.Store. Two who make the same keep the same.
func (s Evidence) Keep(ctx context.Context, m evidence.Made) error {
	_, err := s.coll(colPictures).ReplaceOne(ctx, of(m.Org, eq(fieldID, m.ID)), m, options.Replace().SetUpsert(true))
	return known(err)
}

// Note implements evidence.Store.
func (s Evidence) Note(ctx context.Context, e evidence.Evidence) error {
	_, err := s.coll(colEvidence).UpdateOne(ctx, of(e.Org, eq(fieldID, e.ID), eq(fieldFileID, e.File.ID)), update(set(to(fieldFile, e.File))))
	return known(err)
}

// Unlooked implements work.LookStore.
func (s Evidence) Unlooked(ctx context.Context, job jobs.Job) (evidence.Evidence, error) {
	return findOne[evidence.Evidence](ctx, s.coll(colEvidence), of(job.Org, eq(fieldID, job.Subject)))
}

// Pictures are what was made of files, for work.Sweeping.
type Pictures struct{ *DB }

// Stored implements work.Files: ids begin with that of the file.
func (p Pictures) Stored(ctx context.Context, after string, before time.Time, n int) ([]string, error) {
	bound, err := firstID(before)
	if err != nil {
		return nil, err
	}
	rows, err := findAll[struct {
		ID string `bson:"_id"`
	}](ctx, p.coll(colPictures), bson.D{eq(fieldID, bson.D{eq("$gt", after), eq("$lt", bound)})},
		options.Find().SetSort(sorted(fieldID)).SetLimit(int64(n)).SetProjection(only(fieldID)))
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
	_, err := p.coll(colPictures).DeleteOne(ctx, bson.D{eq(fieldID, id)})
	return known(err)
}
