package store

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
)

// Mark is a note of the installation.
type Mark struct {
	ID    string `bson:"_id"`
	Value string `bson:"value"`
}

// Mark reads a note of the installation, empty when there is none.
func (d *DB) Mark(ctx context.Context, name string) (string, error) {
	doc, err := query.FindOne[Mark](ctx, d.Coll(Marks), query.ByID(name))
	if fault.KindOf(err) == fault.NotFound {
		return "", nil
	}
	return doc.Value, err
}

// SetMark notes something of the installation.
func (d *DB) SetMark(ctx context.Context, name, value string) error {
	_, err := d.Coll(Marks).UpdateOne(ctx, query.ByID(name), query.Update(query.Set(query.To(field.Value, value))), options.UpdateOne().SetUpsert(true))
	return meaning.Of(err)
}

// SetMarkOnce notes something unless there is a note already, and gives what stands then.
func (d *DB) SetMarkOnce(ctx context.Context, name, value string) (string, error) {
	var doc Mark
	once := func() error {
		return d.Coll(Marks).FindOneAndUpdate(ctx, query.ByID(name), query.Update(query.Eq("$setOnInsert", bson.D{query.To(field.Value, value)})),
			options.FindOneAndUpdate().SetUpsert(true).SetReturnDocument(options.After)).Decode(&doc)
	}
	err := once()
	if mongo.IsDuplicateKeyError(err) { // two at once: the other one's stands
		err = once()
	}
	return doc.Value, meaning.Of(err)
}
