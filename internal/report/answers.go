package report

import (
	"strings"

	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/locale"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
)

// Answered is one supplier's submission and what is known of it. With what may leave the
// house of its reviews it makes the supplier's own copy.
type Answered struct {
	response.Sheet

	Campaign   campaign.Campaign
	Submission response.Submission // one of the sheet's
}

// AnswerSheet words a submission for paper.
func (a Answered) AnswerSheet(w *locale.Printer, meta Meta) AnswerSheet {
	sub, verdicts, said := a.Submission, a.verdicts(w), a.Campaign.In(w.Lang)
	out := AnswerSheet{Meta: meta, Supplier: a.Assignment.Name, Code: a.Assignment.Code, Campaign: said.Name,
		Request: a.Assignment.Request, Receipt: sub.Receipt, Questionnaire: a.Campaign.Questionnaire.Title.In(w.Lang),
		Purpose: said.Purpose, SubmittedAt: sub.SubmittedAt, State: w.T("response.state." + string(a.Assignment.Response)), SHA256: sub.SHA256,
		Verdict: verdicts[sub.Revision], Certificates: a.certificates(w), Declaration: SheetDeclaration{Version: sub.Declaration.Statement,
			Text: sub.Declaration.Text, Name: sub.Declaration.Name, Role: sub.Declaration.Role, At: sub.Declaration.At}}
	if sub.Altered() {
		out.Altered = w.T("report.altered")
	}
	if sub.Result.Scored {
		out.Score = w.T("review.points", "Percent", sub.Result.Percent)
		if n := sub.Result.Unknown; n > 0 {
			out.Score = w.T("report.score-value", "Percent", sub.Result.Percent, "Count", n)
		}
		if key := a.Campaign.PointsRule(); key != "" {
			out.Rule = w.T(key)
		}
	}
	shown, comments := a.Campaign.Questionnaire.Visible(sub.Answers), a.comments(w)
	for _, section := range a.Campaign.Questionnaire.Sections {
		if rows := a.section(w, section, shown, comments); len(rows.Questions) > 0 {
			out.Sections = append(out.Sections, rows)
		}
	}
	for i := len(a.Submissions) - 1; i >= 0; i-- {
		r := a.Submissions[i]
		out.Revisions = append(out.Revisions, SheetRevision{Number: r.Revision, At: r.SubmittedAt, Name: r.Declaration.Name,
			SHA256: r.SHA256, Verdict: verdicts[r.Revision]})
	}
	return out
}

// section is one section with the questions that were shown to the supplier.
func (a Answered) section(w *locale.Printer, section questionnaire.Section, shown map[string]bool, comments map[string][]string) SheetSection {
	rows := SheetSection{Title: section.Title.In(w.Lang)}
	for _, r := range a.Submission.Result.Sections {
		if r.Key == section.Key && r.Scored {
			rows.Score = w.T("review.points", "Percent", r.Percent)
		}
	}
	for _, q := range section.Questions {
		if shown[q.Key] {
			rows.Questions = append(rows.Questions, SheetQuestion{Number: q.Number, Text: q.Text.In(w.Lang), References: strings.Join(q.References, " · "),
				Answer: a.answer(w, q), Mark: a.mark(q), Note: a.Submission.Answers[q.Key].Note, Comments: comments[q.Key]})
		}
	}
	return rows
}

// answer words an answer, or says which certificate stands in.
func (a Answered) answer(w *locale.Printer, q questionnaire.Question) string {
	if given := a.Submission.Answers[q.Key]; !given.Empty() {
		return questionnaire.AnswerText(q, given, w.Lang)
	}
	if e := a.standing(q.Key); e != nil {
		return w.T("answer.stands-in") + "\n" + w.T("evidence.kind."+string(e.Kind)) + " " + e.Number
	}
	return w.T("answer.none")
}

// mark is the shape before an answer.
func (a Answered) mark(q questionnaire.Question) Mark {
	given := a.Submission.Answers[q.Key]
	if given.Empty() && a.standing(q.Key) != nil {
		return MarkCovered
	}
	return Mark(q.Mark(given))
}

// standing is the certificate that stands in for an answer.
func (a Answered) standing(question string) *evidence.Evidence {
	return a.Submission.Standing(question, a.Evidence)
}

// verdicts words who decided what, by revision.
func (a Answered) verdicts(w *locale.Printer) map[int]string {
	out := map[int]string{}
	for _, r := range a.Reviews {
		switch {
		case r.Verdict == response.Undecided:
		case r.DecidedBy == "" && r.Verdict == response.Accept: // the supplier's copy names nobody
			out[r.Revision] = w.T("answer.result-accepted", "Date", w.DateTime(r.DecidedAt))
		case r.DecidedBy == "":
			out[r.Revision] = w.T("answer.result-returned", "Date", w.DateTime(r.DecidedAt))
		default:
			out[r.Revision] = w.T("review.decided-"+string(r.Verdict), "Date", w.DateTime(r.DecidedAt), "By", r.DecidedBy)
		}
	}
	return out
}

// comments words the comments that this revision went back with, by question. A sheet
// is handed on: what is for colleagues stands on none.
func (a Answered) comments(w *locale.Printer) map[string][]string {
	out := map[string][]string{}
	for _, r := range a.Reviews {
		if r.Revision != a.Submission.Revision {
			continue
		}
		for _, c := range r.Comments {
			if r.Sent(c) {
				out[c.Question] = append(out[c.Question], c.Text+" ("+strings.TrimSpace(c.By+" "+w.DateTime(c.At))+")")
			}
		}
	}
	return out
}

func (a Answered) certificates(w *locale.Printer) []SheetCertificate {
	var out []SheetCertificate
	for _, e := range a.Submission.Relied(a.Evidence) {
		row := SheetCertificate{Kind: w.T("evidence.kind." + string(e.Kind)), Number: e.Number, Validity: w.T("review.validity." + string(e.Validity))}
		details := []string{e.Holder, e.Standard, e.Body, e.Scope}
		if e.ExpiresOn != nil {
			details = append(details, w.T("evidence.until", "Date", w.Date(*e.ExpiresOn)))
		}
		if e.Kind.Traits().StandsIn {
			details = append(details, w.T("review.replaces")+" "+w.T("review.count", "Count", a.Submission.Replaces(e.ID)))
			for _, why := range e.WhyNot(a.Submission.SubmittedAt) {
				details = append(details, w.T(why))
			}
		}
		row.Details = joined(details)
		validity := []string{row.Validity, "", e.Reason}
		if e.ReviewedBy != "" {
			validity[1] = e.ReviewedBy + " " + w.DateTime(e.ReviewedAt)
		}
		row.Validity = joined(validity)
		if e.File != nil {
			row.File, row.SHA256 = e.File.Name, e.File.SHA256
		}
		out = append(out, row)
	}
	return out
}

// joined puts the texts that there are on a line each.
func joined(all []string) string {
	var out []string
	for _, s := range all {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, "\n")
}
