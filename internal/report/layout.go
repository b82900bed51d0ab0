package report

import (
	"fmt"
	"strings"
	"time"

	"tsunagi/internal/report/typeset"
)

// properties are what a document says of itself.
type properties struct {
	title   string // of the document, in the running head and the file's properties
	subject string
	author  string
	lang    string
	asOf    time.Time
	foot    string                 // left in the foot, such as the as-of time
	seal    string                 // below it, such as a hash; may be empty
	number  func(n, of int) string // page numbers in words; nil means "n / of"
	// printed at the end when the case arose
	unknownNote, variantNote string
}

// paper lays out pages from top to bottom.
type paper struct {
	fonts   *Fonts
	props   properties
	pages   []*page
	y       float64 // where the next block begins, in mm from the top
	images  []picture
	used    [2]map[rune]bool // characters by face: regular, bold
	unknown bool             // somewhere a character became 〓
	variant bool             // somewhere a variant form was set in its common form
}

// picture is an image of the document, kept once however often it is drawn.
type picture struct {
	name, kind string // kind is "png" or "jpg"
	data       []byte
}

func newPaper(fonts *Fonts, props properties) *paper {
	d := &paper{fonts: fonts, props: props, used: [2]map[rune]bool{{}, {}}}
	d.newPage()
	return d
}

func (d *paper) newPage() {
	d.pages = append(d.pages, &page{})
	d.y = marginTop
	if len(d.pages) == 1 {
		d.y = marginFirst
	}
}

func (d *paper) page() *page { return d.pages[len(d.pages)-1] }

// top is where the body of the current page begins.
func (d *paper) top() float64 {
	if len(d.pages) == 1 {
		return marginFirst
	}
	return marginTop
}

// room is how much of the page is left, in mm.
func (d *paper) room() float64 { return bodyBottom - d.y }

// need begins a new page unless so much room is left. A page on which nothing
// stands yet is never left empty.
func (d *paper) need(height float64) {
	if height > d.room() && d.y > d.top() {
		d.newPage()
	}
}

func (d *paper) space(height float64) { d.y += height }

func (d *paper) put(m mark) { d.page().drawn = append(d.page().drawn, m) }

// clean makes a text printable and remembers what was lost.
func (d *paper) clean(s string) string {
	c := d.fonts.faces.Clean(s)
	d.unknown = d.unknown || c.Unknown
	d.variant = d.variant || c.Variant
	return c.Text
}

// line is one line of text of a given style, ready to be drawn.
type line struct {
	text  string
	style style
	right bool
}

// lines breaks a text to a width in mm.
func (d *paper) lines(text string, st style, width float64) []line {
	face := d.fonts.faces.Face(st.bold)
	limit := int(width / (st.size * mmPerPoint) * 1000)
	var out []line
	for _, s := range typeset.Wrap(strings.TrimRight(d.clean(text), " \n"), limit, face.RuneWidth) {
		out = append(out, line{text: strings.TrimRight(s, " \u3000\n"), style: st})
	}
	return out
}

// text draws one clean line at a place, in a box of a width and the line's
// height, and remembers its characters for the font.
func (d *paper) text(onto *page, l line, x, y, width float64) {
	if l.text == "" {
		return
	}
	used, face := d.used[0], d.fonts.faces.Regular
	if l.style.bold {
		used, face = d.used[1], d.fonts.faces.Bold
	}
	for _, r := range l.text {
		used[r] = true
	}
	if l.right {
		x += width - float64(face.Measure(l.text))*l.style.size*mmPerPoint/1000
	}
	onto.drawn = append(onto.drawn, textMark{x: x, y: y, w: width, h: l.style.lineHeight(), text: l.text, style: l.style})
}

// paragraph sets a text over the full width. It leaves no single line of itself
// at the foot or head of a page.
func (d *paper) paragraph(text string, st style) {
	d.indented(text, st, 0)
}

// indented sets a paragraph with its left edge moved in, in mm.
func (d *paper) indented(text string, st style, indent float64) {
	lines := d.lines(text, st, bodyWidth-indent)
	h := st.lineHeight()
	for i, l := range lines {
		switch left := len(lines) - i; {
		case i == 0 && left > 1, left == 2:
			d.need(2 * h)
		default:
			d.need(h)
		}
		d.text(d.page(), l, marginSide+indent, d.y, bodyWidth-indent)
		d.y += h
	}
}

// afterHeading is how much must fit below a heading, so that none is left alone
// at the foot of a page.
const afterHeading = 26.0

// heading sets a numberless heading and its bookmark.
func (d *paper) heading(text string) {
	st, before, after := style{size: 13, bold: true, color: blue1000, leading: 1.4}, 8.0, 2.2
	lines := d.lines(text, st, bodyWidth-4)
	height := float64(len(lines)) * st.lineHeight()
	if d.y > d.top() {
		d.space(before)
	}
	d.need(height + after + afterHeading)
	if len(lines) > 0 {
		d.page().bookmarks = append(d.page().bookmarks, bookmark{d.clean(strings.Join(strings.Fields(text), " ")), d.y})
	}
	d.put(boxMark{marginSide, d.y + 0.4, 1.2, height - 0.8, blue900})
	for _, l := range lines {
		d.text(d.page(), l, marginSide+4, d.y, bodyWidth-4)
		d.y += st.lineHeight()
	}
	d.space(after)
}

// title sets the head of the first page: what the document is, whom it is
// about, and what it belongs to.
func (d *paper) title(kind, title, sub string) {
	d.put(boxMark{marginSide, d.y, bodyWidth, 1.2, blue900})
	d.space(4)
	d.paragraph(kind, style{size: 9.5, bold: true, color: blue900})
	d.space(0.6)
	d.paragraph(title, style{size: 18, bold: true, leading: 1.35})
	if sub != "" {
		d.space(0.6)
		d.paragraph(sub, style{size: 10.5, color: soft})
	}
	d.space(3.5)
}

// image draws a picture over the full width, at the height that keeps its
// proportion (height ÷ width), with a caption below.
func (d *paper) image(kind string, data []byte, proportion float64, caption string) {
	name := fmt.Sprintf("image-%d", len(d.images))
	d.images = append(d.images, picture{name, kind, data})
	st := style{size: 8, color: soft, leading: 1.5}
	lines := d.lines(caption, st, bodyWidth)
	height := bodyWidth * proportion
	d.need(height + float64(len(lines))*st.lineHeight() + 2)
	d.put(imageMark{name, marginSide, d.y, bodyWidth, height})
	d.y += height + 1
	for _, l := range lines {
		d.text(d.page(), l, marginSide, d.y, bodyWidth)
		d.y += st.lineHeight()
	}
	d.space(2)
}

// notice sets a text on a tinted ground with a bar at its left: what must not
// be overlooked. It is kept on one page.
func (d *paper) notice(text string, ground, bar rgb) {
	st := style{size: 9.5}
	lines := d.lines(text, st, bodyWidth-9)
	height := float64(len(lines))*st.lineHeight() + 4
	d.need(height)
	d.put(boxMark{marginSide, d.y, bodyWidth, height, ground})
	d.put(boxMark{marginSide, d.y, 1.2, height, bar})
	for i, l := range lines {
		d.text(d.page(), l, marginSide+5, d.y+2+float64(i)*st.lineHeight(), bodyWidth-9)
	}
	d.y += height
	d.space(3)
}
