package report

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/go-analyze/charts"
	"golang.org/x/image/font/sfnt"
)

// geta is printed for a character that the fonts cannot show, as Japanese
// printers have always done.
const geta = '〓'

// chartFont names the regular face among the fonts of the chart library.
const chartFont = "tsunagi-report"

// Fonts are the two faces that reports are set in. They are read-only after
// NewFonts, so any number of documents may be made with them at once: each
// document gets a small font of its own, cut out of them.
type Fonts struct {
	regular, bold *face
}

// NewFonts checks two TrueType fonts and reads what setting needs of them. It
// fails when a font cannot be used for Japanese reports, so that a damaged file
// stops the start and not the first download: gofpdf itself only prints a line.
func NewFonts(regular, bold []byte) (*Fonts, error) {
	r, err := newFace(regular)
	if err != nil {
		return nil, fmt.Errorf("regular font: %w", err)
	}
	b, err := newFace(bold)
	if err != nil {
		return nil, fmt.Errorf("bold font: %w", err)
	}
	f := &Fonts{regular: r, bold: b}
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
		if !f.has(r) {
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

// has tells whether both faces can show a character.
func (f *Fonts) has(r rune) bool { return f.regular.has(r) && f.bold.has(r) }

// face is the bold face or the regular one.
func (f *Fonts) face(bold bool) *face {
	if bold {
		return f.bold
	}
	return f.regular
}

// face is one parsed font: its tables, and glyph and advance of every
// character of the basic plane, looked up once.
type face struct {
	tables  map[string][]byte
	glyph   [1 << 16]uint16 // by character; 0 is "none"
	advance [1 << 16]uint16 // by character, in thousandths of the size
	offsets []uint32        // of glyphs in glyf, one more than there are glyphs
	metrics []byte          // hmtx
	long    int             // how many glyphs have an advance of their own
}

var errFont = errors.New("not a complete TrueType font")

// newFace parses a font. Bytes of any kind give an error, never a panic.
func newFace(data []byte) (f *face, err error) {
	defer func() {
		if r := recover(); r != nil {
			f, err = nil, fmt.Errorf("%w: %v", errFont, r)
		}
	}()
	parsed, err := sfnt.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errFont, err)
	}
	if kind := binary.BigEndian.Uint32(data); kind != 0x00010000 && kind != 0x74727565 {
		return nil, fmt.Errorf("%w: its outlines are not TrueType", errFont)
	}
	f = &face{tables: tablesOf(data)}
	for _, name := range wantedTables {
		if len(f.tables[name]) == 0 {
			return nil, fmt.Errorf("%w: table %q is missing", errFont, name)
		}
	}
	if err := f.readOffsets(); err != nil {
		return nil, err
	}
	return f, f.readGlyphs(parsed)
}

// wantedTables are those that a font file in a PDF, or gofpdf, cannot do without.
var wantedTables = []string{"OS/2", "cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name", "post"}

func tablesOf(data []byte) map[string][]byte {
	out := map[string][]byte{}
	for i := range int(binary.BigEndian.Uint16(data[4:])) {
		record := data[12+16*i:]
		start, size := binary.BigEndian.Uint32(record[8:]), binary.BigEndian.Uint32(record[12:])
		out[string(record[:4])] = data[start : start+size : start+size]
	}
	return out
}

// readOffsets reads where each glyph begins.
func (f *face) readOffsets() error {
	count := int(binary.BigEndian.Uint16(f.tables["maxp"][4:]))
	f.long = int(binary.BigEndian.Uint16(f.tables["hhea"][34:]))
	f.metrics = f.tables["hmtx"]
	loca, short := f.tables["loca"], binary.BigEndian.Uint16(f.tables["head"][50:]) == 0
	f.offsets = make([]uint32, count+1)
	for i := range f.offsets {
		if short {
			f.offsets[i] = 2 * uint32(binary.BigEndian.Uint16(loca[2*i:]))
		} else {
			f.offsets[i] = binary.BigEndian.Uint32(loca[4*i:])
		}
		if i > 0 && f.offsets[i] < f.offsets[i-1] || int(f.offsets[i]) > len(f.tables["glyf"]) {
			return fmt.Errorf("%w: glyph %d lies outside its table", errFont, i)
		}
	}
	if f.long == 0 || len(f.metrics) < 4*f.long+2*(count-f.long) {
		return fmt.Errorf("%w: advances are missing", errFont)
	}
	return nil
}

// readGlyphs looks up glyph and advance of every character.
func (f *face) readGlyphs(parsed *sfnt.Font) error {
	perEm := uint32(binary.BigEndian.Uint16(f.tables["head"][18:]))
	if perEm == 0 {
		return fmt.Errorf("%w: no units per em", errFont)
	}
	var buf sfnt.Buffer
	for r := range rune(1 << 16) {
		g, err := parsed.GlyphIndex(&buf, r)
		if err != nil || int(g) >= len(f.offsets)-1 {
			continue
		}
		units := uint32(binary.BigEndian.Uint16(f.metric(int(g))))
		f.glyph[r] = uint16(g)
		f.advance[r] = uint16((units*1000 + perEm/2) / perEm)
	}
	return nil
}

// metric is the advance and left bearing of a glyph, 4 bytes.
func (f *face) metric(g int) []byte {
	if g < f.long {
		return f.metrics[4*g : 4*g+4]
	}
	bearing := 4*f.long + 2*(g-f.long)
	return append(append(make([]byte, 0, 4), f.metrics[4*(f.long-1):4*f.long-2]...), f.metrics[bearing:bearing+2]...)
}

func (f *face) has(r rune) bool { return r >= 0 && r < 1<<16 && f.glyph[r] != 0 }

// outline is the glyph's description, empty for a space.
func (f *face) outline(g int) []byte { return f.tables["glyf"][f.offsets[g]:f.offsets[g+1]] }

// measure is the width of a text in thousandths of the font size.
func (f *face) measure(s string) int {
	w := 0
	for _, r := range s {
		w += f.runeWidth(r)
	}
	return w
}

func (f *face) runeWidth(r rune) int {
	if !f.has(r) {
		return 1000
	}
	return int(f.advance[r])
}
