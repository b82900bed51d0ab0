package sandbox

import (
	"bytes"
	"encoding/binary"
)

// exif is what matters to us of a photograph's own notes.
type exif struct {
	turned   int  // 1 to 8, as TIFF numbers them; 0 is not said
	position bool // where it was taken
}

// The tags of TIFF 6.0 and EXIF 2.32 that are read.
const (
	tagOrientation = 0x0112
	tagPosition    = 0x8825
)

// most tags are read of a directory.
const mostTags = 512

// xmpPositions name a position in the notes that some programs write as XML.
var xmpPositions = [][]byte{[]byte("exif:GPSLatitude"), []byte("exif:GPSLongitude")}

// readExif reads the notes, wherever the type keeps them. What is damaged says nothing.
func readExif(kind string, raw []byte) exif {
	var notes exif
	each := map[string]func([]byte, func([]byte)){"image/jpeg": jpegNotes, "image/png": pngNotes, "image/webp": webpNotes}[kind]
	if each == nil {
		return notes
	}
	each(raw, func(part []byte) {
		part = bytes.TrimPrefix(part, []byte("Exif\x00\x00"))
		if found, ok := readTIFF(part); ok {
			notes.turned, notes.position = max(notes.turned, found.turned), notes.position || found.position
			return
		}
		for _, name := range xmpPositions {
			notes.position = notes.position || bytes.Contains(part, name)
		}
	})
	return notes
}

// jpegNotes gives the APP1 segments that stand before the picture.
func jpegNotes(raw []byte, note func([]byte)) {
	for at := 2; at+4 <= len(raw) && raw[at] == 0xff && raw[at+1] != 0xda; {
		length := int(binary.BigEndian.Uint16(raw[at+2:]))
		end := at + 2 + length
		if length < 2 || end > len(raw) {
			return
		}
		if raw[at+1] == 0xe1 {
			note(raw[at+4 : end])
		}
		at = end
	}
}

// pngNotes gives the chunks eXIf, and iTXt where XMP is.
func pngNotes(raw []byte, note func([]byte)) {
	for at := 8; at+12 <= len(raw); {
		length := int64(binary.BigEndian.Uint32(raw[at:]))
		end := int64(at) + 8 + length
		if end > int64(len(raw)) {
			return
		}
		if kind := string(raw[at+4 : at+8]); kind == "eXIf" || kind == "iTXt" {
			note(raw[at+8 : end])
		}
		at = int(end) + 4
	}
}

// webpNotes gives the chunks EXIF and XMP of a RIFF file.
func webpNotes(raw []byte, note func([]byte)) {
	for at := 12; at+8 <= len(raw); {
		length := int64(binary.LittleEndian.Uint32(raw[at+4:]))
		end := int64(at) + 8 + length
		if end > int64(len(raw)) {
			return
		}
		if kind := string(raw[at : at+4]); kind == "EXIF" || kind == "XMP " {
			note(raw[at+8 : end])
		}
		at = int(end + length%2)
	}
}

// readTIFF reads the first directory, and whether the one of the position holds
// anything.
func readTIFF(raw []byte) (exif, bool) {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(raw, []byte("II*\x00")):
		order = binary.LittleEndian
	case bytes.HasPrefix(raw, []byte("MM\x00*")):
		order = binary.BigEndian
	default:
		return exif{}, false
	}
	var notes exif
	if len(raw) < 8 {
		return notes, true
	}
	directory(raw, order, int64(order.Uint32(raw[4:])), func(tag, value int) {
		switch tag {
		case tagOrientation:
			if order == binary.BigEndian {
				value >>= 16 // a short, in the first two of four bytes
			}
			if value &= 0xffff; value >= 1 && value <= 8 {
				notes.turned = value
			}
		case tagPosition:
			n := 0
			directory(raw, order, int64(value), func(tag, _ int) {
				if tag > 0 { // 0 is the version alone
					n++
				}
			})
			notes.position = n > 0
		}
	})
	return notes, true
}

// directory gives the tags of a directory.
func directory(raw []byte, order binary.ByteOrder, at int64, tag func(tag, value int)) {
	if at < 0 || at+2 > int64(len(raw)) {
		return
	}
	n := min(int(order.Uint16(raw[at:])), mostTags)
	for i := range n {
		entry := at + 2 + int64(i)*12
		if entry+12 > int64(len(raw)) {
			return
		}
		tag(int(order.Uint16(raw[entry:])), int(order.Uint32(raw[entry+8:])))
	}
}
