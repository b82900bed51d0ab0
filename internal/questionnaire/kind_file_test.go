package questionnaire

import "testing"

func TestFile(t *testing.T) {
	const one, two = "01ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAW"
	judge(t, Question{Key: "k", Kind: File}, []given{
		{name: "one", typed: []string{one}, ja: "ファイル 1点", en: "1 file"},
		{name: "two", typed: []string{one, two}, ja: "ファイル 2点", en: "2 files"},
		{name: "no id", typed: []string{"certificate.pdf"}, fault: "fault.answer.file"},
		{name: "unknown", common: Unknown, ja: "わからない", en: "Don't know"},
		{name: "nothing"},
	})
}
