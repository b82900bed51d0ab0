package response

import (
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
)

// ActionViewed says that somebody of the buyer looked at a submission.
const ActionViewed audit.Action = "submission.viewed"

// Viewed is the entry of a look at a submission: one a person, sheet and hour.
func Viewed(v access.Viewer, at time.Time, a campaign.Assignment) audit.Entry {
	return audit.New(v, "", at, ActionViewed, audit.Ref{Kind: "assignment", ID: a.ID, Name: a.Name}, revision(a)).In(a.Campaign).OnceAnHour()
}
