package sandbox_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"strings"
	"testing"
)

// madePDF puts a document together from its objects, the first of which is the catalog.
func madePDF(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	at := make([]int, len(objects))
	for i, o := range objects {
		at[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, xref)
	return b.Bytes()
}

func stream(dict, data string) string {
	return fmt.Sprintf("<< %s /Length %d >>\nstream\n%s\nendstream", dict, len(data), data)
}

// onePage is a document of one page that shows a text, with more in its catalog and
// page, and more objects from number 6 on.
func onePage(catalog, page, text string, more ...string) []byte {
	return madePDF(append([]string{
		"<< /Type /Catalog /Pages 2 0 R " + catalog + " >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 120] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> " + page + " >>",
		stream("", "BT /F 18 Tf 20 60 Td "+text+" Tj ET"),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}, more...)...)
}

// packed hides objects 6 and on in an object stream, as newer programs do: no name in
// them can be read in the file.
func packed(catalog string, objects ...string) []byte {
	var table, body bytes.Buffer
	for i, o := range objects {
		fmt.Fprintf(&table, "%d %d ", 6+i, body.Len())
		body.WriteString(o + " ")
	}
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, _ = w.Write(append(table.Bytes(), body.Bytes()...))
	_ = w.Close()
	plain := []string{
		"<< /Type /Catalog /Pages 2 0 R " + catalog + " >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 120] >>",
		stream(fmt.Sprintf("/Type /ObjStm /N %d /First %d /Filter /FlateDecode", len(objects), table.Len()), z.String()),
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	rows := []byte{0, 0, 0, 0}
	row := func(kind byte, field, third int) { rows = append(rows, kind, byte(field>>8), byte(field), byte(third)) }
	for i, o := range plain {
		row(1, b.Len(), 0)
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	row(1, xref, 0)
	for i := range objects {
		row(2, 4, i)
	}
	fmt.Fprintf(&b, "5 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n",
		stream(fmt.Sprintf("/Type /XRef /W [1 2 1] /Size %d /Root 1 0 R", 6+len(objects)), string(rows)), xref)
	return b.Bytes()
}

// scan is a document as a copying machine makes it: pages that are photographs.
func scan(t testing.TB, pages int) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 1240, 1754))
	for i := range m.Pix {
		m.Pix[i] = 255 - byte(rand.IntN(24))
	}
	for line := range 40 {
		for x := 100; x < 1100; x++ {
			for y := range 12 {
				if (x/9+line)%3 > 0 {
					m.SetGray(x, 100+line*38+y, color.Gray{Y: 20})
				}
			}
		}
	}
	var j bytes.Buffer
	if err := jpeg.Encode(&j, m, &jpeg.Options{Quality: 85}); err != nil {
		t.Fatal(err)
	}
	objects := []string{"<< /Type /Catalog /Pages 2 0 R >>", ""}
	var kids strings.Builder
	for range pages {
		n := len(objects) + 1
		fmt.Fprintf(&kids, "%d 0 R ", n)
		objects = append(objects,
			fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources << /XObject << /I %d 0 R >> >> >>", n+1, n+2),
			stream("", "q 595 0 0 842 0 0 cm /I Do Q"),
			stream("/Type /XObject /Subtype /Image /Width 1240 /Height 1754 /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /DCTDecode", j.String()))
	}
	objects[1] = fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", kids.String(), pages)
	return madePDF(objects...)
}

// halves is an image of which the upper half is black.
func halves(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{255, 255, 255, 255}
			if y < h/2 {
				c = color.RGBA{0, 0, 0, 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

// photograph is halves as a camera writes it, with notes in EXIF.
func photograph(t testing.TB, w, h int, notes []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, halves(w, h), nil); err != nil {
		t.Fatal(err)
	}
	if notes == nil {
		return b.Bytes()
	}
	part := append([]byte("Exif\x00\x00"), notes...)
	return bytes.Join([][]byte{b.Bytes()[:2], {0xff, 0xe1, byte((len(part) + 2) >> 8), byte(len(part) + 2)}, part, b.Bytes()[2:]}, nil)
}

// notes are EXIF notes in either order of bytes.
func notes(big bool, orientation byte, position bool) []byte {
	head := []byte("II*\x00\x08\x00\x00\x00")
	short := func(n byte) []byte { return []byte{n, 0} }
	long := func(n byte) []byte { return []byte{n, 0, 0, 0} }
	tag := func(hi, lo byte) []byte { return []byte{lo, hi} }
	value := []byte{orientation, 0, 0, 0}
	if big {
		head = []byte("MM\x00*\x00\x00\x00\x08")
		short = func(n byte) []byte { return []byte{0, n} }
		long = func(n byte) []byte { return []byte{0, 0, 0, n} }
		tag = func(hi, lo byte) []byte { return []byte{hi, lo} }
		value = []byte{0, orientation, 0, 0}
	}
	out := [][]byte{head, short(2), tag(0x01, 0x12), short(3), long(1), value, tag(0x88, 0x25), short(4), long(1), long(38), long(0)}
	n := byte(0)
	if position {
		n = 1
	}
	out = append(out, short(1+n), tag(0, 0), short(1), long(4), []byte{2, 3, 0, 0})
	if position {
		out = append(out, tag(0, 1), short(2), long(2), []byte{'N', 0, 0, 0})
	}
	return bytes.Join(append(out, long(0)), nil)
}

// hugePNG says that it is of many pixels, and has none of them.
func hugePNG(w, h uint32) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), w), h)
	head = append(head, 8, 0, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(head))
}

// bomb is a page whose content grows to many bytes.
func bomb(size int) []byte {
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, _ = w.Write(bytes.Repeat([]byte("0 0 9 9 re f\n"), size/13))
	_ = w.Close()
	return madePDF("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 120] /Contents 4 0 R >>", stream("/Filter /FlateDecode", z.String()))
}

// japanese is a page in a Japanese typeface that the document does not bring along.
func japanese(text string) []byte {
	return madePDF(
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 120] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
		stream("", "BT /F 18 Tf 20 60 Td "+text+" Tj ET"),
		"<< /Type /Font /Subtype /Type0 /BaseFont /HeiseiKakuGo-W5 /Encoding /UniJIS-UCS2-H /DescendantFonts [6 0 R] >>",
		"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /HeiseiKakuGo-W5 /FontDescriptor 7 0 R"+
			" /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >> >>",
		"<< /Type /FontDescriptor /FontName /HeiseiKakuGo-W5 /Flags 4 /FontBBox [-92 -250 1010 922] /ItalicAngle 0"+
			" /Ascent 752 /Descent -221 /CapHeight 737 /StemV 114 >>",
	)
}
