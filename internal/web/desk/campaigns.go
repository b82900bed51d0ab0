package desk

import (
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/web"
)

// campaignList lists campaigns with their counts.
type campaignList struct {
	*web.Frame
	campaigns *campaign.Service
}

// campaignPages are the campaigns, and all that is seen of one.
type campaignPages struct {
	campaignList
	running
	answered       assignmentReader
	trail          trail
	questionnaires []questionnaire.Questionnaire
}

func (s campaignPages) routes() []web.Route {
	view := web.Needs(access.ViewCampaigns)
	return []web.Route{
		web.Get("/campaigns", view, s.listCampaigns),
		web.Get("/questionnaires/:key", web.Needs(access.EditCampaigns), s.showQuestionnaire),
		web.Get("/campaigns/:id", view, s.showCampaign),
		web.Get("/campaigns/:id/questions", view, s.showQuestions),
		web.Get("/campaigns/:id/export", web.Needs(access.ViewReports), s.exportCampaign),
		web.Get("/jobs/:id", view, s.showJob),
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

func (s campaignList) campaignRows(c *gin.Context, page, size int) ([]campaignRow, bool, error) {
	all, more, err := s.campaigns.List(c.Request.Context(), web.Viewer(c), page, size)
	if err != nil {
		return nil, false, err
	}
	ids := make([]string, len(all))
	for i, one := range all {
		ids[i] = one.ID
	}
	counts, err := s.campaigns.CountsOf(c.Request.Context(), web.Viewer(c), ids, s.Now())
	rows := make([]campaignRow, len(all))
	for i, one := range all {
		rows[i] = campaignRow{one, counts[one.ID]}
	}
	return rows, more, err
}

func (s campaignPages) listCampaigns(c *gin.Context) error {
	p := campaignsPage{Page: web.PageNumber(c), Query: c.Request.URL.RawQuery, Now: s.Now()}
	var err error
	if p.Rows, p.More, err = s.campaignRows(c, p.Page, web.PageSize); err != nil {
		return err
	}
	return s.Render(c, "campaigns/list", p)
}

// questionsPage shows every question as a supplier sees it.
type questionsPage struct {
	Questionnaire questionnaire.Questionnaire
	Back, Name    string
}

func (s campaignPages) showQuestions(c *gin.Context) error {
	one, err := s.campaigns.Get(c.Request.Context(), web.Viewer(c), c.Param("id"))
	if err != nil {
		return err
	}
	return s.Render(c, "campaigns/questions", questionsPage{one.Questionnaire, "/campaigns/" + one.ID, one.Name})
}

// showQuestionnaire shows a built-in questionnaire, before a campaign is made of it.
func (s campaignPages) showQuestionnaire(c *gin.Context) error {
	for _, q := range s.questionnaires {
		if q.Key == c.Param("key") {
			return s.Render(c, "campaigns/questions", questionsPage{q, "/campaigns/new", s.Catalog.For(web.Lang(c)).T("campaigns.new")})
		}
	}
	return fault.New(fault.NotFound, "fault.not-found")
}

// withQuery joins a path and the query that is being filtered by.
func withQuery(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}
