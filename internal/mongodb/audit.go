package mongodb

import (
	"context"
	"errors"
	"slices"
	"strings"
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
		head, err := s.head(ctx, first.Org)
		if err != nil {
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

// Organizations lists the organisations that have entries, each with the head of
// its chain; a chain whose head is gone has an empty one, and does not verify.
func (s Audit) Organizations(ctx context.Context) ([]audit.Head, error) {
	heads, err := findAll[audit.Head](ctx, s.coll(colAuditHeads), bson.D{}, options.Find().SetHint(bson.D{{Key: "_id", Value: 1}}))
	if err != nil {
		return nil, err
	}
	var orgs []string
	if err := s.coll(colAudit).Distinct(ctx, "org_id", bson.D{{Key: "org_id", Value: bson.D{{Key: "$gt", Value: ""}}}}).Decode(&orgs); err != nil {
		return nil, known(err)
	}
	for _, org := range orgs {
		if !slices.ContainsFunc(heads, func(h audit.Head) bool { return h.Org == org }) {
			heads = append(heads, audit.Head{Org: org})
		}
	}
	slices.SortFunc(heads, func(a, b audit.Head) int { return strings.Compare(a.Org, b.Org) })
	return heads, nil
}

// head is the end of an organisation's chain, empty before the first seal.
func (s Audit) head(ctx context.Context, org string) (audit.Head, error) {
	head, err := findOne[audit.Head](ctx, s.coll(colAuditHeads), byID(org))
	if fault.KindOf(err) == fault.NotFound {
		return audit.Head{Org: org}, nil
	}
	return head, err
}

// Verify walks an organisation's chain. It gives the number of rows that held,
// how many wait to be sealed, and a *audit.Break at the first that does not hold.
func (s Audit) Verify(ctx context.Context, org string) (rows, waiting int64, err error) {
	var verifier audit.Verifier
	head, err := s.head(ctx, org)
	if err != nil {
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
			if err := s.sealedSince(ctx, e); err != nil {
				return verifier.Rows(), 0, err
			}
			break
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

// sealedSince tells whether the worker sealed an entry after the head was read: the
// head has then moved with it. A head that was put back or removed has not, and
// what lies beyond it would pass unseen.
func (s Audit) sealedSince(ctx context.Context, e audit.Entry) error {
	now, err := s.head(ctx, e.Org)
	if err == nil && now.Seq < e.Seal.Seq {
		return &audit.Break{Seq: e.Seal.Seq, EntryID: e.ID, Reason: "beyond-head"}
	}
	return err
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
