package web

import (
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/locale"
	"tsunagi/internal/notify"
)

type rehearsalPage struct {
	campaign.Campaign
	campaign.Rehearsal
	Problem  campaign.Problem
	Problems []campaign.Problem
	Page     int
	Query    string
	Mail     notify.Mail
	Request  requestPage
	Minutes  int
	Hours    int // the burden of all suppliers together
	Typed    string
	Confirm  bool
}

func (s *Server) rehearsal(c *gin.Context) (rehearsalPage, error) {
	ctx, v := c.Request.Context(), viewer(c)
	p := rehearsalPage{Problem: campaign.Problem(c.Query("problem")), Problems: campaign.Problems, Page: pageNumber(c), Query: c.Request.URL.RawQuery}
	var err error
	if p.Campaign, err = s.Campaigns.Get(ctx, v, c.Param("id")); err != nil {
		return p, err
	}
	if p.State != campaign.Draft {
		return p, fault.New(fault.Conflict, "fault.campaign.issued")
	}
	p.Rehearsal, err = s.Campaigns.Rehearse(ctx, v, p.Campaign, campaign.RehearsalFilter{Problem: p.Problem, Page: p.Page,
		Size: pageSize, Year: locale.FiscalYearStart(s.Now())})
	if err != nil {
		return p, err
	}
	p.Minutes = p.Questionnaire.Minutes()
	p.Hours = (p.Minutes*p.Total + 30) / 60
	p.Confirm = campaign.NeedsConfirmation(p.Total)
	return p, s.rehearseOne(c, &p)
}

// rehearseOne shows exactly what the first recipient would get.
func (s *Server) rehearseOne(c *gin.Context, p *rehearsalPage) error {
	o, err := s.Accounts.Organization(c.Request.Context(), viewer(c))
	if err != nil || len(p.Rows) == 0 {
		return err
	}
	row := p.Rows[0]
	a := campaign.Assignment{ID: campaign.AssignmentID(p.ID, row.Supplier), Org: p.Org, Campaign: p.ID, Supplier: row.Supplier, Name: row.Name,
		Person: row.Person, Email: row.Email, Lang: row.Lang, Generation: 1, DueAt: p.DueAt, ClosesAt: p.ClosesAt, Response: campaign.NotStarted}
	a.Request = campaign.RequestNumber(a.ID)
	link := strings.TrimSuffix(s.Base.String(), "/") + "/r/…"
	if p.Mail, err = s.Preview.Preview(o, p.Campaign, a, notify.Request, link, s.Now()); err != nil {
		return err
	}
	p.Request = requestPage{Buyer: buyerName(o, lang(c)), Campaign: p.Campaign, Assignment: a, Questions: len(p.Questionnaire.Questions()),
		Minutes: p.Minutes, Covered: coverable(p.Campaign, false), Now: s.Now()}
	return nil
}

func (s *Server) showRehearsal(c *gin.Context) error {
	p, err := s.rehearsal(c)
	if err != nil {
		return err
	}
	return s.render(c, "campaigns/rehearsal", p)
}

// exceptSupplier takes a recipient out, or puts it in again.
func (s *Server) exceptSupplier(c *gin.Context) error {
	one, err := s.Campaigns.Get(c.Request.Context(), viewer(c), c.Param("id"))
	if err != nil {
		return err
	}
	id, kept := c.PostForm("supplier"), []string{}
	found := false
	for _, e := range one.Audience.Except {
		if e == id {
			found = true
			continue
		}
		kept = append(kept, e)
	}
	if !found {
		kept = append(kept, id)
	}
	one.Audience.Except = kept
	if len(kept) > 5000 {
		return s.redirectWith(c, "/campaigns/"+one.ID+"/rehearsal", "error", "fault.campaign.too-many-except")
	}
	if err := s.Campaigns.Save(c.Request.Context(), viewer(c), one); err != nil {
		return err
	}
	q := c.Request.URL.Query()
	return redirect(c, withQuery("/campaigns/"+one.ID+"/rehearsal", q))
}

func (s *Server) issue(c *gin.Context) error {
	expected, _ := strconv.Atoi(c.PostForm("expected"))
	typed, _ := strconv.Atoi(strings.NewReplacer(",", "", " ", "", "社", "").Replace(c.PostForm("confirm")))
	err := s.Campaigns.Issue(c.Request.Context(), viewer(c), c.Param("id"), expected, typed, locale.FiscalYearStart(s.Now()))
	if fault.KindOf(err) == fault.Invalid && err != nil {
		p, perr := s.rehearsal(c)
		if perr != nil {
			return perr
		}
		p.Typed = c.PostForm("confirm")
		return s.renderProblem(c, "app", "campaigns/rehearsal", p, err)
	}
	if err != nil {
		return err
	}
	s.WakeJobs()
	return redirect(c, "/campaigns/"+c.Param("id"))
}
