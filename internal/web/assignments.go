package web

import (
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/token"
)

func (s *Server) assignmentRoutes() []route {
	edit := needs(access.EditCampaigns)
	return []route{
		get("/assignments/:id", needs(access.ViewCampaigns), s.showAssignment),
		post("/assignments/:id/extend", edit, s.extendAssignment),
		post("/assignments/:id/readdress", edit, s.readdress),
		post("/assignments/:id/send", edit, s.sendAgain),
		post("/assignments/:id/handed", edit, s.handedOver),
		post("/assignments/:id/revoke", edit, s.revokeAssignment),
		post("/assignments/:id/withdraw", edit, s.withdrawAssignment),
		post("/assignments/:id/link", edit, s.showLink),
	}
}

// assignmentPage is everything about one request, and what can be done with it.
type assignmentPage struct {
	campaign.Assignment
	CampaignName string
	Answered     int
	Questions    int
	Messages     []notify.Message // its mails, the newest first
	Entries      []audit.Entry
	To           campaign.Address // as typed
	Due, Reason  string
	Link         string // shown once, on demand
	Now          time.Time
}

// Waits tells whether the buyer still waits for an answer.
func (p assignmentPage) Waits() bool { return p.Response.Waits() }

// Closed tells whether it waits in vain: answers are no longer taken.
func (p assignmentPage) Closed() bool { return p.ClosedAt(p.Now) }

// CanSend tells whether the request can be sent again.
func (p assignmentPage) CanSend() bool { return p.Assignment.CanSend(p.Now) }

func (s *Server) assignmentPage(c *gin.Context) (assignmentPage, error) {
	ctx, v := c.Request.Context(), viewer(c)
	p := assignmentPage{Now: s.Now()}
	var err error
	if p.Assignment, err = s.Campaigns.Assignment(ctx, v, c.Param("id")); err != nil {
		return p, err
	}
	one, err := s.Campaigns.Snapshot(ctx, v, p.Campaign)
	if err != nil {
		return p, err
	}
	p.CampaignName, p.Questions = one.Name, len(one.Questionnaire.Questions())
	p.To = campaign.Address{Department: p.Department, Person: p.Person, Email: p.Email}
	answered, err := s.AnsweredCounts.AnsweredCounts(ctx, v, []string{p.ID})
	if err != nil {
		return p, err
	}
	p.Answered = answered[p.ID]
	if p.Messages, _, err = s.Deliveries.Ledger(ctx, v, notify.Filter{Assignment: p.ID, Page: 1, Size: pageSize}); err != nil {
		return p, err
	}
	p.Entries, _, err = s.Trail.Trail(ctx, v, audit.Filter{Record: p.ID, Page: 1, Size: pageSize})
	return p, err
}

func (s *Server) showAssignment(c *gin.Context) error {
	p, err := s.assignmentPage(c)
	if err != nil {
		return err
	}
	return s.render(c, "campaigns/assignment", p)
}

// changed answers a change of an assignment: the page again with what was wrong.
func (s *Server) changed(c *gin.Context, err error, key string, fill func(*assignmentPage)) error {
	if err == nil {
		s.WakeMail()
		return s.redirectWith(c, "/assignments/"+url.PathEscape(c.Param("id")), "success", key)
	}
	if fault.KindOf(err) != fault.Invalid {
		return err
	}
	p, perr := s.assignmentPage(c)
	if perr != nil {
		return perr
	}
	if fill != nil {
		fill(&p)
	}
	return s.renderProblem(c, "app", "campaigns/assignment", p, err)
}

func (s *Server) extendAssignment(c *gin.Context) error {
	typed := strings.TrimSpace(c.PostForm("due"))
	due, err := parseDue(typed)
	if err == nil {
		err = s.Campaigns.Extend(c.Request.Context(), viewer(c), c.Param("id"), due)
	}
	return s.changed(c, err, "assignment.extended", func(p *assignmentPage) { p.Due = typed })
}

func (s *Server) readdress(c *gin.Context) error {
	to := campaign.Address{Department: c.PostForm("department"), Person: c.PostForm("person"), Email: c.PostForm("email")}
	err := s.Campaigns.Readdress(c.Request.Context(), viewer(c), c.Param("id"), to, c.PostForm("revoke") != "")
	return s.changed(c, err, "assignment.readdressed", func(p *assignmentPage) { p.To = to })
}

func (s *Server) sendAgain(c *gin.Context) error {
	return s.changed(c, s.Campaigns.SendAgain(c.Request.Context(), viewer(c), c.Param("id")), "assignment.sent", nil)
}

func (s *Server) handedOver(c *gin.Context) error {
	return s.changed(c, s.Campaigns.HandedOver(c.Request.Context(), viewer(c), c.Param("id")), "assignment.handed", nil)
}

func (s *Server) revokeAssignment(c *gin.Context) error {
	return s.changed(c, s.Campaigns.Revoke(c.Request.Context(), viewer(c), c.Param("id")), "assignment.revoked", nil)
}

func (s *Server) withdrawAssignment(c *gin.Context) error {
	reason := c.PostForm("reason")
	err := s.Campaigns.Withdraw(c.Request.Context(), viewer(c), c.Param("id"), reason)
	return s.changed(c, err, "assignment.withdrawn", func(p *assignmentPage) { p.Reason = reason })
}

// showLink shows a supplier's link to the buyer, who hands it over by hand. That is
// recorded: whoever has the link can answer.
func (s *Server) showLink(c *gin.Context) error {
	a, err := s.Campaigns.ShowLink(c.Request.Context(), viewer(c), c.Param("id"))
	if err != nil {
		return err
	}
	p, err := s.assignmentPage(c)
	if err != nil {
		return err
	}
	p.Link = s.linkOf(s.Keys.Link(token.Answer, a.ID, a.Generation))
	return s.render(c, "campaigns/assignment", p)
}
