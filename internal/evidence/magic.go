package evidence

import (
	"bytes"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// headSize is how much of a file is looked at to tell its type.
const headSize = 3072

// pdfWithin is how many bytes may stand before a PDF, as readers have always allowed
// (Adobe's implementation note 13 to ISO 32000-1, 7.5.2).
const pdfWithin = 1024

var pdfMagic = []byte("%PDF-")

// heicBrands are those of ISO 23008-12 for still pictures.
var heicBrands = map[string]string{"heic": "image/heic", "heix": "image/heic", "heim": "image/heic", "heis": "image/heic",
	"mif1": "image/heif", "msf1": "image/heif"}

// detect tells the type of a file by how it begins: "" when it is none that we take.
// What stands further inside counts for nothing, so that no file is two things at once.
func detect(head []byte) string {
	switch {
	case bytes.HasPrefix(head, pdfMagic):
		return "application/pdf"
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return "image/jpeg"
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png"
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return "image/webp"
	case len(head) >= 12 && string(head[4:8]) == "ftyp":
		return heicBrands[string(head[8:12])]
	}
	at := bytes.Index(head[:min(len(head), pdfWithin+len(pdfMagic))], pdfMagic)
	if at > 0 && harmless(head[:at]) {
		return "application/pdf"
	}
	return ""
}

// otherMagic begins files of types that we do not take, also of versions that nobody has
// given out: a program that is less strict may take them for one.
var otherMagic = []string{"MZ", "GIF8", "PK", "\x7fELF", "#!", "\x1f\x8b", "Rar!", "7z\xbc\xaf", "\xd0\xcf\x11\xe0", "BM", "%!PS", "{\\rtf"}

// harmless tells whether what stands before a PDF is of no type of its own: no
// program, no archive, no picture, and nothing that a browser takes for a page.
func harmless(before []byte) bool {
	if bytes.IndexByte(before, '<') >= 0 {
		return false
	}
	for _, other := range otherMagic {
		if bytes.HasPrefix(before, []byte(other)) {
			return false
		}
	}
	kind, _, _ := strings.Cut(mimetype.Detect(before).String(), ";")
	return slices.Contains([]string{"application/octet-stream", "text/plain"}, kind)
}
