package web

import (
	"context"
	"strconv"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
)

// MaxSought is the longest text that is looked for among recipients.
const MaxSought = 100

// WantsJSON tells whether a script asks.
func WantsJSON(c *gin.Context) bool { return c.GetHeader("Accept") == "application/json" }

// CampaignNames lists the campaigns by name, for choosing among them.
type CampaignNames interface {
	CampaignNames(ctx context.Context, v access.Viewer) ([]campaign.Campaign, error)
}

// PageSize is how many rows a list page shows.
const PageSize = 50

// PageNumber is the page that was asked for, from 1; far pages are not served,
// since skipping to them would read everything before.
func PageNumber(c *gin.Context) int {
	n, err := strconv.Atoi(c.Query("page"))
	if err != nil || n < 1 {
		return 1
	}
	return min(n, 2000)
}
