// Package transaction runs changes that are made whole or not at all.
package transaction

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"tsunagi/internal/fault"
)

const (
	finish  = 5 * time.Second        // how long a transaction whose context was cancelled has to end
	longest = 30 * time.Second       // after which none is tried again that another got in the way of
	rest    = 500 * time.Millisecond // the longest pause before it is tried again
	later   = time.Hour              // how long a database that fell silent is waited for to undo what it began
)

// Run runs fn in a transaction, again when another transaction got in its way. fn must
// use the context that it is given, and be free of other effects. What has begun when
// the context is cancelled is finished, if that takes no longer than a moment; when the
// database fell silent (fault.Lost), it is left at once, and undone when it answers again.
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
	err = tried(ctx, session, fn)
	if fault.Lost(ctx) {
		go undo(client, session)
		return err
	}
	session.EndSession(ctx) // which has ended its transaction already
	return err
}

// tried is the driver's own WithTransaction but for two things: it never goes on without
// the context, and what ran out of time is not tried again.
func tried(ctx context.Context, session *mongo.Session, fn func(ctx context.Context) error) error {
	began := time.Now()
	for pause := 5 * time.Millisecond; ; pause = min(pause*3/2, rest) {
		err := once(ctx, session, fn)
		var labelled mongo.LabeledError
		if !errors.As(err, &labelled) || !labelled.HasErrorLabel("TransientTransactionError") || mongo.IsTimeout(err) ||
			time.Since(began) > longest {
			return err
		}
		if !wait(ctx, rand.N(pause)) {
			return err
		}
	}
}

func once(ctx context.Context, session *mongo.Session, fn func(ctx context.Context) error) error {
	if err := session.StartTransaction(); err != nil {
		return err
	}
	to, end := fault.Outlive(ctx) // what was begun is ended, also when nobody waits for it
	defer end()
	err := fn(mongo.NewSessionContext(ctx, session))
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		if !fault.Lost(ctx) {
			_ = session.AbortTransaction(to) // a server that does not hear of it ends it by itself
		}
		return err
	}
	for began := time.Now(); ; {
		err := session.CommitTransaction(to)
		var labelled mongo.LabeledError
		if !errors.As(err, &labelled) || !labelled.HasErrorLabel("UnknownTransactionCommitResult") || mongo.IsTimeout(err) ||
			to.Err() != nil || time.Since(began) > longest {
			return err
		}
	}
}

// undone is when a session is ended on the server, after that answered again and after the
// time before: what reached it over a broken connection may begin after the word that ends it.
var undone = []time.Duration{0, 100 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second, 10 * time.Second, 30 * time.Second}

// undo ends what a silent database may still begin when it answers again: left alone, that
// would hold for a minute what it locked.
func undo(client *mongo.Client, session *mongo.Session) {
	ctx, cancel := context.WithTimeout(context.Background(), later)
	defer cancel()
	for client.Ping(ctx, nil) != nil && wait(ctx, time.Second) {
	}
	for _, pause := range undone {
		if wait(ctx, pause) {
			_ = client.Database("admin").RunCommand(ctx, bson.D{{Key: "killSessions", Value: bson.A{session.ID()}}}).Err()
		}
	}
	session.EndSession(ctx)
}

// wait lets time pass; false when the context ends meanwhile.
func wait(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// finishing is a context that outlives its cancellation. A command that is broken off
// can reach the server after the word that ends its transaction, and begin it then:
// what it locked stays locked for a minute.
func finishing(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, end := fault.Outlive(ctx)
	longer, cancel := context.WithCancel(longer)
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(finish, cancel) })
	return longer, func() {
		stop()
		cancel()
		end()
	}
}
