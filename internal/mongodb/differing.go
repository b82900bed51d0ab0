package mongodb

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/mongodb/address"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/supplier"
)

// OpenOf implements campaign.Reader, with what requests are searched by: whom they go to
// from then on is added to it.
func (s Campaigns) OpenOf(ctx context.Context, v access.Viewer, supplier string) ([]campaign.Assignment, error) {
	return query.FindAll[campaign.Assignment](ctx, s.Coll(store.Assignments), query.VisibleIn(v, field.Campaign, query.Eq(field.Supplier, supplier), query.OneOf(field.Response, campaign.Waiting)),
		options.Find().SetSort(query.Sorted("-"+field.ID)).SetLimit(50))
}

// Asking implements campaign.Reader.
func (s Campaigns) Asking(ctx context.Context, v access.Viewer, n int) ([]campaign.Assignment, error) {
	return query.FindAll[campaign.Assignment](ctx, s.Coll(store.Assignments), query.VisibleIn(v, field.Campaign,
		query.Gt(field.MoreAskedAt, time.Time{}), query.OneOf(field.Response, campaign.Waiting)),
		options.Find().SetSort(query.Sorted(field.MoreAskedAt)).SetLimit(int64(n)).SetProjection(query.Except(field.Search, field.Texts)))
}

// Differing implements campaign.Reader. What campaign.Differs says of an address is noted
// on the request; elsewhereIndex holds nothing but those.
func (s Campaigns) Differing(ctx context.Context, v access.Viewer, id string) ([]campaign.Assignment, error) {
	return query.FindAll[campaign.Assignment](ctx, s.Coll(store.Assignments),
		query.VisibleIn(v, field.Campaign, query.Eq(field.Campaign, id), query.OneOf(field.Response, campaign.Waiting), query.Gt(field.Elsewhere, "")),
		options.Find().SetSort(query.Sorted(field.Kana, field.ID)).SetLimit(campaign.Countable+1).SetHint(elsewhereIndex).
			SetProjection(query.Only(field.Supplier, field.Name, field.Email, field.Response, field.Elsewhere)))
}

// lookedBack is how much earlier than its reading a supplier may have been changed that
// was saved after it.
const lookedBack = 10 * time.Minute

// lookAround notes where the directory is now on the requests of suppliers that were
// changed since: they may have been read before it, and asked after it.
func (s Campaigns) lookAround(ctx context.Context, v access.Viewer, since time.Time) error {
	rows, err := query.FindAll[supplier.Supplier](ctx, s.Coll(store.Suppliers), query.Visible(v, query.Gte(field.UpdatedAt, since.Add(-lookedBack))),
		options.Find().SetProjection(query.Only(field.ID)))
	if err != nil {
		return err
	}
	for part := range slices.Chunk(rows, 500) {
		ids := make([]string, len(part))
		for i, one := range part {
			ids[i] = one.ID
		}
		err := s.InTx(ctx, func(ctx context.Context) error {
			now, err := query.FindAll[supplier.Supplier](ctx, s.Coll(store.Suppliers), query.Visible(v, query.OneOf(field.ID, ids)), options.Find().SetProjection(query.Only(field.Email)))
			if err != nil {
				return err
			}
			return address.Note(ctx, s.DB.DB, v.Org, "", now...)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
