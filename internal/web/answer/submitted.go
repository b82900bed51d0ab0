package answer

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/report"
	"tsunagi/internal/response"
	"tsunagi/internal/web"
)

// submittedSheet is what a supplier has submitted, and what it was told of that.
type submittedSheet struct {
	answerSheet
	Submission response.Submission   // the one that is looked at
	Earlier    []response.Submission // all of them, the newest first
	Reviews    []response.Review     // as far as they leave the house
}

// told is what came of a revision, as far as the supplier knows.
type told struct {
	response.Review

	Key string // of the message that says it
}

// Told is what came of a revision.
func (p submittedSheet) Told(revision int) told {
	out := told{Key: "answer.result-none"}
	for _, r := range p.Reviews {
		if r.Revision == revision {
			out.Review = r
		}
	}
	switch out.Verdict {
	case response.Accept:
		out.Key = "answer.result-accepted"
	case response.Return:
		out.Key = "answer.result-returned"
	}
	return out
}

// State is where the request stands, as far as the supplier knows.
func (p submittedSheet) State() campaign.Response {
	if state := p.Assignment.Response; state != campaign.Accepted || p.Accepted() {
		return state
	}
	return campaign.InReview
}

// Accepted tells whether the buyer has taken the answers, once that can no longer be
// undone: before, nobody is told.
func (p submittedSheet) Accepted() bool {
	return p.Assignment.Response == campaign.Accepted && p.Told(p.Assignment.Revision).Verdict == response.Accept
}

// submitted reads the revision that the address names, of all that were submitted; the
// last one where it names none. NotFound when there is no such one.
func (s submitPages) submitted(c *gin.Context) (submittedSheet, error) {
	sh, err := s.sheet(c)
	if err != nil {
		return submittedSheet{}, err
	}
	ctx, v, p := c.Request.Context(), web.Viewer(c), submittedSheet{answerSheet: sh}
	if p.Earlier, err = s.responses.Submissions(ctx, v, sh.Assignment.ID); err != nil {
		return p, err
	}
	if p.Reviews, err = s.responses.Reviews(ctx, v, sh.Assignment.ID); err != nil {
		return p, err
	}
	revision := sh.Assignment.Revision
	if n, err := strconv.Atoi(c.Query("revision")); err == nil {
		revision = n
	}
	of, there := response.Sheet{Submissions: p.Earlier}.Submission(revision)
	if !there {
		return p, fault.New(fault.NotFound, "fault.not-found")
	}
	p.Submission = of
	return p, nil
}

// submittedPage shows the answers of one submission.
type submittedPage struct {
	submittedSheet
	Asked map[string]bool // the questions that it asked
}

// Standing is the evidence that stood in for a question.
func (p submittedPage) Standing(question string) *evidence.Evidence {
	return p.Submission.Standing(question, nil)
}

// Files lists what was attached to a question.
func (p submittedPage) Files(question string) []evidence.Evidence {
	var out []evidence.Evidence
	for _, e := range p.Submission.Evidence {
		if e.Attached() && e.Question == question {
			out = append(out, e)
		}
	}
	return out
}

// Certificates lists what was attached to no question.
func (p submittedPage) Certificates() []evidence.Evidence {
	return answerSheet{Evidence: p.Submission.Evidence}.Certificates()
}

// Kept tells whether a file can still be opened: the supplier has not taken it back since.
func (p submittedPage) Kept(id string) bool {
	for _, e := range p.Evidence {
		if e.ID == id {
			return true
		}
	}
	return false
}

// Comments lists what the buyer asked of a question when the sheet came back.
func (p submittedPage) Comments(question string) []response.Comment {
	var out []response.Comment
	for _, c := range p.Told(p.Submission.Revision).Comments {
		if c.Question == question {
			out = append(out, c)
		}
	}
	return out
}

func (s submitPages) showSubmitted(c *gin.Context) error {
	p, err := s.submitted(c)
	if err != nil {
		return err
	}
	return s.RenderSupplier(c, "answer/submitted", submittedPage{p, p.Campaign.Questionnaire.Visible(p.Submission.Answers)})
}

// copyPDF is the supplier's copy of what it submitted, with every revision and what it
// was told of each. It is as of the last that was told: the same, byte for byte, until
// there is more to tell.
func (s submitPages) copyPDF(c *gin.Context) error {
	p, err := s.submitted(c)
	if err != nil {
		return err
	}
	pdf, err := s.AnswerPDF(c, report.Answered{Campaign: p.Campaign, Submission: p.Submission, Sheet: response.Sheet{
		Assignment: p.known(), Submissions: p.Earlier, Reviews: p.Reviews}}, report.Meta{AsOf: p.asOf(), Issuer: p.Buyer})
	if err != nil {
		return err
	}
	web.FileHeaders(c, p.Submission.Receipt+".pdf")
	c.Data(http.StatusOK, "application/pdf", pdf)
	return nil
}

// known is the request as it stood after the last that was told.
func (p submittedSheet) known() campaign.Assignment {
	a := p.Assignment
	switch p.Told(a.Revision).Verdict {
	case response.Accept:
		a.Response = campaign.Accepted
	case response.Return:
		a.Response = campaign.Returned
	default:
		a.Response = campaign.Submitted
	}
	return a
}

// asOf is when the last of what the copy tells was told.
func (p submittedSheet) asOf() time.Time {
	var last time.Time
	for _, sub := range p.Earlier {
		if sub.SubmittedAt.After(last) {
			last = sub.SubmittedAt
		}
	}
	for _, r := range p.Reviews {
		if r.Verdict != response.Undecided && r.ToldAt().After(last) {
			last = r.ToldAt()
		}
	}
	return last
}
