package desk

import (
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
	v := web.Viewer(c)
	reviews, err := s.responses.Reviews(c.Request.Context(), v, p.Assignment.ID)
	if err != nil {
		return err
	}
	a, _ := web.Account(c)
	pdf, err := s.AnswerPDF(c, report.Answered{Campaign: p.Campaign, Submission: p.Submission, Sheet: response.Sheet{
		Assignment: p.Assignment, Submissions: p.Submissions, Reviews: reviews, Evidence: p.Evidence}},
		report.Meta{AsOf: s.Now(), Issuer: web.BuyerName(a.Organization, web.Lang(c))})
	if err != nil {
		return err
	}
	if err := s.trail.Add(c.Request.Context(), document.SheetDownloaded(v, s.NewID(), s.Now(), p.Assignment)); err != nil {
		return err
	}
	web.FileHeaders(c, p.Assignment.Name+"_"+p.Campaign.Name+".pdf")
	c.Data(http.StatusOK, "application/pdf", pdf)
	return nil
}
