// Package answer holds the pages of a supplier: the request that a link opens, its
// tasks, sections, evidence, and the submission. They work without JavaScript.
package answer

import (
	"context"
	"slices"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/org"
	"tsunagi/internal/response"
	"tsunagi/internal/web"
)

// Services are the rules and readers that these pages call.
type Services struct {
	Accounts  buyers
	Responses *response.Service
	Evidence  *evidence.Service
	Links     links
	Campaigns asked
}

// asked gives what a supplier was asked, from memory: it never changes once issued.
type asked interface {
	Snapshot(ctx context.Context, v access.Viewer, id string) (campaign.Campaign, error)
}

// buyers tells who asks.
type buyers interface {
	Organization(ctx context.Context, v access.Viewer) (org.Organization, error)
}

// links finds the assignment that a link names, for whoever then checks the link.
type links interface {
	ByID(ctx context.Context, id string) (campaign.Assignment, error)
}

// Routes are the pages of suppliers.
func Routes(f *web.Frame, s Services) []web.Route {
	sheets := sheets{f, s.Accounts, s.Links, s.Responses, s.Evidence, s.Campaigns}
	return slices.Concat(
		requestPages{f, s.Accounts, s.Responses, s.Links, s.Campaigns}.routes(),
		taskPages{sheets}.routes(),
		sectionPages{sheets}.routes(),
		peoplePages{sheets}.routes(),
		evidencePages{sheets}.routes(),
		submitPages{sheets}.routes(),
	)
}
