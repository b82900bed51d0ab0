package table

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// format is what the number format of a cell does to a stored number, as far as it
// matters to a list: dates are days, and the zeros of a code belong to it. Everything
// else that a format adds (commas, 様, ￥) is for the eye.
type format struct {
	date string // the layout of a date or time
	code string // zeros with signs between or before them: 00000, 000-0000
}

// openStyles reads the number formats of cells.
func (b *book) openStyles(part string) error {
	var styles struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := b.small(part, &styles); err != nil {
		return err
	}
	own := map[int]string{}
	for _, f := range styles.Formats {
		own[f.ID] = f.Code
	}
	for _, cell := range styles.Cells {
		f := builtIn(cell.Format)
		if code, ok := own[cell.Format]; ok {
			f = formatOf(code)
		}
		b.formats = append(b.formats, f)
	}
	return nil
}

// builtIn are the formats that have no code in the file (ECMA-376, part 1, 18.8.30).
func builtIn(id int) format {
	switch {
	case id >= 18 && id <= 21, id >= 45 && id <= 47, id == 32, id == 33:
		return format{date: "15:04"}
	case id == 22:
		return format{date: "2006/01/02 15:04"}
	case id >= 14 && id <= 17, id >= 27 && id <= 36, id >= 50 && id <= 58:
		return format{date: "2006/01/02"}
	}
	return format{}
}

var (
	quotedPart = regexp.MustCompile(`"[^"]*"|\[[^\]]*\]|_.|\*.`)
	elapsed    = regexp.MustCompile(`(?i)\[(h+|m+|s+)\]`)
	escaped1   = regexp.MustCompile(`\\(.)`)
	zeros      = regexp.MustCompile(`^[^0#?.,%]*0[0-]*0$`)
	dated      = regexp.MustCompile(`[yYdDeEgG]`)
	timed      = regexp.MustCompile(`[hHsS]`)
)

func formatOf(code string) format {
	code, _, _ = strings.Cut(code, ";")
	code = elapsed.ReplaceAllString(code, "$1")
	bare := escaped1.ReplaceAllString(quotedPart.ReplaceAllString(code, ""), "")
	switch day, clock := dated.MatchString(bare), timed.MatchString(bare); {
	case strings.EqualFold(bare, "general"):
		return format{}
	case day && clock:
		return format{date: "2006/01/02 15:04"}
	case day || strings.ContainsAny(bare, "mM") && !strings.ContainsAny(bare, "0#?hHsS"):
		return format{date: "2006/01/02"}
	case clock:
		return format{date: "15:04"}
	}
	plain := escaped1.ReplaceAllString(strings.ReplaceAll(code, `"`, ""), "$1")
	if zeros.MatchString(plain) {
		return format{code: plain}
	}
	return format{}
}

// show writes a stored number.
func (f format) show(stored string, is1904 bool) string {
	stored = strings.TrimSpace(stored)
	if f == (format{}) && digitsAlone(stored) {
		return stored
	}
	n, err := strconv.ParseFloat(stored, 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
		return stored
	}
	switch whole := n == math.Trunc(n) && math.Abs(n) < 1<<53; {
	case f.date != "" && n >= 0 && n < 2_958_466: // the year 10000
		return f.day(n, is1904)
	case f.code != "" && whole && n >= 0:
		return f.pad(strconv.FormatInt(int64(n), 10))
	case whole:
		return strconv.FormatInt(int64(n), 10)
	}
	return strconv.FormatFloat(n, 'G', 15, 64)
}

// day writes a number of days. The year 1900 is taken for a leap year, as Excel does.
func (f format) day(n float64, is1904 bool) string {
	start := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case is1904:
		start = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case n < 60:
		start = start.AddDate(0, 0, 1)
	}
	whole, part := math.Modf(n)
	seconds := time.Duration(math.Round(part*24*60*60)) * time.Second
	return start.AddDate(0, 0, int(whole)).Add(seconds).Format(f.date)
}

// pad puts digits into the places of a code, from the right.
func (f format) pad(digits string) string {
	out := []byte{}
	for i := len(f.code) - 1; i >= 0; i-- {
		switch {
		case f.code[i] != '0':
			out = append(out, f.code[i])
		case digits == "":
			out = append(out, '0')
		default:
			out, digits = append(out, digits[len(digits)-1]), digits[:len(digits)-1]
		}
		if first := strings.IndexByte(f.code, '0'); i == first {
			for ; digits != ""; digits = digits[:len(digits)-1] {
				out = append(out, digits[len(digits)-1])
			}
		}
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return string(out)
}

func digitsAlone(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) < 16
}
