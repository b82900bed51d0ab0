package desk

import (
	"net/url"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/locale"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
	"tsunagi/internal/web"
)

// reviewPages judge what a supplier submitted.
type reviewPages struct {
	*web.Frame
	campaigns *campaign.Service
	responses *response.Service
	evidence  *evidence.Service
	trail     trail
}

func (s reviewPages) routes() []web.Route {
	view, review := web.Needs(access.ViewResponses), web.Needs(access.Review)
	return []web.Route{
		web.Get("/review/:id", view, s.showReview),
		web.Post("/review/:id/comment", review, s.comment),
		web.Post("/review/:id/comment/:comment/remove", review, s.removeComment),
		web.Post("/review/:id/accept", review, s.accept),
		web.Post("/review/:id/take-back", review, s.takeBack),
		web.Post("/review/:id/return", review, s.returnSheet),
		web.Post("/review/:id/evidence/:evidence", review, s.judge),
		web.Get("/review/:id/sheet.pdf", web.Needs(access.ViewReports), s.sheetPDF),
		web.Get("/evidence/:id/file", view, s.buyerFile),
		web.Get("/evidence/:id/pages", view, s.buyerPages),
		web.Get("/evidence/:id/pages/:page", view, s.buyerPicture),
	}
}

type reviewPage struct {
	Assignment  campaign.Assignment
	Campaign    campaign.Campaign
	Submission  response.Submission
	Submissions []response.Submission
	Review      response.Review
	Earlier     []response.Review
	Evidence    []evidence.Evidence
	Shown       map[string]bool
	Before      map[string]questionnaire.Answer // of the revision before, to show what changed
	Open        bool                            // can still be decided
	CanReturn   bool                            // by who may review
	CanTakeBack bool                            // the acceptance, by who may review
	Due         string                          // by when a sheet that goes back is to be corrected
	MayReview   bool
	Page        string               // names this page in what it saves, see response.Words
	Typed       map[string]string    // what was typed when something was wrong
	User        access.Viewer        // who reads it
	Next        *campaign.Assignment // another of the campaign that waits for review
	Now         time.Time
}

// Accepted tells whether the revision was accepted.
func (p reviewPage) Accepted() bool { return p.Review.Verdict == response.Accept }

// Returned tells whether the revision was sent back.
func (p reviewPage) Returned() bool { return p.Review.Verdict == response.Return }

// Standing is the evidence that stands in for a question, as it is now.
func (p reviewPage) Standing(question string) *evidence.Evidence {
	return p.Submission.Standing(question, p.Evidence)
}

// Replaces counts the questions of the submission that a certificate stands in for.
func (p reviewPage) Replaces(id string) int { return p.Submission.Replaces(id) }

// Changed tells whether an answer differs from the revision before.
func (p reviewPage) Changed(question string) bool {
	if p.Before == nil {
		return false
	}
	return !p.Before[question].Same(p.Submission.Answers[question])
}

// Percent is a section's result, −1 when nothing in it counted.
func (p reviewPage) Percent(section string) int {
	for _, r := range p.Submission.Result.Sections {
		if r.Key == section && r.Scored {
			return r.Percent
		}
	}
	return -1
}

func (s reviewPages) reviewPage(c *gin.Context) (reviewPage, error) {
	ctx, v := c.Request.Context(), web.Viewer(c)
	p := reviewPage{Typed: map[string]string{}, User: v, MayReview: v.Can(access.Review), Now: s.Now(), Page: c.PostForm("page")}
	if p.Page == "" {
		p.Page = s.NewID()
	}
	var err error
	if p.Assignment, err = s.campaigns.Assignment(ctx, v, c.Param("id")); err != nil {
		return p, err
	}
	if p.Campaign, err = s.campaigns.Snapshot(ctx, v, p.Assignment.Campaign); err != nil {
		return p, err
	}
	if p.Submissions, err = s.responses.Submissions(ctx, v, p.Assignment.ID); err != nil {
		return p, err
	}
	if len(p.Submissions) == 0 {
		return p, fault.New(fault.NotFound, "fault.review.none")
	}
	wanted := p.Submissions[0].Revision
	if n, err := strconv.Atoi(c.Query("revision")); err == nil {
		wanted = n
	}
	for i, sub := range p.Submissions {
		if sub.Revision == wanted {
			p.Submission = sub
			if i+1 < len(p.Submissions) {
				p.Before = p.Submissions[i+1].Answers
			}
		}
	}
	if p.Submission.ID == "" {
		return p, fault.New(fault.NotFound, "fault.not-found")
	}
	if p.Review, err = s.responses.Review(ctx, v, p.Assignment.ID, wanted); err != nil {
		return p, err
	}
	all, err := s.evidence.Of(ctx, v, p.Assignment.ID)
	if err != nil {
		return p, err
	}
	p.Evidence = p.Submission.Relied(all) // of this revision, as judged since
	p.Shown = p.Campaign.Questionnaire.Visible(p.Submission.Answers)
	last := wanted == p.Assignment.Revision
	p.Open = last && p.Assignment.Response.InHands()
	p.CanReturn = last && p.MayReview && p.Assignment.Response.CanBecome(campaign.Returned)
	p.CanTakeBack = p.MayReview && p.Review.CanTakeBack(p.Assignment, p.Now)
	if !p.CanReturn {
		return p, nil
	}
	days, err := s.campaigns.Calendar(ctx, v)
	if p.Due = c.PostForm("due"); p.Due == "" && err == nil {
		p.Due = locale.FormDate(days.CorrectedBy(p.Assignment.DueAt, p.Now))
	}
	return p, err
}

// findNext finds another sheet to review, so that a morning's reviewing needs no
// way back to the list. Who may not review is not led on.
func (s reviewPages) findNext(c *gin.Context, p *reviewPage) error {
	if !p.MayReview {
		return nil
	}
	waiting, _, err := s.campaigns.Assignments(c.Request.Context(), web.Viewer(c), campaign.Filter{Campaign: p.Campaign.ID,
		Responses: campaign.InHands, Page: 1, Size: 2})
	for i := range waiting {
		if waiting[i].ID != p.Assignment.ID {
			p.Next = &waiting[i]
			break
		}
	}
	return err
}

func (s reviewPages) showReview(c *gin.Context) error {
	p, err := s.reviewPage(c)
	if err != nil {
		return err
	}
	if err := s.findNext(c, &p); err != nil {
		return err
	}
	if err := s.trail.AddOnce(c.Request.Context(), response.Viewed(web.Viewer(c), s.Now(), p.Assignment)); err != nil {
		return err
	}
	return s.Render(c, "review/review", p)
}

// buyerFile offers a file that a submission relies on for saving. Each time is recorded.
func (s reviewPages) buyerFile(c *gin.Context) error {
	e, looked, err := s.opened(c)
	if err == nil {
		err = s.trail.Add(c.Request.Context(), looked)
	}
	if err != nil {
		return err
	}
	return s.SendEvidence(c, s.evidence, e)
}

// buyerPages shows the pages of such a file.
func (s reviewPages) buyerPages(c *gin.Context) error {
	e, err := s.seen(c)
	if err != nil {
		return err
	}
	p, err := s.FilePages(c, s.evidence, e)
	if err != nil {
		return err
	}
	base := "/evidence/" + url.PathEscape(e.ID)
	p.Base, p.File, p.Back = base+"/pages", base+"/file", "/review/"+url.PathEscape(e.Assignment)
	return s.Render(c, "review/pages", p)
}

// buyerPicture is the picture of a page.
func (s reviewPages) buyerPicture(c *gin.Context) error {
	e, err := s.seen(c)
	if err != nil {
		return err
	}
	return s.SendPicture(c, s.evidence, e)
}

// seen gives the evidence of which somebody looks at pictures, and records that once an
// hour: a person sees many of one file.
func (s reviewPages) seen(c *gin.Context) (evidence.Evidence, error) {
	e, looked, err := s.opened(c)
	if err != nil {
		return e, err
	}
	return e, s.trail.AddOnce(c.Request.Context(), looked.OnceAnHour())
}

// opened gives the evidence whose file somebody asks for, and the entry of that.
func (s reviewPages) opened(c *gin.Context) (evidence.Evidence, audit.Entry, error) {
	ctx, v := c.Request.Context(), web.Viewer(c)
	e, err := s.evidence.Get(ctx, v, c.Param("id"))
	if err != nil {
		return e, audit.Entry{}, err
	}
	a, err := s.campaigns.Assignment(ctx, v, e.Assignment)
	return e, evidence.Viewed(v, s.NewID(), s.Now(), e, a.Name), err
}
