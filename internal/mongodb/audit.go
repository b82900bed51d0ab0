package mongodb

import (
	"context"

	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/chain"
	"tsunagi/internal/mongodb/meaning"
)

// Audit keeps the trail.
type Audit struct{ *DB }

// Chains keeps the chains of the trail, for who seals and verifies them.
func (d *DB) Chains() chain.Store {
	return chain.Store{DB: d.Database, Keys: d.Keys, InTx: d.InTx}
}

// Verify checks an organisation's chain, see chain.Store.
func (s Audit) Verify(ctx context.Context, org string) (audit.Chain, error) {
	return s.Chains().Verify(ctx, org)
}

// AddOnce is Add for an entry that there may be already (audit.Entry.OnceAnHour): the
// first one stays.
func (s Audit) AddOnce(ctx context.Context, e audit.Entry) error {
	if err := s.Add(ctx, e); fault.KindOf(err) != fault.Conflict {
		return err
	}
	return nil
}

// Add writes an entry of something that changed nothing: a download, a view.
func (s Audit) Add(ctx context.Context, e audit.Entry) error {
	return meaning.Of(s.Record(ctx, []audit.Entry{e}, nil))
}
