package typeset

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/image/font/sfnt"
)

// Face is one parsed font: its tables, and glyph and advance of every
// character of the basic plane, looked up once. It is read-only, and any number
// of goroutines may use it at once.
type Face struct {
	tables  map[string][]byte
	glyph   [1 << 16]uint16 // by character; 0 is "none"
	advance [1 << 16]uint16 // by character, in thousandths of the size
	offsets []uint32        // of glyphs in glyf, one more than there are glyphs
	metrics []byte          // hmtx
	long    int             // how many glyphs have an advance of their own
}

var errFont = errors.New("not a complete TrueType font")

// newFace parses a font, whose bytes the face keeps. Bytes of any kind give an
// errFont, never a panic.
func newFace(data []byte) (f *Face, err error) {
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
	f = &Face{tables: tablesOf(data)}
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
func (f *Face) readOffsets() error {
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
func (f *Face) readGlyphs(parsed *sfnt.Font) error {
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
func (f *Face) metric(g int) []byte {
	if g < f.long {
		return f.metrics[4*g : 4*g+4]
	}
	bearing := 4*f.long + 2*(g-f.long)
	return append(append(make([]byte, 0, 4), f.metrics[4*(f.long-1):4*f.long-2]...), f.metrics[bearing:bearing+2]...)
}

// Has tells whether the face can show a character.
func (f *Face) Has(r rune) bool { return r >= 0 && r < 1<<16 && f.glyph[r] != 0 }

// outline is the glyph's description, empty for a space.
func (f *Face) outline(g int) []byte { return f.tables["glyf"][f.offsets[g]:f.offsets[g+1]] }

// Measure is the width of a text in thousandths of the font size.
func (f *Face) Measure(s string) int {
	w := 0
	for _, r := range s {
		w += f.RuneWidth(r)
	}
	return w
}

// RuneWidth is the width of a character in thousandths of the font size, a full
// one for a character that the face cannot show.
func (f *Face) RuneWidth(r rune) int {
	if !f.Has(r) {
		return 1000
	}
	return int(f.advance[r])
}
