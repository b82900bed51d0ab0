package questionnaire

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"tsunagi/internal/fault"
)

// unscored kinds take part in no score.
type unscored struct{}

func (unscored) Score(Question, Answer) (float64, bool) { return 0, false }

// plain reads what was typed, or わからない and 該当しない from the boxes beside it.
func plain(form url.Values, name string) Answer {
	if c := form.Get(name + ".common"); c == Unknown || c == NA {
		return Answer{Value: c}
	}
	return Answer{Value: strings.TrimSpace(strings.ReplaceAll(form.Get(name), "\r\n", "\n"))}
}

// textKind asks for a free text.
type textKind struct{ unscored }

func (textKind) Parse(_ Question, form url.Values, name string) Answer { return plain(form, name) }
func (textKind) Check(Question, Answer) (string, fault.Args)           { return "", nil }
func (textKind) Text(_ Question, a Answer, _ string) string            { return a.Value }

// numberKind asks for a number, with a unit and limits.
type numberKind struct{ unscored }

// Parse forgives full width, commas and spaces.
func (numberKind) Parse(_ Question, form url.Values, name string) Answer {
	a := plain(form, name)
	a.Value = strings.NewReplacer(",", "", " ", "", "−", "-").Replace(norm.NFKC.String(a.Value))
	return a
}

func (numberKind) Check(q Question, a Answer) (string, fault.Args) {
	n, err := strconv.ParseFloat(a.Value, 64)
	if err != nil || n != n || n > 1e15 || n < -1e15 {
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
	if a.Value == "" {
		return ""
	}
	if unit := q.Unit.In(lang); unit != "" {
		return a.Value + " " + unit
	}
	return a.Value
}

// dateKind asks for a day. Whoever parses the form turns what was typed into
// 2006-01-02 first (DateValue); other text is kept, so that nothing typed is lost.
type dateKind struct{ unscored }

func (dateKind) Parse(_ Question, form url.Values, name string) Answer { return plain(form, name) }

func (dateKind) Check(_ Question, a Answer) (string, fault.Args) {
	if _, err := time.Parse(time.DateOnly, a.Value); err != nil {
		return "fault.date", nil
	}
	return "", nil
}

func (dateKind) Text(_ Question, a Answer, lang string) string {
	day, err := time.Parse(time.DateOnly, a.Value)
	if err != nil {
		return a.Value
	}
	if lang == "en" {
		return day.Format("2 January 2006")
	}
	return day.Format("2006年1月2日")
}

// fileKind asks for a file; Values are the ids of the evidence, Value their names
// on the day of answering is not kept here: the evidence has them.
type fileKind struct{ unscored }

func (fileKind) Parse(_ Question, form url.Values, name string) Answer {
	a := plain(form, name)
	if a.Value != Unknown && a.Value != NA {
		a = Answer{Values: form[name]}
	}
	return a
}

func (fileKind) Check(_ Question, a Answer) (string, fault.Args) {
	for _, id := range a.Values {
		if len(id) != 26 { // a ULID
			return "fault.answer.file", nil
		}
	}
	return "", nil
}

func (fileKind) Text(_ Question, a Answer, lang string) string {
	n := strconv.Itoa(len(a.Values))
	switch {
	case len(a.Values) == 0:
		return ""
	case lang == "en":
		return n + " file(s)"
	}
	return "ファイル " + n + "点"
}
