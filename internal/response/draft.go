package response

import (
	"time"

	"tsunagi/internal/campaign"
)

// NewDraft is the empty sheet of a new assignment.
func NewDraft(a campaign.Assignment, now time.Time) Draft {
	return Draft{ID: a.ID, Org: a.Org, Campaign: a.Campaign, Generation: a.Generation, Open: true, ClosesAt: a.ClosesAt,
		Answers: map[string]Saved{}, UpdatedAt: now}
}
