package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/locale"
	"tsunagi/internal/org"
	"tsunagi/internal/questionnaire"
)

func (s *Server) campaignRoutes() []route {
	edit := needs(access.EditCampaigns)
	return []route{
		get("/campaigns", needs(access.ViewCampaigns), s.listCampaigns),
		get("/campaigns/new", edit, s.newCampaign),
		post("/campaigns/new", edit, s.createCampaign),
		get("/campaigns/:id", needs(access.ViewCampaigns), s.showCampaign),
		get("/campaigns/:id/edit", edit, s.editCampaign),
		post("/campaigns/:id/edit", edit, s.saveCampaign),
		get("/campaigns/:id/questions", needs(access.ViewCampaigns), s.showQuestions),
		get("/campaigns/:id/rehearsal", edit, s.showRehearsal),
		post("/campaigns/:id/except", edit, s.exceptSupplier),
		post("/campaigns/:id/issue", edit, s.issue),
		get("/campaigns/:id/remind", edit, s.showRemind),
		post("/campaigns/:id/remind", edit, s.remind),
		get("/jobs/:id", needs(access.ViewCampaigns), s.showJob),
	}
}

type campaignRow struct {
	campaign.Campaign
	Counts campaign.Counts
}

type campaignsPage struct {
	Rows  []campaignRow
	Page  int
	More  bool
	Query string
	Now   time.Time
}

func (s *Server) campaignRows(c *gin.Context, page, size int) ([]campaignRow, bool, error) {
	all, more, err := s.Campaigns.List(c.Request.Context(), viewer(c), page, size)
	if err != nil {
		return nil, false, err
	}
	ids := make([]string, len(all))
	for i, one := range all {
		ids[i] = one.ID
	}
	counts, err := s.Campaigns.CountsOf(c.Request.Context(), viewer(c), ids, s.Now())
	rows := make([]campaignRow, len(all))
	for i, one := range all {
		rows[i] = campaignRow{one, counts[one.ID]}
	}
	return rows, more, err
}

func (s *Server) listCampaigns(c *gin.Context) error {
	p := campaignsPage{Page: pageNumber(c), Query: c.Request.URL.RawQuery, Now: s.Now()}
	var err error
	if p.Rows, p.More, err = s.campaignRows(c, p.Page, pageSize); err != nil {
		return err
	}
	return s.render(c, "campaigns/list", p)
}

// campaignForm is a draft as typed.
type campaignForm struct {
	campaign.Campaign
	Due            string
	Questionnaires []questionnaire.Questionnaire
	Chosen         string
	Tags           []string // all tags in the directory
	Who            string   // "all" or "some"
	TierChoices    []int
	New            bool
}

// defaultDays is how many business days a supplier is given unless the clerk says
// otherwise, and graceDays how long a late answer is still taken.
const (
	defaultDays = 15
	graceDays   = 10
)

func (s *Server) campaignForm(c *gin.Context) (campaignForm, org.Organization, error) {
	f := campaignForm{Questionnaires: s.Questionnaires, TierChoices: []int{1, 2, 3}}
	o, err := s.Accounts.Organization(c.Request.Context(), viewer(c))
	if err != nil {
		return f, o, err
	}
	f.Tags, err = s.Directory.Tags(c.Request.Context(), viewer(c))
	return f, o, err
}

func (s *Server) newCampaign(c *gin.Context) error {
	f, o, err := s.campaignForm(c)
	if err != nil {
		return err
	}
	f.New, f.Who, f.StandIn, f.Contact = true, "all", true, o.Contact
	f.Due = locale.FormDate(locale.NewCalendar(o.Closures).Add(s.Now(), defaultDays))
	if c.Query("example") != "" {
		p := s.Catalog.For(lang(c))
		f.Name = p.T("campaigns.example-name", "Year", locale.FiscalYear(s.Now()))
		f.Purpose, f.Necessity = p.T("campaigns.example-purpose"), p.T("campaigns.example-necessity")
	}
	return s.render(c, "campaigns/edit", f)
}

// parseCampaign reads the form over a campaign.
func (s *Server) parseCampaign(c *gin.Context, f campaignForm, o org.Organization) (campaignForm, error) {
	text := func(name string) string { return strings.TrimSpace(strings.ReplaceAll(c.PostForm(name), "\r\n", "\n")) }
	f.Name, f.Purpose, f.Necessity = text("name"), text("purpose"), text("necessity")
	f.Contact, f.Due, f.StandIn = parseContact(c), text("due"), c.PostForm("stand_in") != ""
	f.Chosen, f.Who = c.PostForm("questionnaire"), c.PostForm("who")
	for _, q := range s.Questionnaires {
		if q.Key == f.Chosen {
			f.Questionnaire, f.Coverage = q, s.Coverage
		}
	}
	f.Audience = campaign.Audience{All: f.Who == "all", Except: f.Audience.Except}
	if f.Who == "some" {
		f.Audience.Tags, f.Audience.NotAsked = c.PostFormArray("tags"), c.PostForm("not_asked") != ""
		for _, t := range c.PostFormArray("tiers") {
			if n, err := strconv.Atoi(t); err == nil {
				f.Audience.Tiers = append(f.Audience.Tiers, n)
			}
		}
	}
	f.DueAt = time.Time{}
	var fields fault.Fields
	if f.Due != "" {
		day, err := locale.ParseDate(f.Due)
		calendar := locale.NewCalendar(o.Closures)
		switch {
		case err != nil:
			fields.Add("due", "fault.date")
		case !calendar.Business(day):
			fields.Add("due", "fault.campaign.due-closed", fault.Args{"Date": s.Catalog.For(lang(c)).Date(calendar.Next(day))})
		default:
			f.DueAt, f.ClosesAt = locale.EndOfDay(day), locale.EndOfDay(calendar.Add(day, graceDays))
		}
	}
	return f, fields.Err()
}

func (s *Server) createCampaign(c *gin.Context) error {
	f, o, err := s.campaignForm(c)
	if err != nil {
		return err
	}
	f.New = true
	if f, err = s.parseCampaign(c, f, o); err == nil {
		f.Campaign, err = s.Campaigns.Create(c.Request.Context(), viewer(c), f.Campaign)
	}
	if fault.KindOf(err) == fault.Invalid && err != nil {
		return s.renderProblem(c, "app", "campaigns/edit", f, err)
	}
	if err != nil {
		return err
	}
	return redirect(c, "/campaigns/"+f.ID+"/rehearsal")
}

func (s *Server) draft(c *gin.Context) (campaignForm, org.Organization, error) {
	f, o, err := s.campaignForm(c)
	if err != nil {
		return f, o, err
	}
	if f.Campaign, err = s.Campaigns.Get(c.Request.Context(), viewer(c), c.Param("id")); err != nil {
		return f, o, err
	}
	if f.State != campaign.Draft {
		return f, o, fault.New(fault.Conflict, "fault.campaign.issued")
	}
	f.Chosen, f.Due, f.Who = f.Questionnaire.Key, locale.FormDate(f.DueAt), "some"
	if f.Audience.All {
		f.Who = "all"
	}
	return f, o, nil
}

func (s *Server) editCampaign(c *gin.Context) error {
	f, _, err := s.draft(c)
	if err != nil {
		return err
	}
	return s.render(c, "campaigns/edit", f)
}

func (s *Server) saveCampaign(c *gin.Context) error {
	f, o, err := s.draft(c)
	if err != nil {
		return err
	}
	if n, err := strconv.Atoi(c.PostForm("revision")); err == nil {
		f.Revision = n // the one that was on the page: an older one is a conflict
	}
	if f, err = s.parseCampaign(c, f, o); err == nil {
		err = s.Campaigns.Save(c.Request.Context(), viewer(c), f.Campaign)
	}
	if fault.KindOf(err) == fault.Invalid && err != nil {
		return s.renderProblem(c, "app", "campaigns/edit", f, err)
	}
	if err != nil {
		return err
	}
	return redirect(c, "/campaigns/"+f.ID+"/rehearsal")
}

type questionsPage struct{ campaign.Campaign }

func (s *Server) showQuestions(c *gin.Context) error {
	one, err := s.Campaigns.Get(c.Request.Context(), viewer(c), c.Param("id"))
	if err != nil {
		return err
	}
	return s.render(c, "campaigns/questions", questionsPage{one})
}

type remindPage struct {
	campaign.Campaign
	Counts campaign.Counts
	States []campaign.Response
	Chosen []string
}

func (s *Server) remindPage(c *gin.Context) (remindPage, error) {
	one, err := s.Campaigns.Get(c.Request.Context(), viewer(c), c.Param("id"))
	if err != nil {
		return remindPage{}, err
	}
	counts, err := s.Campaigns.Counts(c.Request.Context(), viewer(c), one.ID, s.Now())
	return remindPage{one, counts, campaign.Remindable, nil}, err
}

func (s *Server) showRemind(c *gin.Context) error {
	p, err := s.remindPage(c)
	if err != nil {
		return err
	}
	p.Chosen = []string{string(campaign.NotStarted), string(campaign.Answering)}
	return s.render(c, "campaigns/remind", p)
}

func (s *Server) remind(c *gin.Context) error {
	p, err := s.remindPage(c)
	if err != nil {
		return err
	}
	p.Chosen = c.PostFormArray("states")
	var states []campaign.Response
	for _, r := range campaign.Remindable {
		if slices.Contains(p.Chosen, string(r)) {
			states = append(states, r)
		}
	}
	err = s.Campaigns.Remind(c.Request.Context(), viewer(c), p.ID, campaign.Reminder{States: states})
	if fault.KindOf(err) == fault.Invalid && err != nil {
		return s.renderProblem(c, "app", "campaigns/remind", p, err)
	}
	if err != nil {
		return err
	}
	s.WakeJobs()
	return s.redirectWith(c, "/campaigns/"+p.ID, "success", "campaigns.reminding")
}

// showJob tells a script how far a job is.
func (s *Server) showJob(c *gin.Context) error {
	job, err := s.JobReader.Get(c.Request.Context(), viewer(c), c.Param("id"))
	if err != nil {
		return err
	}
	if a := viewer(c); a.Campaigns != nil && !slices.Contains(a.Campaigns, job.Subject) {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	c.JSON(http.StatusOK, gin.H{"state": job.State, "done": job.Done, "total": job.Total, "skipped": job.Skipped})
	return nil
}

// runningJob is the newest job on a subject while it has not ended.
func (s *Server) runningJob(c *gin.Context, subject string) (*jobs.Job, error) {
	job, err := s.JobReader.Latest(c.Request.Context(), viewer(c), subject)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return nil, err
	}
	if err != nil || job.State == jobs.Done {
		return nil, nil
	}
	return &job, nil
}

// withQuery joins a path and the query that is being filtered by.
func withQuery(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}
