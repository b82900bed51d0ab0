package response

import (
	"time"

	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/questionnaire"
)

// NewDraft is the empty sheet of a new assignment.
func NewDraft(a campaign.Assignment, now time.Time) Draft {
	return Draft{ID: a.ID, Org: a.Org, Campaign: a.Campaign, Generation: a.Generation, Open: true, ClosesAt: a.ClosesAt,
		Answers: map[string]Saved{}, UpdatedAt: now}
}

// Plain gives the answers without who saved them when.
func (d Draft) Plain() questionnaire.Answers {
	out := questionnaire.Answers{}
	for key, saved := range d.Answers {
		out[key] = saved.Answer
	}
	return out
}

// WithFiles adds the files: what is attached to a question that asks for a file is
// its answer, unless it was answered with わからない or 該当しない.
func WithFiles(q questionnaire.Questionnaire, answers questionnaire.Answers, given []evidence.Evidence) questionnaire.Answers {
	for _, e := range given {
		if !e.Answers() {
			continue
		}
		a := answers[e.Question]
		if question, ok := q.Question(e.Question); ok && question.Traits().Files && a.Value == "" {
			a.Values = append(a.Values, e.ID)
			answers[e.Question] = a
		}
	}
	return answers
}
