package questionnaire

import (
	"net/url"

	"tsunagi/internal/fault"
)

// Maturity asks how far a measure is carried out.
const Maturity KindName = "maturity"

// maturityKind asks how far a measure is carried out.
type maturityKind struct{}

// shares are IPA's points 4, 2 and 0 as shares of 4 (5-minute self-check). What
// わからない costs is the scale's.
var shares = map[string]float64{Done: 1, Partly: 0.5, NotDone: 0, Unknown: 0}

func (maturityKind) Traits() Traits {
	return Traits{Seconds: choiceSeconds, Measure: true, Sample: Answer{Value: Partly, Note: "倉庫が残る"}}
}

func (maturityKind) Parse(_ Question, form url.Values, name string) (a, beside Answer) {
	return Answer{Value: form.Get(name)}, Answer{}
}

func (maturityKind) Check(_ Question, a Answer) (string, fault.Args) {
	if _, ok := shares[a.Value]; !ok {
		return "fault.answer.choose", nil
	}
	return "", nil
}

func (maturityKind) Score(_ Question, a Answer) (float64, bool) {
	share, ok := shares[a.Value]
	return share, ok // 該当しない does not count
}

func (maturityKind) Text(_ Question, a Answer, lang string) string { return label(a.Value).In(lang) }

func (maturityKind) Options(Question) []Option {
	var out []Option
	for _, v := range []string{Done, Partly, NotDone, Unknown, NA} {
		out = append(out, Option{Key: v, Label: label(v)})
	}
	return out
}

func (maturityKind) Mark(a Answer) string { return a.Value }
