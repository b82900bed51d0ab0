package questionnaire_test

import (
	"fmt"
	"testing"

	"tsunagi/internal/questionnaire"
	"tsunagi/templates"
)

func load(t *testing.T) map[string]questionnaire.Questionnaire {
	t.Helper()
	all, err := questionnaire.Load(templates.FS)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]questionnaire.Questionnaire{}
	for _, q := range all {
		out[q.Key] = q
	}
	return out
}

// TestBasic25 holds the twenty-five to their order, sections and full marks.
func TestBasic25(t *testing.T) {
	q := load(t)["basic25"]
	var sizes []int
	for _, s := range q.Sections {
		sizes = append(sizes, len(s.Questions))
	}
	if fmt.Sprint(sizes) != "[5 13 7]" {
		t.Errorf("sections of %v questions, want 5, 13 and 7", sizes)
	}
	all := map[string]questionnaire.Answers{questionnaire.Done: {}, questionnaire.Partly: {}, questionnaire.NotDone: {}, questionnaire.Unknown: {}}
	for i, question := range q.Questions() {
		if want := fmt.Sprintf("IPA5-%02d", i+1); question.References[0] != want || question.Kind != questionnaire.Maturity {
			t.Errorf("question %d (%s) is a %s with %v, want a maturity question with %s first", i+1, question.Key, question.Kind, question.References, want)
		}
		for value, answers := range all {
			answers[question.Key] = questionnaire.Answer{Value: value}
		}
	}
	for value, want := range map[string]float64{questionnaire.Done: 100, questionnaire.Partly: 50, questionnaire.NotDone: 0, questionnaire.Unknown: -25} {
		if got := q.Score(all[value], nil); got.Points != want || got.Max != 100 {
			t.Errorf("all %s: %v of %v points, want %v of 100", value, got.Points, got.Max, want)
		}
	}
}
