package report

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/document"
	"tsunagi/internal/locale"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
)

// mostGaps is how many of the most frequent gaps are listed.
const mostGaps = 10

// stepRows is how many rows are read between two reports of progress.
const stepRows = 1000

// Summary reads a campaign and words what became of it.
func (r Records) Summary(ctx context.Context, v access.Viewer, w *locale.Printer, id string, meta Meta, told document.Told) (CampaignSummary, error) {
	one, err := r.Campaigns.Get(ctx, v, id)
	if err != nil {
		return CampaignSummary{}, err
	}
	out := CampaignSummary{Meta: meta, Campaign: one.In(w.Lang).Name, Questionnaire: one.Questionnaire.Title.In(w.Lang), Purpose: one.In(w.Lang).Purpose, Due: one.DueAt}
	counts, err := r.Campaigns.Counts(ctx, v, id, meta.AsOf)
	if err != nil {
		return out, err
	}
	out.Numbers = numbers(w, counts)
	if err := r.scores(ctx, v, w, one, &out); err != nil {
		return out, err
	}
	done := 0
	err = r.Campaigns.EachAssignment(ctx, v, campaign.Filter{Campaign: id}, func(a campaign.Assignment) error {
		out.Suppliers = append(out.Suppliers, supplierRow(w, a))
		out.Expiring = append(out.Expiring, expiringRows(w, a, meta.AsOf)...)
		if done++; done%stepRows == 0 {
			return told(done, max(done, counts.Total))
		}
		return nil
	})
	slices.SortStableFunc(out.Expiring, func(a, b ExpiringRow) int { return a.On.Compare(b.On) })
	return out, err
}

// numbers are the requests by state, beginning with all of them.
func numbers(w *locale.Printer, counts campaign.Counts) []Figure {
	firms := w.T("report.unit-firms")
	out := []Figure{{Label: w.T("report.asked"), N: counts.Total, Of: counts.Total, Unit: firms}}
	for _, r := range campaign.Responses {
		if n := counts.Response[r]; n > 0 {
			out = append(out, Figure{Label: w.T("response.state." + string(r)), N: n, Of: counts.Total, Unit: firms})
		}
	}
	return out
}

// scores sets what the last submissions come to.
func (r Records) scores(ctx context.Context, v access.Viewer, w *locale.Printer, one campaign.Campaign, out *CampaignSummary) error {
	bands, err := r.Submissions.Bands(ctx, v, one.ID)
	if err != nil {
		return err
	}
	if bands != ([5]int{}) {
		if key := one.PointsRule(); key != "" {
			out.Rule = w.T(key)
		}
		for i, n := range bands {
			to := i*20 + 19
			if i == 4 {
				to = 100
			}
			out.Scores = append(out.Scores, Figure{Label: w.T("report.band", "From", i*20, "To", to), N: n, Unit: w.T("report.unit-firms")})
		}
	}
	means, err := r.Submissions.SectionMeans(ctx, v, one.ID)
	if err != nil {
		return err
	}
	for _, section := range one.Questionnaire.Sections {
		if mean, ok := means[section.Key]; ok {
			out.Sections = append(out.Sections, Figure{Label: section.Title.In(w.Lang), N: mean, Of: 100, Unit: w.T("report.unit-points")})
		}
	}
	answers, err := r.Submissions.AnswerCounts(ctx, v, one.ID)
	out.distribute(w, one.Questionnaire, answers)
	return err
}

// distribute sets the answers of each section by mark, and the questions most often
// answered "not done".
func (s *CampaignSummary) distribute(w *locale.Printer, all questionnaire.Questionnaire, answers response.Counts) {
	for _, section := range all.Sections {
		d := Distribution{Title: section.Title.In(w.Lang), Counts: map[Mark]int{}}
		for _, q := range section.Questions {
			for value, n := range answers[q.Key] {
				d.Counts[Mark(value)] += n
			}
			if n := answers[q.Key][questionnaire.NotDone]; n > 0 {
				s.Gaps = append(s.Gaps, Figure{Label: w.T("answer.question", "Number", q.Number) + " " + q.Text.In(w.Lang), N: n, Unit: w.T("report.unit-firms")})
			}
		}
		s.Distributions = append(s.Distributions, d)
	}
	slices.SortStableFunc(s.Gaps, func(a, b Figure) int { return b.N - a.N })
	s.Gaps = s.Gaps[:min(len(s.Gaps), mostGaps)]
}

func supplierRow(w *locale.Printer, a campaign.Assignment) SummaryRow {
	row := SummaryRow{Code: a.Code, Supplier: a.Name, Tier: w.T(fmt.Sprintf("supplier.tier.%d", a.Tier)), State: w.T("response.state." + string(a.Response))}
	if a.Score != nil {
		row.Score = strconv.Itoa(*a.Score)
	}
	var certificates []string
	for _, cert := range a.Certificates {
		certificates = append(certificates, w.T("evidence.short."+string(cert.Kind))+" ("+w.T("review.validity."+string(cert.Validity))+")")
	}
	row.Certificates = strings.Join(certificates, "\n")
	if !a.SubmittedAt.IsZero() {
		row.Submitted = w.Day(a.SubmittedAt)
	}
	return row
}

// expiringRows are the certificates that end within the days in which an expiry is
// called near.
func expiringRows(w *locale.Printer, a campaign.Assignment, from time.Time) []ExpiringRow {
	var out []ExpiringRow
	until := calendar.ExpiringBefore(from)
	for _, cert := range a.Certificates {
		if cert.ExpiresOn != nil && !cert.ExpiresOn.Before(from) && !cert.ExpiresOn.After(until) {
			out = append(out, ExpiringRow{Supplier: a.Name, Certificate: strings.TrimSpace(w.T("evidence.short."+string(cert.Kind)) + " " + cert.Number), On: *cert.ExpiresOn})
		}
	}
	return out
}
