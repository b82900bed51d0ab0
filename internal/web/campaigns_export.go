package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/document"
	"tsunagi/internal/locale"
	"tsunagi/internal/table"
)

// maxExport bounds one export; a campaign has no more assignments than this.
const maxExport = 50_000

// exportColumns are the keys of the header.
var exportColumns = []string{"campaigns.col-code", "campaigns.col-supplier", "campaigns.col-kana", "campaigns.col-tier", "campaigns.col-person",
	"campaigns.col-email", "campaigns.col-delivery", "campaigns.col-response", "campaigns.col-score", "campaigns.col-certificates",
	"campaigns.col-due", "campaigns.col-submitted", "campaigns.col-reminders", "request.number"}

// exportCampaign sends what the list is narrowed to, row by row as it is read.
func (s *Server) exportCampaign(c *gin.Context) error {
	ctx, v := c.Request.Context(), viewer(c)
	one, err := s.Campaigns.Get(ctx, v, c.Param("id"))
	if err != nil {
		return err
	}
	f, _ := s.listOf(c)
	if err := s.Trail.Add(ctx, document.TableDownloaded(v, s.NewID(), s.Now(), one, tableFormat(c))); err != nil {
		return err
	}
	p := s.Catalog.For(lang(c))
	return s.sendTable(c, one.Name, func(yield func([]any, error) bool) {
		head := make([]any, len(exportColumns))
		for i, key := range exportColumns {
			head[i] = p.T(key)
		}
		if !yield(head, nil) {
			return
		}
		n := 0
		err := s.AnsweredCounts.EachAssignment(ctx, v, f, func(a campaign.Assignment) error {
			if n++; n > maxExport || !yield(exportRow(p, a), nil) {
				return errStop
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(nil, err)
		}
	})
}

// errStop ends a walk whose reader wants no more.
var errStop = errors.New("enough rows")

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

// tableFormat is which of the formats was asked for.
func tableFormat(c *gin.Context) string {
	switch f := c.Query("format"); f {
	case "xlsx", "cp932":
		return f
	}
	return "csv"
}

// sendTable streams rows as CSV (UTF-8 with BOM, or CP932) or XLSX. A table that
// breaks off in the middle breaks the connection, so that nobody takes it for whole.
func (s *Server) sendTable(c *gin.Context, name string, rows table.Rows) error {
	h := c.Writer.Header()
	h.Set("Cache-Control", "no-store")
	ext, kind := ".csv", "text/csv; charset=utf-8"
	write := func() error { _, err := table.WriteCSV(c.Writer, table.UTF8, rows); return err }
	switch tableFormat(c) {
	case "xlsx":
		ext, kind = ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
		write = func() error { return table.WriteXLSX(c.Writer, name, []float64{12, 32, 32, 8, 18, 28, 12}, rows) }
	case "cp932":
		kind = "text/csv; charset=shift_jis"
		write = func() error { _, err := table.WriteCSV(c.Writer, table.CP932, rows); return err }
	}
	h.Set("Content-Type", kind)
	day := s.Now().In(calendar.Tokyo).Format("20060102")
	h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(name+"_"+day+ext))
	c.Status(http.StatusOK)
	err := write()
	if err != nil && c.Writer.Written() {
		_ = c.Error(fmt.Errorf("send table %s: %w", strconv.Quote(name), err))
		panic(http.ErrAbortHandler)
	}
	if err != nil {
		h.Del("Content-Disposition")
	}
	return err
}
