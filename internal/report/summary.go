package report

import (
	"strconv"
	"strings"
	"time"
)

// CampaignSummary is where a campaign stands: how many answered what, who
// expires, what is missing most.
type CampaignSummary struct {
	Meta

	Campaign      string
	Questionnaire string
	Purpose       string
	IssuedAt      time.Time
	DueAt         time.Time
	Figures       []Figure // asked, delivered, answered, accepted …, in the order shown
	Asked         int      // what the figures are shares of
	AverageScore  string   // in words; empty when nothing is scored
	Scores        []Bin    // histogram of the scores
	Sections      []Distribution
	Expiring      []Expiring
	Gaps          []Gap
	Suppliers     []SupplierRow
}

// Figure is a number with its name.
type Figure struct {
	Label string
	Count int
}

// Bin is a range of scores and how many suppliers are in it.
type Bin struct {
	Label string
	Count int
}

// Distribution counts the answers of one section by mark.
type Distribution struct {
	Title   string
	Counts  map[Mark]int
	Average string // average score in words, empty when not scored
}

func (d Distribution) total() int {
	total := 0
	for _, m := range Marks {
		total += d.Counts[m]
	}
	return total
}

// Expiring is a certificate that expires within 90 days of the as-of date.
type Expiring struct {
	Supplier, Certificate, Number string
	ExpiresOn                     time.Time
	Days                          int // left, from the as-of date
}

// Gap is a question that many suppliers do not fulfil.
type Gap struct {
	Question   string
	References []string
	Count      int // suppliers who answered not done or partly
	Unknown    int // suppliers who do not know
	Of         int // suppliers who answered it
}

// SupplierRow is one supplier in the summary.
type SupplierRow struct {
	Code, Name, State string
	SubmittedAt       time.Time
	Score             string
	Certificates      []string // name, number and expiry, in words
}

// PDF sets the summary with its charts. The same summary gives the same bytes.
func (s CampaignSummary) PDF(fonts *Fonts, p Words) ([]byte, error) {
	kind := p.T("report.summary.kind")
	d := newDocument(fonts, s.properties(kind+"　"+s.Campaign, s.Questionnaire, "", p))
	d.title(kind, s.Campaign, s.Questionnaire)
	d.pairs([]pair{
		{p.T("report.summary.purpose"), s.Purpose},
		{p.T("report.summary.issued"), date(s.IssuedAt, p)},
		{p.T("report.sheet.due"), date(s.DueAt, p)},
		{p.T("report.summary.average"), s.AverageScore},
	})
	for _, write := range []func(*document, Words) error{
		s.writeFigures, s.writeSections, s.writeScores, s.writeGaps, s.writeExpiring, s.writeSuppliers,
	} {
		if err := write(d, p); err != nil {
			return nil, err
		}
	}
	return d.bytes()
}

func (s CampaignSummary) writeFigures(d *document, p Words) error {
	d.heading(p.T("report.summary.progress"), 1)
	chart := Chart{Series: []Series{{Color: Blue800}}, Width: 1400, Height: 440}
	var rows []row
	for _, f := range s.Figures {
		chart.Labels = append(chart.Labels, f.Label)
		chart.Series[0].Values = append(chart.Series[0].Values, float64(f.Count))
		rows = append(rows, row{cells: []cell{plain(f.Label), plain(itoa(f.Count)), plain(percent(f.Count, s.Asked))}})
	}
	if len(rows) == 0 {
		d.paragraph(p.T("report.summary.nobody"), body)
		return nil
	}
	if err := d.chart(chart, p.T("report.summary.progress-caption")); err != nil {
		return err
	}
	d.table([]column{
		{title: p.T("report.state"), share: 60}, {title: p.T("report.summary.suppliers-count"), share: 20, right: true},
		{title: p.T("report.share"), share: 20, right: true},
	}, rows)
	return nil
}

// chart draws a chart over the full width.
func (d *document) chart(c Chart, caption string) error {
	c = c.sized()
	png, err := d.fonts.ChartPNG(c)
	if err != nil {
		return err
	}
	d.image("png", png, float64(c.Height)/float64(c.Width), caption)
	return nil
}

func (s CampaignSummary) writeSections(d *document, p Words) error {
	var shown []Distribution
	for _, section := range s.Sections {
		if section.total() > 0 {
			shown = append(shown, section)
		}
	}
	d.heading(p.T("report.summary.sections"), 1)
	if len(shown) == 0 {
		d.paragraph(p.T("report.summary.no-answers"), body)
		return nil
	}
	if err := d.chart(sectionChart(shown, p), p.T("report.summary.sections-caption")); err != nil {
		return err
	}
	columns := []column{{title: p.T("report.section"), share: 34}}
	for _, m := range Marks {
		columns = append(columns, column{title: looks[m].shape + " " + p.T(looks[m].key), share: 9.5, right: true})
	}
	columns = append(columns, column{title: p.T("report.summary.average"), share: 11, right: true})
	var rows []row
	for _, section := range shown {
		cells := []cell{plain(section.Title)}
		for _, m := range Marks {
			cells = append(cells, plain(itoa(section.Counts[m])))
		}
		rows = append(rows, row{cells: append(cells, plain(section.Average))})
	}
	d.table(columns, rows)
	return nil
}

// sectionChart shows the shares of the marks, section by section.
func sectionChart(sections []Distribution, p Words) Chart {
	c := Chart{Stacked: true, Horizontal: true, Percent: true, Width: 1400, Height: 200 + 70*len(sections)}
	for _, section := range sections {
		c.Labels = append(c.Labels, section.Title)
	}
	for _, m := range Marks {
		series := Series{Name: p.T(looks[m].key), Color: looks[m].chart}
		for _, section := range sections {
			series.Values = append(series.Values, 100*float64(section.Counts[m])/float64(section.total()))
		}
		c.Series = append(c.Series, series)
	}
	return c
}

func (s CampaignSummary) writeScores(d *document, p Words) error {
	if len(s.Scores) == 0 {
		return nil
	}
	d.heading(p.T("report.summary.scores"), 1)
	chart := Chart{Series: []Series{{Color: Blue800}}, Width: 1400, Height: 440}
	cells, columns := []cell{}, []column{}
	for _, b := range s.Scores {
		chart.Labels = append(chart.Labels, b.Label)
		chart.Series[0].Values = append(chart.Series[0].Values, float64(b.Count))
		columns = append(columns, column{title: b.Label, share: 1, right: true})
		cells = append(cells, plain(itoa(b.Count)))
	}
	if err := d.chart(chart, p.T("report.summary.scores-caption")); err != nil {
		return err
	}
	d.table(columns, []row{{cells: cells}})
	return nil
}

func (s CampaignSummary) writeGaps(d *document, p Words) error {
	d.heading(p.T("report.summary.gaps"), 1)
	if len(s.Gaps) == 0 {
		d.paragraph(p.T("report.summary.no-gaps"), body)
		return nil
	}
	var rows []row
	for i, g := range s.Gaps {
		rows = append(rows, row{cells: []cell{
			plain(strconv.Itoa(i + 1)), {{g.Question, tableText}, {strings.Join(g.References, "  "), tableSmall}},
			plain(itoa(g.Count)), plain(itoa(g.Unknown)), plain(itoa(g.Of)), plain(percent(g.Count, g.Of)),
		}})
	}
	d.table([]column{
		{title: p.T("report.rank"), share: 7, right: true}, {title: p.T("report.sheet.question"), share: 45},
		{title: p.T("report.gap.count"), share: 13, right: true}, {title: p.T("report.mark.unknown"), share: 13, right: true},
		{title: p.T("report.gap.of"), share: 12, right: true}, {title: p.T("report.share"), share: 10, right: true},
	}, rows)
	return nil
}

func (s CampaignSummary) writeExpiring(d *document, p Words) error {
	d.heading(p.T("report.summary.expiring"), 1)
	if len(s.Expiring) == 0 {
		d.paragraph(p.T("report.summary.no-expiring"), body)
		return nil
	}
	var rows []row
	for _, e := range s.Expiring {
		rows = append(rows, row{cells: []cell{
			plain(e.Supplier), append(plain(e.Certificate), note(e.Number)), plain(date(e.ExpiresOn, p)), plain(itoa(e.Days)),
		}})
	}
	d.table([]column{
		{title: p.T("report.supplier"), share: 36}, {title: p.T("report.certificate.kind"), share: 30},
		{title: p.T("report.certificate.expires"), share: 22}, {title: p.T("report.days-left"), share: 12, right: true},
	}, rows)
	return nil
}

func (s CampaignSummary) writeSuppliers(d *document, p Words) error {
	d.heading(p.T("report.summary.suppliers"), 1)
	if len(s.Suppliers) == 0 {
		d.paragraph(p.T("report.summary.nobody"), body)
		return nil
	}
	var rows []row
	for _, r := range s.Suppliers {
		var certificates cell
		for _, c := range r.Certificates {
			certificates = append(certificates, note(c))
		}
		rows = append(rows, row{cells: []cell{
			small(r.Code), plain(r.Name), plain(r.State), plain(date(r.SubmittedAt, p)), plain(r.Score), certificates,
		}})
	}
	d.table([]column{
		{title: p.T("report.supplier.code"), share: 13}, {title: p.T("report.supplier"), share: 29},
		{title: p.T("report.state"), share: 12}, {title: p.T("report.sheet.submitted"), share: 15},
		{title: p.T("report.score"), share: 8, right: true}, {title: p.T("report.certificates"), share: 23},
	}, rows)
	return nil
}
