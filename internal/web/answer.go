package web

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/fault"
	"tsunagi/internal/locale"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
)

// answerRoutes are the supplier's pages, behind the link session.
func (s *Server) answerRoutes() []route {
	return []route{
		get("/a/:assignment/tasks", linked(), s.showTasks),
		get("/a/:assignment/sections/:section", linked(), s.showSection),
		post("/a/:assignment/sections/:section", linked(), s.saveSection),
		post("/a/:assignment/answers/:question", linkedWrite(), s.saveAnswer).upTo(saveBody),
		get("/a/:assignment/decline", linked(), s.showDecline),
		post("/a/:assignment/decline", linked(), s.decline),
		get("/a/:assignment/delegate", linked(), s.showDelegate),
		post("/a/:assignment/delegate", linked(), s.delegate),
	}
}

// task is one line of the task list.
type task struct {
	Key, Title  string
	Done, Total int
}

// IsDone and IsStarted tell how far the task is.
func (t task) IsDone() bool    { return t.Done == t.Total }
func (t task) IsStarted() bool { return t.Done > 0 }

type tasksPage struct {
	answerSheet
	Tasks   []task
	Flagged []flagged
	Next    string // where 続きから答える leads
	Left    int
}

// flagged is a question that the buyer sent back, with where it stands.
type flagged struct {
	Question questionnaire.Question
	Href     string
}

func (s *Server) showTasks(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	if sh.Assignment.Revision > 0 && !sh.Assignment.Response.TakesAnswers() {
		return redirect(c, sh.Base()+"/receipt")
	}
	p := tasksPage{answerSheet: sh, Left: len(sh.Campaign.Questionnaire.Missing(sh.Answers, sh.Covered))}
	for _, section := range sh.Campaign.Questionnaire.Sections {
		done, total := sh.Campaign.Questionnaire.SectionProgress(section, sh.Answers, sh.Covered)
		if total == 0 {
			continue
		}
		if done < total && p.Next == "" {
			p.Next = sh.Base() + "/sections/" + section.Key
		}
		p.Tasks = append(p.Tasks, task{section.Key, section.Title.In(lang(c)), done, total})
		for _, q := range section.Questions {
			if len(sh.Flags(q.Key)) > 0 {
				p.Flagged = append(p.Flagged, flagged{q, sh.Base() + "/sections/" + section.Key + "#q." + q.Key})
			}
		}
	}
	switch {
	case len(p.Flagged) > 0:
		p.Next = p.Flagged[0].Href
	case p.Next == "":
		p.Next = sh.Base() + "/check"
	}
	return s.renderSupplier(c, "answer/tasks", p)
}

type sectionPage struct {
	answerSheet
	Section questionnaire.Section
}

func (s *Server) section(c *gin.Context) (sectionPage, error) {
	sh, err := s.sheet(c)
	if err != nil {
		return sectionPage{}, err
	}
	for _, section := range sh.Campaign.Questionnaire.Sections {
		if section.Key == c.Param("section") {
			return sectionPage{answerSheet: sh, Section: section}, nil
		}
	}
	return sectionPage{}, fault.New(fault.NotFound, "fault.not-found")
}

func (s *Server) showSection(c *gin.Context) error {
	p, err := s.section(c)
	if err != nil {
		return err
	}
	return s.renderSupplier(c, "answer/section", p)
}

// saveSection saves a section without scripts: every answer that has changed. An
// answer that somebody else saved meanwhile is not overwritten: both are shown,
// and what was typed stays on the page.
func (s *Server) saveSection(c *gin.Context) error {
	p, err := s.section(c)
	if err != nil {
		return err
	}
	if err := c.Request.ParseForm(); err != nil {
		return tooLarge(err)
	}
	var f fault.Fields
	for _, q := range p.Section.Questions {
		wrong, err := s.saveOne(c, &p, q)
		if err != nil {
			return err
		}
		f = append(f, wrong...)
	}
	if len(f) > 0 {
		p.settle()
		return s.renderProblem(c, "supplier", "answer/section", p, f.Err())
	}
	return s.afterSection(c, p, c.PostForm("then"))
}

func (s *Server) saveOne(c *gin.Context, p *sectionPage, q questionnaire.Question) (fault.Fields, error) {
	name := "q." + q.Key
	if _, given := c.Request.PostForm[name+".n"]; !given {
		return nil, nil // not on the page that was sent
	}
	answer := dated(q, questionnaire.Parse(q, c.Request.PostForm, name))
	before := p.Saved(q.Key)
	if answer.Same(before.Answer) {
		return nil, nil
	}
	seen, _ := strconv.Atoi(c.PostForm(name + ".n"))
	n, err := s.Responses.Answer(c.Request.Context(), viewer(c), q.Key, answer, seen, "")
	var f fault.Fields
	var e *fault.Error
	switch errors.As(err, &e); {
	case err == nil:
		before.Count = n
	case e != nil && e.Kind == fault.Invalid:
		f = e.Fields
	case e != nil && e.Kind == fault.Conflict:
		other, _ := e.Args["Saved"].(response.Saved)
		before.Count = other.Count // saving once more says that the person has seen it
		f.Add(name, "fault.answer.conflict-page", fault.Args{"Saved": s.worded(c, q, other.Answer)})
	default:
		return nil, err
	}
	before.Answer = answer
	if p.Draft.Answers == nil {
		p.Draft.Answers = map[string]response.Saved{}
	}
	p.Draft.Answers[q.Key] = before
	return f, nil
}

// worded is an answer with its note in words, for showing it beside another.
func (s *Server) worded(c *gin.Context, q questionnaire.Question, a questionnaire.Answer) string {
	text := questionnaire.AnswerText(q, a, lang(c))
	if a.Empty() {
		text = s.Catalog.For(lang(c)).T("answer.none")
	}
	if a.Note != "" {
		text += " / " + a.Note
	}
	return text
}

// afterSection goes where the pressed button leads: the task list, the page for
// attaching a file, or the next section; the last one is followed by the check.
func (s *Server) afterSection(c *gin.Context, p sectionPage, then string) error {
	here := p.Base() + "/sections/" + p.Section.Key
	what, id, _ := strings.Cut(then, ":")
	switch what {
	case "tasks":
		return redirect(c, p.Base()+"/tasks")
	case "here":
		return redirect(c, here)
	case "attach":
		if _, ok := p.Campaign.Questionnaire.Question(id); ok {
			return redirect(c, p.Base()+"/evidence/new?question="+id)
		}
	case "remove":
		if err := s.Evidence.Remove(c.Request.Context(), viewer(c), p.Assignment.Name, id); err != nil {
			return err
		}
		return s.redirectWith(c, here, "success", "evidence.removed")
	}
	found := false
	for _, section := range p.Campaign.Questionnaire.Sections {
		if _, total := p.Campaign.Questionnaire.SectionProgress(section, p.Answers, p.Covered); found && total > 0 {
			return redirect(c, p.Base()+"/sections/"+section.Key)
		}
		found = found || section.Key == p.Section.Key
	}
	return redirect(c, p.Base()+"/check")
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
