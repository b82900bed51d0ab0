package server

import (
	"context"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"tsunagi/internal/mongodb/meaning"
)

// maxSkew is how far our clock may be from the database's: sessions, deadlines
// and leases are compared by it.
const maxSkew = 30 * time.Second

// CheckClock fails when our clock and the database's differ by more than maxSkew.
func CheckClock(ctx context.Context, client *mongo.Client, now func() time.Time) error {
	g, err := hello(ctx, client)
	if err != nil {
		return meaning.Of(err)
	}
	if skew := now().Sub(g.Local).Abs(); skew > maxSkew {
		return fmt.Errorf("our clock differs by %s: set both by NTP", skew.Round(time.Second))
	}
	return nil
}
