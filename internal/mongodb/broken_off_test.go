package mongodb_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/notify"
)

// TestNoTransactionStaysOpen: whoever closes the browser in the middle of a change
// must not leave its records locked for the minute that the server grants.
func TestNoTransactionStaysOpen(t *testing.T) {
	db := dbtest.Open(t)
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 60 {
				ctx, leave := context.WithTimeout(t.Context(), time.Duration(rand.IntN(3000))*time.Microsecond)
				gone, cancel := context.WithCancel(t.Context())
				stop := context.AfterFunc(ctx, cancel) // cancelled, as a request is: not at a time that was known before
				_ = db.InTx(gone, func(ctx context.Context) error {
					return db.Owe(ctx, notify.Message{ID: fmt.Sprintf("%d-%d", worker, i), State: notify.Queued})
				})
				stop()
				cancel()
				leave()
			}
		})
	}
	all.Wait()
	var status struct {
		Transactions struct {
			CurrentOpen int64 `bson:"currentOpen"`
		}
	}
	if err := db.Raw("x").Database().Client().Database("admin").RunCommand(t.Context(), bson.D{{Key: "serverStatus", Value: 1}}).Decode(&status); err != nil {
		t.Fatal(err)
	}
	if n := status.Transactions.CurrentOpen; n != 0 {
		t.Errorf("%d transactions are still open", n)
	}
}
