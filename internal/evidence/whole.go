package evidence

import (
	"bytes"
	"encoding/binary"
	"strconv"
)

// walker follows a file from its first byte, and tells in the end whether it has all
// that its type must have. What comes after that does no harm: cameras, scanners and
// mail programs add to files.
type walker interface {
	take(part []byte)
	whole() bool
}

// newWalker gives the walker of a type that was detected.
func newWalker(kind string) walker {
	switch kind {
	case "application/pdf":
		return &pdfWalk{}
	case "image/jpeg":
		return &jpegWalk{}
	case "image/png":
		return &pngWalk{skip: 8}
	case "image/webp":
		return &webpWalk{}
	}
	return &heicWalk{}
}

// pdfWalk looks for an end of file marker, wherever it stands. A document that is made
// to be read from its beginning has its first one near there, and names its length.
type pdfWalk struct {
	size    int64
	head    []byte // of the document, until its length is known
	last    []byte // the end of what came before
	ended   bool
	settled bool
	length  int64
}

var (
	pdfEnd        = []byte("%%EOF")
	pdfLinearized = []byte("/Linearized")
)

// pdfHead is where the dictionary of a linearized document stands (ISO 32000-1, F.3.2).
const pdfHead = 1024

func (w *pdfWalk) take(part []byte) {
	w.size += int64(len(part))
	if room := pdfWithin + pdfHead - len(w.head); room > 0 && !w.settled {
		if w.head = append(w.head, part[:min(room, len(part))]...); len(w.head) == pdfWithin+pdfHead {
			w.settle()
		}
	}
	if w.ended {
		return
	}
	near := append(w.last[:len(w.last):len(w.last)], part[:min(len(part), len(pdfEnd)-1)]...)
	w.ended = bytes.Contains(near, pdfEnd) || bytes.Contains(part, pdfEnd)
	if near = append(w.last, part...); len(near) >= len(pdfEnd) {
		near = near[len(near)-len(pdfEnd)+1:]
	}
	w.last = bytes.Clone(near)
}

// settle reads the length of a linearized document.
func (w *pdfWalk) settle() {
	head := w.head
	w.head, w.settled = nil, true
	at := bytes.Index(head, pdfLinearized)
	if at < 0 {
		return
	}
	dict := head[at:]
	if end := bytes.Index(dict, []byte(">>")); end >= 0 {
		dict = dict[:end]
	}
	_, after, _ := bytes.Cut(dict, []byte("/L "))
	digits := after[:len(after)-len(bytes.TrimLeft(after, "0123456789"))]
	w.length, _ = strconv.ParseInt(string(digits), 10, 64)
}

func (w *pdfWalk) whole() bool {
	if !w.settled {
		w.settle()
	}
	return w.ended && w.size >= w.length
}

// jpegWalk follows the markers (ITU T.81, B.1.1) to the end of the image.
type jpegWalk struct {
	state  jpegState
	skip   int  // bytes of a segment that are still to come
	scan   bool // the segment begins a scan
	length int
}

type jpegState int

const (
	jpegMarker jpegState = iota // a marker comes next
	jpegCode
	jpegHigh // the length of a segment
	jpegLow
	jpegSegment
	jpegScan // compressed data
	jpegScanCode
	jpegDone
)

func (w *jpegWalk) take(part []byte) {
	for i := 0; i < len(part) && w.state != jpegDone; {
		switch w.state {
		case jpegMarker, jpegScan:
			at := bytes.IndexByte(part[i:], 0xff)
			if at < 0 {
				return
			}
			i += at + 1
			w.state++
		case jpegCode, jpegScanCode:
			w.marker(part[i])
			i++
		case jpegHigh:
			w.length, w.state = int(part[i])<<8, jpegLow
			i++
		case jpegLow:
			w.skip, w.state = max(0, w.length+int(part[i])-2), jpegSegment
			i++
		case jpegSegment:
			n := min(w.skip, len(part)-i)
			w.skip, i = w.skip-n, i+n
			if w.skip == 0 {
				w.state = jpegMarker
				if w.scan {
					w.state = jpegScan
				}
			}
		}
	}
	if w.state == jpegSegment && w.skip == 0 { // an empty one at the very end
		w.state = jpegMarker
	}
}

// marker judges the byte after 0xff.
func (w *jpegWalk) marker(code byte) {
	inScan := w.state == jpegScanCode
	switch {
	case code == 0xff: // filling
	case code == 0xd9:
		w.state = jpegDone
	case inScan && (code == 0 || code >= 0xd0 && code <= 0xd7):
		w.state = jpegScan
	case code <= 1 || code >= 0xd0 && code <= 0xd8: // stands alone
		w.state = jpegMarker
	default:
		w.scan, w.state = code == 0xda, jpegHigh
	}
}

func (w *jpegWalk) whole() bool { return w.state == jpegDone }

// pngWalk follows the chunks to IEND.
type pngWalk struct {
	skip  int64 // bytes until the next chunk begins
	chunk []byte
	last  bool // the chunk that is passed is IEND
	done  bool
}

func (w *pngWalk) take(part []byte) {
	for len(part) > 0 && !w.done {
		if w.skip > 0 {
			n := min(w.skip, int64(len(part)))
			w.skip, part = w.skip-n, part[n:]
			w.done = w.last && w.skip == 0
			continue
		}
		n := min(8-len(w.chunk), len(part))
		w.chunk, part = append(w.chunk, part[:n]...), part[n:]
		if len(w.chunk) == 8 {
			w.skip, w.last = int64(binary.BigEndian.Uint32(w.chunk))+4, string(w.chunk[4:]) == "IEND"
			w.chunk = w.chunk[:0]
		}
	}
}

func (w *pngWalk) whole() bool { return w.done }

// webpWalk: a RIFF file names its length in bytes 4 to 7.
type webpWalk struct {
	head []byte
	size int64
}

func (w *webpWalk) take(part []byte) {
	w.size += int64(len(part))
	w.head = append(w.head, part[:min(len(part), 8-len(w.head))]...)
}

func (w *webpWalk) whole() bool {
	return len(w.head) == 8 && w.size >= int64(binary.LittleEndian.Uint32(w.head[4:]))+8
}

// heicWalk: longer than its own header.
type heicWalk struct{ size int64 }

func (w *heicWalk) take(part []byte) { w.size += int64(len(part)) }

func (w *heicWalk) whole() bool { return w.size > headSize }
