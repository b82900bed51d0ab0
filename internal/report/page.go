package report

import "github.com/jung-kurt/gofpdf"

// A4 portrait, in millimetres.
const (
	pageWidth    = 210.0
	pageHeight   = 297.0
	marginSide   = 19.0
	marginTop    = 25.0 // below the running head
	marginFirst  = 18.0 // on the first page, which has a title instead
	marginBottom = 24.0 // above the foot
	bodyWidth    = pageWidth - 2*marginSide
	bodyBottom   = pageHeight - marginBottom
	mmPerPoint   = 25.4 / 72
)

// rgb is a colour. All are from the Digital Agency palette.
type rgb struct{ r, g, b uint8 }

var (
	ink       = rgb{0x1a, 0x1a, 0x1a} // solid gray 900
	soft      = rgb{0x59, 0x59, 0x59} // what is beside the matter; contrast 7 on white
	rule      = rgb{0xcc, 0xcc, 0xcc}
	zebra     = rgb{0xf8, 0xf8, 0xfb}
	blue50    = rgb{0xe8, 0xf1, 0xfe}
	blue300   = rgb{0x9d, 0xb7, 0xf9}
	blue900   = rgb{0x00, 0x17, 0xc1}
	blue1000  = rgb{0x00, 0x11, 0x8f}
	green900  = rgb{0x11, 0x5a, 0x36}
	orange50  = rgb{0xff, 0xee, 0xe2}
	orange900 = rgb{0xac, 0x3e, 0x00}
	red900    = rgb{0xce, 0x00, 0x00}
)

// style is how a text is set. The zero colour is ink.
type style struct {
	size    float64 // points
	bold    bool
	color   rgb
	leading float64 // line height as a multiple of the size; 0 means 1.6
}

func (s style) lineHeight() float64 {
	if s.leading == 0 {
		return s.size * 1.6 * mmPerPoint
	}
	return s.size * s.leading * mmPerPoint
}

func (s style) ink() rgb {
	if s.color == (rgb{}) {
		return ink
	}
	return s.color
}

// page is what is drawn on one page, in order. Pages are laid out in full before
// a PDF is made of them: so the number of pages and the characters are known,
// and nothing in the layout depends on gofpdf.
type page struct {
	drawn     []mark
	bookmarks []bookmark
}

// mark is one thing on a page.
type mark interface{ draw(f *gofpdf.Fpdf) }

type bookmark struct {
	text string
	y    float64
}

// textMark is one line of text in a box: left-aligned, vertically centred.
type textMark struct {
	x, y, w, h float64
	text       string
	style      style
}

func (m textMark) draw(f *gofpdf.Fpdf) {
	weight := ""
	if m.style.bold {
		weight = "B"
	}
	c := m.style.ink()
	f.SetFont(family, weight, m.style.size)
	f.SetTextColor(int(c.r), int(c.g), int(c.b))
	f.SetXY(m.x, m.y)
	f.CellFormat(m.w, m.h, m.text, "", 0, "L", false, 0, "")
}

// boxMark is a filled rectangle.
type boxMark struct {
	x, y, w, h float64
	color      rgb
}

func (m boxMark) draw(f *gofpdf.Fpdf) {
	f.SetFillColor(int(m.color.r), int(m.color.g), int(m.color.b))
	f.Rect(m.x, m.y, m.w, m.h, "F")
}

// lineMark is a horizontal rule.
type lineMark struct {
	x, y, w, thick float64
	color          rgb
}

func (m lineMark) draw(f *gofpdf.Fpdf) {
	f.SetDrawColor(int(m.color.r), int(m.color.g), int(m.color.b))
	f.SetLineWidth(m.thick)
	f.Line(m.x, m.y, m.x+m.w, m.y)
}

// imageMark is a picture of the document.
type imageMark struct {
	name       string
	x, y, w, h float64
}

func (m imageMark) draw(f *gofpdf.Fpdf) {
	f.ImageOptions(m.name, m.x, m.y, m.w, m.h, false, gofpdf.ImageOptions{}, 0, "")
}
