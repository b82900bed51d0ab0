package desk

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/budget"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/token"
	"tsunagi/internal/web"
)

// assignmentPages are one request, and what can be done with it.
type assignmentPages struct {
	*web.Frame
	campaigns  *campaign.Service
	answered   assignmentReader
	deliveries deliveryReader
	trail      trail
	directory  directory
}

func (s assignmentPages) routes() []web.Route {
	edit := web.Needs(access.EditCampaigns)
	return []web.Route{
		web.Get("/assignments/:id", web.Needs(access.ViewCampaigns), s.showAssignment),
		web.Post("/assignments/:id/extend", edit, s.extendAssignment),
		web.Post("/assignments/:id/readdress", edit, s.readdress),
		web.Post("/assignments/:id/send", edit, s.sendAgain),
		web.Post("/assignments/:id/handed", edit, s.handOver),
		web.Post("/assignments/:id/revoke", edit, s.revokeAssignment),
		web.Post("/assignments/:id/withdraw", edit, s.withdrawAssignment),
		web.Post("/assignments/:id/link", edit, s.showLink),
		web.Post("/assignments/:id/allow", edit, s.allowMore),
	}
}

// assignmentPage is everything about one request, and what can be done with it.
type assignmentPage struct {
	campaign.Assignment
	CampaignName string
	Progress     questionnaire.Progress
	Messages     []notify.Message // its mails, the newest first
	Entries      []audit.Entry
	To           campaign.Address // as typed
	Due, Reason  string
	Link         string // shown once, on demand
	Now          time.Time
}

// Waits tells whether the buyer still waits for an answer.
func (p assignmentPage) Waits() bool { return p.Response.Waits() }

// Closed tells whether the buyer still waits although answers are no longer taken.
func (p assignmentPage) Closed() bool { return p.ClosedAt(p.Now) }

// AsksMore tells whether the supplier would send more mails than it may.
func (p assignmentPage) AsksMore() bool { return p.Waits() && !p.MoreAskedAt.IsZero() }

// Limits are how many mails and new addresses a day allows.
func (p assignmentPage) Limits() fault.Args {
	return fault.Args{"Mails": budget.LinkMails.Traits().Most, "Addresses": budget.Recipients.Traits().Most}
}

// CanSend tells whether the request can be sent again.
func (p assignmentPage) CanSend() bool { return p.Assignment.CanSend(p.Now) }

// readAlong is one who gets copies, with the newest of its mails.
type readAlong struct {
	campaign.Copy
	Mail notify.Message // without an id: none is among the newest
}

// ReadAlong are those who get copies of the request.
func (p assignmentPage) ReadAlong() []readAlong {
	var out []readAlong
	for _, c := range p.Copies {
		one := readAlong{Copy: c}
		if i := slices.IndexFunc(p.Messages, func(m notify.Message) bool { return m.Copy && m.To.Email == c.Email }); i >= 0 {
			one.Mail = p.Messages[i]
		}
		out = append(out, one)
	}
	return out
}

func (s assignmentPages) assignmentPage(c *gin.Context) (assignmentPage, error) {
	ctx, v := c.Request.Context(), web.Viewer(c)
	p := assignmentPage{Now: s.Now()}
	var err error
	if p.Assignment, err = s.campaigns.Assignment(ctx, v, c.Param("id")); err != nil {
		return p, err
	}
	one, err := s.campaigns.Snapshot(ctx, v, p.Campaign)
	if err != nil {
		return p, err
	}
	p.CampaignName = one.Name
	p.To = campaign.Address{Department: p.Department, Person: p.Person, Email: p.Email}
	far, err := s.answered.Progress(ctx, v, one, []campaign.Assignment{p.Assignment})
	if err != nil {
		return p, err
	}
	p.Progress = far[p.ID]
	if p.Messages, _, err = s.deliveries.Ledger(ctx, v, notify.Filter{Assignment: p.ID, Page: 1, Size: web.PageSize}); err != nil {
		return p, err
	}
	told, err := s.trail.Trail(ctx, v, audit.Filter{Record: p.ID, Size: web.PageSize})
	p.Entries = told.Entries
	return p, err
}

func (s assignmentPages) showAssignment(c *gin.Context) error {
	p, err := s.assignmentPage(c)
	if err != nil {
		return err
	}
	return s.Render(c, "campaigns/assignment", p)
}

// answerChange answers a change of an assignment, which was made on its page: it leads
// back there, or shows the page again with what was wrong. typed puts in what was typed.
func (s assignmentPages) answerChange(c *gin.Context, err error, key string, typed func(*assignmentPage)) error {
	again := func(problem error) error {
		p, err := s.assignmentPage(c)
		if err != nil {
			return err
		}
		typed(&p)
		return s.RenderProblem(c, "app", "campaigns/assignment", p, problem)
	}
	return s.Answer(c, err, again, web.To("/assignments/"+url.PathEscape(c.Param("id"))).Say(key))
}

// nothing is for changes where nothing is typed.
func nothing(*assignmentPage) {}

func (s assignmentPages) extendAssignment(c *gin.Context) error {
	typed := strings.TrimSpace(c.PostForm("due"))
	due, err := parseDue(typed)
	if err == nil {
		err = s.campaigns.Extend(c.Request.Context(), web.Viewer(c), c.Param("id"), due)
	}
	return s.answerChange(c, err, "assignment.extended", func(p *assignmentPage) { p.Due = typed })
}

func (s assignmentPages) readdress(c *gin.Context) error {
	to := campaign.Address{Department: c.PostForm("department"), Person: c.PostForm("person"), Email: c.PostForm("email")}
	err := s.directory.correct(c, c.Param("id"), "")
	if err == nil {
		err = s.campaigns.Readdress(c.Request.Context(), web.Viewer(c), c.Param("id"), to, c.PostForm("revoke") != "")
	}
	return s.answerChange(c, err, "assignment.readdressed", func(p *assignmentPage) { p.To = to })
}

func (s assignmentPages) sendAgain(c *gin.Context) error {
	return s.answerChange(c, s.campaigns.SendAgain(c.Request.Context(), web.Viewer(c), c.Param("id")), "assignment.sent", nothing)
}

func (s assignmentPages) handOver(c *gin.Context) error {
	return s.answerChange(c, s.campaigns.HandOver(c.Request.Context(), web.Viewer(c), c.Param("id")), "assignment.handed", nothing)
}

// allowMore lets a supplier cause more mails than a day allows.
func (s assignmentPages) allowMore(c *gin.Context) error {
	return s.answerChange(c, s.campaigns.AllowMore(c.Request.Context(), web.Viewer(c), c.Param("id")), "assignment.allowed", nothing)
}

func (s assignmentPages) revokeAssignment(c *gin.Context) error {
	return s.answerChange(c, s.campaigns.Revoke(c.Request.Context(), web.Viewer(c), c.Param("id")), "assignment.revoked", nothing)
}

func (s assignmentPages) withdrawAssignment(c *gin.Context) error {
	reason := c.PostForm("reason")
	err := s.campaigns.Withdraw(c.Request.Context(), web.Viewer(c), c.Param("id"), reason)
	return s.answerChange(c, err, "assignment.withdrawn", func(p *assignmentPage) { p.Reason = reason })
}

// showLink shows a supplier's link to the buyer, who hands it over by hand. That is
// recorded: whoever has the link can answer.
func (s assignmentPages) showLink(c *gin.Context) error {
	a, err := s.campaigns.ShowLink(c.Request.Context(), web.Viewer(c), c.Param("id"))
	if err != nil {
		return err
	}
	p, err := s.assignmentPage(c)
	if err != nil {
		return err
	}
	p.Link = s.LinkOf(s.Keys.Link(token.Answer, a.ID, a.Generation))
	web.Unpacked(c)
	return s.Render(c, "campaigns/assignment", p)
}
