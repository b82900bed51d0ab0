package report

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jung-kurt/gofpdf"
)

// family is the name of the font in a document.
const family = "BIZUDGothic"

// producer is named in the file's properties.
const producer = "Tsunagi"

// tokyo is where the times of a report are told.
var tokyo = time.FixedZone("Asia/Tokyo", 9*60*60)

// bytes makes the PDF. A panic of gofpdf becomes an error: one odd document
// must not take the server with it.
func (d *paper) bytes() (pdf []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			pdf, err = nil, fmt.Errorf("make PDF %q: %v", d.props.title, r)
		}
	}()
	d.footnote()
	d.furnish()
	f := d.open()
	for _, p := range d.pages {
		f.AddPage()
		for _, m := range p.drawn {
			m.draw(f)
		}
		for _, b := range p.bookmarks {
			f.Bookmark(b.text, 0, b.y)
		}
	}
	var out bytes.Buffer
	if err := f.Output(&out); err != nil {
		return nil, fmt.Errorf("make PDF %q: %w", d.props.title, err)
	}
	return describe(out.Bytes(), d.props.lang)
}

// open prepares gofpdf: nothing automatic, nothing that depends on the hour of
// the day or the order of a map.
func (d *paper) open() *gofpdf.Fpdf {
	f := gofpdf.New("P", "mm", "A4", "")
	f.SetCatalogSort(true)
	at := d.props.asOf.In(tokyo)
	if d.props.asOf.IsZero() {
		at = time.Unix(0, 0).UTC() // gofpdf takes the zero time for "now"
	}
	f.SetCreationDate(at)
	f.SetModificationDate(at)
	f.SetAutoPageBreak(false, 0)
	f.SetMargins(0, 0, 0)
	f.SetCellMargin(0)
	f.SetTitle(d.clean(d.props.title), true)
	f.SetSubject(d.clean(d.props.subject), true)
	f.SetAuthor(d.clean(d.props.author), true)
	f.SetCreator(producer, true)
	f.SetProducer(producer, true)
	f.AddUTF8FontFromBytes(family, "", d.fonts.faces.Regular.Subset(d.used[0]))
	f.AddUTF8FontFromBytes(family, "B", d.fonts.faces.Bold.Subset(d.used[1]))
	f.SetFont(family, "", 10)
	for _, p := range d.images {
		f.RegisterImageOptionsReader(p.name, gofpdf.ImageOptions{ImageType: p.kind}, bytes.NewReader(p.data))
	}
	return f
}

// footnote is printed where 〓 or a common form stands for another character.
func (d *paper) footnote() {
	var notes []string
	if d.unknown && d.props.unknownNote != "" {
		notes = append(notes, d.props.unknownNote)
	}
	if d.variant && d.props.variantNote != "" {
		notes = append(notes, d.props.variantNote)
	}
	if len(notes) > 0 {
		d.space(3)
		d.paragraph(strings.Join(notes, "\n"), style{size: 8, color: soft})
	}
}

var (
	furniture      = style{size: 7.5, color: soft, leading: 1.4}
	furnitureRight = bodyWidth * 0.3
)

// furnish sets running heads and feet, now that the number of pages is known.
func (d *paper) furnish() {
	number := d.props.number
	if number == nil {
		number = func(n, of int) string { return strconv.Itoa(n) + " / " + strconv.Itoa(of) }
	}
	for i, p := range d.pages {
		if i > 0 {
			d.fit(p, d.props.title, marginSide, 14, bodyWidth*0.58, false)
			d.fit(p, d.props.subject, marginSide+bodyWidth*0.6, 14, bodyWidth*0.4, true)
			p.drawn = append(p.drawn, lineMark{marginSide, 18.6, bodyWidth, 0.2, rule})
		}
		foot := bodyBottom + 5
		p.drawn = append(p.drawn, lineMark{marginSide, foot, bodyWidth, 0.2, rule})
		d.fit(p, d.props.foot, marginSide, foot+1.2, bodyWidth-furnitureRight, false)
		d.fit(p, number(i+1, len(d.pages)), marginSide+bodyWidth-furnitureRight, foot+1.2, furnitureRight, true)
		d.fit(p, d.props.seal, marginSide, foot+1.2+furniture.lineHeight(), bodyWidth, false)
	}
}

// fit sets one line of furniture, shortened with … when it is too long.
func (d *paper) fit(p *page, text string, x, y, width float64, right bool) {
	text = strings.Join(strings.Fields(d.clean(text)), " ")
	limit := int(width / (furniture.size * mmPerPoint) * 1000)
	d.text(p, line{text: shorten(text, limit, d.fonts.faces.Regular.RuneWidth), style: furniture, right: right}, x, y, width)
}

// shorten cuts a text to a width and marks the cut with ….
func shorten(text string, limit int, width func(rune) int) string {
	total := 0
	for _, r := range text {
		total += width(r)
	}
	if total <= limit {
		return text
	}
	used := width('…')
	for i, r := range text {
		if used += width(r); used > limit {
			return strings.TrimRight(text[:i], " \u3000") + "…"
		}
	}
	return text
}

var (
	catalogMark  = []byte("/Type /Catalog\n")
	startMark    = []byte("startxref\n")
	errUnlikePDF = errors.New("gofpdf gave a file without catalog")
)

// describe adds to the catalog what gofpdf cannot say: the language, which
// screen readers need, and that the window shows the title. The catalog is the
// last object, so only the place of the cross-reference table moves.
func describe(pdf []byte, lang string) ([]byte, error) {
	at := bytes.LastIndex(pdf, catalogMark)
	start := bytes.LastIndex(pdf, startMark)
	if at < 0 || start < at {
		return nil, errUnlikePDF
	}
	number, rest, found := bytes.Cut(pdf[start+len(startMark):], []byte("\n"))
	xref, err := strconv.Atoi(string(number))
	if !found || err != nil {
		return nil, errUnlikePDF
	}
	added := "/Lang (" + language(lang) + ")\n/ViewerPreferences <</DisplayDocTitle true>>\n"
	at += len(catalogMark)
	out := make([]byte, 0, len(pdf)+len(added)+8)
	out = append(append(append(out, pdf[:at]...), added...), pdf[at:start]...)
	out = append(strconv.AppendInt(append(out, startMark...), int64(xref+len(added)), 10), '\n')
	return append(out, rest...), nil
}

func language(lang string) string {
	if lang == "en" {
		return "en"
	}
	return "ja-JP"
}
