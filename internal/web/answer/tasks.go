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
	Next    string // where 続きから答える leads
	Left    int
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
	for _, section := range sh.Campaign.Questionnaire.Sections {
		done, total := sh.Campaign.Questionnaire.SectionProgress(section, sh.Answers, sh.Covered)
		if total == 0 {
			continue
		}
		if done < total && p.Next == "" {
			p.Next = sh.Base() + "/sections/" + section.Key
		}
		p.Tasks = append(p.Tasks, task{section.Key, section.Title.In(web.Lang(c)), done, total})
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
	return s.RenderSupplier(c, "answer/tasks", p)
}
