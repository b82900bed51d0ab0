package answer

import (
	"io"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/locale"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/web"
)

// evidencePages are what a supplier attaches.
type evidencePages struct{ sheets }

func (s evidencePages) routes() []web.Route {
	return []web.Route{
		web.Get("/a/:assignment/evidence", web.Linked(), s.showEvidence),
		web.Get("/a/:assignment/evidence/new", web.Linked(), s.showAddEvidence),
		web.Post("/a/:assignment/evidence/new", web.LinkedChange(), s.addEvidence).WithFiles(evidence.MaxFile + 1<<20),
		web.Post("/a/:assignment/evidence/:id/remove", web.LinkedChange(), s.removeEvidence),
		web.Post("/a/:assignment/evidence/:id/replace", web.LinkedChange(), s.replaceAnswers),
		web.Get("/a/:assignment/evidence/:id/file", web.Linked(), s.supplierFile),
		web.Get("/a/:assignment/evidence/:id/pages", web.Linked(), s.supplierPages),
		web.Get("/a/:assignment/evidence/:id/pages/:page", web.Linked(), s.supplierPicture),
	}
}

type evidencePage struct {
	answerSheet
	Kinds []evidence.Kind
}

// Replaces says what certificates may replace.
func (p evidencePage) Replaces() []campaign.Replaced {
	return p.Campaign.Replaces(p.Assignment.PersonalData)
}

// StandsFor counts the questions that a certificate stands in for.
func (p evidencePage) StandsFor(id string) int {
	n := 0
	for _, by := range p.Used() {
		if by == id {
			n++
		}
	}
	return n
}

// Answered lists the questions that a certificate could stand in for, and that were
// answered all the same.
func (p evidencePage) Answered(id string) []string {
	return p.Campaign.Questionnaire.Answered(p.Answers, p.Covered, id)
}

// Nothing is the message that a certificate which holds replaces no question here, ""
// when it replaces some, when it has another reason not to, or never would.
func (p evidencePage) Nothing(e evidence.Evidence) string {
	switch {
	case !e.Kind.Traits().StandsIn || len(e.WhyNot(p.Now)) > 0 || p.StandsFor(e.ID) > 0 || len(p.Answered(e.ID)) > 0:
		return ""
	case !p.Campaign.StandIn:
		return "evidence.replaces-none"
	}
	for key := range p.Campaign.Covered([]questionnaire.Certificate{{ID: e.ID, Kind: string(e.Kind)}}, p.Assignment.PersonalData) {
		if p.Shown[key] { // and another certificate came first
			return "evidence.replaces-already"
		}
	}
	return e.Kind.Traits().Nothing
}

// Number is the number of a question, for naming what is attached to it.
func (p evidencePage) Number(question string) int {
	q, _ := p.Campaign.Questionnaire.Question(question)
	return q.Number
}

func (s evidencePages) showEvidence(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	return s.RenderSupplier(c, "answer/evidence", evidencePage{sh, evidence.Kinds})
}

// evidenceForm is a certificate as typed.
type evidenceForm struct {
	answerSheet
	Given    evidence.Evidence
	Fields   []evidenceField
	Question *questionnaire.Question // set when a file is attached to one question
	Chosen   string                  // the name of a file that must be chosen again
}

// evidenceField is a field as the kind asks for it, with what was typed.
type evidenceField struct {
	evidence.Ask
	Value   string
	Options []web.FieldOption
}

// Keyboard is the inputmode of the field: digits where nothing else is asked for.
func (f evidenceField) Keyboard() string {
	if f.Digits {
		return "numeric"
	}
	return ""
}

// Width is "medium" for numbers, which are never long.
func (f evidenceField) Width() string {
	if f.Field == evidence.Number {
		return "medium"
	}
	return ""
}

// Control is how the form asks for it.
func (f evidenceField) Control() evidence.Control { return f.Field.Control() }

// Names are the message keys of what the fields are called.
func (f evidenceForm) Names() map[string]any {
	out := map[string]any{"file": "evidence.file"}
	for _, field := range f.Fields {
		out[string(field.Field)] = field.Label
	}
	return out
}

// NeedsFile tells whether this kind must come with its document.
func (f evidenceForm) NeedsFile() bool { return f.Given.NeedsFile() }

func (s evidencePages) evidenceForm(c *gin.Context, value func(string) string) (evidenceForm, error) {
	sh, err := s.sheet(c)
	if err != nil {
		return evidenceForm{}, err
	}
	f := evidenceForm{answerSheet: sh}
	f.Given = evidence.Evidence{Kind: evidence.Kind(value("kind")), Campaign: sh.Assignment.Campaign, Supplier: sh.Assignment.Supplier}
	if key := value("question"); key != "" {
		q, ok := sh.Campaign.Questionnaire.Question(key)
		if !ok {
			return f, fault.New(fault.NotFound, "fault.not-found")
		}
		f.Question, f.Given.Question, f.Given.Kind = &q, key, evidence.Attachment
	}
	if !f.Given.Kind.Offered() && f.Question == nil {
		return f, fault.New(fault.NotFound, "fault.not-found")
	}
	w := s.Catalog.For(web.Lang(c))
	for _, ask := range f.Given.Kind.Traits().Asks {
		field := evidenceField{Ask: ask, Value: value(string(ask.Field))}
		for _, choice := range ask.Field.Choices() {
			option := web.FieldOption{Value: choice.Value, Label: choice.Value}
			if choice.Key != "" {
				option.Label = w.T(choice.Key)
			}
			field.Options = append(field.Options, option)
		}
		f.Given.Put(ask.Field, field.Value)
		f.Fields = append(f.Fields, field)
	}
	return f, nil
}

func (s evidencePages) showAddEvidence(c *gin.Context) error {
	f, err := s.evidenceForm(c, c.Query)
	if err != nil {
		return err
	}
	if f.ReadOnly {
		return web.Redirect(c, f.Base()+"/evidence")
	}
	return s.RenderSupplier(c, "answer/evidence-new", f)
}

func (s evidencePages) addEvidence(c *gin.Context) error {
	upload, err := web.TakeUpload(c, "file")
	switch {
	case web.TooLarge(err) != err:
		return s.uploadProblem(c, "fault.evidence.too-large")
	case web.BrokeOff(err):
		return s.uploadProblem(c, "fault.evidence.cut-off")
	case err != nil:
		return err // read, and no text
	}
	sum := ""
	if upload != nil {
		defer func() { _ = upload.Close() }()
		sum = upload.Sum
	}
	if done, err := s.Once(c, sum); done || err != nil {
		return err
	}
	f, err := s.evidenceForm(c, c.PostForm)
	if err != nil {
		return err
	}
	if err = f.parseDates(); err == nil {
		err = f.fileGone(c, upload)
	}
	if err == nil {
		err = s.storeEvidence(c, f, upload)
	}
	f.lose(c, upload)
	said := "evidence.added"
	if upload == nil {
		said = "evidence.noted"
	}
	return s.Answer(c, err, s.Again(c, "supplier", "answer/evidence-new", f), web.To(f.after()).Say(said))
}

// fileGone refuses a form that was shown again for another fault, and is sent without the
// file that was chosen the first time: unless that is wanted.
func (f evidenceForm) fileGone(c *gin.Context, upload *web.Upload) error {
	chosen := c.PostForm("chosen")
	if upload != nil || chosen == "" || c.PostForm("without") != "" {
		return nil
	}
	var fields fault.Fields
	fields.Add("file", "fault.evidence.choose-again", fault.Args{"Name": evidence.CleanName(chosen)})
	return fields.Err()
}

// lose notes which file must be chosen again, should the form be shown again. A script
// keeps the page, and with it the file.
func (f *evidenceForm) lose(c *gin.Context, upload *web.Upload) {
	switch chosen := c.PostForm("chosen"); {
	case web.WantsJSON(c):
	case upload != nil:
		f.Chosen = evidence.CleanName(upload.Name)
	case chosen != "":
		f.Chosen = evidence.CleanName(chosen)
	}
}

// uploadProblem shows the form again when the body itself could not be read: its
// fields are lost with it, so the address tells the kind.
func (s evidencePages) uploadProblem(c *gin.Context, key string) error {
	web.Drain(c.Request.Body)
	f, err := s.evidenceForm(c, c.Query)
	if err != nil {
		return err
	}
	var fields fault.Fields
	fields.Add("file", key)
	return s.RenderProblem(c, "supplier", "answer/evidence-new", f, fields.Err())
}

func (s evidencePages) storeEvidence(c *gin.Context, f evidenceForm, upload *web.Upload) error {
	var name string
	var file io.Reader // none chosen: the rules say whether that is right
	if upload != nil {
		name, file = upload.Name, upload
	}
	_, err := s.evidence.Add(c.Request.Context(), web.Viewer(c), f.Assignment.Name, f.Given, name, file)
	return err
}

// after is where to go once it is stored: back to the question, or to the list.
func (f evidenceForm) after() string {
	if f.Question != nil {
		for _, section := range f.Campaign.Questionnaire.Sections {
			for _, q := range section.Questions {
				if q.Key == f.Question.Key {
					return f.Base() + "/sections/" + section.Key + "#q." + q.Key
				}
			}
		}
	}
	return f.Base() + "/evidence"
}

// parseDates reads the dates that were typed, as the last moment of their day.
func (f *evidenceForm) parseDates() error {
	var wrong fault.Fields
	for _, field := range f.Fields {
		at := field.Field.Day(&f.Given)
		if at == nil || field.Value == "" {
			continue
		}
		day, err := locale.ParseDate(field.Value)
		if err != nil {
			wrong.Add(string(field.Field), "fault.date")
			continue
		}
		end := calendar.EndOfDay(day)
		*at = &end
	}
	return wrong.Err()
}

func (s evidencePages) removeEvidence(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	err = s.evidence.Remove(c.Request.Context(), web.Viewer(c), sh.Assignment.Name, c.Param("id"))
	return s.Answer(c, err, nil, web.To(sh.Base()+"/evidence").Say("evidence.removed"))
}

func (s evidencePages) replaceAnswers(c *gin.Context) error {
	v := web.Viewer(c)
	n, err := s.responses.Replace(c.Request.Context(), v, c.Param("id"))
	to := web.To(answerBase(v.Assignment) + "/evidence")
	if n > 0 { // a second press finds nothing left
		to = to.Say("evidence.replaced", fault.Args{"Count": n})
	}
	return s.Answer(c, err, nil, to)
}

func (s evidencePages) supplierFile(c *gin.Context) error {
	e, err := s.evidence.Get(c.Request.Context(), web.Viewer(c), c.Param("id"))
	if err != nil {
		return err
	}
	return s.SendEvidence(c, s.evidence, e)
}

// supplierPages shows the pages of a file as the buyer will see them.
func (s evidencePages) supplierPages(c *gin.Context) error {
	e, err := s.evidence.Get(c.Request.Context(), web.Viewer(c), c.Param("id"))
	if err != nil {
		return err
	}
	p, err := s.FilePages(c, s.evidence, e)
	if err != nil {
		return err
	}
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	base := sh.Base() + "/evidence"
	p.Base, p.File, p.Back = base+"/"+e.ID+"/pages", base+"/"+e.ID+"/file", base
	return s.RenderSupplier(c, "answer/pages", pagesPage{sh, p})
}

// pagesPage is a file of the supplier's own.
type pagesPage struct {
	answerSheet
	Shown web.FilePages
}

func (s evidencePages) supplierPicture(c *gin.Context) error {
	e, err := s.evidence.Get(c.Request.Context(), web.Viewer(c), c.Param("id"))
	if err != nil {
		return err
	}
	return s.SendPicture(c, s.evidence, e)
}
