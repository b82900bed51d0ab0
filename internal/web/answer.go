package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/locale"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
)

// answerRoutes are the supplier's pages, behind the link session.
func (s *Server) answerRoutes() []route {
	return []route{
		get("/a/tasks", linked(), s.showTasks),
		get("/a/sections/:section", linked(), s.showSection),
		post("/a/sections/:section", linked(), s.saveSection),
		post("/a/answers/:question", linked(), s.saveAnswer).upTo(saveBody),
		get("/a/decline", linked(), s.showDecline),
		post("/a/decline", linked(), s.decline),
		get("/a/delegate", linked(), s.showDelegate),
		post("/a/delegate", linked(), s.delegate),
	}
}

// task is one line of the task list.
type task struct {
	Key, Title  string
	Done, Total int
}

// Kind is the task's state: "done", "started" or "open".
func (t task) Kind() string {
	switch {
	case t.Done == t.Total:
		return "done"
	case t.Done > 0:
		return "started"
	}
	return "open"
}

type tasksPage struct {
	sheet
	Tasks []task
	Next  string // where 続きから答える leads
	Left  int
}

func (s *Server) showTasks(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	if sh.Assignment.Revision > 0 && !sh.Assignment.Response.TakesAnswers() {
		return redirect(c, "/a/receipt")
	}
	p := tasksPage{sheet: sh, Left: sh.Total - sh.Done}
	for _, section := range sh.Campaign.Questionnaire.Sections {
		done, total := sh.Campaign.Questionnaire.SectionProgress(section, sh.Answers, sh.Covered)
		if total == 0 {
			continue
		}
		if done < total && p.Next == "" {
			p.Next = "/a/sections/" + section.Key
		}
		p.Tasks = append(p.Tasks, task{section.Key, section.Title.In(lang(c)), done, total})
	}
	if p.Next == "" {
		p.Next = "/a/check"
	}
	return s.renderSupplier(c, "answer/tasks", p)
}

type sectionPage struct {
	sheet
	Section questionnaire.Section
	Errors  map[string]string // what was wrong, by question
}

func (s *Server) section(c *gin.Context) (sectionPage, error) {
	sh, err := s.sheet(c)
	if err != nil {
		return sectionPage{}, err
	}
	for _, section := range sh.Campaign.Questionnaire.Sections {
		if section.Key == c.Param("section") {
			return sectionPage{sheet: sh, Section: section}, nil
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
// answer that somebody else saved meanwhile is not overwritten: both are shown.
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
		name := "q." + q.Key
		if q.Kind == questionnaire.File && c.PostForm(name+".common") == "" {
			continue
		}
		answer := dated(q, questionnaire.Parse(q, c.Request.PostForm, name))
		before := p.Saved(q.Key)
		if same(answer, before.Answer) {
			continue
		}
		seen, _ := strconv.Atoi(c.PostForm(name + ".n"))
		_, err := s.Responses.Answer(c.Request.Context(), viewer(c), p.Campaign, q.Key, answer, seen, "")
		var e *fault.Error
		switch {
		case err == nil:
			continue
		case errors.As(err, &e) && e.Kind == fault.Invalid:
			f = append(f, e.Fields...)
		case errors.As(err, &e) && e.Kind == fault.Conflict:
			f.Add(name, "fault.answer.conflict-page", fault.Args{"Saved": questionnaire.AnswerText(q, before.Answer, lang(c))})
		default:
			return err
		}
		kept := p.Draft.Answers[q.Key] // what was typed stays on the page
		kept.Answer = answer
		p.Draft.Answers[q.Key] = kept
	}
	if len(f) > 0 {
		return s.renderProblem(c, "supplier", "answer/section", p, f.Err())
	}
	return redirect(c, s.after(p, c.PostForm("then")))
}

// after is where Continue leads: the next section, else the check.
func (s *Server) after(p sectionPage, then string) string {
	if then == "tasks" {
		return "/a/tasks"
	}
	found := false
	for _, section := range p.Campaign.Questionnaire.Sections {
		if found {
			return "/a/sections/" + section.Key
		}
		found = section.Key == p.Section.Key
	}
	return "/a/check"
}

func same(a, b questionnaire.Answer) bool {
	if a.Value != b.Value || a.Note != b.Note || len(a.Values) != len(b.Values) {
		return false
	}
	for i := range a.Values {
		if a.Values[i] != b.Values[i] {
			return false
		}
	}
	return true
}

// dated turns a date as typed into the form in which it is kept; what is no date
// stays as typed, and is found wrong.
func dated(q questionnaire.Question, a questionnaire.Answer) questionnaire.Answer {
	if q.Kind == questionnaire.Date && a.Value != questionnaire.Unknown && a.Value != questionnaire.NA {
		if day, err := locale.ParseDate(a.Value); err == nil {
			a.Value = day.Format(time.DateOnly)
		}
	}
	return a
}

// saveBodyJSON is one answer as the script sends it.
type saveBodyJSON struct {
	Value  string   `json:"value"`
	Values []string `json:"values"`
	Note   string   `json:"note"`
	N      int      `json:"n"`
}

// saveAnswer saves one answer for the script: one conditional update, no read.
func (s *Server) saveAnswer(c *gin.Context) error {
	var body saveBodyJSON
	if err := decodeJSON(c.Request.Body, &body); err != nil {
		return err
	}
	v := viewer(c)
	a := campaign.Assignment{ID: v.Assignment}
	snapshot, err := s.snapshot(c.Request.Context(), v, campaignOf(a.ID))
	if err != nil {
		return err
	}
	q, ok := snapshot.Questionnaire.Question(c.Param("question"))
	if !ok || q.Kind == questionnaire.File && len(body.Values) > 0 {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	answer := dated(q, questionnaire.Answer{Value: body.Value, Values: body.Values, Note: body.Note})
	n, err := s.Responses.Answer(c.Request.Context(), v, snapshot, q.Key, answer, body.N, "")
	var e *fault.Error
	if errors.As(err, &e) && e.Kind == fault.Conflict {
		saved, _ := e.Args["Saved"].(response.Saved)
		c.JSON(http.StatusConflict, gin.H{"kind": "conflict", "message": s.Catalog.For(lang(c)).T("fault.answer.conflict"),
			"saved": saved.Answer, "text": questionnaire.AnswerText(q, saved.Answer, lang(c)), "n": saved.Count})
		return nil
	}
	if fault.KindOf(err) == fault.Invalid && err != nil {
		c.JSON(http.StatusUnprocessableEntity, gin.H{"kind": "invalid", "message": s.Catalog.For(lang(c)).FieldFault(fault.FieldsOf(err)[0])})
		return nil
	}
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, gin.H{"n": n, "at": s.Catalog.For(lang(c)).Time(s.Now())})
	return nil
}

func campaignOf(assignment string) string {
	for i := range assignment {
		if assignment[i] == ':' {
			return assignment[:i]
		}
	}
	return assignment
}

// decodeJSON reads one JSON object; unknown and repeated keys and anything after
// it are refused.
func decodeJSON(r io.Reader, into any) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	bad := fault.New(fault.Invalid, "fault.json")
	if err := noRepeats(raw); err != nil {
		return bad.Because(err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return bad.Because(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return bad.Because(errors.New("more than one object"))
	}
	return nil
}

// noRepeats refuses an object that gives a key twice: readers differ on which counts.
func noRepeats(raw []byte) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.New("not an object")
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		key, _ := t.(string)
		if seen[key] {
			return errors.New("key given twice: " + key)
		}
		seen[key] = true
		var skip json.RawMessage
		if err := d.Decode(&skip); err != nil {
			return err
		}
	}
	return nil
}

type declinePage struct {
	sheet
	Reason string
}

func (s *Server) showDecline(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	return s.renderSupplier(c, "answer/decline", declinePage{sheet: sh})
}

func (s *Server) decline(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	p := declinePage{sh, c.PostForm("reason")}
	err = s.Responses.Decline(c.Request.Context(), viewer(c), sh.Assignment, p.Reason)
	if fault.KindOf(err) == fault.Invalid && err != nil {
		return s.renderProblem(c, "supplier", "answer/decline", p, err)
	}
	if err != nil {
		return err
	}
	return s.renderSupplier(c, "answer/declined", p)
}

type delegatePage struct {
	sheet
	Name, Email string
}

func (s *Server) showDelegate(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	return s.renderSupplier(c, "answer/delegate", delegatePage{sheet: sh})
}

func (s *Server) delegate(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	p := delegatePage{sh, c.PostForm("name"), c.PostForm("email")}
	err = s.Responses.Delegate(c.Request.Context(), viewer(c), sh.Assignment, p.Name, p.Email)
	if fault.KindOf(err) == fault.Invalid && err != nil {
		return s.renderProblem(c, "supplier", "answer/delegate", p, err)
	}
	if err != nil {
		return err
	}
	s.WakeMail()
	return s.redirectWith(c, "/a/tasks", "success", "answer.delegated", fault.Args{"Name": p.Name})
}
