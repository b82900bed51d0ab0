package desk

import (
	"context"
	"fmt"
	"strings"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/document"
	"tsunagi/internal/locale"
	tables "tsunagi/internal/table"
	"tsunagi/internal/web"
)

// maxExport is how many rows an export has at most: as many as the largest campaign
// that the product is made for.
const maxExport = 50_000

// exportColumns are the keys of the header.
var exportColumns = []string{"campaigns.col-code", "campaigns.col-supplier", "campaigns.col-kana", "campaigns.col-tier", "campaigns.col-person",
	"campaigns.col-email", "campaigns.col-delivery", "campaigns.col-response", "campaigns.col-score", "campaigns.col-certificates",
	"campaigns.col-due", "campaigns.col-submitted", "campaigns.col-reminders", "request.number"}

// exportCampaign sends what the list is narrowed to, row by row as it is read.
func (s campaignPages) exportCampaign(c *gin.Context) error {
	ctx, v := c.Request.Context(), web.Viewer(c)
	one, err := s.campaigns.Get(ctx, v, c.Param("id"))
	if err != nil {
		return err
	}
	f, _ := s.listOf(c)
	taken := recorded(ctx, s.trail, document.TableDownloaded(v, s.NewID(), s.Now(), one, web.TableFormat(c)))
	p := s.Catalog.For(web.Lang(c))
	return s.SendTable(c, one.Name, taken, tables.Walked(exportHead(p), func(send func([]any) error) error {
		n := 0
		return s.answered.EachAssignment(ctx, v, f, func(a campaign.Assignment) error {
			if n++; n > maxExport {
				return tables.ErrEnough
			}
			return send(exportRow(p, a))
		})
	}))
}

// recorded writes the entry of a download, when it is one.
func recorded(ctx context.Context, to trail, e audit.Entry) func() error {
	return func() error { return to.Add(ctx, e) }
}

// exportHead is the header of the table.
func exportHead(p *locale.Printer) []any {
	head := make([]any, len(exportColumns))
	for i, key := range exportColumns {
		head[i] = p.T(key)
	}
	return head
}

func exportRow(p *locale.Printer, a campaign.Assignment) []any {
	var score, submitted, due any
	if a.Score != nil {
		score = *a.Score
	}
	if !a.SubmittedAt.IsZero() {
		submitted = a.SubmittedAt
	}
	if !a.DueAt.IsZero() {
		due = p.Day(a.DueAt)
	}
	var certificates []string
	for _, cert := range a.Certificates {
		words := []string{p.T("evidence.short." + string(cert.Kind)), cert.Number}
		if cert.ExpiresOn != nil {
			words = append(words, p.Day(*cert.ExpiresOn))
		}
		certificates = append(certificates, strings.Join(strings.Fields(strings.Join(words, " ")), " "))
	}
	return []any{a.Code, a.Name, a.Kana, p.T(fmt.Sprintf("supplier.tier.%d", a.Tier)), a.Person, a.Email,
		p.T("campaign.delivery." + string(a.Delivery)), p.T("response.state." + string(a.Response)), score,
		strings.Join(certificates, " / "), due, submitted, a.Reminders, a.Request}
}
