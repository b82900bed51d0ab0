package report

import (
	"fmt"

	"github.com/go-analyze/charts"

	"tsunagi/internal/report/typeset"
)

// chartFont names the regular face among the fonts of the chart library.
const chartFont = "tsunagi-report"

// Fonts are the two faces that reports are set in. They are read-only after
// NewFonts, so any number of documents may be made with them at once: each
// document gets a small font of its own, cut out of them.
type Fonts struct {
	faces *typeset.Faces
}

// NewFonts checks two TrueType fonts and reads what setting needs of them. It
// fails when a font cannot be used for Japanese reports, so that a damaged file
// stops the start and not the first download: gofpdf itself only prints a line.
func NewFonts(regular, bold []byte) (*Fonts, error) {
	faces, err := typeset.NewFaces(regular, bold)
	if err != nil {
		return nil, err
	}
	f := &Fonts{faces: faces}
	if err := f.trial(); err != nil {
		return nil, err
	}
	if err := charts.InstallFont(chartFont, regular); err != nil {
		return nil, fmt.Errorf("regular font in charts: %w", err)
	}
	return f, nil
}

// sample are characters without which no report can be set.
const sample = "AZaz09 ,.-/()%あんアン一亜漢字、。「」（）ー～・○△×◇？－〓①㈱髙﨑"

// trial makes a document with both faces, so that whatever gofpdf stumbles over
// is found now.
func (f *Fonts) trial() error {
	for _, r := range sample {
		if !f.faces.Has(r) {
			return fmt.Errorf("the fonts have no glyph for %q", r)
		}
	}
	d := newPaper(f, properties{title: "trial"})
	d.paragraph(sample, style{size: 10})
	d.paragraph(sample, style{size: 10, bold: true})
	if _, err := d.bytes(); err != nil {
		return fmt.Errorf("trial document: %w", err)
	}
	return nil
}
