package web

import (
	"io"
	"net/url"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/table"
)

// lossyPage says what a table cannot hold in Shift_JIS, and offers what can.
type lossyPage struct {
	table.Report
	UTF8, Excel, Anyway string
}

// lossyShown bounds the list of cells.
const lossyShown = 100

// More is how many cells the page does not show.
func (p lossyPage) More() int { return p.Count - len(p.Replaced) }

// lossy tells, before a table is sent in Shift_JIS, how many characters would be
// replaced and where; false when none would, or when the person wants it so. The rows are
// walked twice.
func lossy(f *Frame, c *gin.Context, rows table.Rows) (bool, error) {
	if TableFormat(c) != "cp932" || c.Query("lossy") != "" {
		return false, nil
	}
	report, err := table.WriteCSV(io.Discard, table.CP932, rows)
	if err != nil || report.Count == 0 {
		return false, err
	}
	as := func(name, value string) string {
		query := c.Request.URL.Query()
		query.Set(name, value)
		return (&url.URL{Path: c.Request.URL.Path, RawQuery: query.Encode()}).String()
	}
	report.Replaced = report.Replaced[:min(len(report.Replaced), lossyShown)]
	return true, f.Render(c, "errors/lossy", lossyPage{report, as("format", "csv"), as("format", "xlsx"), as("lossy", "1")})
}
