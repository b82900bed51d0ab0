package mongodb

import (
	"context"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
)

// Audit keeps the trail and seals it.
type Audit struct{ *DB }

// Unsealed implements work.SealStore.
func (s Audit) Unsealed(ctx context.Context, n int) (audit.Head, []audit.Entry, error) {
	first, err := findOne[audit.Entry](ctx, s.coll(colAudit), bson.D{eq(fieldSeal, nil)},
		options.FindOne().SetSort(sorted(fieldID)))
	if fault.KindOf(err) == fault.NotFound {
		return audit.Head{}, nil, nil
	}
	if err != nil {
		return audit.Head{}, nil, err
	}
	head, err := s.head(ctx, first.Org)
	if err != nil {
		return head, nil, err
	}
	entries, err := findAll[audit.Entry](ctx, s.coll(colAudit), of(first.Org, eq(fieldSeal, nil)),
		options.Find().SetSort(sorted(fieldID)).SetLimit(int64(n)))
	return head, entries, err
}

// Seal implements work.SealStore.
func (s Audit) Seal(ctx context.Context, before, after audit.Head, sealed []audit.Entry) error {
	writes := make([]mongo.WriteModel, len(sealed))
	for i, e := range sealed {
		open := bson.D{eq(fieldID, e.ID), eq(fieldSeal, nil)}
		writes[i] = mongo.NewUpdateOneModel().SetFilter(open).SetUpdate(update(set(to(fieldSeal, e.Seal))))
	}
	return s.inTx(ctx, func(ctx context.Context) error {
		if err := s.moveHead(ctx, before, after); err != nil {
			return err
		}
		res, err := s.coll(colAudit).BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false))
		if err == nil && res.MatchedCount != int64(len(writes)) {
			return fault.New(fault.Conflict, "fault.conflict")
		}
		return err
	})
}

func (s Audit) moveHead(ctx context.Context, before, after audit.Head) error {
	if before.Seq == 0 {
		_, err := s.coll(colAuditHeads).InsertOne(ctx, after)
		return err
	}
	res, err := s.coll(colAuditHeads).ReplaceOne(ctx, bson.D{eq(fieldID, before.Org), eq(fieldSeq, before.Seq), eq(fieldHash, before.Hash)}, after)
	if err == nil && res.MatchedCount == 0 {
		return fault.New(fault.Conflict, "fault.conflict")
	}
	return err
}

// Trail lists entries, the newest first, and whether there are more. An auditor
// invited to named campaigns sees the entries of those alone.
func (s Audit) Trail(ctx context.Context, v access.Viewer, f audit.Filter) ([]audit.Entry, bool, error) {
	filter := visibleIn(v, fieldCampaign)
	if f.Campaign != "" {
		filter = append(filter, eq(fieldCampaign, f.Campaign))
	}
	if f.Record != "" {
		filter = append(filter, eq(fieldRecordID, f.Record))
	}
	rows, err := findAll[audit.Entry](ctx, s.coll(colAudit), filter, options.Find().SetSort(sorted("-"+fieldID)).
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
	heads, err := findAll[audit.Head](ctx, s.coll(colAuditHeads), bson.D{}, options.Find().SetHint(sorted(fieldID)))
	if err != nil {
		return nil, err
	}
	var orgs []string
	if err := s.coll(colAudit).Distinct(ctx, fieldOrg, bson.D{gt(fieldOrg, "")}).Decode(&orgs); err != nil {
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
	cursor, err := s.coll(colAudit).Find(ctx, of(org, gt(fieldSealSeq, 0)),
		options.Find().SetSort(sorted(fieldSealSeq)))
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
	waiting, err = s.coll(colAudit).CountDocuments(ctx, of(org, eq(fieldSeal, nil)))
	return verifier.Rows(), waiting, known(err)
}

// sealedSince accepts an entry beyond the head that was read, when the worker has
// sealed it since: the head has then moved with it. It gives an *audit.Break when the
// head has not moved, because it was put back or removed: what lies beyond it would
// pass unseen.
func (s Audit) sealedSince(ctx context.Context, e audit.Entry) error {
	now, err := s.head(ctx, e.Org)
	if err == nil && now.Seq < e.Seal.Seq {
		return &audit.Break{Seq: e.Seal.Seq, EntryID: e.ID, Reason: "beyond-head"}
	}
	return err
}
