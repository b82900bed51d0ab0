package web

import (
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/locale"
	"tsunagi/internal/notify"
)

// remindPage shows who would be reminded, and the very mail.
type remindPage struct {
	campaign.Campaign
	Counts  map[campaign.Response]campaign.RemindCount
	States  []campaign.Response
	Chosen  []string
	Again   bool
	Fresh   int // in all states together
	Recent  int
	NoMail  int
	Mail    notify.Mail
	NextDay time.Time // the next business day, when today is none
}

func (s *Server) remindPage(c *gin.Context) (remindPage, error) {
	ctx, v := c.Request.Context(), viewer(c)
	p := remindPage{States: campaign.Remindable}
	var err error
	if p.Campaign, err = s.Campaigns.Get(ctx, v, c.Param("id")); err != nil {
		return p, err
	}
	if p.State != campaign.Open || !s.Now().Before(p.ClosesAt) {
		return p, fault.New(fault.Conflict, "fault.campaign.not-open")
	}
	if p.Counts, err = s.Campaigns.RemindCounts(ctx, v, p.ID, calendar.RestedBefore(s.Now())); err != nil {
		return p, err
	}
	for _, n := range p.Counts {
		p.Fresh, p.Recent, p.NoMail = p.Fresh+n.Fresh, p.Recent+n.Recent, p.NoMail+n.NoMail
	}
	o, err := s.Accounts.Organization(ctx, v)
	if err != nil {
		return p, err
	}
	if days := s.calendar(o); !days.Business(s.Now()) {
		p.NextDay = days.Next(s.Now())
	}
	a, err := s.exampleOf(c, p.Campaign)
	if err != nil {
		return p, err
	}
	p.Mail, err = s.Preview.Preview(o, p.Campaign, a, notify.Reminder, s.linkOf("…"), s.Now())
	return p, err
}

// exampleOf is an assignment to show a mail with: the first that waits, else an
// invented one.
func (s *Server) exampleOf(c *gin.Context, one campaign.Campaign) (campaign.Assignment, error) {
	rows, _, err := s.Campaigns.Assignments(c.Request.Context(), viewer(c), campaign.Filter{Campaign: one.ID, Responses: campaign.Remindable,
		Delivery: []campaign.Delivery{campaign.DeliveryQueued, campaign.DeliverySent, campaign.DeliveryOpened}, Page: 1, Size: 1, Now: s.Now()})
	if err != nil {
		return campaign.Assignment{}, err
	}
	if len(rows) > 0 {
		return rows[0], nil
	}
	id := campaign.AssignmentID(one.ID, "0")
	return campaign.Assignment{ID: id, Org: one.Org, Campaign: one.ID, Name: s.Catalog.For(lang(c)).T("rehearsal.example-supplier"),
		Email: "supplier@example.jp", Lang: lang(c), Generation: 1, DueAt: one.DueAt, ClosesAt: one.ClosesAt, Request: campaign.RequestNumber(id)}, nil
}

// linkOf is the address under which a link's token opens a request.
func (s *Server) linkOf(token string) string {
	return strings.TrimSuffix(s.Base.String(), "/") + "/r/" + token
}

func (s *Server) showRemind(c *gin.Context) error {
	p, err := s.remindPage(c)
	if err != nil {
		return err
	}
	for _, state := range []campaign.Response{campaign.NotStarted, campaign.Answering} {
		p.Chosen = append(p.Chosen, string(state))
	}
	return s.render(c, "campaigns/remind", p)
}

func (s *Server) remind(c *gin.Context) error {
	p, err := s.remindPage(c)
	if err != nil {
		return err
	}
	p.Chosen, p.Again = c.PostFormArray("states"), c.PostForm("again") != ""
	r := campaign.Reminder{Again: p.Again}
	for _, state := range campaign.Remindable {
		if slices.Contains(p.Chosen, string(state)) {
			r.States = append(r.States, state)
		}
	}
	err = s.Campaigns.Remind(c.Request.Context(), viewer(c), p.ID, r)
	if err != nil && fault.KindOf(err) == fault.Invalid {
		return s.renderProblem(c, "app", "campaigns/remind", p, err)
	}
	if err != nil {
		return err
	}
	s.WakeJobs()
	return s.redirectWith(c, "/campaigns/"+p.ID, "success", "campaigns.reminding")
}

// schedulePage shows what moving the due date, or closing, does to whom.
type schedulePage struct {
	campaign.Campaign
	Waiting int // who has not answered
	Due     string
	Now     time.Time
	Stopped *jobs.Job // the issuing that was given up, nil when all were asked
}

func (s *Server) schedulePage(c *gin.Context, allowed func(campaign.Campaign) bool) (schedulePage, error) {
	p := schedulePage{Now: s.Now()}
	var err error
	if p.Campaign, err = s.Campaigns.Get(c.Request.Context(), viewer(c), c.Param("id")); err != nil {
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
	p.Waiting, err = s.Campaigns.Waiting(c.Request.Context(), viewer(c), p.ID, time.Time{})
	return p, err
}

func isOpen(c campaign.Campaign) bool { return c.State == campaign.Open }

func (s *Server) showExtendAll(c *gin.Context) error {
	p, err := s.schedulePage(c, isOpen)
	if err != nil {
		return err
	}
	o, err := s.Accounts.Organization(c.Request.Context(), viewer(c))
	if err != nil {
		return err
	}
	from := p.DueAt
	if from.Before(p.Now) {
		from = p.Now
	}
	p.Due = locale.FormDate(s.calendar(o).Add(from, calendar.GraceDays))
	return s.render(c, "campaigns/extend", p)
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

func (s *Server) extendAll(c *gin.Context) error {
	p, err := s.schedulePage(c, isOpen)
	if err != nil {
		return err
	}
	p.Due = strings.TrimSpace(c.PostForm("due"))
	due, err := parseDue(p.Due)
	if err == nil {
		err = s.Campaigns.ExtendAll(c.Request.Context(), viewer(c), p.ID, due)
	}
	if err != nil && fault.KindOf(err) == fault.Invalid {
		return s.renderProblem(c, "app", "campaigns/extend", p, err)
	}
	if err != nil {
		return err
	}
	s.WakeJobs()
	return s.redirectWith(c, "/campaigns/"+p.ID, "success", "campaigns.extending")
}

func (s *Server) showClose(c *gin.Context) error {
	p, err := s.schedulePage(c, campaign.Closable)
	if err != nil {
		return err
	}
	return s.render(c, "campaigns/close", p)
}

func (s *Server) closeCampaign(c *gin.Context) error {
	if err := s.Campaigns.Close(c.Request.Context(), viewer(c), c.Param("id")); err != nil {
		return err
	}
	s.WakeJobs()
	return s.redirectWith(c, "/campaigns/"+c.Param("id"), "success", "campaigns.closing")
}

// resumeJob lets a job that was given up go on.
func (s *Server) resumeJob(c *gin.Context) error {
	if err := s.Campaigns.Resume(c.Request.Context(), viewer(c), c.Param("id")); err != nil {
		return err
	}
	s.WakeJobs()
	return redirect(c, "/campaigns/"+c.Param("id"))
}
