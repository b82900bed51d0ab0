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
	"tsunagi/internal/supplier"
)

func (s Suppliers) uploads() *mongo.GridFSBucket {
	return s.db.GridFSBucket(options.GridFSBucket().SetName("uploads"))
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
		return known(err)
	}
	if err := s.saveTable(ctx, i, table); err != nil {
		return err
	}
	_, err := s.coll(colImports).InsertOne(ctx, i)
	return known(err)
}

func (s Suppliers) saveTable(ctx context.Context, i supplier.Import, table []byte) error {
	if table == nil || i.Table == 0 {
		return nil
	}
	return known(s.uploads().UploadFromStreamWithID(ctx, tableOf(i), i.Name, bytes.NewReader(table)))
}

// Import implements supplier.Reader.
func (s Suppliers) Import(ctx context.Context, v access.Viewer, id string) (supplier.Import, error) {
	return findOne[supplier.Import](ctx, s.coll(colImports), visible(v, eq(fieldID, id)))
}

// Imports implements supplier.Reader.
func (s Suppliers) Imports(ctx context.Context, v access.Viewer, n int) ([]supplier.Import, error) {
	return findAll[supplier.Import](ctx, s.coll(colImports), visible(v), options.Find().SetSort(sorted("-"+fieldID)).SetLimit(int64(n)).
		SetProjection(except(fieldPreview)))
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
	if !sees(v, i.Org) {
		return nil, fault.New(fault.NotFound, "fault.not-found")
	}
	stream, err := s.uploads().OpenDownloadStream(ctx, file)
	if err != nil {
		return nil, known(err)
	}
	defer func() { _ = stream.Close() }()
	var raw bytes.Buffer
	raw.Grow(int(stream.GetFile().Length) + bytes.MinRead) // its size was judged when it came
	_, err = io.Copy(&raw, stream)
	return raw.Bytes(), known(err)
}

// SaveChoice implements supplier.Store.
func (s Suppliers) SaveChoice(ctx context.Context, v access.Viewer, i supplier.Import, table []byte) error {
	if err := s.saveTable(ctx, i, table); err != nil {
		return err
	}
	res, err := s.coll(colImports).UpdateOne(ctx, visible(v, eq(fieldID, i.ID), eq(fieldStarted, false)), update(set(
		to(fieldEncoding, i.Encoding), to(fieldSheet, i.Sheet), to(fieldHeader, i.Header), to(fieldTall, i.Tall), to(fieldMapping, i.Mapping),
		to(fieldPacked, i.Packed), to(fieldTable, i.Table), to(fieldShapes, i.Shapes), to(fieldPreview, i.Preview))))
	if err == nil && res.MatchedCount == 0 {
		return fault.New(fault.Conflict, "fault.conflict")
	}
	return known(err)
}

// Shapes implements supplier.Reader.
func (s Suppliers) Shapes(ctx context.Context, v access.Viewer, keys []string) ([]supplier.Shape, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	return findAll[supplier.Shape](ctx, s.coll(colImportShapes), visible(v, oneOf(fieldKey, keys)))
}

// SaveShapes implements supplier.Store.
func (s Suppliers) SaveShapes(ctx context.Context, shapes []supplier.Shape) error {
	for _, one := range shapes {
		_, err := s.coll(colImportShapes).ReplaceOne(ctx, of(one.Org, eq(fieldID, one.ID)), one, options.Replace().SetUpsert(true))
		if err != nil && !mongo.IsDuplicateKeyError(err) { // another person's, at this moment
			return known(err)
		}
	}
	return nil
}

// Parts implements supplier.Reader.
func (s Suppliers) Parts(ctx context.Context, v access.Viewer, id, after string, n int) ([]supplier.Part, error) {
	return findAll[supplier.Part](ctx, s.coll(colImportParts), visible(v, eq(fieldImport, id), gt(fieldID, after)),
		options.Find().SetSort(sorted(fieldID)).SetLimit(int64(n)))
}

// ByIDs implements work.UndoStore.
func (s Suppliers) ByIDs(ctx context.Context, v access.Viewer, ids []string) (map[string]supplier.Supplier, error) {
	rows, err := findAll[supplier.Supplier](ctx, s.coll(colSuppliers), visible(v, oneOf(fieldID, ids)),
		options.Find().SetProjection(withoutKeys))
	out := make(map[string]supplier.Supplier, len(rows))
	for _, one := range rows {
		out[one.ID] = one
	}
	return out, err
}

// counted raises the counts of an import's result.
func counted(take supplier.Intake) bson.E {
	n := take.Counts
	fields := []bson.E{to(fieldResultNew, n.New), to(fieldResultChanged, n.Changed), to(fieldResultSame, n.Same), to(fieldResultFaulty, n.Faulty), to(fieldResultLeft, n.Left)}
	by := map[supplier.Column]int{}
	for _, t := range take.Takings {
		for column := range t.Is {
			by[column]++
		}
	}
	for column, n := range by {
		fields = append(fields, to(keyed(fieldResultByField, string(column)), n))
	}
	return inc(fields...)
}
