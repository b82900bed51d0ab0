package queue

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/jobs"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/notify"
)

// Leases are what processes hold of what waits: jobs, mails, the right to probe.
type Leases struct{ *store.DB }

// FreeLeases ends the leases of processes that are proven dead, and tells how many there
// were: what they held is due at once, instead of when the leases run out. A mail that one
// of them had sent and not noted leaves again, under the same Message-ID.
func (s Leases) FreeLeases(ctx context.Context, dead []string) (int64, error) {
	if len(dead) == 0 {
		return 0, nil
	}
	now, freed := s.Now(), int64(0)
	for name, state := range map[string]any{store.Jobs: jobs.Running, store.Outbox: notify.Queued} {
		held := bson.D{query.Eq(field.State, state), query.Gt(field.NextAt, now), query.Gt(field.LeaseUntil, now), query.OneOf(field.Holder, dead)}
		res, err := s.Coll(name).UpdateMany(ctx, held, query.Update(query.Set(query.To(field.NextAt, now), query.To(field.LeaseUntil, now))))
		if err != nil {
			return freed, meaning.Of(err)
		}
		freed += res.ModifiedCount
	}
	_, err := s.Coll(store.Sending).UpdateMany(ctx, bson.D{query.Eq(field.ID, sendingID), query.OneOf(field.Holder, dead)}, query.Update(query.Unset(field.ProbeUntil, field.Holder)))
	return freed, meaning.Of(err)
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
func (s Leases) FreeFarAhead(ctx context.Context) (int64, error) {
	now, freed := s.Now(), int64(0)
	queued := func(more ...bson.E) bson.D { return append(bson.D{query.Eq(field.State, notify.Queued)}, more...) }
	for _, far := range []struct {
		collection string
		which      bson.D
	}{
		{store.Jobs, bson.D{query.OneOf(field.State, []jobs.State{jobs.Waiting, jobs.Running}), query.Gt(field.NextAt, now.Add(longestJobWait))}},
		{store.Outbox, queued(query.Gt(field.NextAt, now.Add(longestMailHold)), query.Gt(field.LeaseUntil, now.Add(longestMailHold)))},
		{store.Outbox, queued(query.Gt(field.NextAt, now.Add(fromTheFuture)), query.Gt(field.CreatedAt, now.Add(fromTheFuture)), query.Eq(field.Attempts, 0), query.Eq(field.LeaseUntil, nil))},
		{store.Outbox, queued(query.Gt(field.NextAt, now.Add(longestMailWait)))},
	} {
		res, err := s.Coll(far.collection).UpdateMany(ctx, far.which, query.Update(query.Set(query.To(field.NextAt, now)), query.Unset(field.LeaseUntil)))
		if err != nil {
			return freed, meaning.Of(err)
		}
		freed += res.ModifiedCount
	}
	paused, err := s.Coll(store.Sending).UpdateMany(ctx, bson.D{query.Eq(field.ID, sendingID), query.Gt(field.Until, now.Add(longestPause))},
		query.Update(query.Set(query.To(field.Until, now)), query.Unset(field.ProbeUntil)))
	if err != nil {
		return freed, meaning.Of(err)
	}
	return freed + paused.ModifiedCount, nil
}
