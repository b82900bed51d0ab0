package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/fault"
)

// colMarks has what is noted of the installation as a whole.
const colMarks = "marks"

type mark struct {
	ID    string `bson:"_id"`
	Value string `bson:"value"`
}

// Mark reads a note of the installation, empty when there is none.
func (d *DB) Mark(ctx context.Context, name string) (string, error) {
	doc, err := findOne[mark](ctx, d.coll(colMarks), byID(name))
	if fault.KindOf(err) == fault.NotFound {
		return "", nil
	}
	return doc.Value, err
}

// SetMark notes something of the installation.
func (d *DB) SetMark(ctx context.Context, name, value string) error {
	_, err := d.coll(colMarks).UpdateOne(ctx, byID(name), update(set(to(fieldValue, value))), options.UpdateOne().SetUpsert(true))
	return known(err)
}

// SetMarkOnce notes something unless there is a note already, and gives what stands then.
func (d *DB) SetMarkOnce(ctx context.Context, name, value string) (string, error) {
	var doc mark
	once := func() error {
		return d.coll(colMarks).FindOneAndUpdate(ctx, byID(name), update(eq("$setOnInsert", bson.D{to(fieldValue, value)})),
			options.FindOneAndUpdate().SetUpsert(true).SetReturnDocument(options.After)).Decode(&doc)
	}
	err := once()
	if mongo.IsDuplicateKeyError(err) { // two at once: the other one's stands
		err = once()
	}
	return doc.Value, known(err)
}

// Clear removes every record and makes an empty database of it. Only the demo
// calls it, on data that it made itself and that nobody has seen.
func (d *DB) Clear(ctx context.Context) error {
	if err := d.Drop(ctx); err != nil {
		return known(err)
	}
	return d.prepare(ctx, false)
}
