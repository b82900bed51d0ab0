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

func (textKind) Parse(_ Question, form url.Values, name string) Answer { return plain(form, name) }
func (textKind) Check(Question, Answer) (string, fault.Args)           { return "", nil }
func (textKind) Text(_ Question, a Answer, _ string) string            { return a.Value }

// unscored kinds take part in no score.
type unscored struct{ common }

func (unscored) Score(Question, Answer) (float64, bool) { return 0, false }

// plain reads what was typed, or わからない and 該当しない from the boxes beside it.
func plain(form url.Values, name string) Answer {
	if c := form.Get(name + ".common"); c == Unknown || c == NA {
		return Answer{Value: c}
	}
	return Answer{Value: strings.TrimSpace(strings.ReplaceAll(form.Get(name), "\r\n", "\n"))}
}
