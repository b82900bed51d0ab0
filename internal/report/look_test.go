package report

import "testing"

func TestLook(t *testing.T) {
	f := testFonts(t)
	for _, lang := range []string{"ja", "en"} {
		w := words(t, lang)
		p, err := sheet(lang).PDF(f, w)
		keep(t, "sheet-"+lang+".pdf", mustPDF(t, p, err))
		p, err = summary(lang, 130).PDF(f, w)
		keep(t, "summary-"+lang+".pdf", mustPDF(t, p, err))
		p, err = trail(lang, 150).PDF(f, w)
		keep(t, "trail-"+lang+".pdf", mustPDF(t, p, err))
	}
}

func BenchmarkSheet(b *testing.B) {
	f, w := testFonts(b), words(b, "ja")
	s := sheet("ja")
	b.ReportAllocs()
	for b.Loop() {
		p, err := s.PDF(f, w)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(p)), "bytes/pdf")
	}
}

func BenchmarkSummary(b *testing.B) {
	f, w := testFonts(b), words(b, "ja")
	s := summary("ja", 1000)
	for b.Loop() {
		if _, err := s.PDF(f, w); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNewFonts(b *testing.B) {
	r, bo := fontBytes(b, "400Regular"), fontBytes(b, "700Bold")
	for b.Loop() {
		if _, err := NewFonts(r, bo); err != nil {
			b.Fatal(err)
		}
	}
}
