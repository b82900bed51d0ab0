package report

import (
	"strconv"
	"strings"
	"time"
)

// AnswerSheet is what one supplier declared in one campaign, and what the buyer
// made of it. The caller leaves out what the reader may not see, and questions
// that the conditions hide.
type AnswerSheet struct {
	Meta

	// SupplierCopy is the supplier's own copy: what reviewers said is left out.
	SupplierCopy bool

	Supplier      Supplier
	Buyer         string
	Campaign      string
	Questionnaire string // title and version
	Request       string // request number
	State         string // in words
	DueAt         time.Time
	Score         string   // in words, such as "78点（100点満点）"; empty when nothing is scored
	Unanswered    int      // questions without an answer
	Critical      []string // critical questions that are not done, in words
	Sections      []SheetSection
	Certificates  []Certificate
	Review        *Verdict // nil while nothing is decided
	Declaration   *Declaration
	Revisions     []Revision // oldest first
}

// Supplier is whom a sheet is about.
type Supplier struct {
	Name, Code, CorporateNumber string
	Person                      string // department and name of the person asked
}

// SheetSection is a section of the questionnaire with its answers.
type SheetSection struct {
	Title   string
	Score   string
	Answers []SheetAnswer
}

// SheetAnswer is one question and what was answered.
type SheetAnswer struct {
	Number     int
	Question   string
	References []string
	Critical   bool
	Mark       Mark
	Answer     string // in words; may be empty when the mark says it all
	Note       string // what is left, or why it does not apply
	CoveredBy  string // name and number of the certificate that stands in
	Score      string // such as "4 / 4"
	Files      []string
	Comments   []Comment
}

// Comment is what a reviewer said of an answer.
type Comment struct {
	By      string
	At      time.Time
	Text    string
	Flagged bool // the answer was sent back
}

// Certificate is a certificate or document that was attached.
type Certificate struct {
	Kind       string // in words
	Number     string
	Standard   string // and edition
	Body       string // certification body and accreditation
	Holder     string
	Scope      string
	CoversWork string // in words: does the scope cover the work that is ordered?
	ExpiresOn  time.Time
	File       string // name
	SHA256     string // of the file
	Validity   Validity
	Reason     string // why it was rejected
	ReviewedBy string
	ReviewedAt time.Time
}

// Verdict is what a reviewer decided.
type Verdict struct {
	Verdict string // in words
	Reason  string
	By      string
	At      time.Time
}

// Declaration is who declared the answers to be true.
type Declaration struct {
	Statement string // version of the text
	Text      string
	Name      string
	Role      string
	At        time.Time
}

// Revision is one submission.
type Revision struct {
	Number  int
	At      time.Time
	By      string
	Receipt string
	SHA256  string // of the canonical form of the answers
}

// hash is that of the newest submission, empty before the first.
func (s AnswerSheet) hash() string {
	if len(s.Revisions) == 0 {
		return ""
	}
	return s.Revisions[len(s.Revisions)-1].SHA256
}

// PDF sets the sheet. The same sheet gives the same bytes.
func (s AnswerSheet) PDF(fonts *Fonts, p Words) ([]byte, error) {
	kind := p.T("report.sheet.kind")
	if s.SupplierCopy {
		kind = p.T("report.sheet.kind-copy")
	}
	seal := ""
	if h := s.hash(); h != "" {
		seal = p.T("report.sheet.seal", "Hash", h)
	}
	d := newDocument(fonts, s.properties(kind+"　"+s.Supplier.Name, s.Campaign, seal, p))
	d.title(kind, s.Supplier.Name, s.Campaign)
	s.writeFacts(d, p)
	s.writeCritical(d, p)
	for _, section := range s.Sections {
		s.writeSection(d, section, p)
	}
	s.writeCertificates(d, p)
	s.writeReview(d, p)
	s.writeDeclaration(d, p)
	s.writeRevisions(d, p)
	return d.bytes()
}

func (s AnswerSheet) writeFacts(d *document, p Words) {
	unanswered := ""
	if s.Unanswered > 0 {
		unanswered = itoa(s.Unanswered)
	}
	submitted := ""
	if n := len(s.Revisions); n > 0 {
		last := s.Revisions[n-1]
		submitted = p.T("report.sheet.revision-at", "Number", last.Number, "Time", p.DateTime(last.At))
	}
	d.pairs([]pair{
		{p.T("report.sheet.buyer"), s.Buyer},
		{p.T("report.sheet.questionnaire"), s.Questionnaire},
		{p.T("report.sheet.request"), s.Request},
		{p.T("report.supplier.code"), s.Supplier.Code},
		{p.T("report.supplier.corporate-number"), s.Supplier.CorporateNumber},
		{p.T("report.sheet.person"), s.Supplier.Person},
		{p.T("report.sheet.due"), date(s.DueAt, p)},
		{p.T("report.state"), s.State},
		{p.T("report.sheet.submitted"), submitted},
		{p.T("report.score"), s.Score},
		{p.T("report.sheet.unanswered"), unanswered},
	})
}

func (s AnswerSheet) writeCritical(d *document, p Words) {
	if len(s.Critical) == 0 {
		return
	}
	d.notice(p.T("report.sheet.critical", "Count", len(s.Critical))+"\n・"+strings.Join(s.Critical, "\n・"), orange50, orange900)
}

func (s AnswerSheet) writeSection(d *document, section SheetSection, p Words) {
	title := section.Title
	if section.Score != "" {
		title += "（" + section.Score + "）"
	}
	d.heading(title, 1)
	if len(section.Answers) == 0 {
		d.paragraph(p.T("report.sheet.none-shown"), body)
		return
	}
	columns := []column{
		{title: p.T("report.sheet.number"), share: 7, right: true}, {title: p.T("report.sheet.question"), share: 49},
		{title: p.T("report.sheet.answer"), share: 44},
	}
	scored := false
	for _, a := range section.Answers {
		scored = scored || a.Score != ""
	}
	if scored {
		columns[2].share = 33
		columns = append(columns, column{title: p.T("report.points"), share: 11, right: true})
	}
	rows := make([]row, 0, len(section.Answers))
	for _, a := range section.Answers {
		rows = append(rows, s.answerRow(a, p))
	}
	d.table(columns, rows)
}

func (s AnswerSheet) answerRow(a SheetAnswer, p Words) row {
	question := cell{{a.Question, tableText}}
	refs := strings.Join(a.References, "  ")
	if a.Critical {
		refs = nonEmpty("　", refs, p.T("report.sheet.is-critical"))
	}
	question = append(question, block{refs, tableSmall})
	mark := a.Mark
	if mark == NoMark && a.Answer == "" && a.CoveredBy == "" && len(a.Files) == 0 {
		mark = MarkMissing
	}
	var answer cell
	if a.CoveredBy != "" {
		answer = cell{answered(MarkCovered, "", p), note(a.CoveredBy)}
	}
	if mark != NoMark && mark != MarkCovered || a.Answer != "" {
		answer = append(answer, answered(mark, a.Answer, p))
	}
	answer = append(answer, note(a.Note))
	for _, f := range a.Files {
		answer = append(answer, note(p.T("report.sheet.file", "Name", f)))
	}
	r := row{cells: []cell{plain(strconv.Itoa(a.Number)), question, answer, plain(a.Score)}}
	if !s.SupplierCopy {
		r.wide = comments(a.Comments, p)
	}
	return r
}

func comments(list []Comment, p Words) cell {
	var c cell
	for _, comment := range list {
		head := p.T("report.sheet.comment", "Name", comment.By, "Time", p.DateTime(comment.At))
		if comment.Flagged {
			head = nonEmpty("　", head, p.T("report.sheet.flagged"))
		}
		c = append(c, block{head, tableSmall}, block{comment.Text, tableText})
	}
	return c
}

// date is a date in words, nothing for none.
func date(t time.Time, p Words) string {
	if t.IsZero() {
		return ""
	}
	return p.Date(t)
}

// dateTime is a date and time in words, nothing for none.
func dateTime(t time.Time, p Words) string {
	if t.IsZero() {
		return ""
	}
	return p.DateTime(t)
}
