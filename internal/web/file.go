package web

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/calendar"
	"tsunagi/internal/evidence"
	"tsunagi/internal/report"
	"tsunagi/internal/table"
)

// TableFormat is which of the formats was asked for.
func TableFormat(c *gin.Context) string {
	switch f := c.Query("format"); f {
	case "xlsx", "cp932":
		return f
	}
	return "csv"
}

// SendTable streams rows as CSV (UTF-8 with BOM, or CP932) or XLSX. A table that
// breaks off in the middle breaks the connection, so that nobody takes it for whole.
// record notes the download, once it is one: not when a page is shown instead.
func (f *Frame) SendTable(c *gin.Context, name string, record func() error, rows table.Rows) error {
	if told, err := lossy(f, c, rows); told || err != nil {
		return err
	}
	if err := record(); err != nil {
		return err
	}
	h := c.Writer.Header()
	ext, kind := ".csv", "text/csv; charset=utf-8"
	write := func() error { _, err := table.WriteCSV(c.Writer, table.UTF8, rows); return err }
	switch TableFormat(c) {
	case "xlsx":
		ext, kind = ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
		write = func() error { return table.WriteXLSX(c.Writer, name, []float64{12, 32, 32, 8, 18, 28, 12}, rows) }
	case "cp932":
		kind = "text/csv; charset=shift_jis"
		write = func() error { _, err := table.WriteCSV(c.Writer, table.CP932, rows); return err }
	}
	h.Set("Content-Type", kind)
	day := f.Now().In(calendar.Tokyo).Format("20060102")
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

// filePolicy gives a foreign file no rights at all, should a browser open it anyway.
const filePolicy = "sandbox; default-src 'none'; frame-ancestors 'none'"

// SendEvidence offers a supplier's file for saving, never for looking at: what it holds
// is foreign and must not act in our pages. Its name ends as its detected type.
func (f *Frame) SendEvidence(c *gin.Context, files evidence.Reader, e evidence.Evidence) error {
	file, err := files.Open(c.Request.Context(), Viewer(c), e)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	FileHeaders(c, e.File.SafeName())
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", filePolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.FormatInt(e.File.Size, 10))
	h.Set("Content-Type", e.File.Type)
	c.Status(http.StatusOK)
	if _, err := io.Copy(c.Writer, file); err != nil {
		f.Log.Warn("send a file", "error", err) // the header is gone: nothing else can be answered
	}
	return nil
}

// FileHeaders offer a file for saving under a name.
func FileHeaders(c *gin.Context, name string) {
	c.Header("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(name))
}

// AnswerPDF is an answer sheet on paper, in the reader's language.
func (f *Frame) AnswerPDF(c *gin.Context, a report.Answered, meta report.Meta) ([]byte, error) {
	w := f.Catalog.For(Lang(c))
	meta.Lang = w.Lang
	return a.AnswerSheet(w, meta).PDF(f.Fonts, w)
}
