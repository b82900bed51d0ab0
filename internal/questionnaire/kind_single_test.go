package questionnaire

import "testing"

func TestSingle(t *testing.T) {
	judge(t, Question{Key: "k", Kind: Single, Options: options(1, 0.25)}, []given{
		{name: "best", typed: []string{"x"}, ja: "選択x", en: "choice x", share: 1, counts: true},
		{name: "weak", typed: []string{"y"}, ja: "選択y", en: "choice y", share: 0.25, counts: true},
		{name: "unknown", typed: []string{Unknown}, ja: "わからない", en: "Don't know", counts: true},
		{name: "not applicable", typed: []string{NA}, ja: "該当しない", en: "Not applicable"},
		{name: "no such option", typed: []string{"z"}, fault: "fault.answer.choose"},
	})
	plain := Question{Key: "k", Kind: Single, Options: []Option{{Key: "x", Label: Text{JA: "選択x", EN: "choice x"}}}}
	judge(t, plain, []given{
		{name: "without scores", typed: []string{"x"}, ja: "選択x", en: "choice x"},
		{name: "unknown without scores", typed: []string{Unknown}, ja: "わからない", en: "Don't know"},
	})
}
