package table

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"tsunagi/internal/fault"
)

var bom8 = []byte("\xef\xbb\xbf")

func hasBOM16(data []byte) bool {
	return bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff"))
}

// guess takes a byte order mark at its word, then UTF-8 when every byte fits,
// and CP932 otherwise: Japanese text in CP932 is practically never valid UTF-8.
func guess(data []byte) Encoding {
	switch {
	case bytes.HasPrefix(data, bom8):
		return UTF8
	case hasBOM16(data):
		return UTF16
	case utf8.Valid(data):
		return UTF8
	}
	return CP932
}

// decode gives the text, the encoding used and how many characters could not be
// read. Text of which more than a twentieth cannot be read is refused.
func decode(data []byte, chosen Encoding) (string, Encoding, int, error) {
	enc := chosen
	if enc == Guess || hasBOM16(data) {
		enc = guess(data)
	}
	var e encoding.Encoding
	switch enc {
	case UTF8:
		e = unicode.UTF8BOM
	case CP932:
		// x/text follows the WHATWG table, which is Microsoft's code page 932.
		e = japanese.ShiftJIS
	case UTF16:
		e = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	default:
		return "", enc, 0, fault.New(fault.Invalid, "fault.sheet.encoding-unknown")
	}
	raw, err := e.NewDecoder().Bytes(data)
	if err != nil {
		return "", enc, 0, fault.New(fault.Invalid, "fault.sheet.encoding").Because(err)
	}
	text := strings.ToValidUTF8(string(raw), "\ufffd")
	unreadable := strings.Count(text, "\ufffd")
	if chosen == Guess && unreadable*20 > utf8.RuneCountInString(text) {
		return "", enc, unreadable, fault.New(fault.Invalid, "fault.sheet.encoding")
	}
	return text, enc, unreadable, nil
}
