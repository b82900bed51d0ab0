package mongodb

import (
	"context"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/query"
)

// Linked implements campaign.LinkStore.
func (s Batches) Linked(ctx context.Context, v access.Viewer, which campaign.Linked, after string, n int) ([]campaign.Assignment, error) {
	filter := query.VisibleIn(v, field.Campaign, query.Ne(field.Response, campaign.Withdrawn))
	if which.Campaign != "" {
		filter = append(filter, query.Eq(field.Campaign, which.Campaign))
	}
	if which.Supplier != "" {
		filter = append(filter, query.Eq(field.Supplier, which.Supplier))
	}
	return s.assignmentsAfter(ctx, filter, after, n)
}
