package response

import (
	"strings"
	"time"

	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/questionnaire"
)

// Statement is the version of the declaration; whoever changes its text raises it.
const Statement = "2026-11-26"

// Declare is what a person gives to submit.
type Declare struct {
	Name, Role, Text, Lang string
	Agreed                 bool
}

// Submit makes the next revision of a sheet as it is now. Conflict when the request
// waits for no answer; Gone when the sheet is closed; Invalid when a question has no
// answer, or nobody declares.
func Submit(c campaign.Campaign, a campaign.Assignment, draft Draft, given []evidence.Evidence, d Declare, now time.Time) (Submission, error) {
	switch {
	case draft.ID != a.ID:
		return Submission{}, fault.New(fault.NotFound, "fault.not-found")
	case !a.Response.CanBecome(campaign.Submitted):
		return Submission{}, fault.New(fault.Conflict, "fault.answer.submitted")
	case !now.Before(draft.ClosesAt) || !draft.Open:
		return Submission{}, fault.New(fault.Gone, "fault.answer.closed")
	}
	answers := WithFiles(c.Questionnaire, draft.Plain(), given)
	covered := c.Covered(evidence.Holding(given, now), a.PersonalData)
	d.Name, d.Role = strings.TrimSpace(d.Name), strings.TrimSpace(d.Role)
	if err := check(c, answers, covered, d); err != nil {
		return Submission{}, err
	}
	sub := Submission{ID: SubmissionID(a.ID, a.Revision+1), Org: a.Org, Campaign: a.Campaign, Assignment: a.ID, Supplier: a.Supplier,
		Revision: a.Revision + 1, Answers: visibleAnswers(c, answers), Covered: c.Questionnaire.Used(answers, covered), Evidence: goes(c.Questionnaire.Visible(answers), given),
		Result: c.Questionnaire.Score(answers, covered), SubmittedAt: now,
		Declaration: Declaration{Statement: Statement, Text: d.Text, Name: d.Name, Role: d.Role, Lang: d.Lang, At: now}}
	sub.SHA256 = sub.Digest()
	sub.Receipt = campaign.RequestNumber(sub.ID)
	return sub, nil
}

func check(c campaign.Campaign, answers questionnaire.Answers, covered map[string]string, d Declare) error {
	var f fault.Fields
	for _, q := range c.Questionnaire.Missing(answers, covered) {
		f = append(f, questionnaire.Lacks(q, answers[q.Key]))
	}
	if !d.Agreed {
		f.Add("agreed", "fault.answer.agree")
	}
	f.Required("name", d.Name, 100)
	f.Required("role", d.Role, 100)
	return f.Err()
}

func visibleAnswers(c campaign.Campaign, answers questionnaire.Answers) map[string]questionnaire.Answer {
	shown, out := c.Questionnaire.Visible(answers), map[string]questionnaire.Answer{}
	for key, a := range answers {
		if shown[key] && !a.Empty() {
			out[key] = a
		}
	}
	return out
}
