package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/locale"
	tables "tsunagi/internal/sheet"
	"tsunagi/internal/supplier"
	"tsunagi/internal/token"
)

func (s *Server) assignmentRoutes() []route {
	edit := needs(access.EditCampaigns)
	return []route{
		get("/campaigns/:id/export", needs(access.ViewReports), s.exportCampaign),
		get("/assignments/:id", needs(access.ViewCampaigns), s.showAssignment),
		post("/assignments/:id/extend", edit, s.extendAssignment),
		post("/assignments/:id/revoke", edit, s.revokeAssignment),
		post("/assignments/:id/withdraw", edit, s.withdrawAssignment),
		post("/assignments/:id/link", edit, s.showLink),
	}
}

type campaignPage struct {
	campaign.Campaign
	Counts    campaign.Counts
	Rows      []campaign.Assignment
	Answered  map[string]int
	Questions int
	More      bool
	Page      int
	Query     string
	Search    string
	States    []campaign.Response
	State     string
	Tier      string
	Sort      string
	Late      bool
	Lost      bool // only what was not delivered
	Job       *jobs.Job
	Now       time.Time
}

func (s *Server) assignmentFilter(c *gin.Context) (campaign.Filter, campaignPage) {
	p := campaignPage{Page: pageNumber(c), Query: c.Request.URL.RawQuery, Search: strings.TrimSpace(c.Query("q")), States: campaign.Responses,
		State: c.Query("state"), Tier: c.Query("tier"), Sort: c.Query("sort"), Late: c.Query("late") != "", Lost: c.Query("lost") != "", Now: s.Now()}
	f := campaign.Filter{Campaign: c.Param("id"), Sort: p.Sort, Page: p.Page, Size: pageSize, Now: p.Now, Overdue: p.Late}
	if !slices.Contains(campaign.Sorts, f.Sort) {
		f.Sort = ""
	}
	if slices.Contains(campaign.Responses, campaign.Response(p.State)) {
		f.Responses = []campaign.Response{campaign.Response(p.State)}
	}
	if n, err := strconv.Atoi(p.Tier); err == nil {
		f.Tiers = []int{n}
	}
	switch c.Query("delivery") {
	case "reached":
		f.Delivery = []campaign.Delivery{campaign.DeliverySent, campaign.DeliveryOpened, campaign.DeliveryPrinted, campaign.DeliveryByHand}
	case "opened":
		f.Delivery = []campaign.Delivery{campaign.DeliveryOpened}
	}
	if p.Lost {
		f.Delivery = []campaign.Delivery{campaign.DeliveryFailed, campaign.DeliveryBounced}
	}
	if p.Search != "" {
		f.Search = supplier.QueryGrams(p.Search)
	}
	return f, p
}

func (s *Server) showCampaign(c *gin.Context) error {
	ctx, v := c.Request.Context(), viewer(c)
	f, p := s.assignmentFilter(c)
	var err error
	if p.Campaign, err = s.Campaigns.Get(ctx, v, c.Param("id")); err != nil {
		return err
	}
	if p.Campaign.State == campaign.Draft {
		if !v.Can(access.EditCampaigns) {
			return fault.New(fault.NotFound, "fault.not-found")
		}
		return redirect(c, "/campaigns/"+p.ID+"/rehearsal")
	}
	if p.Counts, err = s.Campaigns.Counts(ctx, v, p.ID, p.Now); err != nil {
		return err
	}
	if p.Rows, p.More, err = s.Campaigns.Assignments(ctx, v, f); err != nil {
		return err
	}
	ids := make([]string, len(p.Rows))
	for i, a := range p.Rows {
		ids[i] = a.ID
	}
	if p.Answered, err = s.AnsweredCounts.AnsweredCounts(ctx, v, ids); err != nil {
		return err
	}
	if p.Job, err = s.runningJob(c, p.ID); err != nil {
		return err
	}
	p.Questions = len(p.Questionnaire.Questions())
	return s.render(c, "campaigns/show", p)
}

func (s *Server) exportCampaign(c *gin.Context) error {
	ctx, v := c.Request.Context(), viewer(c)
	one, err := s.Campaigns.Get(ctx, v, c.Param("id"))
	if err != nil {
		return err
	}
	f, _ := s.assignmentFilter(c)
	p := s.Catalog.For(lang(c))
	rows := [][]any{{p.T("campaigns.col-code"), p.T("campaigns.col-supplier"), p.T("campaigns.col-tier"), p.T("campaigns.col-delivery"),
		p.T("campaigns.col-response"), p.T("campaigns.col-score"), p.T("campaigns.col-certificates"), p.T("campaigns.col-due"), p.T("campaigns.col-submitted")}}
	err = s.AnsweredCounts.EachAssignment(ctx, v, f, func(a campaign.Assignment) error {
		rows = append(rows, exportRow(p, a))
		return nil
	})
	if err != nil {
		return err
	}
	e := audit.New(v, s.NewID(), s.Now(), "report.downloaded", audit.Ref{Kind: "campaign", ID: one.ID, Name: one.Name},
		audit.Detail{Key: "format", Value: c.DefaultQuery("format", "csv")}).In(one.ID)
	if err := s.Trail.Add(ctx, e); err != nil {
		return err
	}
	return sendTable(c, one.Name, rows)
}

func exportRow(p *locale.Printer, a campaign.Assignment) []any {
	score, submitted := "", ""
	if a.Score != nil {
		score = strconv.Itoa(*a.Score)
	}
	if !a.SubmittedAt.IsZero() {
		submitted = p.DateTime(a.SubmittedAt)
	}
	var certificates []string
	for _, cert := range a.Certificates {
		certificates = append(certificates, strings.TrimSpace(p.T("evidence.kind."+string(cert.Kind))+" "+cert.Number))
	}
	return []any{a.Code, a.Name, p.T(fmt.Sprintf("supplier.tier.%d", a.Tier)), p.T("delivery.state." + string(a.Delivery)),
		p.T("response.state." + string(a.Response)), score, strings.Join(certificates, " / "), p.Day(a.DueAt), submitted}
}

// sendTable sends rows as CSV (UTF-8 with BOM, or CP932) or XLSX.
func sendTable(c *gin.Context, name string, rows [][]any) error {
	h := c.Writer.Header()
	h.Set("Cache-Control", "no-store")
	file := func(ext string) {
		h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(name+ext))
	}
	switch c.Query("format") {
	case "xlsx":
		file(".xlsx")
		h.Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
		c.Status(http.StatusOK)
		return tables.WriteXLSX(c.Writer, name, nil, tables.Of(rows))
	case "cp932":
		file(".csv")
		h.Set("Content-Type", "text/csv; charset=shift_jis")
		c.Status(http.StatusOK)
		_, err := tables.WriteCSV(c.Writer, tables.CP932, tables.Of(rows))
		return err
	}
	file(".csv")
	h.Set("Content-Type", "text/csv; charset=utf-8")
	c.Status(http.StatusOK)
	_, err := tables.WriteCSV(c.Writer, tables.UTF8, tables.Of(rows))
	return err
}

type assignmentPage struct {
	campaign.Assignment
	CampaignName string
	Entries      []audit.Entry
	Due, Reason  string
	Link         string
	Now          time.Time
}

func (s *Server) assignmentPage(c *gin.Context) (assignmentPage, error) {
	ctx, v := c.Request.Context(), viewer(c)
	p := assignmentPage{Now: s.Now()}
	var err error
	if p.Assignment, err = s.Campaigns.Assignment(ctx, v, c.Param("id")); err != nil {
		return p, err
	}
	one, err := s.snapshot(ctx, v, p.Campaign)
	if err != nil {
		return p, err
	}
	p.CampaignName = one.Name
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
		return s.redirectWith(c, "/assignments/"+url.PathEscape(c.Param("id")), "success", key)
	}
	if fault.KindOf(err) != fault.Invalid {
		return err
	}
	p, perr := s.assignmentPage(c)
	if perr != nil {
		return perr
	}
	fill(&p)
	return s.renderProblem(c, "app", "campaigns/assignment", p, err)
}

func (s *Server) extendAssignment(c *gin.Context) error {
	typed := strings.TrimSpace(c.PostForm("due"))
	day, err := locale.ParseDate(typed)
	if err != nil {
		var f fault.Fields
		f.Add("due", "fault.date")
		err = f.Err()
	} else {
		err = s.Campaigns.Extend(c.Request.Context(), viewer(c), c.Param("id"), locale.EndOfDay(day))
	}
	return s.changed(c, err, "campaigns.extended", func(p *assignmentPage) { p.Due = typed })
}

func (s *Server) revokeAssignment(c *gin.Context) error {
	return s.changed(c, s.Campaigns.Revoke(c.Request.Context(), viewer(c), c.Param("id")), "campaigns.revoked", func(*assignmentPage) {})
}

func (s *Server) withdrawAssignment(c *gin.Context) error {
	reason := c.PostForm("reason")
	err := s.Campaigns.Withdraw(c.Request.Context(), viewer(c), c.Param("id"), reason)
	return s.changed(c, err, "campaigns.withdrawn", func(p *assignmentPage) { p.Reason = reason })
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
	p.Link = strings.TrimSuffix(s.Base.String(), "/") + "/r/" + s.Keys.Link(token.Answer, a.ID, a.Generation)
	return s.render(c, "campaigns/assignment", p)
}
