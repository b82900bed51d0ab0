package report

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jung-kurt/gofpdf"
)

// longNote is a text without spaces, the kind from which gofpdf's own wrapping
// drops a character a line.
var longNote = strings.Repeat("外部の保守会社が遠隔で接続する端末については、「接続元の限定」と（多要素認証）を併用し、作業の記録を90日間保存しています。", 12)

func docOf(t *testing.T, texts ...string) []byte {
	t.Helper()
	d := newPaper(testFonts(t), properties{title: "試験", asOf: asOf, unknownNote: "代替文字の注記", variantNote: "異体字の注記"})
	for _, s := range texts {
		d.paragraph(s, style{size: 10})
	}
	pdf, err := d.bytes()
	return mustPDF(t, pdf, err)
}

// Fault 1: MultiCell and SplitText drop a kanji at every wrap.
func TestWrappingLosesNoCharacter(t *testing.T) {
	d := newPaper(testFonts(t), properties{title: "試験"})
	var rows []row
	part := string([]rune(longNote)[:120])
	for i := range 60 {
		rows = append(rows, row{cells: []cell{plain(fmt.Sprint(i)), plain(fmt.Sprintf("始%d%s終%d", i, part, i))}})
	}
	d.table([]column{{title: "番号", share: 1, right: true}, {title: "本文", share: 3}}, rows)
	d.paragraph(longNote, style{size: 10, bold: true})
	pdf, err := d.bytes()
	text := textOf(t, mustPDF(t, pdf, err))
	for i := range 60 {
		mustContain(t, text, fmt.Sprintf("始%d%s終%d", i, part, i))
	}
}

// What runs over a page's end is there too.
func TestParagraphsOverPagesLoseNoCharacter(t *testing.T) {
	long := strings.Repeat(longNote, 5)
	text := textOf(t, docOf(t, long))
	mustHold(t, text, long)
	if !strings.Contains(strings.TrimSuffix(text, "\f"), "\f") {
		t.Error("the text stands on one page: it does not show what it should")
	}
}

// Every kanji of the fonts comes back.
func TestEveryGlyphComesBack(t *testing.T) {
	f := testFonts(t)
	var b strings.Builder
	count := 0
	for r := rune(0x4E00); r <= 0x9FFF; r++ {
		if f.faces.Has(r) {
			b.WriteRune(r)
			count++
		}
	}
	if count < 6000 {
		t.Fatalf("the fonts have %d kanji, want those of JIS levels 1 and 2", count)
	}
	mustHold(t, textOf(t, docOf(t, b.String())), b.String())
}

// Fault 2: runes above U+FFFF make Output panic.
func TestRareCharactersArePrintedAsGeta(t *testing.T) {
	text := textOf(t, docOf(t, "前𠮷野家後", "前👨‍👩‍👧家族後", "前👍🏽後", "前❤️後", "辻󠄀さん", "前✔後", "か\u3099き", "前\x00\x1b\u202e後", "前\xff後"))
	mustContain(t, text, "前〓野家後", "前〓家族後", "前〓後", "辻さん", "がき", "前後", "代替文字の注記", "異体字の注記")
	for _, bad := range []string{"𠮷", "👨", "✔", "\x00", "\u202e", "〓〓"} {
		if strings.Contains(tight(text), bad) {
			t.Errorf("text layer has %q", bad)
		}
	}
}

func TestNoteOnlyWhenNeeded(t *testing.T) {
	if text := textOf(t, docOf(t, "普通の文です。①㈱髙﨑")); strings.Contains(text, "注記") {
		t.Errorf("a note without cause: %s", text)
	}
}

// panics is a mark that panics as gofpdf does on odd input.
type panics struct{}

func (panics) draw(*gofpdf.Fpdf) { panic("slice bounds out of range") }

// Fault 2 and whatever else panics: it becomes an error.
func TestPanicBecomesAnError(t *testing.T) {
	d := newPaper(testFonts(t), properties{title: "試験"})
	d.put(panics{})
	if pdf, err := d.bytes(); err == nil || pdf != nil {
		t.Fatalf("bytes = %d bytes, %v; want an error and nothing", len(pdf), err)
	}
}

// Fault 3: gofpdf writes into the font bytes it is given. Run with -race.
func TestDocumentsAtOnceLeaveTheFontsAlone(t *testing.T) {
	regular, bold := fontBytes(t, "400Regular"), fontBytes(t, "700Bold") // which the faces keep
	f, err := NewFonts(regular, bold)
	if err != nil {
		t.Fatal(err)
	}
	w := words(t, "ja")
	pdfs := make([][]byte, 8)
	var group sync.WaitGroup
	for i := range pdfs {
		group.Go(func() { pdfs[i], _ = sheet("ja").PDF(f, w) })
	}
	group.Wait()
	for i, pdf := range pdfs {
		if len(pdf) == 0 || !bytes.Equal(pdf, pdfs[0]) {
			t.Errorf("document %d differs from the first", i)
		}
	}
	if !bytes.Equal(regular, fontBytes(t, "400Regular")) || !bytes.Equal(bold, fontBytes(t, "700Bold")) {
		t.Error("a document wrote into the shared fonts")
	}
}

// Fault 5: output differs from run to run.
func TestSameReportSameBytes(t *testing.T) {
	f, w := testFonts(t), words(t, "ja")
	for name, make := range map[string]func() ([]byte, error){
		"sheet":   func() ([]byte, error) { return sheet("ja").PDF(f, w) },
		"summary": func() ([]byte, error) { return summary("ja", 40).PDF(f, w) },
		"trail":   func() ([]byte, error) { return trail("ja", 40).PDF(f, w) },
		"no time": func() ([]byte, error) { s := sheet("ja"); s.AsOf = time.Time{}; return s.PDF(f, w) },
	} {
		first, err := make()
		mustPDF(t, first, err)
		for range 5 {
			if again, err := make(); err != nil || !bytes.Equal(first, again) {
				t.Fatalf("%s: a second run gave other bytes (%v)", name, err)
			}
		}
	}
}

// Fault 6: bad font bytes only print to stdout.
func TestBadFontsStopTheStart(t *testing.T) {
	good := fontBytes(t, "400Regular")
	bad := good[:len(good)/2]
	if f, err := NewFonts(bad, good); err == nil || f != nil {
		t.Errorf("cut off as regular: NewFonts = %v, %v; want an error", f, err)
	}
	if f, err := NewFonts(good, bad); err == nil || f != nil {
		t.Errorf("cut off as bold: NewFonts = %v, %v; want an error", f, err)
	}
}

// What we measure is what gofpdf sets: else text would run out of its cell.
func TestWidthsAgreeWithGofpdf(t *testing.T) {
	f := testFonts(t)
	sample := map[rune]bool{}
	for r := rune(' '); r < 1<<16; r += 7 {
		if f.faces.Has(r) {
			sample[r] = true
		}
	}
	g := gofpdf.New("P", "mm", "A4", "")
	g.AddUTF8FontFromBytes(family, "", f.faces.Regular.Subset(sample))
	g.SetFont(family, "", 10)
	for r := range sample {
		if got, want := g.GetStringSymbolWidth(string(r)), f.faces.Regular.RuneWidth(r); got != want {
			t.Fatalf("width of %q: gofpdf %d, ours %d", r, got, want)
		}
	}
}

func TestPropertiesOfTheFile(t *testing.T) {
	f := testFonts(t)
	for lang, want := range map[string]string{"ja": "/Lang (ja-JP)", "en": "/Lang (en)"} {
		s := sheet(lang)
		pdf, err := s.PDF(f, words(t, lang))
		info := run(t, mustPDF(t, pdf, err), "pdfinfo", "-enc", "UTF-8", "FILE")
		// The times of the file are the as-of time, in Tokyo: never the hour of making.
		dates := run(t, pdf, "pdfinfo", "-rawdates", "FILE")
		mustContain(t, dates, "CreationDate: D:20261123171500", "ModDate: D:20261123171500")
		mustContain(t, info, "Title: "+s.Supplier, "Author: "+s.Issuer, "Subject: "+s.Campaign, "Creator: Tsunagi", "Page size: 595.28 x 841.89 pts (A4)")
		if !bytes.Contains(pdf, []byte(want)) {
			t.Errorf("%s: the catalog lacks %s", lang, want)
		}
	}
}

func TestDescribeRefusesWhatIsNoPDF(t *testing.T) {
	for _, s := range []string{"", "startxref\n", "/Type /Catalog\nstartxref\nx\n", "startxref\n12\n/Type /Catalog\n"} {
		if out, err := describe([]byte(s), "ja"); err == nil {
			t.Errorf("describe(%q) = %q, want an error", s, out)
		}
	}
}
