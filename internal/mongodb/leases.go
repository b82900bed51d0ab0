package mongodb

import (
	"context"

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
