package questionnaire

import (
	"net/url"
	"strings"

	"tsunagi/internal/fault"
)

// FreeText asks for a free text.
const FreeText KindName = "text"

// textKind asks for a free text.
type textKind struct{ unscored }

func (textKind) Traits() Traits {
	return Traits{Seconds: writtenSeconds, Sample: Answer{Value: "<b>一行目</b>\n二行目 \"&\""}}
}

func (textKind) Parse(_ Question, form url.Values, name string) (a, beside Answer) {
	return plain(form, name)
}
func (textKind) Check(Question, Answer) (string, fault.Args) { return "", nil }
func (textKind) Text(_ Question, a Answer, _ string) string  { return a.Value }

// unscored kinds take part in no score.
type unscored struct{ usual }

func (unscored) Score(Question, Answer) (float64, bool) { return 0, false }

// plain reads what was typed, and わからない and 該当しない from the boxes beside it.
func plain(form url.Values, name string) (a, beside Answer) {
	a.Value = strings.TrimSpace(form.Get(name))
	for _, tick := range form[name+".common"] {
		switch {
		case !common(tick) || tick == a.Value:
		case !a.Common():
			a, beside = Answer{Value: tick}, a
		case beside.Empty():
			beside.Value = tick
		}
	}
	return a, beside
}
