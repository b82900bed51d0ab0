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

// KeptPast implements campaign.Reader: the oldest first. As long as no campaign's day has
// passed, it reads no request; afterwards the index of the list alone. That has no last
// moment for answers, but a request has its campaign's, or its own due date when that is
// later.
func (s Campaigns) KeptPast(ctx context.Context, v access.Viewer, now time.Time) ([]campaign.Kept, error) {
	past, err := query.FindAll[campaign.Campaign](ctx, s.Coll(store.Campaigns), query.Published(v, query.Between(field.KeepUntil, time.Unix(0, 0), now)),
		options.Find().SetSort(query.Sorted(field.ID)).SetProjection(query.Only(field.Name, field.KeepUntil, field.ClosesAt)))
	if err != nil || len(past) == 0 {
		return nil, err
	}
	out, ids := make([]campaign.Kept, len(past)), make([]string, len(past))
	for i, c := range past {
		out[i].Campaign, out[i].Last, ids[i] = c, c.ClosesAt, c.ID
	}
	cursor, err := s.Coll(store.Assignments).Aggregate(ctx, bson.A{
		query.Op("$match", query.VisibleIn(v, field.Campaign, query.OneOf(field.Campaign, ids))),
		query.Group(query.Ref(field.Campaign), query.To("due", query.Op("$max", query.Ref(field.DueAt))),
			query.To("given", query.Op("$sum", query.OneIf(query.Op("$gt", bson.A{query.Ref(field.SubmittedAt), nil}))))),
	}, options.Aggregate().SetHint(listIndex))
	if err != nil {
		return nil, meaning.Of(err)
	}
	var rows []struct {
		ID    string    `bson:"_id"`
		Due   time.Time `bson:"due"`
		Given int       `bson:"given"`
	}
	if err := cursor.All(ctx, &rows); err != nil {
		return nil, meaning.Of(err)
	}
	for i := range out {
		for _, r := range rows {
			if r.ID != out[i].Campaign.ID {
				continue
			}
			if out[i].Given = r.Given; r.Due.After(out[i].Last) {
				out[i].Last = r.Due
			}
		}
	}
	return out, nil
}
