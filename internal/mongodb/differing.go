package mongodb

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
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

// Differing implements campaign.Reader. It compares as campaign.Differs does, which folds
// what it finds once more.
func (s Campaigns) Differing(ctx context.Context, v access.Viewer, id string) ([]campaign.Assignment, error) {
	const now = "now" // the supplier as it is now
	other := bson.D{query.Eq(now+"."+field.Email, query.Op("$gt", "")), query.Eq("$expr", query.Op("$ne", bson.A{query.Ref(field.Email), query.Op("$first", query.Ref(now+"."+field.Email))}))}
	cursor, err := s.Coll(store.Assignments).Aggregate(ctx, bson.A{
		query.Op("$match", query.VisibleIn(v, field.Campaign, query.Eq(field.Campaign, id), query.OneOf(field.Response, campaign.Waiting), query.Eq(field.Former, nil))),
		query.Op("$sort", query.Sorted(field.Kana, field.ID)),
		query.Op("$project", bson.D{query.To(field.Supplier, 1), query.To(field.Name, 1), query.To(field.Email, 1), query.To(field.Response, 1)}),
		query.Op("$lookup", bson.D{query.To("from", store.Suppliers), query.To("localField", field.Supplier), query.To("foreignField", field.ID), query.To("as", now)}),
		query.Op("$match", other),
		query.Op("$limit", campaign.Countable+1),
	})
	if err != nil {
		return nil, meaning.Of(err)
	}
	var rows []campaign.Assignment
	return rows, meaning.Of(cursor.All(ctx, &rows))
}
