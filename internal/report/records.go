package report

import (
	"context"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/response"
)

// The readers of what papers are made of. Each answers only what the viewer may see.
type (
	// Campaigns reads campaigns and their assignments.
	Campaigns interface {
		Get(ctx context.Context, v access.Viewer, id string) (campaign.Campaign, error)
		Counts(ctx context.Context, v access.Viewer, campaign string, now time.Time) (campaign.Counts, error)
		EachAssignment(ctx context.Context, v access.Viewer, f campaign.Filter, visit func(campaign.Assignment) error) error
	}
	// Submissions reads what was submitted, summed up and sheet by sheet.
	Submissions interface {
		SectionMeans(ctx context.Context, v access.Viewer, campaign string) (map[string]int, error)
		Bands(ctx context.Context, v access.Viewer, campaign string) ([5]int, error)
		AnswerCounts(ctx context.Context, v access.Viewer, campaign string) (response.Counts, error)
		SheetCount(ctx context.Context, v access.Viewer, campaign string) (int, error)
		Sheets(ctx context.Context, v access.Viewer, campaign string, after campaign.Assignment, n int) ([]response.Sheet, error)
	}
	// Entries reads the trail and checks its chain.
	Entries interface {
		Trail(ctx context.Context, v access.Viewer, f audit.Filter) (audit.Page, error)
		// EachEntry visits all that a filter leaves, the newest first.
		EachEntry(ctx context.Context, v access.Viewer, f audit.Filter, visit func(audit.Entry) error) error
		Verify(ctx context.Context, org string) (audit.Chain, error)
	}
)

// Records are all the readers.
type Records struct {
	Campaigns   Campaigns
	Submissions Submissions
	Entries     Entries
}
