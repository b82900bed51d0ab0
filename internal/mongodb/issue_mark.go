package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
)

// startMarking notes on the suppliers that it is told of that they were asked, while
// the next ones are. It is no part of the transactions, because it only repeats what
// the assignments say: a run that was killed is made good by the next one. It ends
// when asked is closed, and then says how it went.
func (s Campaigns) startMarking(ctx context.Context, v access.Viewer, c campaign.Campaign) (asked chan<- []string, marked <-chan error) {
	in, out := make(chan []string, 1), make(chan error, 1)
	go func() {
		var failed error
		for suppliers := range in {
			if failed == nil && ctx.Err() == nil && len(suppliers) > 0 {
				failed = s.mark(ctx, v, c, suppliers)
			}
		}
		out <- failed
	}()
	return in, out
}

func (s Campaigns) mark(ctx context.Context, v access.Viewer, c campaign.Campaign, suppliers []string) error {
	_, err := s.coll(colSuppliers).UpdateMany(ctx, visible(v, in("_id", suppliers)), bson.D{
		{Key: "$set", Value: bson.D{{Key: "asked_at", Value: s.now()}}},
		{Key: "$max", Value: bson.D{{Key: "asked_until", Value: c.ClosesAt}}}})
	return known(err)
}

// askedBy lists the suppliers that a campaign has asked so far.
func (s Campaigns) askedBy(ctx context.Context, v access.Viewer, campaignID string) ([]string, error) {
	var out []string
	err := s.coll(colAssignments).Distinct(ctx, "supplier_id", visible(v, bson.E{Key: "campaign_id", Value: campaignID})).Decode(&out)
	return out, known(err)
}
