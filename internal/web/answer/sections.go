package answer

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/fault"
	"tsunagi/internal/locale"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
	"tsunagi/internal/web"
)

// sectionPages are the questions, a section a page.
type sectionPages struct{ sheets }

func (s sectionPages) routes() []web.Route {
	return []web.Route{
		web.Get("/a/:assignment/sections/:section", web.Linked(), s.showSection),
		web.Post("/a/:assignment/sections/:section", web.LinkedChange(), s.saveSection),
		web.Post("/a/:assignment/answers/:question", web.LinkedWrite(), s.saveAnswer).UpTo(web.SaveBody),
	}
}

type sectionPage struct {
	answerSheet
	Section questionnaire.Section
	Page    string // names this page in what it saves, see response.Given
}

// Keeps names the form that a change of language sends first, so that it empties nothing.
func (p sectionPage) Keeps() string {
	if p.ReadOnly {
		return ""
	}
	return "sheet"
}

func (s sectionPages) section(c *gin.Context) (sectionPage, error) {
	sh, err := s.sheet(c)
	if err != nil {
		return sectionPage{}, err
	}
	for _, section := range sh.Campaign.Questionnaire.Sections {
		if section.Key == c.Param("section") {
			page := c.PostForm("page") // one that is shown again stays the same
			if page == "" {
				page = s.NewID()
			}
			return sectionPage{answerSheet: sh, Section: section, Page: page}, nil
		}
	}
	return sectionPage{}, fault.New(fault.NotFound, "fault.not-found")
}

func (s sectionPages) showSection(c *gin.Context) error {
	p, err := s.section(c)
	if err != nil {
		return err
	}
	return s.RenderSupplier(c, "answer/section", p)
}

// saveSection saves a section without scripts: every answer that has changed. An
// answer that somebody else saved meanwhile is not overwritten: both are shown,
// and what was typed stays on the page.
func (s sectionPages) saveSection(c *gin.Context) error {
	p, err := s.section(c)
	if err != nil {
		return err
	}
	var f fault.Fields
	for _, q := range p.Section.Questions {
		wrong, err := s.saveOne(c, &p, q)
		if err != nil {
			return err
		}
		f = append(f, wrong...)
	}
	if c.PostForm("then") == "" {
		f = append(f, p.unreasoned(f)...)
	}
	return s.afterSection(c, p, f.Err())
}

// unreasoned finds where 該当しない was chosen without its reason: saved, but the sheet
// could not be submitted so. Of what is wrong already it says nothing more.
func (p *sectionPage) unreasoned(wrong fault.Fields) fault.Fields {
	var f fault.Fields
	p.settle()
	for _, q := range p.Section.Questions {
		lacks := questionnaire.Lacks(q, p.Answers[q.Key])
		said := slices.ContainsFunc(wrong, func(one fault.Field) bool { return one.Name == lacks.Name })
		if p.Shown[q.Key] && p.Answers[q.Key].LacksReason() && !said {
			f = append(f, lacks)
		}
	}
	return f
}

func (s sectionPages) saveOne(c *gin.Context, p *sectionPage, q questionnaire.Question) (fault.Fields, error) {
	name := "q." + q.Key
	if _, given := c.Request.PostForm[name+".n"]; !given {
		return nil, nil // not on the page that was sent
	}
	answer, beside := questionnaire.Parse(q, c.Request.PostForm, name)
	answer = dated(q, answer)
	if c.PostForm("then") == "clear:"+q.Key {
		answer, beside = questionnaire.Answer{}, questionnaire.Answer{}
	}
	before := p.Saved(q.Key)
	if answer.Same(before.Answer) && beside.Empty() {
		return nil, nil
	}
	given := response.Given{Answer: answer, Aside: before.SetAside(), Page: p.Page}
	given.Seen, _ = strconv.Atoi(c.PostForm(name + ".n"))
	n, err := given.Seen, questionnaire.Beside(q, beside)
	if err == nil {
		n, err = s.responses.Answer(c.Request.Context(), web.Viewer(c), q.Key, given)
	}
	other, wrong := new(response.Conflict), fault.Fields(fault.FieldsOf(err))
	switch {
	case err == nil:
		before.Count = n
	case errors.As(err, &other):
		before.Count = other.Saved.Count // saving once more says that the person has seen it
		wrong.Add(name, other.OnPage(), fault.Args{"Saved": s.worded(c, q, other.Saved.Answer)})
	case len(wrong) == 0:
		return nil, err
	}
	before.Answer, before.Beside = answer, beside
	if p.Draft.Answers == nil {
		p.Draft.Answers = map[string]response.Saved{}
	}
	p.Draft.Answers[q.Key] = before
	return wrong, nil
}

// worded is an answer with its note in words, for showing it beside another.
func (s sectionPages) worded(c *gin.Context, q questionnaire.Question, a questionnaire.Answer) string {
	text := questionnaire.AnswerText(q, a, web.Lang(c))
	if a.Empty() {
		text = s.Catalog.For(web.Lang(c)).T("answer.none")
	}
	if a.Note != "" {
		text += " / " + a.Note
	}
	return text
}

// afterSection does what the pressed button asks for beside saving, once all is saved.
func (s sectionPages) afterSection(c *gin.Context, p sectionPage, err error) error {
	then, id, _ := strings.Cut(c.PostForm("then"), ":")
	if err == nil && then == "remove" {
		err = s.evidence.Remove(c.Request.Context(), web.Viewer(c), p.Assignment.Name, id)
	}
	again := func(problem error) error {
		p.settle()
		return s.RenderProblem(c, "supplier", "answer/section", p, problem)
	}
	return s.Answer(c, err, again, p.next(then, id))
}

// next is where the pressed button leads: the task list, the page for attaching a
// file, or the next section; the last one is followed by the check.
func (p sectionPage) next(then, id string) web.Next {
	here := p.Base() + "/sections/" + p.Section.Key
	switch then {
	case "tasks":
		return web.To(p.Base() + "/tasks")
	case "here":
		return web.To(here)
	case "attach":
		if _, ok := p.Campaign.Questionnaire.Question(id); ok {
			return web.To(p.Base() + "/evidence/new?question=" + id)
		}
	case "clear":
		if p.Standing(id) != nil {
			return web.To(here+"#q."+id).Say("evidence.replaced", fault.Args{"Count": 1})
		}
		return web.To(here + "#q." + id).Say("answer.cleared")
	case "remove":
		return web.To(here).Say("evidence.removed")
	}
	found := false
	for _, section := range p.Campaign.Questionnaire.Sections {
		if _, total := p.Campaign.Questionnaire.SectionProgress(section, p.Answers, p.Covered); found && total > 0 {
			return web.To(p.Base() + "/sections/" + section.Key)
		}
		found = found || section.Key == p.Section.Key
	}
	return web.To(p.Base() + "/check")
}

// dated turns a date as typed into the form in which it is kept; what is no date
// stays as typed, and is found wrong.
func dated(q questionnaire.Question, a questionnaire.Answer) questionnaire.Answer {
	if q.Traits().Day && a.Value != questionnaire.Unknown && a.Value != questionnaire.NA {
		if day, err := locale.ParseDate(a.Value); err == nil {
			a.Value = day.Format(time.DateOnly)
		}
	}
	return a
}
