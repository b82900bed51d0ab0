package web

import (
	"github.com/gin-gonic/gin"

	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
)

// submitRoutes are check, submission and receipt.
func (s *Server) submitRoutes() []route {
	return append(s.evidenceRoutes(),
		get("/a/:assignment/check", linked(), s.showCheck),
		post("/a/:assignment/submit", linked(), s.submit),
		get("/a/:assignment/receipt", linked(), s.showReceipt),
		get("/a/:assignment/copy.pdf", linked(), s.copyPDF),
	)
}

type checkPage struct {
	answerSheet
	Missing    []questionnaire.Question
	Name, Role string
	Agreed     bool
	Statement  string
	Version    string // of the statement
}

// SectionOf is the section in which a question stands.
func (p checkPage) SectionOf(question string) string {
	for _, section := range p.Campaign.Questionnaire.Sections {
		for _, q := range section.Questions {
			if q.Key == question {
				return section.Key
			}
		}
	}
	return ""
}

func (s *Server) checkPage(c *gin.Context) (checkPage, error) {
	sh, err := s.sheet(c)
	if err != nil {
		return checkPage{}, err
	}
	return checkPage{answerSheet: sh, Missing: sh.Campaign.Questionnaire.Missing(sh.Answers, sh.Covered),
		Name: sh.Assignment.Person, Statement: s.Catalog.For(lang(c)).T("answer.statement", "Buyer", sh.Buyer), Version: response.Statement}, nil
}

func (s *Server) showCheck(c *gin.Context) error {
	p, err := s.checkPage(c)
	if err != nil {
		return err
	}
	if p.Assignment.Revision > 0 && !p.Assignment.Response.TakesAnswers() {
		return redirect(c, p.Base()+"/receipt")
	}
	return s.renderSupplier(c, "answer/check", p)
}

// submit declares the answers. When another window was faster its receipt is shown;
// when somebody changed an answer meanwhile the newest answers are shown again.
func (s *Server) submit(c *gin.Context) error {
	p, err := s.checkPage(c)
	if err != nil {
		return err
	}
	if p.Assignment.Revision > 0 && !p.Assignment.Response.TakesAnswers() {
		return redirect(c, p.Base()+"/receipt")
	}
	p.typed(c)
	_, err = s.Responses.Submit(c.Request.Context(), viewer(c),
		response.Declare{Name: p.Name, Role: p.Role, Text: p.Statement, Lang: lang(c), Agreed: p.Agreed})
	if err == nil {
		s.WakeMail()
		return redirect(c, p.Base()+"/receipt")
	}
	switch fault.KindOf(err) {
	case fault.Invalid:
		return s.renderProblem(c, "supplier", "answer/check", p, err)
	case fault.Conflict:
		return s.submitAgain(c, p.Assignment.Revision, err)
	}
	return err
}

func (s *Server) submitAgain(c *gin.Context, before int, problem error) error {
	p, err := s.checkPage(c)
	if err != nil {
		return err
	}
	if p.Assignment.Revision > before {
		return redirect(c, p.Base()+"/receipt")
	}
	p.typed(c)
	return s.renderProblem(c, "supplier", "answer/check", p, problem)
}

// typed takes over what the person gave, so that nothing typed is lost.
func (p *checkPage) typed(c *gin.Context) {
	p.Name, p.Role, p.Agreed = c.PostForm("name"), c.PostForm("role"), c.PostForm("agreed") != ""
}

type receiptPage struct {
	answerSheet
	Submission response.Submission
	Earlier    []response.Submission // all submissions, the newest first
}

// Accepted tells whether the buyer has taken the answers.
func (p receiptPage) Accepted() bool { return p.Assignment.Response == campaign.Accepted }

func (s *Server) showReceipt(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	subs, err := s.Responses.Submissions(c.Request.Context(), viewer(c), sh.Assignment.ID)
	if err != nil {
		return err
	}
	if len(subs) == 0 {
		return redirect(c, sh.Base()+"/tasks")
	}
	return s.renderSupplier(c, "answer/receipt", receiptPage{sh, subs[0], subs})
}
