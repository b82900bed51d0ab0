package questionnaire

import "testing"

func TestMaturity(t *testing.T) {
	judge(t, Question{Key: "k", Kind: Maturity}, []given{
		{name: "done", typed: []string{Done}, ja: "実施している", en: "Done", share: 1, counts: true},
		{name: "partly", typed: []string{Partly}, ja: "一部で実施", en: "Partly done", share: 0.5, counts: true},
		{name: "not done", typed: []string{NotDone}, ja: "実施していない", en: "Not done", counts: true},
		{name: "unknown", typed: []string{Unknown}, ja: "わからない", en: "Don't know", counts: true},
		{name: "not applicable", typed: []string{NA}, ja: "該当しない", en: "Not applicable"},
		{name: "nothing", typed: nil},
		{name: "something else", typed: []string{"yes"}, fault: "fault.answer.choose"},
	})
}

// TestNotApplicableNeedsItsReason: it can be saved without, but not submitted.
func TestNotApplicableNeedsItsReason(t *testing.T) {
	q := Question{Key: "k", Kind: Maturity}
	if complete(q, Answer{Value: NA}) || Check(q, Answer{Value: NA}) != nil {
		t.Error("該当しない without a reason must be kept, and not be complete")
	}
	if !complete(q, Answer{Value: NA, Note: "無線LANなし"}) {
		t.Error("該当しない with its reason is complete")
	}
}
