package answer

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/report"
	"tsunagi/internal/response"
	"tsunagi/internal/web"
)

// copyPDF is the supplier's copy of what it submitted, as it was on that day and
// without the buyer's comments: the same, byte for byte, whenever it is asked for.
func (s submitPages) copyPDF(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	sub, err := s.responses.Submission(c.Request.Context(), web.Viewer(c), sh.Assignment.ID, sh.Assignment.Revision)
	if err != nil {
		return err
	}
	then := sh.Assignment
	then.Response = campaign.Submitted
	pdf, err := s.AnswerPDF(c, report.Answered{Campaign: sh.Campaign, Submission: sub,
		Sheet: response.Sheet{Assignment: then, Submissions: []response.Submission{sub}}}, report.Meta{AsOf: sub.SubmittedAt, Issuer: sh.Buyer})
	if err != nil {
		return err
	}
	web.FileHeaders(c, sub.Receipt+".pdf")
	c.Data(http.StatusOK, "application/pdf", pdf)
	return nil
}

type receiptPage struct {
	answerSheet
	Submission response.Submission
	Earlier    []response.Submission // all submissions, the newest first
}

// Accepted tells whether the buyer has taken the answers, once that can no longer be
// undone: before, nobody is told.
func (p receiptPage) Accepted() bool {
	return p.Assignment.Response == campaign.Accepted && !p.Now.Before(calendar.UndoUntil(p.Assignment.ReviewedAt))
}

func (s submitPages) showReceipt(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	subs, err := s.responses.Submissions(c.Request.Context(), web.Viewer(c), sh.Assignment.ID)
	if err != nil {
		return err
	}
	if len(subs) == 0 {
		return web.Redirect(c, sh.Base()+"/tasks")
	}
	return s.RenderSupplier(c, "answer/receipt", receiptPage{sh, subs[0], subs})
}
