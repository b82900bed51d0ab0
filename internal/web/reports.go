package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/locale"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/report"
	"tsunagi/internal/response"
)

func (s *Server) reportRoutes() []route {
	return []route{
		get("/review/:id/sheet.pdf", needs(access.ViewReports), s.sheetPDF),
		get("/campaigns/:id/summary.pdf", needs(access.ViewReports), s.summaryPDF),
		get("/trail.pdf", needs(access.ViewTrail), s.trailPDF),
	}
}

// reportReader reads what summaries are made of.
type reportReader interface {
	SectionMeans(ctx context.Context, v access.Viewer, campaign string) (map[string]int, error)
	Bands(ctx context.Context, v access.Viewer, campaign string) ([5]int, error)
	AnswerCounts(ctx context.Context, v access.Viewer, campaign string) (response.Counts, error)
	Expiring(ctx context.Context, v access.Viewer, campaign string, from, to time.Time) ([]campaign.Assignment, error)
}

// chainReader walks the sealed trail.
type chainReader interface {
	Verify(ctx context.Context, org string) (rows, waiting int64, err error)
}

// sendPDF records the download and sends the file.
func (s *Server) sendPDF(c *gin.Context, name, campaignID string, record audit.Ref, pdf []byte) error {
	e := audit.New(viewer(c), s.NewID(), s.Now(), "report.downloaded", record, audit.Detail{Key: "format", Value: "pdf"}).In(campaignID)
	if err := s.Trail.Add(c.Request.Context(), e); err != nil {
		return err
	}
	pdfHeaders(c, name)
	c.Data(http.StatusOK, "application/pdf", pdf)
	return nil
}

func pdfHeaders(c *gin.Context, name string) {
	c.Header("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(name+".pdf"))
	c.Header("Cache-Control", "private, no-store")
}

func (s *Server) sheetPDF(c *gin.Context) error {
	p, err := s.reviewPage(c)
	if err != nil {
		return err
	}
	reviews, err := s.Responses.Reviews(c.Request.Context(), viewer(c), p.Assignment.ID)
	if err != nil {
		return err
	}
	a, _ := account(c)
	sheet := s.answerSheet(p, reviews, lang(c), buyerName(a.Organization, lang(c)))
	pdf, err := sheet.PDF(s.Fonts, s.Catalog.For(lang(c)))
	if err != nil {
		return err
	}
	return s.sendPDF(c, p.Assignment.Name+"_"+p.Campaign.Name, p.Campaign.ID, audit.Ref{Kind: "assignment", ID: p.Assignment.ID, Name: p.Assignment.Name}, pdf)
}

// answerSheet words a submission for paper. Without reviews it is the supplier's copy.
func (s *Server) answerSheet(p reviewPage, reviews []response.Review, lang, buyer string) report.AnswerSheet {
	w := s.Catalog.For(lang)
	sub := p.Submission
	out := report.AnswerSheet{Meta: report.Meta{Lang: lang, AsOf: s.Now(), Issuer: buyer}, Supplier: p.Assignment.Name, Code: p.Assignment.Code,
		Campaign: p.Campaign.Name, Request: p.Assignment.Request, Receipt: sub.Receipt, Questionnaire: p.Campaign.Questionnaire.Title.In(lang),
		Purpose: p.Campaign.Purpose, SubmittedAt: sub.SubmittedAt, State: w.T("response.state." + string(p.Assignment.Response)), SHA256: sub.SHA256,
		Declaration: report.SheetDeclaration{Version: sub.Declaration.Statement, Text: sub.Declaration.Text, Name: sub.Declaration.Name,
			Role: sub.Declaration.Role, At: sub.Declaration.At}}
	if sub.Result.Scored {
		out.Score = w.T("review.points", "Percent", sub.Result.Percent)
	}
	verdicts := map[int]string{}
	for _, r := range reviews {
		if r.Verdict != response.Undecided {
			verdicts[r.Revision] = w.T("review.decided-"+string(r.Verdict), "Date", w.DateTime(r.DecidedAt), "By", r.DecidedBy)
		}
	}
	out.Verdict = verdicts[sub.Revision]
	for _, section := range p.Campaign.Questionnaire.Sections {
		rows := report.SheetSection{Title: section.Title.In(lang)}
		if percent := p.Percent(section.Key); percent >= 0 {
			rows.Score = w.T("review.points", "Percent", percent)
		}
		for _, q := range section.Questions {
			if !p.Shown[q.Key] {
				continue
			}
			row := report.SheetQuestion{Number: q.Number, Text: q.Text.In(lang), References: strings.Join(q.References, " · "),
				Answer: s.answerText(p, q, lang), Mark: markOf(p, q), Note: sub.Answers[q.Key].Note}
			for _, comment := range p.Comments(q.Key) {
				row.Comments = append(row.Comments, comment.Text+" ("+comment.By+" "+w.DateTime(comment.At)+")")
			}
			rows.Questions = append(rows.Questions, row)
		}
		if len(rows.Questions) > 0 {
			out.Sections = append(out.Sections, rows)
		}
	}
	out.Certificates = sheetCertificates(w, p)
	for i := len(p.Submissions) - 1; i >= 0; i-- {
		r := p.Submissions[i]
		out.Revisions = append(out.Revisions, report.SheetRevision{Number: r.Revision, At: r.SubmittedAt, Name: r.Declaration.Name, SHA256: r.SHA256, Verdict: verdicts[r.Revision]})
	}
	return out
}

func sheetCertificates(w *locale.Printer, p reviewPage) []report.SheetCertificate {
	var out []report.SheetCertificate
	for _, then := range p.Submission.Evidence {
		e := then
		for _, now := range p.Evidence { // what was found of it since
			if now.ID == then.ID {
				e = now
			}
		}
		row := report.SheetCertificate{Kind: w.T("evidence.kind." + string(e.Kind)), Number: e.Number, Validity: w.T("review." + string(e.Validity))}
		details := []string{e.Holder, e.Standard, e.Body, e.Scope}
		if e.ExpiresOn != nil {
			details = append(details, w.T("evidence.until", "Date", w.Date(*e.ExpiresOn)))
		}
		if e.ReviewedBy != "" {
			row.Validity += "\n" + e.ReviewedBy + " " + w.DateTime(e.ReviewedAt)
		}
		if e.Reason != "" {
			row.Validity += "\n" + e.Reason
		}
		row.Details = strings.Join(nonEmpty(details), "\n")
		if e.File != nil {
			row.File, row.SHA256 = e.File.Name, e.File.SHA256
		}
		out = append(out, row)
	}
	return out
}

func nonEmpty(all []string) []string {
	var out []string
	for _, s := range all {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// maxRows bounds the rows of a report made in a request.
const maxRows = 2000

func (s *Server) summaryPDF(c *gin.Context) error {
	ctx, v, w := c.Request.Context(), viewer(c), s.Catalog.For(lang(c))
	one, err := s.Campaigns.Get(ctx, v, c.Param("id"))
	if err != nil {
		return err
	}
	if one.State == campaign.Draft {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	a, _ := account(c)
	out := report.CampaignSummary{Meta: report.Meta{Lang: w.Lang, AsOf: s.Now(), Issuer: buyerName(a.Organization, w.Lang)}, Campaign: one.Name,
		Questionnaire: one.Questionnaire.Title.In(w.Lang), Purpose: one.Purpose, Due: one.DueAt}
	if err := s.summaryFigures(ctx, v, w, one, &out); err != nil {
		return err
	}
	if err := s.summaryTables(ctx, v, w, one, &out); err != nil {
		return err
	}
	pdf, err := out.PDF(s.Fonts, w)
	if err != nil {
		return err
	}
	return s.sendPDF(c, one.Name, one.ID, audit.Ref{Kind: "campaign", ID: one.ID, Name: one.Name}, pdf)
}

func (s *Server) summaryFigures(ctx context.Context, v access.Viewer, w *locale.Printer, one campaign.Campaign, out *report.CampaignSummary) error {
	counts, err := s.Campaigns.Counts(ctx, v, one.ID, s.Now())
	if err != nil {
		return err
	}
	firms, points := w.T("report.unit-firms"), w.T("report.unit-points")
	out.Numbers = []report.Figure{{Label: w.T("report.asked"), N: counts.Total, Of: counts.Total, Unit: firms}}
	for _, r := range campaign.Responses {
		if n := counts.Response[r]; n > 0 {
			out.Numbers = append(out.Numbers, report.Figure{Label: w.T("response.state." + string(r)), N: n, Of: counts.Total, Unit: firms})
		}
	}
	bands, err := s.Reports.Bands(ctx, v, one.ID)
	if err != nil {
		return err
	}
	if bands != ([5]int{}) {
		for i, n := range bands {
			to := i*20 + 19
			if i == 4 {
				to = 100
			}
			out.Scores = append(out.Scores, report.Figure{Label: w.T("report.band", "From", i*20, "To", to), N: n, Unit: firms})
		}
	}
	means, err := s.Reports.SectionMeans(ctx, v, one.ID)
	if err != nil {
		return err
	}
	for _, section := range one.Questionnaire.Sections {
		if mean, ok := means[section.Key]; ok {
			out.Sections = append(out.Sections, report.Figure{Label: section.Title.In(w.Lang), N: mean, Of: 100, Unit: points})
		}
	}
	answers, err := s.Reports.AnswerCounts(ctx, v, one.ID)
	summaryAnswers(w, one, answers, out)
	return err
}

// mostGaps is how many of the most frequent gaps are listed.
const mostGaps = 10

// summaryAnswers sets the answers of each section by mark, and the questions most
// often answered "not done".
func summaryAnswers(w *locale.Printer, one campaign.Campaign, answers response.Counts, out *report.CampaignSummary) {
	for _, section := range one.Questionnaire.Sections {
		d := report.Distribution{Title: section.Title.In(w.Lang), Counts: map[report.Mark]int{}}
		for _, q := range section.Questions {
			for value, n := range answers[q.Key] {
				d.Counts[report.Mark(value)] += n
			}
			if n := answers[q.Key][questionnaire.NotDone]; n > 0 {
				out.Gaps = append(out.Gaps, report.Figure{Label: w.T("answer.question", "Number", q.Number) + " " + q.Text.In(w.Lang), N: n, Unit: w.T("report.unit-firms")})
			}
		}
		out.Distributions = append(out.Distributions, d)
	}
	slices.SortStableFunc(out.Gaps, func(a, b report.Figure) int { return b.N - a.N })
	out.Gaps = out.Gaps[:min(len(out.Gaps), mostGaps)]
}

var errEnough = errors.New("enough rows")

func (s *Server) summaryTables(ctx context.Context, v access.Viewer, w *locale.Printer, one campaign.Campaign, out *report.CampaignSummary) error {
	err := s.AnsweredCounts.EachAssignment(ctx, v, campaign.Filter{Campaign: one.ID}, func(a campaign.Assignment) error {
		if len(out.Suppliers) == maxRows {
			return errEnough
		}
		row := report.SummaryRow{Code: a.Code, Supplier: a.Name, Tier: w.T(fmt.Sprintf("supplier.tier.%d", a.Tier)), State: w.T("response.state." + string(a.Response))}
		if a.Score != nil {
			row.Score = strconv.Itoa(*a.Score)
		}
		for _, cert := range a.Certificates {
			row.Certificates += w.T("evidence.short."+string(cert.Kind)) + " (" + w.T("review."+string(cert.Validity)) + ")\n"
		}
		if !a.SubmittedAt.IsZero() {
			row.Submitted = w.Day(a.SubmittedAt)
		}
		out.Suppliers = append(out.Suppliers, row)
		return nil
	})
	if errors.Is(err, errEnough) {
		out.LeftOut = w.T("report.left-out-suppliers", "Count", maxRows)
	} else if err != nil {
		return err
	}
	soon := s.Now().AddDate(0, 0, 90)
	expiring, err := s.Reports.Expiring(ctx, v, one.ID, s.Now(), soon)
	for _, a := range expiring {
		for _, cert := range a.Certificates {
			if cert.ExpiresOn != nil && !cert.ExpiresOn.Before(s.Now()) && !cert.ExpiresOn.After(soon) {
				out.Expiring = append(out.Expiring, report.ExpiringRow{Supplier: a.Name, Certificate: w.T("evidence.short."+string(cert.Kind)) + " " + cert.Number, On: *cert.ExpiresOn})
			}
		}
	}
	return err
}

// trailPDF is the newest part of the trail, with the check of the whole chain.
func (s *Server) trailPDF(c *gin.Context) error {
	ctx, v, w := c.Request.Context(), viewer(c), s.Catalog.For(lang(c))
	entries, more, err := s.Trail.Trail(ctx, v, audit.Filter{Campaign: c.Query("campaign"), Page: 1, Size: maxRows})
	if err != nil {
		return err
	}
	a, _ := account(c)
	out := report.Trail{Meta: report.Meta{Lang: w.Lang, AsOf: s.Now(), Issuer: buyerName(a.Organization, w.Lang)}, Scope: a.Organization.Name}
	rows, waiting, err := s.Chain.Verify(ctx, v.Org)
	var broken *audit.Break
	switch {
	case errors.As(err, &broken):
		out.Chain, out.Broken = w.T("report.chain-broken", "Row", broken.Seq), true
	case err != nil:
		return err
	default:
		out.Chain = w.T("report.chain-holds", "Rows", w.Number(int(rows)), "Waiting", w.Number(int(waiting)))
	}
	switch {
	case v.Campaigns != nil: // not even how long the rest is may be told
		out.LeftOut = w.T("report.left-out-campaigns")
		if broken == nil {
			out.Chain = w.T("report.chain-holds-part")
		}
	case more:
		out.LeftOut = w.T("report.left-out-entries", "Count", maxRows)
	}
	for _, e := range entries {
		row := report.TrailRow{At: e.At, Who: e.Actor.Name, What: w.T("audit.action." + string(e.Action)), Record: e.Record.Name}
		var details []string
		for _, d := range e.Details {
			details = append(details, w.T("audit.detail."+d.Key)+" "+d.Value)
		}
		row.Details = strings.Join(details, "\n")
		if e.Seal != nil {
			row.Seq, row.Hash = strconv.FormatInt(e.Seal.Seq, 10), e.Seal.Hash[:16]
		}
		out.Rows = append(out.Rows, row)
	}
	pdf, err := out.PDF(s.Fonts, w)
	if err != nil {
		return err
	}
	return s.sendPDF(c, w.T("report.trail-kind"), "", audit.Ref{Kind: "trail", ID: v.Org, Name: a.Organization.Name}, pdf)
}
