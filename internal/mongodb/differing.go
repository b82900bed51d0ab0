package mongodb

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
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
