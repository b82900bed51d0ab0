package mongodb

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
)

// audience is the filter of the suppliers that a campaign asks. Who was asked this
// year is noted on the supplier when it is asked, so that no list of ids is needed.
func (s Campaigns) audience(v access.Viewer, a campaign.Audience, yearStart time.Time) bson.D {
	filter := visible(v, ended(false))
	if a.Picked {
		filter = append(filter, oneOf(fieldID, nonNil(a.Only)))
	} else if !a.All {
		if len(a.Tags) > 0 {
			filter = append(filter, oneOf(fieldTags, a.Tags))
		}
		if len(a.Tiers) > 0 {
			filter = append(filter, oneOf(fieldTier, a.Tiers))
		}
		if a.NotAsked {
			filter = append(filter, notYet(fieldAskedAt, yearStart))
		}
	}
	if len(a.Except) > 0 {
		filter = append(filter, nor(bson.D{oneOf(fieldID, a.Except)}))
	}
	return filter
}

// AudienceSize implements campaign.Reader.
func (s Campaigns) AudienceSize(ctx context.Context, v access.Viewer, a campaign.Audience, yearStart time.Time) (int, error) {
	n, err := s.coll(colSuppliers).CountDocuments(ctx, s.audience(v, a, yearStart))
	return int(n), known(err)
}

// Candidates implements campaign.Reader.
func (s Campaigns) Candidates(ctx context.Context, v access.Viewer, f campaign.CandidateFilter) ([]campaign.Candidate, bool, error) {
	filter := visible(v, ended(false))
	if f.Only != nil {
		filter = append(filter, oneOf(fieldID, f.Only))
	}
	return readPage[campaign.Candidate](ctx, s.coll(colSuppliers), listing{filter: filter, query: f.Search, order: byKana,
		fields: withoutKeys, page: f.Page, size: f.Size})
}

var byKana = sorted(fieldKana, fieldID)

func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
