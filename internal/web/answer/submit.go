package answer

import (
	"github.com/gin-gonic/gin"

	"tsunagi/internal/fault"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
	"tsunagi/internal/web"
)

// submitPages are check, submission and receipt.
type submitPages struct{ sheets }

func (s submitPages) routes() []web.Route {
	return []web.Route{
		web.Get("/a/:assignment/check", web.Linked(), s.showCheck),
		web.Post("/a/:assignment/submit", web.Linked(), s.submit),
		web.Get("/a/:assignment/receipt", web.Linked(), s.showReceipt),
		web.Get("/a/:assignment/submitted", web.Linked(), s.showSubmitted),
		web.Get("/a/:assignment/copy.pdf", web.Linked(), s.copyPDF),
	}
}

type checkPage struct {
	answerSheet
	Missing    []questionnaire.Question
	Leaves     []response.Unasked // what the sheet holds and does not submit
	Name, Role string
	Agreed     bool
	Statement  string
	Version    string // of the statement
}

// Here is where the page can be opened: declaring has an address of its own.
func (p checkPage) Here() string { return p.Base() + "/check" }

// SectionOf is the key of the section in which a question stands.
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

func (s submitPages) checkPage(c *gin.Context) (checkPage, error) {
	sh, err := s.sheet(c)
	if err != nil {
		return checkPage{}, err
	}
	w := s.Catalog.For(web.Lang(c))
	return checkPage{answerSheet: sh, Missing: sh.Campaign.Questionnaire.Missing(sh.Answers, sh.Covered),
		Leaves: response.Leaves(sh.Campaign.Questionnaire, sh.Answers, sh.Evidence), Name: sh.Assignment.Person,
		Statement: w.T("answer.statement", "Buyer", sh.Buyer, "Date", w.Date(sh.Now)), Version: response.Statement}, nil
}

func (s submitPages) showCheck(c *gin.Context) error {
	p, err := s.checkPage(c)
	if err != nil {
		return err
	}
	if p.Assignment.Revision > 0 && !p.Assignment.Response.TakesAnswers() {
		return web.Redirect(c, p.Base()+"/receipt")
	}
	return s.RenderSupplier(c, "answer/check", p)
}

// submit declares the answers. When another window was faster its receipt is shown;
// when somebody changed an answer meanwhile the newest answers are shown again.
func (s submitPages) submit(c *gin.Context) error {
	p, err := s.checkPage(c)
	if err != nil {
		return err
	}
	receipt := web.To(p.Base() + "/receipt")
	if p.Assignment.Revision > 0 && !p.Assignment.Response.TakesAnswers() {
		return s.Answer(c, nil, nil, receipt)
	}
	p.parse(c)
	_, err = s.responses.Submit(c.Request.Context(), web.Viewer(c),
		response.Declare{Name: p.Name, Role: p.Role, Text: p.Statement, Lang: web.Lang(c), Agreed: p.Agreed})
	if kind := fault.KindOf(err); kind == fault.Conflict || kind == fault.Gone {
		return s.submitAgain(c, p.Assignment.Revision, err)
	}
	return s.Answer(c, err, s.Again(c, "supplier", "answer/check", p), receipt)
}

func (s submitPages) submitAgain(c *gin.Context, before int, problem error) error {
	p, err := s.checkPage(c)
	if err != nil {
		return err
	}
	if p.Assignment.Revision > before {
		return s.Answer(c, nil, nil, web.To(p.Base()+"/receipt"))
	}
	if fault.KindOf(problem) == fault.Gone {
		return problem
	}
	p.parse(c)
	return s.RenderProblem(c, "supplier", "answer/check", p, problem)
}

// parse reads what the person gave, so that nothing typed is lost.
func (p *checkPage) parse(c *gin.Context) {
	p.Name, p.Role, p.Agreed = c.PostForm("name"), c.PostForm("role"), c.PostForm("agreed") != ""
}
