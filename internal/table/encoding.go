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

// guess takes a byte order mark at its word, then escapes of ISO-2022-JP, then UTF-8
// when nearly every byte fits; of CP932 and EUC-JP the one that reads more.
func guess(data []byte) Encoding {
	switch {
	case bytes.HasPrefix(data, bom8):
		return UTF8
	case hasBOM16(data):
		return UTF16
	case order16(data) != nil:
		return UTF16
	case escaped(data):
		return ISO2022JP
	case nearlyUTF8(data):
		return UTF8
	case moreInEUC(data):
		return EUCJP
	}
	return CP932
}

// escaped tells whether all is seven bits, with the escapes of ISO-2022-JP.
func escaped(data []byte) bool {
	return (bytes.Contains(data, []byte("\x1b$B")) || bytes.Contains(data, []byte("\x1b$@")) || bytes.Contains(data, []byte("\x1b(I"))) &&
		bytes.IndexFunc(data, func(r rune) bool { return r > 0x7f }) < 0
}

// nearlyUTF8 tells whether data is UTF-8 but for a few broken bytes: Japanese text in
// CP932 or EUC-JP has next to no sequences that fit.
func nearlyUTF8(data []byte) bool {
	good, bad := 0, 0
	for len(data) > 0 {
		if data[0] < utf8.RuneSelf {
			data = data[1:]
			continue
		}
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 {
			bad++
		} else {
			good++
		}
		data = data[size:]
	}
	return bad == 0 || good >= 10*bad
}

// guessed is how much of a file is looked at to tell CP932 from EUC-JP.
const guessed = 256 << 10

// moreInEUC tells whether text makes more sense in EUC-JP than in CP932: fewer
// characters that do not exist, then fewer half-width kana, as which CP932 reads the
// kana of EUC-JP.
func moreInEUC(data []byte) bool {
	data = data[:min(len(data), guessed)]
	euc, eucOdd := strangeness(japanese.EUCJP, data)
	ms, msOdd := strangeness(japanese.ShiftJIS, data)
	return euc < ms || euc == ms && eucOdd < msOdd
}

func strangeness(e encoding.Encoding, data []byte) (unreadable, odd int) {
	text, err := e.NewDecoder().Bytes(data)
	if err != nil {
		return len(data), 0
	}
	for _, r := range string(text) {
		switch {
		case r == utf8.RuneError:
			unreadable++
		case r >= '｡' && r <= 'ﾟ':
			odd++
		}
	}
	return unreadable, odd
}

// order16 gives the order of bytes of UTF-16 without a mark: in text with Latin letters,
// commas or line ends every second byte of many is zero. Nil when it is no such text.
func order16(data []byte) encoding.Encoding {
	data = data[:min(len(data), guessed)]
	var zeros [2]int
	for i, b := range data {
		if b == 0 {
			zeros[i%2]++
		}
	}
	switch {
	case zeros[0]+zeros[1] < 2 || (zeros[0]+zeros[1])*50 < len(data):
		return nil
	case zeros[1] > 20*zeros[0]:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case zeros[0] > 20*zeros[1]:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	}
	return nil
}

// decoders are what reads each encoding; UTF-16 depends on the file.
var decoders = map[Encoding]encoding.Encoding{
	CP932:     japanese.ShiftJIS, // x/text follows the WHATWG table, which is Microsoft's code page 932
	EUCJP:     japanese.EUCJP,
	ISO2022JP: japanese.ISO2022JP,
}

// decode gives the text, the encoding used and how many characters could not be
// read. Text of which more than a twentieth cannot be read is refused.
func decode(data []byte, chosen Encoding) (string, Encoding, int, error) {
	enc := chosen
	if enc == Guess || hasBOM16(data) || bytes.HasPrefix(data, bom8) {
		enc = guess(data)
	}
	text := ""
	switch e := decoders[enc]; {
	case enc == UTF8:
		text = string(bytes.TrimPrefix(data, bom8))
	case enc == UTF16:
		if e = order16(data); hasBOM16(data) || e == nil {
			e = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
		}
		text = decoded(e, data)
	case e != nil:
		text = decoded(e, data)
	default:
		return "", enc, 0, fault.New(fault.Invalid, "fault.sheet.encoding-unknown")
	}
	// A zero is no character: what it stood for is lost.
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\x00", "\ufffd")
	unreadable := strings.Count(text, "\ufffd")
	if chosen == Guess && unreadable*20 > utf8.RuneCountInString(text) {
		return "", enc, unreadable, fault.New(fault.Invalid, "fault.sheet.encoding")
	}
	return text, enc, unreadable, nil
}

// decoded reads text; what does not fit becomes U+FFFD.
func decoded(e encoding.Encoding, data []byte) string {
	text, err := e.NewDecoder().Bytes(data)
	if err != nil { // no decoder for text fails; should one, nothing was read
		return "\ufffd"
	}
	return string(text)
}
