package questionnaire

import "testing"

func TestText(t *testing.T) {
	judge(t, Question{Key: "k", Kind: FreeText}, []given{
		{name: "lines", typed: []string{"  一行目\n二行目 "}, ja: "一行目\n二行目", en: "一行目\n二行目"},
		{name: "blank", typed: []string{"   "}},
		{name: "unknown beside a text", typed: []string{"書きかけ"}, common: Unknown, fault: "fault.answer.both"},
		{name: "not applicable", common: NA, ja: "該当しない", en: "Not applicable"},
	})
}
