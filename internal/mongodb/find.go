package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// findOne reads one document; NotFound when the filter matches none.
func findOne[T any](ctx context.Context, c *mongo.Collection, filter any, opts ...options.Lister[options.FindOneOptions]) (T, error) {
	var out T
	err := c.FindOne(ctx, filter, opts...).Decode(&out)
	return out, known(err)
}

// findAll reads all documents that match; callers set a limit.
func findAll[T any](ctx context.Context, c *mongo.Collection, filter any, opts ...options.Lister[options.FindOptions]) ([]T, error) {
	cursor, err := c.Find(ctx, filter, opts...)
	if err != nil {
		return nil, known(err)
	}
	var out []T
	err = cursor.All(ctx, &out)
	return out, known(err)
}
