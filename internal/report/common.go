package report

import (
	"strconv"
	"strings"
)

// properties of a report: its title, what it is about, and the foot with the
// as-of time in Tokyo.
func (m Meta) properties(title, subject, seal string, p Words) properties {
	foot := p.T("report.as-of", "Time", p.DateTime(m.AsOf))
	if m.Issuer != "" {
		foot = m.Issuer + "　" + foot
	}
	return properties{
		title: title, subject: subject, author: m.Issuer, lang: m.Lang, asOf: m.AsOf, foot: foot, seal: seal,
		number:      func(n, of int) string { return p.T("report.page", "N", n, "Of", of) },
		unknownNote: p.T("report.note.unknown"), variantNote: p.T("report.note.variant"),
	}
}

// note is a text in the small letters of a remark beside the matter.
func note(text string) block { return block{text, style{size: 8.5, leading: 1.5, color: soft}} }

// strong is a text that is looked for in a row: a name.
func strong(text string) cell { return cell{{text, style{size: 9, leading: 1.5, bold: true}}} }

// body is the text of paragraphs.
var body = style{size: 10}

func itoa(n int) string { return grouped(strconv.Itoa(n)) }

// grouped puts commas between thousands, as both languages do.
func grouped(digits string) string {
	sign, rest := "", digits
	if strings.HasPrefix(rest, "-") {
		sign, rest = "-", rest[1:]
	}
	for i := len(rest) - 3; i > 0; i -= 3 {
		rest = rest[:i] + "," + rest[i:]
	}
	return sign + rest
}

// percent is a share in whole per cent, "–" of nothing.
func percent(part, whole int) string {
	if whole == 0 {
		return "–"
	}
	return strconv.Itoa((part*200+whole)/(2*whole)) + "%"
}

// nonEmpty joins what is said, leaving out what is not.
func nonEmpty(sep string, parts ...string) string {
	var said []string
	for _, s := range parts {
		if s != "" {
			said = append(said, s)
		}
	}
	return strings.Join(said, sep)
}
