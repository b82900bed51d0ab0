package report

import (
	"strconv"
	"strings"
	"time"
)

// CampaignSummary is what became of one campaign, as of a moment.
type CampaignSummary struct {
	Meta
	Campaign, Questionnaire, Purpose string
	Due                              time.Time
	Numbers                          []Figure       // all requests, then those in each state; Of is all
	Scores                           []Figure       // submissions by band of score
	Sections                         []Figure       // mean percent by section; Of is 100
	Rule                             string         // of the points; empty where there are none
	Gaps                             []Figure       // questions most often not done
	Distributions                    []Distribution // answers of each section by mark; left out when empty
	Suppliers                        []SummaryRow
	Expiring                         []ExpiringRow
}

// Figure is one bar: a label, its number, and what it is a part of.
type Figure struct {
	Label string
	N, Of int
	Unit  string
}

// SummaryRow is one supplier in the summary.
type SummaryRow struct{ Code, Supplier, Tier, State, Score, Certificates, Submitted string }

// ExpiringRow is a certificate that ends within calendar.ExpiringDays.
type ExpiringRow struct {
	Supplier, Certificate string
	On                    time.Time
}

// PDF sets the summary on paper.
func (s CampaignSummary) PDF(fonts *Fonts, w Words) ([]byte, error) {
	d := newPaper(fonts, s.Meta.properties(w, s.Campaign+" "+w.T("report.file-summary"), s.Issuer, ""))
	d.title(w.T("report.summary-kind"), s.Campaign, s.Issuer)
	d.pairs([]pair{{w.T("report.questionnaire"), s.Questionnaire}, {w.T("report.purpose"), s.Purpose}, {w.T("report.due"), w.Date(s.Due)}, {w.T("report.as-of-label"), w.DateTime(s.AsOf)}})
	none := w.T("report.nothing-yet")
	noGaps := none
	if len(s.Scores) > 0 || len(s.Distributions) > 0 {
		noGaps = w.T("report.no-gaps") // there are answers, and none of them is a gap
	}
	for _, part := range []struct {
		key, empty string
		bars       []Figure
	}{{"report.numbers", none, s.Numbers}, {"report.scores", none, s.Scores}, {"report.sections", none, s.Sections}, {"report.gaps", noGaps, s.Gaps}} {
		d.heading(w.T(part.key))
		if len(part.bars) == 0 {
			d.paragraph(part.empty, style{size: 9.5, color: soft})
			continue
		}
		d.bars(part.bars)
		if part.key == "report.scores" {
			d.rule(s.Rule)
		}
	}
	if err := d.distributions(s.Distributions, w); err != nil {
		return nil, err
	}
	d.expiring(s.Expiring, w)
	d.suppliers(s.Suppliers, w)
	return d.bytes()
}

// bars draws a bar a row, from zero, with its figure beside it, so that the chart
// is its own table.
func (d *paper) bars(figures []Figure) {
	const labelWidth, figureWidth = 78.0, 20.0
	most := 1
	for _, f := range figures {
		most = max(most, f.N, f.Of)
	}
	span := bodyWidth - labelWidth - figureWidth
	for _, f := range figures {
		lines := d.lines(f.Label, tableText, labelWidth-3)
		height := max(float64(len(lines))*tableText.lineHeight(), 5) + 1.6
		d.need(height)
		for i, l := range lines {
			d.text(d.page(), l, marginSide, d.y+0.8+float64(i)*tableText.lineHeight(), labelWidth-3)
		}
		x := marginSide + labelWidth
		d.put(boxMark{x, d.y + 1.4, span, 3.6, blue50})
		if f.N > 0 {
			d.put(boxMark{x, d.y + 1.4, span * float64(f.N) / float64(most), 3.6, blue900})
		}
		d.text(d.page(), line{text: d.clean(grouped(f.N) + f.Unit), style: tableText, right: true}, x+span, d.y+0.8, figureWidth)
		d.y += height
	}
}

func (d *paper) expiring(all []ExpiringRow, w Words) {
	d.heading(w.T("report.expiring"))
	if len(all) == 0 {
		d.paragraph(w.T("report.none-expiring"), style{size: 9.5, color: soft})
		return
	}
	var rows []row
	for _, e := range all {
		rows = append(rows, row{cells: []cell{plain(e.Supplier), plain(e.Certificate), plain(w.Date(e.On))}})
	}
	d.table([]column{{title: w.T("report.supplier"), share: 40}, {title: w.T("report.certificate"), share: 35}, {title: w.T("report.expires"), share: 25}}, rows)
}

func (d *paper) suppliers(all []SummaryRow, w Words) {
	d.heading(w.T("report.suppliers"))
	var rows []row
	for _, s := range all {
		rows = append(rows, row{cells: []cell{small(s.Code), plain(s.Supplier), plain(s.Tier), plain(s.State), plain(s.Score), plain(s.Certificates), plain(s.Submitted)}})
	}
	d.table([]column{{title: w.T("report.code"), share: 10}, {title: w.T("report.supplier"), share: 25}, {title: w.T("report.tier"), share: 12}, {title: w.T("report.state"), share: 12},
		{title: w.T("report.score"), share: 8, right: true}, {title: w.T("report.certificates"), share: 19}, {title: w.T("report.submitted-on"), share: 14}}, rows)
}

// Trail is who did what, as of a moment.
type Trail struct {
	Meta
	Scope string // the campaign's name, or that it is all of them
	Rows  []TrailRow
	Chain string // what the check of the chain found
	Head  string // the end of the chain on that day; what is noted outside the database
	// LeftOut says, in words, which rows are not on this paper.
	LeftOut string
	// Broken says that the chain does not hold: what was found is then printed
	// as a warning.
	Broken bool
}

// TrailRow is one entry in words.
type TrailRow struct {
	At                           time.Time
	Seq, Who, What, Record, Hash string
	Facts                        []Fact
}

// Fact is one detail of an entry in words.
type Fact struct{ Name, Text string }

// Details are the facts, one a line.
func (r TrailRow) Details() string {
	lines := make([]string, len(r.Facts))
	for i, f := range r.Facts {
		lines[i] = f.Name + " " + f.Text
	}
	return strings.Join(lines, "\n")
}

// PDF sets the trail on paper.
func (s Trail) PDF(fonts *Fonts, w Words) ([]byte, error) {
	d := newPaper(fonts, s.Meta.properties(w, w.T("report.trail-kind"), s.Scope, ""))
	d.title(w.T("report.trail-kind"), s.Scope, s.Issuer)
	if s.Broken {
		d.notice("× "+s.Chain, orange50, red900)
	} else {
		d.notice(s.Chain, blue50, blue900)
	}
	if s.Head != "" {
		d.paragraph(s.Head, style{size: 8.5, color: soft})
	}
	if s.LeftOut != "" {
		d.notice(s.LeftOut, orange50, orange900)
	}
	var rows []row
	for _, r := range s.Rows {
		rows = append(rows, row{cells: []cell{small(r.Seq), small(w.DateTime(r.At)), plain(r.Who), {{r.What, tableText}, {r.Details(), tableSmall}}, plain(r.Record), small(r.Hash)}})
	}
	d.table([]column{{title: w.T("report.no"), share: 7, right: true}, {title: w.T("report.when"), share: 17}, {title: w.T("report.who"), share: 15}, {title: w.T("report.what"), share: 23},
		{title: w.T("report.record"), share: 21}, {title: w.T("report.hash-begins"), share: 17}}, rows)
	return d.bytes()
}

// grouped is a count with a comma every three digits.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
