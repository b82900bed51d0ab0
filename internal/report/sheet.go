package report

import (
	"strconv"
	"time"
)

// AnswerSheet is everything about one submission: what an auditor relies on, or the
// copy that a supplier keeps. Its texts are already worded and permitted.
type AnswerSheet struct {
	Meta
	Supplier, Code, Campaign, Request, Receipt string
	Questionnaire                              string
	Purpose                                    string
	SubmittedAt                                time.Time
	State                                      string // of the request on the as-of date
	Score                                      string
	Rule                                       string // of the points; empty where there are none
	Sections                                   []SheetSection
	Certificates                               []SheetCertificate
	Declaration                                SheetDeclaration
	Revisions                                  []SheetRevision
	Verdict                                    string // who decided what and when; empty before
	SHA256                                     string
	Altered                                    string // what is said when it does not have that hash
}

// SheetSection is one section with its questions.
type SheetSection struct {
	Title, Score string
	Questions    []SheetQuestion
}

// SheetQuestion is one question that was shown, with its answer in words.
type SheetQuestion struct {
	Number                         int
	Text, References, Answer, Note string
	Mark                           Mark // the shape before the answer; none for answers in words
	Comments                       []string
}

// SheetCertificate is one certificate or document.
type SheetCertificate struct {
	Kind, Number, Details, Validity, File, SHA256 string
}

// SheetDeclaration is who declared what.
type SheetDeclaration struct {
	Version, Text, Name, Role string
	At                        time.Time
}

// SheetRevision is one submission in the row of them.
type SheetRevision struct {
	Number       int
	At           time.Time
	Name, SHA256 string
	Verdict      string
}

// PDF sets the sheet on paper.
func (s AnswerSheet) PDF(fonts *Fonts, w Words) ([]byte, error) {
	d := newPaper(fonts, s.properties(w))
	d.title(w.T("report.sheet-kind"), s.Supplier, s.Campaign)
	d.pairs([]pair{{w.T("report.issuer"), s.Issuer}, {w.T("report.request"), s.Request}, {w.T("report.code"), s.Code},
		{w.T("report.receipt"), s.Receipt}, {w.T("report.submitted"), w.DateTime(s.SubmittedAt)}, {w.T("report.state"), s.State},
		{w.T("report.questionnaire"), s.Questionnaire}, {w.T("report.purpose"), s.Purpose}, {w.T("report.score"), s.Score}, {w.T("report.verdict"), s.Verdict}})
	if s.Altered != "" {
		d.notice("× "+s.Altered, orange50, red900)
	}
	d.rule(s.Rule)
	for _, section := range s.Sections {
		d.section(section, w)
	}
	d.certificates(s.Certificates, w)
	d.declaration(s.Declaration, w)
	d.revisions(s.Revisions, w)
	return d.bytes()
}

// rule says how points come about, on every paper that shows some.
func (d *paper) rule(text string) {
	if text == "" {
		return
	}
	d.space(2)
	d.paragraph(text, style{size: 8.5, color: soft})
}

func (s AnswerSheet) properties(w Words) properties {
	return s.Meta.properties(w, s.Supplier+" "+w.T("report.sheet-kind"), s.Campaign, w.T("report.hash")+" "+s.SHA256)
}

func (m Meta) properties(w Words, title, subject, seal string) properties {
	return properties{title: title, subject: subject, author: m.Issuer, lang: m.Lang, asOf: m.AsOf,
		foot: w.T("report.as-of", "At", w.DateTime(m.AsOf)), seal: seal,
		number:      func(n, of int) string { return w.T("report.page", "N", strconv.Itoa(n), "Of", strconv.Itoa(of)) },
		unknownNote: w.T("report.unknown-note"), variantNote: w.T("report.variant-note")}
}

func (d *paper) section(s SheetSection, w Words) {
	title := s.Title
	if s.Score != "" {
		title += "　" + s.Score
	}
	d.heading(title)
	var rows []row
	for _, q := range s.Questions {
		question := cell{{q.Text, tableText}}
		if q.References != "" {
			question = append(question, block{q.References, tableSmall})
		}
		answer := cell{answered(q.Mark, q.Answer)}
		if q.Note != "" {
			answer = append(answer, block{q.Note, tableText})
		}
		var wide cell
		for _, c := range q.Comments {
			wide = append(wide, block{w.T("report.comment") + " " + c, tableText})
		}
		rows = append(rows, row{cells: []cell{plain(strconv.Itoa(q.Number)), question, answer}, wide: wide})
	}
	d.table([]column{{title: w.T("report.no"), share: 7, right: true}, {title: w.T("report.question"), share: 55}, {title: w.T("report.answer"), share: 38}}, rows)
}

func (d *paper) certificates(all []SheetCertificate, w Words) {
	d.heading(w.T("report.certificates"))
	if len(all) == 0 {
		d.paragraph(w.T("report.no-certificates"), style{size: 9.5, color: soft})
		return
	}
	var rows []row
	for _, c := range all {
		file := cell{}
		if c.File != "" {
			file = cell{{c.File, tableText}, {c.SHA256, tableSmall}}
		}
		rows = append(rows, row{cells: []cell{{{c.Kind, tableText}, {c.Number, tableText}}, plain(c.Details), plain(c.Validity), file}})
	}
	d.table([]column{{title: w.T("report.certificate"), share: 26}, {title: w.T("report.details"), share: 34}, {title: w.T("report.validity"), share: 16}, {title: w.T("report.file"), share: 24}}, rows)
}

func (d *paper) declaration(s SheetDeclaration, w Words) {
	d.heading(w.T("report.declaration"))
	d.paragraph(s.Text, style{size: 10})
	d.space(2)
	d.pairs([]pair{{w.T("report.declared-by"), s.Name + "　" + s.Role}, {w.T("report.declared-at"), w.DateTime(s.At)}, {w.T("report.statement"), s.Version}})
	d.space(2)
	d.notice(w.T("report.not-signature"), blue50, blue900)
}

func (d *paper) revisions(all []SheetRevision, w Words) {
	d.heading(w.T("report.revisions"))
	var rows []row
	for _, r := range all {
		rows = append(rows, row{cells: []cell{plain(strconv.Itoa(r.Number)), plain(w.DateTime(r.At)), plain(r.Name), plain(r.Verdict), small(r.SHA256)}})
	}
	d.table([]column{{title: w.T("report.no"), share: 7, right: true}, {title: w.T("report.submitted"), share: 22}, {title: w.T("report.declared-by"), share: 20}, {title: w.T("report.verdict"), share: 22}, {title: "SHA-256", share: 29}}, rows)
}
