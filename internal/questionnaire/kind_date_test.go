package questionnaire

import "testing"

func TestDate(t *testing.T) {
	judge(t, Question{Key: "k", Kind: Date}, []given{
		{name: "a day", typed: []string{"2028-03-31"}, ja: "2028年3月31日", en: "31 March 2028"},
		{name: "no such day", typed: []string{"2027-02-29"}, fault: "fault.date"},
		{name: "kept as typed, to be corrected", typed: []string{"来月"}, fault: "fault.date"},
		{name: "unknown", common: Unknown, ja: "わからない", en: "Don't know"},
		{name: "nothing"},
	})
}
