package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/jobs"
	"tsunagi/internal/supplier"
)

// TakeIn implements work.ImportStore: all of it or nothing.
func (s Suppliers) TakeIn(ctx context.Context, job jobs.Job, take supplier.Intake, cursor string) error {
	changes := make([]mongo.WriteModel, len(take.Changed))
	for i, one := range take.Changed {
		judged := of(job.Org, eq(fieldID, one.ID), eq(fieldRevision, one.Revision-1))
		changes[i] = mongo.NewUpdateOneModel().SetFilter(judged).SetUpdate(changed(one))
	}
	rows := take.Counts
	return s.inTx(ctx, func(ctx context.Context) error {
		if err := s.writeJudged(ctx, take.Added, changes); err != nil {
			return err
		}
		if err := s.keepStock(ctx, job.Org, len(take.Added), take.Added...); err != nil {
			return err
		}
		if err := s.record(ctx, []audit.Entry{take.Entry}, nil); err != nil {
			return err
		}
		return Jobs(s).Advance(ctx, job, cursor, rows.New+rows.Changed+rows.Same+rows.Faulty, rows.Faulty)
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
		_, err := s.coll(colSuppliers).InsertMany(ctx, added)
		if mongo.IsDuplicateKeyError(err) {
			return supplier.ErrOvertaken
		}
		if err != nil {
			return err
		}
	}
	if len(changes) > 0 {
		res, err := s.coll(colSuppliers).BulkWrite(ctx, changes, options.BulkWrite().SetOrdered(false))
		if err != nil {
			return err
		}
		if res.MatchedCount != int64(len(changes)) {
			return supplier.ErrOvertaken
		}
	}
	return nil
}
