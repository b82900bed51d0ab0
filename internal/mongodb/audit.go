package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/mongodb/chain"
	"tsunagi/internal/mongodb/meaning"
)

// Audit keeps the trail.
type Audit struct{ *DB }

// Chains keeps the chains of the trail, for who seals and verifies them.
func (d *DB) Chains() chain.Store {
	return chain.Store{DB: d.db, Keys: d.keys, InTx: d.inTx}
}

// Verify checks an organisation's chain, see chain.Store.
func (s Audit) Verify(ctx context.Context, org string) (audit.Chain, error) {
	return s.Chains().Verify(ctx, org)
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
	return meaning.Of(s.record(ctx, []audit.Entry{e}, nil))
}
