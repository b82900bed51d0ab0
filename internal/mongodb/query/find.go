package query

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/meaning"
)

// FindOne reads one document; NotFound when the filter matches none.
func FindOne[T any](ctx context.Context, c *mongo.Collection, filter any, opts ...options.Lister[options.FindOneOptions]) (T, error) {
	var out T
	err := c.FindOne(ctx, filter, opts...).Decode(&out)
	return out, meaning.Of(err)
}

// FindAll reads all documents that match; callers set a limit.
func FindAll[T any](ctx context.Context, c *mongo.Collection, filter any, opts ...options.Lister[options.FindOptions]) ([]T, error) {
	cursor, err := c.Find(ctx, filter, opts...)
	if err != nil {
		return nil, meaning.Of(err)
	}
	var out []T
	err = cursor.All(ctx, &out)
	return out, meaning.Of(err)
}

// Shut ends a cursor that was not read to its end, also when nobody waits for it any more.
func Shut(ctx context.Context, cursor *mongo.Cursor) {
	longer, end := fault.Outlive(ctx)
	defer end()
	_ = cursor.Close(longer)
}
