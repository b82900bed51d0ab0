package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
)

// OpenOf implements campaign.Reader.
func (s Campaigns) OpenOf(ctx context.Context, v access.Viewer, supplier string) ([]campaign.Assignment, error) {
	return findAll[campaign.Assignment](ctx, s.coll(colAssignments), visibleIn(v, fieldCampaign, eq(fieldSupplier, supplier), oneOf(fieldResponse, campaign.Waiting)),
		options.Find().SetSort(sorted("-"+fieldID)).SetLimit(50).SetProjection(withoutKeys))
}

// Differing implements campaign.Reader. It compares as campaign.Differs does, which folds
// what it finds once more.
func (s Campaigns) Differing(ctx context.Context, v access.Viewer, id string) ([]campaign.Assignment, error) {
	const now = "now" // the supplier as it is now
	other := bson.D{eq(now+"."+fieldEmail, op("$gt", "")), eq("$expr", op("$ne", bson.A{ref(fieldEmail), op("$first", ref(now+"."+fieldEmail))}))}
	cursor, err := s.coll(colAssignments).Aggregate(ctx, bson.A{
		op("$match", visibleIn(v, fieldCampaign, eq(fieldCampaign, id), oneOf(fieldResponse, campaign.Waiting), eq(fieldFormer, nil))),
		op("$sort", sorted(fieldKana, fieldID)),
		op("$project", bson.D{to(fieldSupplier, 1), to(fieldName, 1), to(fieldEmail, 1), to(fieldResponse, 1)}),
		op("$lookup", bson.D{to("from", colSuppliers), to("localField", fieldSupplier), to("foreignField", fieldID), to("as", now)}),
		op("$match", other),
		op("$limit", campaign.Countable+1),
	})
	if err != nil {
		return nil, known(err)
	}
	var rows []campaign.Assignment
	return rows, known(cursor.All(ctx, &rows))
}
