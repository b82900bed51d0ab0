package questionnaire

import (
	"net/url"
	"time"

	"tsunagi/internal/fault"
)

// Date asks for a day.
const Date KindName = "date"

// dateKind asks for a day. Pages turn what was typed into 2006-01-02 before the form
// is parsed; what they cannot read is kept as it is, so that nothing typed is lost.
type dateKind struct{ unscored }

func (dateKind) Traits() Traits {
	return Traits{Seconds: choiceSeconds, Day: true, Sample: Answer{Value: "2028-03-31"}}
}

func (dateKind) Parse(_ Question, form url.Values, name string) (a, beside Answer) {
	return plain(form, name)
}

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
