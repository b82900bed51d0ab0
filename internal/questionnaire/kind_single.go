package questionnaire

import (
	"net/url"
	"slices"

	"tsunagi/internal/fault"
)

// Single asks for one of the options.
const Single KindName = "single"

// singleKind asks for one of the options.
type singleKind struct{ usual }

func (singleKind) Traits() Traits {
	return Traits{Seconds: choiceSeconds, Choices: true, Sample: Answer{Value: "y"}}
}

func (singleKind) Parse(_ Question, form url.Values, name string) (a, beside Answer) {
	return Answer{Value: form.Get(name)}, Answer{}
}

func (singleKind) Check(q Question, a Answer) (string, fault.Args) {
	if _, ok := option(q, a.Value); !ok {
		return "fault.answer.choose", nil
	}
	return "", nil
}

func (singleKind) Score(q Question, a Answer) (float64, bool) {
	if a.Value == Unknown {
		return 0, scored(q)
	}
	o, ok := option(q, a.Value)
	if !ok || o.Score == nil {
		return 0, false
	}
	return *o.Score, true
}

func (singleKind) Text(q Question, a Answer, lang string) string {
	o, _ := option(q, a.Value)
	return o.Label.In(lang)
}

// option finds one of a question's options.
func option(q Question, key string) (Option, bool) {
	i := slices.IndexFunc(q.Options, func(o Option) bool { return o.Key == key })
	if i < 0 {
		return Option{}, false
	}
	return q.Options[i], true
}

// scored tells whether any of the options has a score.
func scored(q Question) bool {
	return slices.ContainsFunc(q.Options, func(o Option) bool { return o.Score != nil })
}
