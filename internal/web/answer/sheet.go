package answer

import (
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/org"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
	"tsunagi/internal/web"
)

// sheets reads the sheet of a link session; every page of a supplier begins with it.
type sheets struct {
	*web.Frame
	accounts  buyers
	links     links
	responses *response.Service
	evidence  *evidence.Service
	campaigns asked
}

// answerSheet is everything about one supplier's sheet.
type answerSheet struct {
	Buyer      string
	Assignment campaign.Assignment
	Campaign   campaign.Campaign
	Draft      response.Draft
	Answers    questionnaire.Answers
	Evidence   []evidence.Evidence
	Covered    map[string]string // question → evidence that stands in
	Shown      map[string]bool
	Done       int
	Total      int
	ReadOnly   bool
	Now        time.Time
}

// Base is where this sheet's pages are: the address names the assignment, so that
// a page of one request never writes into another that was opened since.
func (s answerSheet) Base() string { return answerBase(s.Assignment.ID) }

// Contact is whom the supplier asks, on every page of the request.
func (s answerSheet) Contact() org.Contact { return s.Campaign.Contact }

func answerBase(assignment string) string { return "/a/" + assignment }

// Returned tells whether the sheet came back from the buyer and waits for changes.
func (s answerSheet) Returned() bool {
	return s.Assignment.Response.TakesAnswers() && s.Assignment.Revision > 0
}

// WhyClosed is the key of the sentence that says why the sheet takes no answers.
func (s answerSheet) WhyClosed() string {
	switch {
	case s.Declined():
		return "request.declined"
	case !s.Assignment.Response.TakesAnswers():
		return "answer.closed-submitted"
	case s.Assignment.EndedByBuyer():
		return "answer.closed-ended"
	}
	return "answer.closed"
}

// Resumes tells whether a decline may be taken back.
func (s answerSheet) Resumes() bool { return s.Declined() && s.Now.Before(s.Assignment.ClosesAt) }

// Declined tells whether the supplier said that it will not answer.
func (s answerSheet) Declined() bool { return s.Assignment.Response == campaign.Declined }

// BuyerName names the buyer on top of a supplier's page.
func (s answerSheet) BuyerName() string { return s.Buyer }

// Standing is the evidence that stands in for a question, nil when none does.
func (s answerSheet) Standing(question string) *evidence.Evidence {
	for i := range s.Evidence {
		if s.Evidence[i].ID == s.Covered[question] {
			return &s.Evidence[i]
		}
	}
	return nil
}

// Used are the questions for which a certificate stands in, because nobody answered.
func (s answerSheet) Used() map[string]string {
	return s.Campaign.Questionnaire.Used(s.Answers, s.Covered)
}

// Flags lists what a reviewer said of a question.
func (s answerSheet) Flags(question string) []response.Flag {
	var out []response.Flag
	for _, f := range s.Draft.Flagged {
		if f.Question == question {
			out = append(out, f)
		}
	}
	return out
}

// Saved is an answer with its counter, empty when there is none.
func (s answerSheet) Saved(question string) response.Saved { return s.Draft.Answers[question] }

// Files lists the files attached to a question.
func (s answerSheet) Files(question string) []evidence.Evidence {
	var out []evidence.Evidence
	for _, e := range s.Evidence {
		if e.Attached() && e.Question == question {
			out = append(out, e)
		}
	}
	return out
}

// Certificates lists the evidence that is no attachment of one question.
func (s answerSheet) Certificates() []evidence.Evidence {
	var out []evidence.Evidence
	for _, e := range s.Evidence {
		if !e.Attached() {
			out = append(out, e)
		}
	}
	return out
}

// Rejected lists the certificates that the buyer did not accept.
func (s answerSheet) Rejected() []evidence.Evidence {
	var out []evidence.Evidence
	for _, e := range s.Certificates() {
		if e.IsRejected() {
			out = append(out, e)
		}
	}
	return out
}

// sheet reads the sheet of the link session.
func (s sheets) sheet(c *gin.Context) (answerSheet, error) {
	ctx, v := c.Request.Context(), web.Viewer(c)
	var sh answerSheet
	var err error
	if sh.Assignment, err = s.links.ByID(ctx, v.Assignment); err != nil {
		return sh, err
	}
	if sh.Campaign, err = s.campaigns.Snapshot(ctx, v, sh.Assignment.Campaign); err != nil {
		return sh, err
	}
	if sh.Draft, err = s.responses.Draft(ctx, v, v.Assignment); err != nil {
		return sh, err
	}
	if sh.Evidence, err = s.evidence.Of(ctx, v, v.Assignment); err != nil {
		return sh, err
	}
	buyer, err := s.accounts.Organization(c.Request.Context(), v)
	if err != nil {
		return sh, err
	}
	sh.Campaign = sh.Campaign.In(web.Lang(c))
	sh.Buyer, sh.Now = web.BuyerName(buyer, web.Lang(c)), s.Now()
	sh.settle()
	return sh, nil
}

// settle derives what follows from answers and evidence.
func (s *answerSheet) settle() {
	s.Answers = response.WithFiles(s.Campaign.Questionnaire, s.Draft.Plain(), s.Evidence)
	s.Covered = s.Campaign.Covered(evidence.Holding(s.Evidence, s.Now), s.Assignment.PersonalData)
	s.Shown = s.Campaign.Questionnaire.Visible(s.Answers)
	s.Done, s.Total = s.Campaign.Questionnaire.Progress(s.Answers, s.Covered)
	s.ReadOnly = !s.Draft.Open || !s.Now.Before(s.Draft.ClosesAt)
}
