package mongodb

import (
	"bytes"
	"context"
	"io"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/budget"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/supplier"
)

func (s Suppliers) uploads() *mongo.GridFSBucket {
	return s.Database.GridFSBucket(options.GridFSBucket().SetName("uploads"))
}

// tableOf is the id of the table that was read from a list the last time. Lists of
// earlier versions have one file alone.
func tableOf(i supplier.Import) string {
	if i.Table == 0 {
		return i.ID
	}
	return i.ID + "." + strconv.Itoa(i.Table)
}

// SaveUpload implements supplier.Store.
func (s Suppliers) SaveUpload(ctx context.Context, i supplier.Import, file, table []byte) error {
	if err := s.Spend(ctx, budget.Lists.By(i.Org)); err != nil {
		return err
	}
	if err := s.uploads().UploadFromStreamWithID(ctx, i.ID, i.Name, bytes.NewReader(file)); err != nil {
		return meaning.Of(err)
	}
	if err := s.saveTable(ctx, i, table); err != nil {
		return err
	}
	return s.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.Coll(store.Imports).InsertOne(ctx, i); err != nil {
			return err
		}
		return s.NoteKey(ctx, i.ID)
	})
}

func (s Suppliers) saveTable(ctx context.Context, i supplier.Import, table []byte) error {
	if table == nil || i.Table == 0 {
		return nil
	}
	return meaning.Of(s.uploads().UploadFromStreamWithID(ctx, tableOf(i), i.Name, bytes.NewReader(table)))
}

// Import implements supplier.Reader.
func (s Suppliers) Import(ctx context.Context, v access.Viewer, id string) (supplier.Import, error) {
	return query.FindOne[supplier.Import](ctx, s.Coll(store.Imports), query.Visible(v, query.Eq(field.ID, id)))
}

// Imports implements supplier.Reader.
func (s Suppliers) Imports(ctx context.Context, v access.Viewer, n int) ([]supplier.Import, error) {
	return query.FindAll[supplier.Import](ctx, s.Coll(store.Imports), query.Visible(v), options.Find().SetSort(query.Sorted("-"+field.ID)).SetLimit(int64(n)).
		SetProjection(query.Except(field.Preview)))
}

// Upload implements supplier.Reader. i must have come from Import.
func (s Suppliers) Upload(ctx context.Context, v access.Viewer, i supplier.Import) ([]byte, error) {
	return s.download(ctx, v, i, tableOf(i))
}

// Original implements supplier.Reader. i must have come from Import.
func (s Suppliers) Original(ctx context.Context, v access.Viewer, i supplier.Import) ([]byte, error) {
	return s.download(ctx, v, i, i.ID)
}

func (s Suppliers) download(ctx context.Context, v access.Viewer, i supplier.Import, file string) ([]byte, error) {
	if !query.Sees(v, i.Org) {
		return nil, fault.New(fault.NotFound, "fault.not-found")
	}
	stream, err := s.uploads().OpenDownloadStream(ctx, file)
	if err != nil {
		return nil, meaning.Of(err)
	}
	defer func() { _ = stream.Close() }()
	var raw bytes.Buffer
	raw.Grow(int(stream.GetFile().Length) + bytes.MinRead) // its size was judged when it came
	_, err = io.Copy(&raw, stream)
	return raw.Bytes(), meaning.Of(err)
}

// SaveChoice implements supplier.Store.
func (s Suppliers) SaveChoice(ctx context.Context, v access.Viewer, i supplier.Import, table []byte) error {
	if err := s.saveTable(ctx, i, table); err != nil {
		return err
	}
	res, err := s.Coll(store.Imports).UpdateOne(ctx, query.Visible(v, query.Eq(field.ID, i.ID), query.Eq(field.Started, false)), query.Update(query.Set(
		query.To(field.Encoding, i.Encoding), query.To(field.Sheet, i.Sheet), query.To(field.Header, i.Header), query.To(field.Tall, i.Tall), query.To(field.Mapping, i.Mapping),
		query.To(field.Packed, i.Packed), query.To(field.Table, i.Table), query.To(field.Shapes, i.Shapes), query.To(field.Preview, i.Preview))))
	if err == nil && res.MatchedCount == 0 {
		return fault.New(fault.Conflict, "fault.conflict")
	}
	return meaning.Of(err)
}

// Shapes implements supplier.Reader.
func (s Suppliers) Shapes(ctx context.Context, v access.Viewer, keys []string) ([]supplier.Shape, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	return query.FindAll[supplier.Shape](ctx, s.Coll(store.ImportShapes), query.Visible(v, query.OneOf(field.Key, keys)))
}

// SaveShapes implements supplier.Store.
func (s Suppliers) SaveShapes(ctx context.Context, shapes []supplier.Shape) error {
	for _, one := range shapes {
		_, err := s.Coll(store.ImportShapes).ReplaceOne(ctx, query.Of(one.Org, query.Eq(field.ID, one.ID)), one, options.Replace().SetUpsert(true))
		if err != nil && !mongo.IsDuplicateKeyError(err) { // another person's, at this moment
			return meaning.Of(err)
		}
	}
	return nil
}

// Parts implements supplier.Reader.
func (s Suppliers) Parts(ctx context.Context, v access.Viewer, id, after string, n int) ([]supplier.Part, error) {
	return query.FindAll[supplier.Part](ctx, s.Coll(store.ImportParts), query.Visible(v, query.Eq(field.Import, id), query.Gt(field.ID, after)),
		options.Find().SetSort(query.Sorted(field.ID)).SetLimit(int64(n)))
}

// ByIDs implements work.UndoStore.
func (s Suppliers) ByIDs(ctx context.Context, v access.Viewer, ids []string) (map[string]supplier.Supplier, error) {
	rows, err := query.FindAll[supplier.Supplier](ctx, s.Coll(store.Suppliers), query.Visible(v, query.OneOf(field.ID, ids)),
		options.Find().SetProjection(query.WithoutKeys))
	out := make(map[string]supplier.Supplier, len(rows))
	for _, one := range rows {
		out[one.ID] = one
	}
	return out, err
}

// counted raises the counts of an import's result.
func counted(take supplier.Intake) bson.E {
	n := take.Counts
	fields := []bson.E{query.To(field.ResultNew, n.New), query.To(field.ResultChanged, n.Changed), query.To(field.ResultSame, n.Same), query.To(field.ResultFaulty, n.Faulty), query.To(field.ResultLeft, n.Left)}
	by := map[supplier.Column]int{}
	for _, t := range take.Takings {
		for column := range t.Is {
			by[column]++
		}
	}
	for column, n := range by {
		fields = append(fields, query.To(query.Keyed(field.ResultByField, string(column)), n))
	}
	return query.Inc(fields...)
}
