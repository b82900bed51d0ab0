package mongodb

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/supplier"
)

// behind is the filter of requests that take answers still, and wait at another address
// than the one that an import brought into the directory.
func behind(v access.Viewer, imported string, now time.Time) bson.D {
	return query.VisibleIn(v, field.Campaign, query.Eq(field.ElsewhereBy, imported), query.OneOf(field.Response, campaign.Waiting), query.Gt(field.ClosesAt, now))
}

// Behind implements campaign.Reader.
func (s Campaigns) Behind(ctx context.Context, v access.Viewer, imported string, now time.Time) (int, error) {
	n, err := s.Coll(store.Assignments).CountDocuments(ctx, behind(v, imported, now))
	return int(n), meaning.Of(err)
}

// StartCarrying implements campaign.Store. Two clicks start one job.
func (s Campaigns) StartCarrying(ctx context.Context, v access.Viewer, imported string, revoke bool, n int, e audit.Entry) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		if err := s.Jobs().Add(ctx, s.Order(v, s.Orders.Carry(revoke), imported, n)); err != nil {
			return err
		}
		return s.Record(ctx, []audit.Entry{e}, nil)
	})
}

// LeftBehind implements work.CarryStore.
func (s Batches) LeftBehind(ctx context.Context, v access.Viewer, imported string, now time.Time, after string, n int) ([]campaign.Assignment, error) {
	return s.assignmentsAfter(ctx, behind(v, imported, now), after, n)
}

// CarryOver implements work.CarryStore. Requests and suppliers are read again in the
// transaction: whoever changes one of them meanwhile ends it.
func (s Batches) CarryOver(ctx context.Context, job jobs.Job, batch []campaign.Assignment, now time.Time,
	decide func(campaign.Assignment, supplier.Supplier) (campaign.Decided, error)) error {
	v := access.System(job.Org, job.Actor)
	return s.InTx(ctx, func(ctx context.Context) error {
		still, err := s.stillMatching(ctx, behind(v, job.Subject, now), batch)
		if err != nil {
			return err
		}
		ids := make([]string, len(still))
		for i, a := range still {
			ids[i] = a.Supplier
		}
		suppliers, err := Suppliers{s.DB}.ByIDs(ctx, v, ids)
		if err != nil {
			return err
		}
		done := 0
		for _, a := range still {
			decided, err := decide(a, suppliers[a.Supplier])
			if fault.Judged(err) {
				continue
			}
			if err == nil {
				err = s.change(ctx, v, decided)
			}
			if err != nil {
				return err
			}
			done++
		}
		if _, err := s.Coll(store.Imports).UpdateOne(ctx, query.Of(job.Org, query.Eq(field.ID, job.Subject)), query.Update(query.Inc(query.To(field.Carried, done)))); err != nil {
			return err
		}
		return s.Jobs().Advance(ctx, job, batch[len(batch)-1].ID, len(batch), len(batch)-done)
	})
}
