package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"tsunagi/internal/notify"
)

// Raw is a collection without its store, for tests that set records up.
func (d *DB) Raw(name string) *mongo.Collection { return d.coll(name) }

// InTx and Owe are a store's change, for tests of what holds for all of them.
func (d *DB) InTx(ctx context.Context, fn func(context.Context) error) error { return d.inTx(ctx, fn) }

func (d *DB) Owe(ctx context.Context, m notify.Message) error {
	return d.record(ctx, nil, []notify.Message{m})
}
