package web

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/questionnaire"
)

func (s *Server) campaignRoutes() []route {
	edit, view := needs(access.EditCampaigns), needs(access.ViewCampaigns)
	return []route{
		get("/campaigns", view, s.listCampaigns),
		get("/campaigns/new", edit, s.newCampaign),
		post("/campaigns/new", edit, s.createCampaign),
		get("/campaigns/audience", edit, s.countAudience),
		get("/questionnaires/:key", edit, s.showQuestionnaire),
		get("/campaigns/:id", view, s.showCampaign),
		get("/campaigns/:id/edit", edit, s.editCampaign),
		post("/campaigns/:id/edit", edit, s.saveCampaign),
		get("/campaigns/:id/pick", edit, s.showPick),
		post("/campaigns/:id/pick", edit, s.pick),
		get("/campaigns/:id/coverage", edit, s.showCoverage),
		post("/campaigns/:id/coverage", edit, s.saveCoverage),
		get("/campaigns/:id/questions", view, s.showQuestions),
		get("/campaigns/:id/rehearsal", edit, s.showRehearsal),
		post("/campaigns/:id/except", edit, s.exceptSupplier),
		post("/campaigns/:id/issue", edit, s.issue),
		get("/campaigns/:id/remind", edit, s.showRemind),
		post("/campaigns/:id/remind", edit, s.remind),
		get("/campaigns/:id/extend", edit, s.showExtendAll),
		post("/campaigns/:id/extend", edit, s.extendAll),
		get("/campaigns/:id/close", edit, s.showClose),
		post("/campaigns/:id/close", edit, s.closeCampaign),
		post("/campaigns/:id/resume", edit, s.resumeJob),
		get("/campaigns/:id/export", needs(access.ViewReports), s.exportCampaign),
		get("/jobs/:id", view, s.showJob),
	}
}

type campaignRow struct {
	campaign.Campaign
	Counts campaign.Counts
}

// IsDraft tells whether nobody was asked yet.
func (r campaignRow) IsDraft() bool { return r.State == campaign.Draft }

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

// questionsPage shows every question as a supplier sees it.
type questionsPage struct {
	Questionnaire questionnaire.Questionnaire
	Back, Name    string
}

func (s *Server) showQuestions(c *gin.Context) error {
	one, err := s.Campaigns.Get(c.Request.Context(), viewer(c), c.Param("id"))
	if err != nil {
		return err
	}
	return s.render(c, "campaigns/questions", questionsPage{one.Questionnaire, "/campaigns/" + one.ID, one.Name})
}

// showQuestionnaire shows a built-in questionnaire, before a campaign is made of it.
func (s *Server) showQuestionnaire(c *gin.Context) error {
	for _, q := range s.Questionnaires {
		if q.Key == c.Param("key") {
			return s.render(c, "campaigns/questions", questionsPage{q, "/campaigns/new", s.Catalog.For(lang(c)).T("campaigns.new")})
		}
	}
	return fault.New(fault.NotFound, "fault.not-found")
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
	if err != nil || job.State == jobs.Done || job.State == jobs.Ended {
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
