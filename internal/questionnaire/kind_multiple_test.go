package questionnaire

import "testing"

func TestMultiple(t *testing.T) {
	judge(t, Question{Key: "k", Kind: Multiple, Options: options(0.75, 0.5)}, []given{
		{name: "one", typed: []string{"y"}, ja: "選択y", en: "choice y", share: 0.5, counts: true},
		{name: "both, the whole weight at most", typed: []string{"y", "x"}, ja: "選択x、選択y", en: "choice x; choice y", share: 1, counts: true},
		{name: "twice the same", typed: []string{"y", "y"}, ja: "選択y", en: "choice y", share: 0.5, counts: true},
		{name: "unknown", typed: []string{Unknown}, ja: "わからない", en: "Don't know", counts: true},
		{name: "not applicable beside a choice", typed: []string{"x", NA}, fault: "fault.answer.both"},
		{name: "both that need no choice", typed: []string{Unknown, NA}, fault: "fault.answer.both"},
		{name: "one that does not exist", typed: []string{"x", "z"}, fault: "fault.answer.choose"},
		{name: "nothing", typed: nil},
	})
}
