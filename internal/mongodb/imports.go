package mongodb

import (
	"context"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/mongodb/address"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/supplier"
)

// TakeIn implements work.ImportStore: all of it or nothing.
func (s Suppliers) TakeIn(ctx context.Context, job jobs.Job, take supplier.Intake, cursor string) error {
	changes := make([]mongo.WriteModel, len(take.Changed))
	for i, one := range take.Changed {
		judged := query.Of(job.Org, query.Eq(field.ID, one.ID), query.Eq(field.Revision, one.Revision-1))
		changes[i] = mongo.NewUpdateOneModel().SetFilter(judged).SetUpdate(changed(one))
	}
	rows := take.Counts
	part := supplier.Part{ID: job.Subject + ":" + fmt.Sprintf("%08s", cursor), Org: job.Org, Import: job.Subject, Takings: take.Takings, ExpiresAt: take.Entry.At.Add(keepParts)}
	return s.InTx(ctx, func(ctx context.Context) error {
		if err := s.writeJudged(ctx, take.Added, changes); err != nil {
			return err
		}
		if err := s.keepStock(ctx, job.Org, len(take.Added), take.Added...); err != nil {
			return err
		}
		if err := address.Note(ctx, s.DB.DB, job.Org, job.Subject, take.Moved()...); err != nil {
			return err
		}
		if len(part.Takings) > 0 {
			if _, err := s.Coll(store.ImportParts).InsertOne(ctx, part); err != nil {
				return err
			}
		}
		if _, err := s.Coll(store.Imports).UpdateOne(ctx, query.Of(job.Org, query.Eq(field.ID, job.Subject)), query.Update(counted(take))); err != nil {
			return err
		}
		if err := s.Record(ctx, []audit.Entry{take.Entry}, nil); err != nil {
			return err
		}
		return s.Jobs().Advance(ctx, job, cursor, rows.New+rows.Changed+rows.Same+rows.Faulty, rows.Faulty)
	})
}

// keepParts is how long what an import did is known: as long as the import is kept, and a
// little more, since it may have waited.
const keepParts = 32 * 24 * time.Hour

// UndoImport implements supplier.Store. Two clicks start one job.
func (s Suppliers) UndoImport(ctx context.Context, v access.Viewer, i supplier.Import, total int, e audit.Entry) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		res, err := s.Coll(store.Imports).UpdateOne(ctx, query.Visible(v, query.Eq(field.ID, i.ID), query.Exists(field.Result), query.Missing(field.Undoing)),
			query.Update(query.Set(query.To(field.Undoing, true), query.To(field.Undone, supplier.Undone{}), query.To(field.ExpiresAt, i.ExpiresAt))))
		if err != nil {
			return err
		}
		if res.MatchedCount == 0 {
			return fault.New(fault.Conflict, "fault.conflict")
		}
		if err := s.Jobs().Add(ctx, s.Order(v, s.Orders.Undo(), i.ID, total)); err != nil {
			return err
		}
		return s.Record(ctx, []audit.Entry{e}, nil)
	})
}

// TakeBack implements work.UndoStore: all of it or nothing.
func (s Suppliers) TakeBack(ctx context.Context, job jobs.Job, back supplier.Returned, cursor string) error {
	changes := make([]mongo.WriteModel, 0, len(back.Restored)+len(back.Removed))
	for _, one := range back.Restored {
		judged := query.Of(job.Org, query.Eq(field.ID, one.ID), query.Eq(field.Revision, one.Revision-1))
		changes = append(changes, mongo.NewUpdateOneModel().SetFilter(judged).SetUpdate(changed(one)))
	}
	for _, one := range back.Removed {
		judged := query.Of(job.Org, query.Eq(field.ID, one.ID), query.Eq(field.Revision, one.Revision), query.Missing(field.AskedAt))
		changes = append(changes, mongo.NewDeleteOneModel().SetFilter(judged))
	}
	n := back.Counts
	return s.InTx(ctx, func(ctx context.Context) error {
		if len(changes) > 0 {
			res, err := s.Coll(store.Suppliers).BulkWrite(ctx, changes, options.BulkWrite().SetOrdered(false))
			if err != nil {
				return err
			}
			if res.MatchedCount+res.DeletedCount != int64(len(changes)) {
				return supplier.ErrOvertaken
			}
		}
		if err := s.keepStock(ctx, job.Org, -len(back.Removed), back.Restored...); err != nil {
			return err
		}
		if err := address.Note(ctx, s.DB.DB, job.Org, "", back.Restored...); err != nil {
			return err
		}
		_, err := s.Coll(store.Imports).UpdateOne(ctx, query.Of(job.Org, query.Eq(field.ID, job.Subject)), query.Update(query.Inc(
			query.To(field.UndoneRemoved, n.Removed), query.To(field.UndoneRestored, n.Restored), query.To(field.UndoneKept, n.Kept))))
		if err != nil {
			return err
		}
		if err := s.Record(ctx, []audit.Entry{back.Entry}, nil); err != nil {
			return err
		}
		return s.Jobs().Advance(ctx, job, cursor, n.Removed+n.Restored+n.Kept, n.Kept)
	})
}

// TakeStock implements work.ImportStore.
func (s Suppliers) TakeStock(ctx context.Context, v access.Viewer) error {
	_, err := s.takeStock(ctx, v)
	return err
}

// writeJudged adds and changes suppliers if they still are as they were judged.
// Two commands, and not one mixed list: after a code that was taken meanwhile the
// driver would go on in a transaction that the server has ended, and try for long.
func (s Suppliers) writeJudged(ctx context.Context, added []supplier.Supplier, changes []mongo.WriteModel) error {
	if len(added) > 0 {
		_, err := s.Coll(store.Suppliers).InsertMany(ctx, added)
		if mongo.IsDuplicateKeyError(err) {
			return supplier.ErrOvertaken
		}
		if err != nil {
			return err
		}
	}
	if len(changes) > 0 {
		res, err := s.Coll(store.Suppliers).BulkWrite(ctx, changes, options.BulkWrite().SetOrdered(false))
		if err != nil {
			return err
		}
		if res.MatchedCount != int64(len(changes)) {
			return supplier.ErrOvertaken
		}
	}
	return nil
}
