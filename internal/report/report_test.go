package report

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"image/png"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/go-analyze/charts"
)

func TestSheetSaysEverything(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		w, s := words(t, lang), sheet(lang)
		pdf, err := s.PDF(testFonts(t), w)
		keep(t, "sheet-"+lang+".pdf", mustPDF(t, pdf, err))
		text := textOf(t, pdf)
		mustContain(t, text, s.Supplier, s.Code, s.Campaign, s.Request, s.Receipt, s.Purpose, s.Verdict, s.SHA256,
			w.T("report.as-of", "At", w.DateTime(asOf)), w.T("report.not-signature"), w.T("report.page", "N", "1", "Of", "4"))
		for _, section := range s.Sections {
			mustContain(t, text, section.Title)
			for _, q := range section.Questions {
				mustContain(t, text, q.References, q.Answer, q.Note)
			}
		}
		mustContain(t, text, "○ 実施している", "△ 一部で実施", "× 実施していない", "◇ 登録証で代替", "二要素認証の対象範囲を教えてください")
		for _, c := range s.Certificates {
			mustContain(t, text, c.Kind, c.Number, c.Details, c.Validity, c.File, c.SHA256)
		}
		mustContain(t, text, s.Declaration.Text, s.Declaration.Name, s.Declaration.Role, s.Declaration.Version, s.Revisions[0].SHA256)
	}
}

func TestSheetWithNothing(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		w := words(t, lang)
		pdf, err := AnswerSheet{Meta: Meta{Lang: lang, AsOf: asOf}, Supplier: "見本"}.PDF(testFonts(t), w)
		mustContain(t, textOf(t, mustPDF(t, pdf, err)), w.T("report.no-certificates"))
		pdf, err = CampaignSummary{Meta: Meta{Lang: lang, AsOf: asOf}, Campaign: "見本"}.PDF(testFonts(t), w)
		mustContain(t, textOf(t, mustPDF(t, pdf, err)), w.T("report.nothing-yet"), w.T("report.none-expiring"))
		pdf, err = Trail{Meta: Meta{Lang: lang, AsOf: asOf}, Scope: "見本"}.PDF(testFonts(t), w)
		mustContain(t, textOf(t, mustPDF(t, pdf, err)), w.T("report.trail-kind"))
	}
}

// TestPapersTellTheRuleOfPoints: each paper that shows points says how they come about.
func TestPapersTellTheRuleOfPoints(t *testing.T) {
	const rule = "「わからない」は0点で、別に数えます。"
	w, one := words(t, "ja"), summary("ja", 3)
	one.Rule = rule
	pdf, err := one.PDF(testFonts(t), w)
	mustContain(t, textOf(t, mustPDF(t, pdf, err)), rule)
	filled := sheet("ja")
	filled.Rule = rule
	pdf, err = filled.PDF(testFonts(t), w)
	mustContain(t, textOf(t, mustPDF(t, pdf, err)), rule)
}

func TestSummarySaysEverything(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		w, s := words(t, lang), summary(lang, 130)
		pdf, err := s.PDF(testFonts(t), w)
		keep(t, "summary-"+lang+".pdf", mustPDF(t, pdf, err))
		text := textOf(t, pdf)
		for _, figures := range [][]Figure{s.Numbers, s.Scores, s.Sections, s.Gaps} {
			for _, f := range figures {
				mustContain(t, text, f.Label, grouped(f.N)+f.Unit)
			}
		}
		for _, r := range s.Suppliers {
			mustContain(t, text, r.Code, r.Supplier, r.Certificates)
		}
		for _, e := range s.Expiring {
			mustContain(t, text, e.Supplier, e.Certificate, w.Date(e.On))
		}
		mustContain(t, text, w.T("report.distribution-caption"), "18,210", w.T("report.mark.covered"))
		if strings.Contains(text, "まだ誰も") {
			t.Error("a section without answers has a row")
		}
	}
}

func TestCountsAreGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 50000: "50,000", 1234567: "1,234,567"} {
		if got := grouped(n); got != want {
			t.Errorf("grouped(%d) = %s, want %s", n, got, want)
		}
	}
}

// Heads of tables are repeated, and no heading stands alone at a page's foot.
func TestPageBreaks(t *testing.T) {
	w := words(t, "ja")
	tr := trail("ja", 150)
	pdf, err := tr.PDF(testFonts(t), w)
	keep(t, "trail-ja.pdf", mustPDF(t, pdf, err))
	pages := strings.Split(strings.TrimSuffix(textOf(t, pdf), "\f"), "\f")
	for i, p := range pages {
		mustContain(t, p, w.T("report.when"), w.T("report.record"), w.T("report.page", "N", fmt.Sprint(i+1), "Of", fmt.Sprint(len(pages))))
	}
	for _, r := range tr.Rows {
		mustContain(t, strings.Join(pages, ""), r.Hash)
	}
}

func TestHeadingsStayWithWhatFollows(t *testing.T) {
	for filler := range 60 {
		d := newPaper(testFonts(t), properties{})
		for range filler {
			d.paragraph("本文", style{size: 10})
		}
		d.heading("見出し")
		pages, y := len(d.pages), d.y
		d.table([]column{{title: "列", share: 1}}, []row{{cells: []cell{plain("行")}}})
		if len(d.pages) != pages || y > bodyBottom {
			t.Fatalf("after %d lines the heading is left alone at y = %.1f", filler, y)
		}
	}
}

// A heading stays with the picture below it, wherever the page ends.
func TestHeadingsStayWithTheirPicture(t *testing.T) {
	w, s := words(t, "ja"), summary("ja", 0)
	for filler := 20; filler < 50; filler++ {
		d := newPaper(testFonts(t), properties{})
		for range filler {
			d.paragraph("本文", style{size: 10})
		}
		if err := d.distributions(s.Distributions, w); err != nil {
			t.Fatal(err)
		}
		for _, p := range d.pages {
			pictured := slices.ContainsFunc(p.drawn, func(m mark) bool { _, ok := m.(imageMark); return ok })
			if pictured != (len(p.bookmarks) > 0) {
				t.Fatalf("after %d lines the heading and its picture are on two pages", filler)
			}
		}
	}
}

func TestRowHigherThanAPage(t *testing.T) {
	long := strings.Repeat(longNote, 6) + "末尾"
	d := newPaper(testFonts(t), properties{title: "試験"})
	d.table([]column{{title: "番号", share: 1}, {title: "本文", share: 2}}, []row{
		{cells: []cell{plain("1"), plain("短い")}, wide: cell{{long, tableText}}}, {cells: []cell{plain("2"), plain(long)}}, {cells: []cell{plain("3"), plain("後の行")}},
	})
	for _, p := range d.pages {
		for _, m := range p.drawn {
			if l, ok := m.(textMark); ok && l.y+l.h > bodyBottom+0.01 {
				t.Fatalf("%q stands below the page's body, at %.1f", l.text, l.y)
			}
		}
	}
	if len(d.pages) > 12 {
		t.Errorf("%d pages, want no empty ones", len(d.pages))
	}
	pdf, err := d.bytes()
	text := textOf(t, mustPDF(t, pdf, err))
	mustContain(t, text, "短い", "後の行")
	if n := strings.Count(tight(text), "末尾"); n != 2 {
		t.Errorf("the end of the long text is there %d times, want 2", n)
	}
}

func TestBrokenChainIsAWarning(t *testing.T) {
	tr := trail("ja", 3)
	tr.Chain, tr.Broken = "2件目で改変が見つかりました。", true
	pdf, err := tr.PDF(testFonts(t), words(t, "ja"))
	mustContain(t, textOf(t, mustPDF(t, pdf, err)), "× 2件目で改変が見つかりました。")
}

func TestZIP(t *testing.T) {
	names := []string{"見本製作所", "見本製作所", "../a/b", "", "A", "a", strings.Repeat("長", 300), "見本製作所_2", "index"}
	var sheets iter.Seq2[sheetFile, error] = func(yield func(sheetFile, error) bool) {
		for _, n := range names {
			if !yield(sheetFile{n, AnswerSheet{Meta: meta("ja"), Supplier: n}}, nil) {
				return
			}
		}
	}
	var out bytes.Buffer
	if err := writeSheetsZIP(&out, testFonts(t), words(t, "ja"), asOf, sheets); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	sums, index := map[string]string{}, ""
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil || f.Name != indexName && !bytes.HasPrefix(b, []byte("%PDF-")) {
			t.Errorf("%s is no PDF (%v)", f.Name, err)
		}
		got = append(got, f.Name)
		sums[f.Name] = fmt.Sprintf("%x", sha256.Sum256(b))
		index = string(b) // the last one
	}
	want := []string{"見本製作所.pdf", "見本製作所_2.pdf", "_a_b.pdf", "sheet.pdf", "A.pdf", "a_2.pdf", strings.Repeat("長", 66) + ".pdf", "見本製作所_2_2.pdf", "index_2.pdf", "index.csv"}
	if !slices.Equal(got, want) {
		t.Errorf("names = %q, want %q", got, want)
	}
	for _, name := range want[:len(want)-1] {
		if !strings.Contains(index, name+",") || !strings.Contains(index, sums[name]) {
			t.Errorf("the table of contents lacks %s with %s", name, sums[name])
		}
	}
}

func TestZIPStopsAtAnError(t *testing.T) {
	broken := errors.New("database away")
	err := writeSheetsZIP(io.Discard, testFonts(t), words(t, "ja"), asOf, func(yield func(sheetFile, error) bool) { yield(sheetFile{}, broken) })
	if !errors.Is(err, broken) {
		t.Errorf("writeSheetsZIP = %v, want the error of the sheets", err)
	}
}

func counts(values ...float64) barChart {
	c := barChart{Series: []chartSeries{{Name: "社", Values: values, Color: chartBlue800}}}
	for i := range values {
		c.Labels = append(c.Labels, fmt.Sprintf("状態%d", i+1))
	}
	return c
}

func TestCharts(t *testing.T) {
	f, w := testFonts(t), words(t, "ja")
	tests := map[string]barChart{"counts": counts(5000, 4871, 0, 911), "small": counts(1, 0, 2), "nothing": counts(0, 0), "one": counts(1),
		"stacked": distributionChart(summary("ja", 0).Distributions[:3], w)}
	for name, c := range tests {
		one, err := f.chartPNG(c)
		keep(t, "chart-"+name+".png", mustPDF(t, one, err))
		size, err := png.DecodeConfig(bytes.NewReader(one))
		if err != nil || size.Width != 1400 {
			t.Errorf("%s: %v, width %d", name, err, size.Width)
		}
		if again, err := f.chartPNG(c); err != nil || !bytes.Equal(one, again) {
			t.Errorf("%s: a second run drew another picture (%v)", name, err)
		}
		svg, err := f.chart(c, charts.ChartOutputSVG)
		mustPDF(t, svg, err)
		if again, err := f.chart(c, charts.ChartOutputSVG); err != nil || !bytes.Equal(svg, again) {
			t.Errorf("%s: a second run drew another SVG (%v)", name, err)
		}
	}
}

// The axis of counts begins at 0 and has whole numbers only.
func TestChartAxis(t *testing.T) {
	svg, err := testFonts(t).chart(counts(3, 1, 2), charts.ChartOutputSVG)
	text := string(mustPDF(t, svg, err))
	for _, want := range []string{">0<", ">1<", ">2<", ">3<", ">状態1<"} {
		if !strings.Contains(text, want) {
			t.Errorf("the SVG lacks %s", want)
		}
	}
	for highest, want := range map[float64][2]float64{0: {1, 1}, 1: {1, 1}, 3: {3, 3}, 5: {5, 5}, 6: {6, 3}, 11: {15, 3}, 47: {50, 5}, 5000: {5000, 5}, 5001: {6000, 3}} {
		if top, steps := scale(highest); top != want[0] || float64(steps) != want[1] {
			t.Errorf("scale(%v) = %v in %d steps, want %v", highest, top, steps, want)
		}
	}
}

func TestChartRefusesWhatItCannotDraw(t *testing.T) {
	f := testFonts(t)
	for name, c := range map[string]barChart{"empty": {}, "uneven": {Labels: []string{"a"}, Series: []chartSeries{{Values: []float64{1, 2}}}}, "negative": counts(1, -1)} {
		if b, err := f.chartPNG(c); !errors.Is(err, errChart) {
			t.Errorf("%s: %d bytes, %v; want errChart", name, len(b), err)
		}
	}
}

// BenchmarkSheet: the target is one PDF of 25 answers in under 40 ms on 2 cores.
func BenchmarkSheet(b *testing.B) {
	f, w, s := testFonts(b), words(b, "ja"), sheet("ja")
	b.ReportAllocs()
	for b.Loop() {
		pdf, err := s.PDF(f, w)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(pdf)), "bytes/pdf")
	}
}

func BenchmarkSummary2000(b *testing.B) {
	f, w, s := testFonts(b), words(b, "ja"), summary("ja", 2000)
	for b.Loop() {
		if _, err := s.PDF(f, w); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNewFonts(b *testing.B) {
	regular, bold := fontBytes(b, "400Regular"), fontBytes(b, "700Bold")
	for b.Loop() {
		if _, err := NewFonts(regular, bold); err != nil {
			b.Fatal(err)
		}
	}
}

// TestNoGapsIsNotNothing: answers without a gap must not read as no answers.
func TestNoGapsIsNotNothing(t *testing.T) {
	w, s := words(t, "ja"), summary("ja", 3)
	s.Gaps = nil
	pdf, err := s.PDF(testFonts(t), w)
	text := textOf(t, mustPDF(t, pdf, err))
	mustContain(t, text, w.T("report.no-gaps"))
	if strings.Contains(text, w.T("report.nothing-yet")) {
		t.Error("a summary with answers says that there are none")
	}
}

// TestWhatIsLeftOutIsSaid: a paper that holds a part must say so.
func TestWhatIsLeftOutIsSaid(t *testing.T) {
	w, tr := words(t, "ja"), trail("ja", 3)
	tr.LeftOut = "これより前の記録があります"
	pdf, err := tr.PDF(testFonts(t), w)
	mustContain(t, textOf(t, mustPDF(t, pdf, err)), tr.LeftOut)
}
