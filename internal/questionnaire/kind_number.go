package questionnaire

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"tsunagi/internal/fault"
)

// Number asks for a number.
const Number KindName = "number"

// numberKind asks for a number, with a unit and limits.
type numberKind struct{ unscored }

// decimal is a number as people write it: 1e5 and 0x10 are not meant.
var decimal = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,6})?$`)

func (numberKind) Traits() Traits {
	return Traits{Seconds: choiceSeconds, Bounds: true, Sample: Answer{Value: "12"}}
}

// Parse forgives full width, commas and spaces.
func (numberKind) Parse(_ Question, form url.Values, name string) (a, beside Answer) {
	a, beside = plain(form, name)
	a.Value = strings.NewReplacer(",", "", " ", "", "−", "-").Replace(norm.NFKC.String(a.Value))
	return a, beside
}

func (numberKind) Check(q Question, a Answer) (string, fault.Args) {
	n, err := strconv.ParseFloat(a.Value, 64)
	if err != nil || !decimal.MatchString(a.Value) {
		return "fault.answer.number", nil
	}
	if q.Min != nil && n < *q.Min || q.Max != nil && n > *q.Max {
		return "fault.answer.range", fault.Args{"Min": bound(q.Min), "Max": bound(q.Max)}
	}
	return "", nil
}

func bound(f *float64) string {
	if f == nil {
		return ""
	}
	return strconv.FormatFloat(*f, 'f', -1, 64)
}

func (numberKind) Text(q Question, a Answer, lang string) string {
	switch unit := q.Unit.In(lang); {
	case a.Value == "" || unit == "":
		return grouped(a.Value)
	case lang == "en":
		return grouped(a.Value) + " " + unit
	default:
		return grouped(a.Value) + unit
	}
}

// grouped puts commas between thousands: 2200 becomes 2,200.
func grouped(number string) string {
	if !decimal.MatchString(number) {
		return number
	}
	whole, fraction, _ := strings.Cut(number, ".")
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		return whole + "." + fraction
	}
	return whole
}
