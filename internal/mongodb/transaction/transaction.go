// Package transaction runs changes that are made whole or not at all.
package transaction

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
)

// finish is how long a transaction whose context was cancelled has to end.
const finish = 5 * time.Second

// Run runs fn in a transaction, again when another transaction got in its way. fn must
// use the context that it is given, and be free of other effects. What has begun when
// the context is cancelled is finished, if that takes no longer than a moment.
func Run(ctx context.Context, client *mongo.Client, fn func(ctx context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, end := finishing(ctx)
	defer end()
	session, err := client.StartSession()
	if err != nil {
		return err
	}
	defer session.EndSession(context.WithoutCancel(ctx))
	_, err = session.WithTransaction(ctx, func(ctx context.Context) (any, error) { return nil, fn(ctx) })
	return err
}

// finishing is a context that outlives its cancellation. A command that is broken off
// can reach the server after the word that ends its transaction, and begin it then:
// what it locked stays locked for a minute.
func finishing(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(finish, cancel) })
	return longer, func() { stop(); cancel() }
}
