package desk

import (
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/locale"
	"tsunagi/internal/org"
	"tsunagi/internal/web"
)

// runPages are what is done with a campaign that was issued: reminding, moving its
// dates, closing it, going on with a job that was given up.
type runPages struct {
	*web.Frame
	running
	accounts  *org.Service
	campaigns *campaign.Service
	preview   previewer
}

func (s runPages) routes() []web.Route {
	edit := web.Needs(access.EditCampaigns)
	return []web.Route{
		web.Get("/campaigns/:id/remind", edit, s.showRemind),
		web.Post("/campaigns/:id/remind", edit, s.remind),
		web.Get("/campaigns/:id/extend", edit, s.showExtendAll),
		web.Post("/campaigns/:id/extend", edit, s.extendAll),
		web.Get("/campaigns/:id/close", edit, s.showClose),
		web.Post("/campaigns/:id/close", edit, s.closeCampaign),
		web.Post("/campaigns/:id/resume", edit, s.resumeJob).Grows(),
	}
}

// schedulePage shows what moving the due date, or closing, does to whom.
type schedulePage struct {
	campaign.Campaign
	Waiting int // who has not answered
	Due     string
	Now     time.Time
	Stopped *jobs.Job // the issuing that was given up, nil when all were asked
}

func (s runPages) schedulePage(c *gin.Context, allowed func(campaign.Campaign) bool) (schedulePage, error) {
	p := schedulePage{Now: s.Now()}
	var err error
	if p.Campaign, err = s.campaigns.Get(c.Request.Context(), web.Viewer(c), c.Param("id")); err != nil {
		return p, err
	}
	if !allowed(p.Campaign) {
		return p, fault.New(fault.Conflict, "fault.campaign.not-open")
	}
	if p.State == campaign.Issuing {
		if p.Stopped, err = s.runningJob(c, p.ID); err != nil {
			return p, err
		}
		if p.Stopped == nil || p.Stopped.State != jobs.Failed {
			return p, fault.New(fault.Conflict, "fault.campaign.issuing")
		}
	}
	p.Waiting, err = s.campaigns.Waiting(c.Request.Context(), web.Viewer(c), p.ID, time.Time{})
	return p, err
}

func isOpen(c campaign.Campaign) bool { return c.State == campaign.Open }

func (s runPages) showExtendAll(c *gin.Context) error {
	p, err := s.schedulePage(c, isOpen)
	if err != nil {
		return err
	}
	o, err := s.accounts.Organization(c.Request.Context(), web.Viewer(c))
	if err != nil {
		return err
	}
	from := p.DueAt
	if from.Before(p.Now) {
		from = p.Now
	}
	p.Due = locale.FormDate(calendar.New(o.Closures).Add(from, calendar.GraceDays))
	return s.Render(c, "campaigns/extend", p)
}

// parseDue reads a date from a form as the end of that day.
func parseDue(typed string) (time.Time, error) {
	day, err := locale.ParseDate(typed)
	if err != nil {
		var f fault.Fields
		f.Add("due", "fault.date")
		return time.Time{}, f.Err()
	}
	return calendar.EndOfDay(day), nil
}

func (s runPages) extendAll(c *gin.Context) error {
	p, err := s.schedulePage(c, isOpen)
	if err != nil {
		return err
	}
	p.Due = strings.TrimSpace(c.PostForm("due"))
	due, err := parseDue(p.Due)
	if err == nil {
		err = s.campaigns.ExtendAll(c.Request.Context(), web.Viewer(c), p.ID, due)
	}
	return s.Answer(c, err, s.Again(c, "app", "campaigns/extend", p), web.To("/campaigns/"+p.ID).Say("campaigns.extending"))
}

func (s runPages) showClose(c *gin.Context) error {
	p, err := s.schedulePage(c, campaign.Closable)
	if err != nil {
		return err
	}
	return s.Render(c, "campaigns/close", p)
}

func (s runPages) closeCampaign(c *gin.Context) error {
	err := s.campaigns.Close(c.Request.Context(), web.Viewer(c), c.Param("id"))
	return s.Answer(c, err, nil, web.To("/campaigns/"+c.Param("id")).Say("campaigns.closing"))
}

// resumeJob lets a job that was given up go on.
func (s runPages) resumeJob(c *gin.Context) error {
	err := s.campaigns.Resume(c.Request.Context(), web.Viewer(c), c.Param("id"))
	return s.Answer(c, err, nil, web.To("/campaigns/"+c.Param("id")))
}
