package mongodb

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
)

// Audit keeps the trail and seals it.
type Audit struct{ *DB }

// sealBatch is how many entries one transaction seals.
const sealBatch = 500

// SealOnce seals the oldest unsealed entries of one organisation and tells how
// many. Two sealers at once never fork a chain: both move the same head, and one
// of the transactions is undone.
func (s Audit) SealOnce(ctx context.Context) (int, error) {
	first, err := findOne[audit.Entry](ctx, s.coll(colAudit), bson.D{{Key: "seal", Value: nil}},
		options.FindOne().SetSort(bson.D{{Key: "_id", Value: 1}}))
	if fault.KindOf(err) == fault.NotFound {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	sealed := 0
	err = s.inTx(ctx, func(ctx context.Context) error {
		sealed = 0 // the transaction may run more than once
		head, err := findOne[audit.Head](ctx, s.coll(colAuditHeads), byID(first.Org))
		if fault.KindOf(err) == fault.NotFound {
			head = audit.Head{Org: first.Org}
		} else if err != nil {
			return err
		}
		entries, err := findAll[audit.Entry](ctx, s.coll(colAudit), bson.D{{Key: "org_id", Value: first.Org}, {Key: "seal", Value: nil}},
			options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(sealBatch))
		if err != nil || len(entries) == 0 {
			return err
		}
		sealed = len(entries)
		return s.sealBatch(ctx, head, entries)
	})
	return sealed, err
}

func (s Audit) sealBatch(ctx context.Context, head audit.Head, entries []audit.Entry) error {
	before, now := head.Seq, s.now()
	writes := make([]mongo.WriteModel, 0, len(entries))
	for _, e := range entries {
		e, head = head.Next(e, now)
		writes = append(writes, mongo.NewUpdateOneModel().SetFilter(byID(e.ID)).SetUpdate(set("seal", e.Seal)))
	}
	if _, err := s.coll(colAudit).BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false)); err != nil {
		return err
	}
	if before == 0 {
		_, err := s.coll(colAuditHeads).InsertOne(ctx, head)
		return err
	}
	res, err := s.coll(colAuditHeads).ReplaceOne(ctx, bson.D{{Key: "_id", Value: head.Org}, {Key: "seq", Value: before}}, head)
	if err == nil && res.MatchedCount == 0 {
		return fault.New(fault.Conflict, "fault.conflict")
	}
	return err
}

// Trail lists entries, the newest first, and whether there are more. An auditor
// invited to named campaigns sees the entries of those alone.
func (s Audit) Trail(ctx context.Context, v access.Viewer, f audit.Filter) ([]audit.Entry, bool, error) {
	filter := visibleIn(v, "campaign_id")
	if f.Campaign != "" {
		filter = append(filter, bson.E{Key: "campaign_id", Value: f.Campaign})
	}
	if f.Record != "" {
		filter = append(filter, bson.E{Key: "record.id", Value: f.Record})
	}
	rows, err := findAll[audit.Entry](ctx, s.coll(colAudit), filter, options.Find().SetSort(bson.D{{Key: "_id", Value: -1}}).
		SetSkip(int64((f.Page-1)*f.Size)).SetLimit(int64(f.Size+1)))
	if len(rows) > f.Size {
		return rows[:f.Size], true, err
	}
	return rows, false, err
}

// Add writes an entry of something that changed nothing: a download, a view.
func (s Audit) Add(ctx context.Context, e audit.Entry) error {
	return known(s.record(ctx, []audit.Entry{e}, nil))
}

// Organizations lists the organisations that have a chain.
func (s Audit) Organizations(ctx context.Context) ([]audit.Head, error) {
	return findAll[audit.Head](ctx, s.coll(colAuditHeads), bson.D{}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).
		SetHint(bson.D{{Key: "_id", Value: 1}}))
}

// Verify walks an organisation's chain. It gives the number of rows that held,
// how many wait to be sealed, and a *audit.Break at the first that does not hold.
func (s Audit) Verify(ctx context.Context, org string) (rows, waiting int64, err error) {
	var verifier audit.Verifier
	head, err := findOne[audit.Head](ctx, s.coll(colAuditHeads), byID(org))
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return 0, 0, err
	}
	cursor, err := s.coll(colAudit).Find(ctx, bson.D{{Key: "org_id", Value: org}, {Key: "seal.seq", Value: bson.D{{Key: "$gt", Value: 0}}}},
		options.Find().SetSort(bson.D{{Key: "seal.seq", Value: 1}}))
	if err != nil {
		return 0, 0, known(err)
	}
	defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }()
	for cursor.Next(ctx) {
		var e audit.Entry
		if err := cursor.Decode(&e); err != nil {
			return verifier.Rows(), 0, err
		}
		if e.Seal.Seq > head.Seq && verifier.Rows() == head.Seq {
			break // sealed by the worker after we read the head
		}
		if err := verifier.Check(e); err != nil {
			return verifier.Rows(), 0, err
		}
	}
	if err := cursor.Err(); err != nil {
		return verifier.Rows(), 0, known(err)
	}
	if err := verifier.Done(head); err != nil {
		return verifier.Rows(), 0, err
	}
	waiting, err = s.coll(colAudit).CountDocuments(ctx, bson.D{{Key: "org_id", Value: org}, {Key: "seal", Value: nil}})
	return verifier.Rows(), waiting, known(err)
}

// RunSealer seals until the context ends.
func (s Audit) RunSealer(ctx context.Context, idle time.Duration, report func(error)) {
	for ctx.Err() == nil {
		n, err := s.SealOnce(ctx)
		if err != nil && !errors.Is(err, context.Canceled) {
			report(err)
		}
		if n == sealBatch {
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(idle):
		}
	}
}
