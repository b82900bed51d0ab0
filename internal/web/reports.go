package web

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/document"
	"tsunagi/internal/report"
	"tsunagi/internal/response"
)

// reportRoutes are papers about one supplier, made while one waits, and documents,
// which grow with the number of suppliers and are made by a job.
func (s *Server) reportRoutes() []route {
	return []route{
		get("/review/:id/sheet.pdf", needs(access.ViewReports), s.sheetPDF),
		post("/campaigns/:id/documents", needs(access.ViewReports), s.askDocument),
		post("/trail/documents", needs(access.ViewTrail), s.askTrail),
		get("/documents", needs(access.ViewReports), s.listDocuments),
		get("/documents/:id", needs(access.ViewReports), s.showDocument),
		get("/documents/:id/file", needs(access.ViewReports), s.sendDocument),
	}
}

// fileHeaders offer a file for saving under a name.
func fileHeaders(c *gin.Context, name string) {
	c.Header("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(name))
	c.Header("Cache-Control", "private, no-store")
}

// sheetPDF is the answer sheet of one submission. The download is recorded.
func (s *Server) sheetPDF(c *gin.Context) error {
	p, err := s.reviewPage(c)
	if err != nil {
		return err
	}
	v := viewer(c)
	reviews, err := s.Responses.Reviews(c.Request.Context(), v, p.Assignment.ID)
	if err != nil {
		return err
	}
	a, _ := account(c)
	pdf, err := s.answerPDF(c, report.Answered{Campaign: p.Campaign, Submission: p.Submission, Sheet: response.Sheet{
		Assignment: p.Assignment, Submissions: p.Submissions, Reviews: reviews, Evidence: p.Evidence}},
		report.Meta{AsOf: s.Now(), Issuer: buyerName(a.Organization, lang(c))})
	if err != nil {
		return err
	}
	if err := s.Trail.Add(c.Request.Context(), document.SheetDownloaded(v, s.NewID(), s.Now(), p.Assignment)); err != nil {
		return err
	}
	fileHeaders(c, p.Assignment.Name+"_"+p.Campaign.Name+".pdf")
	c.Data(http.StatusOK, "application/pdf", pdf)
	return nil
}

func (s *Server) answerPDF(c *gin.Context, a report.Answered, meta report.Meta) ([]byte, error) {
	w := s.Catalog.For(lang(c))
	meta.Lang = w.Lang
	return a.AnswerSheet(w, meta).PDF(s.Fonts, w)
}

// copyPDF is the supplier's copy of what it submitted, as it was on that day and
// without the buyer's comments: the same, byte for byte, whenever it is asked for.
func (s *Server) copyPDF(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	sub, err := s.Responses.Submission(c.Request.Context(), viewer(c), sh.Assignment.ID, sh.Assignment.Revision)
	if err != nil {
		return err
	}
	then := sh.Assignment
	then.Response = campaign.Submitted
	pdf, err := s.answerPDF(c, report.Answered{Campaign: sh.Campaign, Submission: sub,
		Sheet: response.Sheet{Assignment: then, Submissions: []response.Submission{sub}}}, report.Meta{AsOf: sub.SubmittedAt, Issuer: sh.Buyer})
	if err != nil {
		return err
	}
	fileHeaders(c, sub.Receipt+".pdf")
	c.Data(http.StatusOK, "application/pdf", pdf)
	return nil
}
