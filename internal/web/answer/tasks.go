package answer

import (
	"github.com/gin-gonic/gin"

	"tsunagi/internal/questionnaire"
	"tsunagi/internal/web"
)

// taskPages are the task list.
type taskPages struct{ sheets }

func (s taskPages) routes() []web.Route {
	return []web.Route{web.Get("/a/:assignment/tasks", web.Linked(), s.showTasks)}
}

// task is one line of the task list.
type task struct {
	Key, Title  string
	Done, Total int
}

// IsDone tells whether every question of the section is answered or covered.
func (t task) IsDone() bool { return t.Done == t.Total }

// IsStarted tells whether one is.
func (t task) IsStarted() bool { return t.Done > 0 }

type tasksPage struct {
	answerSheet
	Tasks   []task
	Flagged []flagged
	Next    string // where the button leads
	Go      string // what it says: the key of a message
	Left    int    // how many questions keep the sheet from being submitted
}

// flagged is a question that the buyer sent back, with where it stands.
type flagged struct {
	Question questionnaire.Question
	Href     string
}

func (s taskPages) showTasks(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	if sh.Assignment.Revision > 0 && !sh.Assignment.Response.TakesAnswers() {
		return web.Redirect(c, sh.Base()+"/receipt")
	}
	p := tasksPage{answerSheet: sh, Left: len(sh.Campaign.Questionnaire.Missing(sh.Answers, sh.Covered))}
	p.list(web.Lang(c))
	p.lead()
	return s.RenderSupplier(c, "answer/tasks", p)
}

// list fills in the sections that ask something, and the questions that were sent back.
func (p *tasksPage) list(lang string) {
	for _, section := range p.Campaign.Questionnaire.Sections {
		done, total := p.Campaign.Questionnaire.SectionProgress(section, p.Answers, p.Covered)
		if total == 0 {
			continue
		}
		at := p.Base() + "/sections/" + section.Key
		if done < total && p.Next == "" {
			p.Next = at
		}
		p.Tasks = append(p.Tasks, task{section.Key, section.Title.In(lang), done, total})
		for _, q := range section.Questions {
			if len(p.Flags(q.Key)) > 0 {
				p.Flagged = append(p.Flagged, flagged{q, at + "#q." + q.Key})
			}
		}
	}
}

// lead decides where the button leads: to what the buyer asked to be corrected, until it
// was; where all is answered to the check; else to the first section with something left.
func (p *tasksPage) lead() {
	p.Go = "answer.continue"
	for _, f := range p.Flagged {
		if !p.Saved(f.Question.Key).At.After(p.Assignment.ReviewedAt) && p.Used()[f.Question.Key] == "" {
			p.Next = f.Href
			return
		}
	}
	switch {
	case p.Left == 0:
		p.Next, p.Go = p.Base()+"/check", "answer.check"
	case p.Done == 0:
		p.Go = "request.start"
	}
}
