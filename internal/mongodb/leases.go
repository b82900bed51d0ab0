package mongodb

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/jobs"
	"tsunagi/internal/notify"
)

// FreeLeases ends the leases of processes that are proven dead, and tells how many there
// were: what they held is due at once, instead of when the leases run out. A mail that one
// of them had sent and not noted leaves again, under the same Message-ID.
func (d *DB) FreeLeases(ctx context.Context, dead []string) (int64, error) {
	if len(dead) == 0 {
		return 0, nil
	}
	now, freed := d.now(), int64(0)
	for name, state := range map[string]any{colJobs: jobs.Running, colOutbox: notify.Queued} {
		held := bson.D{eq(fieldState, state), gt(fieldNextAt, now), gt(fieldLeaseUntil, now), oneOf(fieldHolder, dead)}
		res, err := d.coll(name).UpdateMany(ctx, held, update(set(to(fieldNextAt, now), to(fieldLeaseUntil, now))))
		if err != nil {
			return freed, known(err)
		}
		freed += res.ModifiedCount
	}
	_, err := d.coll(colSending).UpdateMany(ctx, bson.D{eq(fieldID, sendingID), oneOf(fieldHolder, dead)}, update(unset(fieldProbeUntil, fieldHolder)))
	return freed, known(err)
}

// How far ahead the next look at something may lie; a clock that was put back leaves it
// further ahead than that.
const (
	longestJobWait  = time.Minute         // twice what a job is leased for, or waits after a failure
	longestMailHold = 4 * time.Minute     // twice what a mail is leased for
	longestMailWait = 25 * time.Hour      // more than any mail waits for its next try
	fromTheFuture   = 30 * time.Second    // clocks may differ by so much
	longestPause    = 2 * notify.MaxPause // of sending
)

// FreeFarAhead makes due what lies further ahead than it can, because the clock was put
// back: leases have run out, and nothing waits for a time that was already there.
func (d *DB) FreeFarAhead(ctx context.Context) (int64, error) {
	now, freed := d.now(), int64(0)
	queued := func(more ...bson.E) bson.D { return append(bson.D{eq(fieldState, notify.Queued)}, more...) }
	for _, far := range []struct {
		collection string
		which      bson.D
	}{
		{colJobs, bson.D{oneOf(fieldState, []jobs.State{jobs.Waiting, jobs.Running}), gt(fieldNextAt, now.Add(longestJobWait))}},
		{colOutbox, queued(gt(fieldNextAt, now.Add(longestMailHold)), gt(fieldLeaseUntil, now.Add(longestMailHold)))},
		{colOutbox, queued(gt(fieldNextAt, now.Add(fromTheFuture)), gt(fieldCreatedAt, now.Add(fromTheFuture)), eq(fieldAttempts, 0), eq(fieldLeaseUntil, nil))},
		{colOutbox, queued(gt(fieldNextAt, now.Add(longestMailWait)))},
	} {
		res, err := d.coll(far.collection).UpdateMany(ctx, far.which, update(set(to(fieldNextAt, now)), unset(fieldLeaseUntil)))
		if err != nil {
			return freed, known(err)
		}
		freed += res.ModifiedCount
	}
	paused, err := d.coll(colSending).UpdateMany(ctx, bson.D{eq(fieldID, sendingID), gt(fieldUntil, now.Add(longestPause))},
		update(set(to(fieldUntil, now)), unset(fieldProbeUntil)))
	if err != nil {
		return freed, known(err)
	}
	return freed + paused.ModifiedCount, nil
}
