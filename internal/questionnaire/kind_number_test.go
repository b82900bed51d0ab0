package questionnaire

import "testing"

func TestNumber(t *testing.T) {
	least, most := -5.0, 2_000_000.0
	judge(t, Question{Key: "k", Kind: Number, Min: &least, Max: &most, Unit: Text{JA: "人分", EN: "people"}}, []given{
		{name: "plain", typed: []string{"12"}, ja: "12人分", en: "12 people"},
		{name: "full width with commas", typed: []string{" １，２３４，５６７ "}, ja: "1,234,567人分", en: "1,234,567 people"},
		{name: "fraction", typed: []string{"1234.5"}, ja: "1,234.5人分", en: "1,234.5 people"},
		{name: "negative", typed: []string{"−5"}, ja: "-5人分", en: "-5 people"},
		{name: "too small", typed: []string{"-6"}, fault: "fault.answer.range"},
		{name: "too large", typed: []string{"2000001"}, fault: "fault.answer.range"},
		{name: "words", typed: []string{"約100"}, fault: "fault.answer.number"},
		{name: "exponent", typed: []string{"1e3"}, fault: "fault.answer.number"},
		{name: "hexadecimal", typed: []string{"0x10"}, fault: "fault.answer.number"},
		{name: "not a number", typed: []string{"NaN"}, fault: "fault.answer.number"},
		{name: "unknown", common: Unknown, ja: "わからない", en: "Don't know"},
	})
	judge(t, Question{Key: "k", Kind: Number}, []given{
		{name: "without unit and limits", typed: []string{"-1234"}, ja: "-1,234", en: "-1,234"},
		{name: "three digits", typed: []string{"-123"}, ja: "-123", en: "-123"},
	})
}
