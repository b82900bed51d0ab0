package mongodb

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
)

// audience is the filter of the suppliers that a campaign asks. Who was asked this
// year is noted on the supplier when it is asked, so that no list of ids is needed.
func (s Campaigns) audience(v access.Viewer, a campaign.Audience, yearStart time.Time) bson.D {
	filter := query.Visible(v, ended(false))
	if a.Picked {
		filter = append(filter, query.OneOf(field.ID, nonNil(a.Only)))
	} else if !a.All {
		if len(a.Tags) > 0 {
			filter = append(filter, query.OneOf(field.Tags, a.Tags))
		}
		if len(a.Tiers) > 0 {
			filter = append(filter, query.OneOf(field.Tier, a.Tiers))
		}
		if a.NotAsked {
			filter = append(filter, query.NotYet(field.AskedAt, yearStart))
		}
	}
	if len(a.Except) > 0 {
		filter = append(filter, query.Nor(bson.D{query.OneOf(field.ID, a.Except)}))
	}
	return filter
}

// AudienceSize implements campaign.Reader.
func (s Campaigns) AudienceSize(ctx context.Context, v access.Viewer, a campaign.Audience, yearStart time.Time) (int, error) {
	n, err := s.Coll(store.Suppliers).CountDocuments(ctx, s.audience(v, a, yearStart))
	return int(n), meaning.Of(err)
}

// Candidates implements campaign.Reader.
func (s Campaigns) Candidates(ctx context.Context, v access.Viewer, f campaign.CandidateFilter) ([]campaign.Candidate, bool, error) {
	filter := query.Visible(v, ended(false))
	if f.Only != nil {
		filter = append(filter, query.OneOf(field.ID, f.Only))
	}
	return query.ReadPage[campaign.Candidate](ctx, s.Coll(store.Suppliers), query.Listing{Filter: filter, Search: f.Search, Order: byKana,
		Fields: query.WithoutKeys, Page: f.Page, Size: f.Size})
}

var byKana = query.Sorted(field.Kana, field.ID)

func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
