package questionnaire

import (
	"net/url"
	"slices"
	"strings"

	"tsunagi/internal/fault"
)

// Multiple asks for any of the options.
const Multiple KindName = "multiple"

// multipleKind asks for any of the options; their scores add up, to the whole
// weight at most.
type multipleKind struct{ usual }

func (multipleKind) Traits() Traits {
	return Traits{Seconds: choiceSeconds, Choices: true, Sample: Answer{Values: []string{"x", "y"}}}
}

func (multipleKind) Parse(_ Question, form url.Values, name string) (a, beside Answer) {
	for _, v := range form[name] {
		switch {
		case common(v) && a.Value == "":
			a.Value = v
		case common(v) && v != a.Value:
			beside.Value = v
		case v != "" && !common(v) && !slices.Contains(a.Values, v):
			a.Values = append(a.Values, v)
		}
	}
	if a.Value != "" {
		a.Values, beside.Values = nil, a.Values
	}
	return a, beside
}

func (multipleKind) Check(q Question, a Answer) (string, fault.Args) {
	for _, v := range a.Values {
		if _, ok := option(q, v); !ok {
			return "fault.answer.choose", nil
		}
	}
	if a.Value != "" {
		return "fault.answer.choose", nil
	}
	return "", nil
}

func (multipleKind) Score(q Question, a Answer) (float64, bool) {
	if a.Value == Unknown {
		return 0, scored(q)
	}
	if a.Value == NA || !scored(q) || len(a.Values) == 0 {
		return 0, false
	}
	sum := 0.0
	for _, v := range a.Values {
		if o, ok := option(q, v); ok && o.Score != nil {
			sum += *o.Score
		}
	}
	return max(0, min(1, sum)), true
}

func (multipleKind) Text(q Question, a Answer, lang string) string {
	var out []string
	for _, o := range q.Options {
		if slices.Contains(a.Values, o.Key) {
			out = append(out, o.Label.In(lang))
		}
	}
	if lang == "en" {
		return strings.Join(out, "; ")
	}
	return strings.Join(out, "、")
}
