package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/questionnaire"
	"tsunagi/internal/report"
)

// answerText words an answer, or says which certificate stands in.
func (s *Server) answerText(p reviewPage, q questionnaire.Question, lang string) string {
	a := p.Submission.Answers[q.Key]
	if !a.Empty() {
		return questionnaire.AnswerText(q, a, lang)
	}
	w := s.Catalog.For(lang)
	if e := p.Standing(q.Key); e != nil {
		return w.T("answer.stands-in") + "\n" + w.T("evidence.kind."+string(e.Kind)) + " " + e.Number
	}
	return w.T("answer.none")
}

// copyPDF is the supplier's copy of what it submitted, without the buyer's comments.
func (s *Server) copyPDF(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	sub, err := s.Responses.Submission(c.Request.Context(), viewer(c), sh.Assignment.ID, sh.Assignment.Revision)
	if err != nil {
		return err
	}
	p := reviewPage{Assignment: sh.Assignment, Campaign: sh.Campaign, Submission: sub, Evidence: sh.Evidence,
		Shown: sh.Campaign.Questionnaire.Visible(sub.Answers)}
	p.Submissions = append(p.Submissions, sub)
	sheet := s.answerSheet(p, nil, lang(c), sh.Buyer)
	sheet.AsOf = sub.SubmittedAt // the same copy, byte for byte, whenever it is asked for
	pdf, err := sheet.PDF(s.Fonts, s.Catalog.For(lang(c)))
	if err != nil {
		return err
	}
	pdfHeaders(c, sub.Receipt)
	c.Data(http.StatusOK, "application/pdf", pdf)
	return nil
}

// markOf is the shape before an answer on paper.
func markOf(p reviewPage, q questionnaire.Question) report.Mark {
	a := p.Submission.Answers[q.Key]
	switch {
	case a.Empty() && p.Standing(q.Key) != nil:
		return report.MarkCovered
	case q.Kind == questionnaire.Maturity:
		return report.Mark(a.Value)
	}
	return ""
}
