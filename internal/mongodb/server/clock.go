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

// ClockError says that our clock is wrong, or the database's.
type ClockError struct {
	By   time.Duration
	Back bool // it was put back: what was written last is still to come
}

func (e *ClockError) Error() string {
	if e.Back {
		return fmt.Sprintf("the clock was put back by %s: what was written last is still to come; set it by NTP", e.By.Round(time.Second))
	}
	return fmt.Sprintf("our clock differs from the database's by %s: set both by NTP", e.By.Round(time.Second))
}

// CheckClock fails with a *ClockError when our clock and the database's differ by more than
// maxSkew, or both are behind what was written last: the database's own time never goes back.
func CheckClock(ctx context.Context, client *mongo.Client, now func() time.Time) error {
	g, err := hello(ctx, client)
	if err != nil {
		return meaning.Of(err)
	}
	if wrong := judgeClock(now(), g.Local, time.Unix(int64(g.LastWrite.OpTime.At.T), 0)); wrong != nil {
		return wrong
	}
	return nil
}

func judgeClock(ours, theirs, written time.Time) *ClockError {
	if skew := ours.Sub(theirs).Abs(); skew > maxSkew {
		return &ClockError{By: skew}
	}
	if back := written.Sub(ours); back > maxSkew {
		return &ClockError{By: back, Back: true}
	}
	return nil
}
