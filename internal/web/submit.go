package web

import (
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/locale"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
)

// submitRoutes are evidence, check and submission.
func (s *Server) submitRoutes() []route {
	return []route{
		get("/a/evidence", linked(), s.showEvidence),
		get("/a/evidence/new", linked(), s.showAddEvidence),
		post("/a/evidence/new", linked(), s.addEvidence).upTo(evidence.MaxFile + 1<<20),
		post("/a/evidence/:id/remove", linked(), s.removeEvidence),
		get("/a/evidence/:id/file", linked(), s.supplierFile),
		get("/a/check", linked(), s.showCheck),
		post("/a/submit", linked(), s.submit),
		get("/a/receipt", linked(), s.showReceipt),
	}
}

func (s *Server) showEvidence(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	return s.renderSupplier(c, "answer/evidence", sh)
}

// evidenceForm is a certificate as typed.
type evidenceForm struct {
	sheet
	Given           evidence.Evidence
	Expires, Covers string
	Kinds           []evidence.Kind
	Standards       []string
	Accreditations  []string
	Question        *questionnaire.Question // set when a file is attached to one question
}

func (s *Server) evidenceForm(c *gin.Context, value func(string) string) (evidenceForm, error) {
	sh, err := s.sheet(c)
	if err != nil {
		return evidenceForm{}, err
	}
	f := evidenceForm{sheet: sh, Kinds: evidence.Kinds, Standards: evidence.Standards, Accreditations: evidence.Accreditations}
	f.Given = evidence.Evidence{Kind: evidence.Kind(value("kind")), Campaign: sh.Assignment.Campaign, Supplier: sh.Assignment.Supplier,
		Number: value("number"), Standard: value("standard"), Body: value("body"), Accreditation: value("accreditation"),
		Holder: value("holder"), Scope: value("scope")}
	if key := value("question"); key != "" {
		q, ok := sh.Campaign.Questionnaire.Question(key)
		if !ok {
			return f, fault.New(fault.NotFound, "fault.not-found")
		}
		f.Question, f.Given.Question, f.Given.Kind = &q, key, evidence.Attachment
	}
	f.Expires, f.Covers = value("expires"), value("covers")
	if f.Covers == "yes" || f.Covers == "no" {
		yes := f.Covers == "yes"
		f.Given.CoversWork = &yes
	}
	switch value("stars") {
	case "1":
		f.Given.Stars = 1
	case "2":
		f.Given.Stars = 2
	}
	return f, nil
}

func (s *Server) showAddEvidence(c *gin.Context) error {
	f, err := s.evidenceForm(c, c.Query)
	if err != nil {
		return err
	}
	return s.renderSupplier(c, "answer/evidence-new", f)
}

func (s *Server) addEvidence(c *gin.Context) error {
	if err := c.Request.ParseMultipartForm(1 << 20); err != nil {
		return tooLarge(fault.New(fault.Invalid, "fault.evidence.cut-off").Because(err))
	}
	defer func() { _ = c.Request.MultipartForm.RemoveAll() }()
	f, err := s.evidenceForm(c, c.PostForm)
	if err != nil {
		return err
	}
	if err = f.parseDates(); err == nil {
		var file io.ReadCloser
		name := ""
		if header, ferr := c.FormFile("file"); ferr == nil {
			name = header.Filename
			if file, err = header.Open(); err != nil {
				return err
			}
			defer func() { _ = file.Close() }()
		}
		var reader io.Reader
		if file != nil {
			reader = file
		}
		_, err = s.Evidence.Add(c.Request.Context(), viewer(c), f.Assignment.Name, f.Given, name, reader)
	}
	if fault.KindOf(err) == fault.Invalid && err != nil {
		return s.renderProblem(c, "supplier", "answer/evidence-new", f, err)
	}
	if err != nil {
		return err
	}
	to := "/a/evidence"
	if f.Question != nil {
		to = "/a/tasks"
		for _, section := range f.Campaign.Questionnaire.Sections {
			for _, q := range section.Questions {
				if q.Key == f.Question.Key {
					to = "/a/sections/" + section.Key + "#q." + q.Key
				}
			}
		}
	}
	return s.redirectWith(c, to, "success", "evidence.added")
}

func (f *evidenceForm) parseDates() error {
	if f.Expires == "" {
		return nil
	}
	day, err := locale.ParseDate(f.Expires)
	if err != nil {
		var fields fault.Fields
		fields.Add("expires", "fault.date")
		return fields.Err()
	}
	end := locale.EndOfDay(day)
	f.Given.ExpiresOn = &end
	return nil
}

func (s *Server) removeEvidence(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	if err := s.Evidence.Remove(c.Request.Context(), viewer(c), sh.Assignment.Name, c.Param("id")); err != nil {
		return err
	}
	return s.redirectWith(c, "/a/evidence", "success", "evidence.removed")
}

func (s *Server) supplierFile(c *gin.Context) error {
	e, err := s.Evidence.Get(c.Request.Context(), viewer(c), c.Param("id"))
	if err != nil {
		return err
	}
	return s.sendFile(c, e)
}

// sendFile streams a stored file. It comes from outside: the browser is told its
// detected type and to run nothing in it. HEIC, which browsers do not show, is
// offered for download.
func (s *Server) sendFile(c *gin.Context, e evidence.Evidence) error {
	file, err := s.Evidence.Open(c.Request.Context(), viewer(c), e)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	how := "inline"
	if e.File.Type == "image/heic" || c.Query("download") != "" {
		how = "attachment"
	}
	h := c.Writer.Header()
	h.Set("Content-Disposition", how+"; filename*=UTF-8''"+url.PathEscape(e.File.Name))
	h.Set("Content-Security-Policy", "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; object-src 'self'; plugin-types application/pdf; frame-ancestors 'self'")
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Length", fmt.Sprint(e.File.Size))
	h.Set("Content-Type", e.File.Type)
	c.Status(http.StatusOK)
	_, err = io.Copy(c.Writer, file)
	return err
}

type checkPage struct {
	sheet
	Missing    []questionnaire.Question
	Name, Role string
	Agreed     bool
	Statement  string
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
	return checkPage{sheet: sh, Missing: sh.Campaign.Questionnaire.Missing(sh.Answers, sh.Covered),
		Name: sh.Assignment.Person, Statement: s.Catalog.For(lang(c)).T("answer.statement", "Buyer", sh.Buyer)}, nil
}

func (s *Server) showCheck(c *gin.Context) error {
	p, err := s.checkPage(c)
	if err != nil {
		return err
	}
	if p.Assignment.Revision > 0 && !p.Assignment.Response.TakesAnswers() {
		return redirect(c, "/a/receipt")
	}
	return s.renderSupplier(c, "answer/check", p)
}

func (s *Server) submit(c *gin.Context) error {
	p, err := s.checkPage(c)
	if err != nil {
		return err
	}
	p.Name, p.Role, p.Agreed = c.PostForm("name"), c.PostForm("role"), c.PostForm("agreed") != ""
	v := viewer(c)
	v.Name = p.Name
	_, err = s.Responses.Submit(c.Request.Context(), v, p.Campaign, p.Assignment, p.Evidence,
		response.Declare{Name: p.Name, Role: p.Role, Text: p.Statement, Lang: lang(c), Agreed: p.Agreed})
	switch {
	case err == nil, fault.KindOf(err) == fault.Conflict: // submitted already, by another window: its receipt is ours
		s.WakeMail()
		return redirect(c, "/a/receipt")
	case fault.KindOf(err) == fault.Invalid:
		return s.renderProblem(c, "supplier", "answer/check", p, err)
	}
	return err
}

type receiptPage struct {
	sheet
	Submission response.Submission
}

func (s *Server) showReceipt(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	if sh.Assignment.Revision == 0 {
		return redirect(c, "/a/tasks")
	}
	sub, err := s.Responses.Submission(c.Request.Context(), viewer(c), sh.Assignment.ID, sh.Assignment.Revision)
	if err != nil {
		return err
	}
	return s.renderSupplier(c, "answer/receipt", receiptPage{sh, sub})
}
