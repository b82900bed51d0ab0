package desk

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/document"
	"tsunagi/internal/report"
	"tsunagi/internal/response"
	"tsunagi/internal/web"
)

// sheetPDF is the answer sheet of one submission. The download is recorded.
func (s reviewPages) sheetPDF(c *gin.Context) error {
	p, err := s.reviewPage(c)
	if err != nil {
		return err
	}
	ctx, v := c.Request.Context(), web.Viewer(c)
	reviews, err := s.responses.Reviews(ctx, v, p.Assignment.ID)
	if err != nil {
		return err
	}
	a, _ := web.Account(c)
	// Who asked for it is written while it is made, and nothing is given out unless both
	// went well. That making fails afterwards is as if the connection broke.
	noted, entry := make(chan error, 1), document.SheetDownloaded(v, s.NewID(), s.Now(), p.Assignment)
	go func() { noted <- s.trail.Add(ctx, entry) }()
	pdf, err := s.AnswerPDF(c, report.Answered{Campaign: p.Campaign, Submission: p.Submission, Sheet: response.Sheet{
		Assignment: p.Assignment, Submissions: p.Submissions, Reviews: reviews, Evidence: p.Evidence}},
		report.Meta{AsOf: s.Now(), Issuer: web.BuyerName(a.Organization, web.Lang(c))})
	if err := errors.Join(err, <-noted); err != nil {
		return err
	}
	web.FileHeaders(c, p.Assignment.Name+"_"+p.Campaign.Name+".pdf")
	c.Data(http.StatusOK, "application/pdf", pdf)
	return nil
}
