package response

import (
	"tsunagi/internal/evidence"
	"tsunagi/internal/questionnaire"
)

// Unasked is what a sheet holds of a question that its answers hide: it is not
// submitted, and kept for when the question is asked again.
type Unasked struct {
	Question questionnaire.Question
	Answered bool
	Files    []evidence.Evidence
}

// Leaves lists what a sheet holds and does not submit.
func Leaves(q questionnaire.Questionnaire, answers questionnaire.Answers, given []evidence.Evidence) []Unasked {
	var out []Unasked
	shown := q.Visible(answers)
	for _, question := range q.Questions() {
		if shown[question.Key] {
			continue
		}
		a := answers[question.Key]
		one := Unasked{Question: question, Answered: a.Value != "" || a.Note != "" || len(a.Values) > 0 && !question.Traits().Files}
		for _, e := range given {
			if e.Attached() && e.Question == question.Key {
				one.Files = append(one.Files, e)
			}
		}
		if one.Answered || len(one.Files) > 0 {
			out = append(out, one)
		}
	}
	return out
}

// goes is the evidence that a submission takes along: certificates, and what is attached
// to questions that are asked.
func goes(shown map[string]bool, given []evidence.Evidence) []evidence.Evidence {
	var out []evidence.Evidence
	for _, e := range given {
		if !e.Attached() || shown[e.Question] {
			out = append(out, e)
		}
	}
	return out
}
