package desk

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/locale"
	"tsunagi/internal/once"
	"tsunagi/internal/org"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/supplier"
	"tsunagi/internal/web"
)

// draftPages make and change a campaign before it is issued.
type draftPages struct {
	*web.Frame
	drafts
	accounts       *org.Service
	suppliers      *supplier.Service
	questionnaires []questionnaire.Questionnaire
	coverage       questionnaire.Coverage
}

func (s draftPages) routes() []web.Route {
	edit := web.Needs(access.EditCampaigns)
	return []web.Route{
		web.Get("/campaigns/new", edit, s.newCampaign),
		web.Post("/campaigns/new", edit, s.createCampaign),
		web.Get("/campaigns/audience", edit, s.countAudience),
		web.Get("/campaigns/:id/edit", edit, s.editCampaign),
		web.Post("/campaigns/:id/edit", edit, s.saveCampaign),
		web.Get("/campaigns/:id/delete", edit, s.showDelete),
		web.Post("/campaigns/:id/delete", edit, s.deleteDraft),
		web.Get("/campaigns/:id/pick", edit, s.showPick),
		web.Post("/campaigns/:id/pick", edit, s.pick),
		web.Get("/campaigns/:id/coverage", edit, s.showCoverage),
		web.Post("/campaigns/:id/coverage", edit, s.saveCoverage),
	}
}

// drafts reads campaigns that can still be changed.
type drafts struct{ campaigns *campaign.Service }

// campaignForm is a draft as typed.
type campaignForm struct {
	campaign.Campaign
	Due, Closes    string
	Keep           string // until when answers are kept
	Questionnaires []questionnaire.Questionnaire
	Chosen         string   // the questionnaire's key
	Tags           []string // all tags in the directory
	Who            string   // "all", "some" or "picked"
	TierChoices    []int
	Count          int // how many suppliers the conditions meet now
	New            bool
}

// Scales lists the rules of points to choose from.
func (f campaignForm) Scales() []questionnaire.Scale { return questionnaire.Scales }

// AsksAll, AsksSome and AsksPicked tell who is to be asked.
func (f campaignForm) AsksAll() bool { return f.Who == "all" }

func (f campaignForm) AsksSome() bool { return f.Who == "some" }

func (f campaignForm) AsksPicked() bool { return f.Who == "picked" }

func (s draftPages) emptyForm(c *gin.Context) (campaignForm, org.Organization, error) {
	f := campaignForm{Questionnaires: s.questionnaires, TierChoices: supplier.Tiers, Who: "all"}
	o, err := s.accounts.Organization(c.Request.Context(), web.Viewer(c))
	if err != nil {
		return f, o, err
	}
	directory, err := s.suppliers.Directory(c.Request.Context(), web.Viewer(c))
	f.Tags = directory.Tags
	return f, o, err
}

// newCampaign shows the empty form. The links to example texts carry their names
// in ?example=, so that they work without a script and lose nothing typed before.
func (s draftPages) newCampaign(c *gin.Context) error {
	f, o, err := s.emptyForm(c)
	if err != nil {
		return err
	}
	days := calendar.New(o.Closures)
	f.New, f.StandIn, f.Contact, f.Chosen = true, true, o.Contact, c.Query("questionnaire")
	f.Due = locale.FormDate(days.Add(s.Now(), calendar.DefaultDays))
	f.Closes = locale.FormDate(days.Add(days.Add(s.Now(), calendar.DefaultDays), calendar.GraceDays))
	f.Keep = locale.FormDate(calendar.KeepUntil(days.Add(days.Add(s.Now(), calendar.DefaultDays), calendar.GraceDays)))
	f.Name = s.Catalog.For(web.Lang(c)).T("campaigns.example-name", "Year", calendar.FiscalYear(s.Now()))
	f.Audience.All, f.Questionnaire.Scale = true, questionnaire.DefaultScale
	if f.Count, err = s.audienceSize(c, f.Audience); err != nil {
		return err
	}
	return s.Render(c, "campaigns/edit", f)
}

// example puts the example text that a button asked for into the form; everything
// else stays as typed.
func (s draftPages) example(c *gin.Context, f *campaignForm) bool {
	p := s.Catalog.For(web.Lang(c))
	switch c.PostForm("example") {
	case "purpose":
		f.Purpose = p.T("campaigns.example-purpose")
	case "necessity":
		f.Necessity = p.T("campaigns.example-necessity")
	default:
		return false
	}
	return true
}

// parseCampaign reads the form over a campaign.
func (s draftPages) parseCampaign(c *gin.Context, f campaignForm) (campaignForm, fault.Fields) {
	text := func(name string) string { return strings.TrimSpace(c.PostForm(name)) }
	f.Name, f.Purpose, f.Necessity = text("name"), text("purpose"), text("necessity")
	f.NameEN, f.PurposeEN, f.NecessityEN = text("name_en"), text("purpose_en"), text("necessity_en")
	f.Contact, f.Due, f.Closes, f.StandIn = web.ParseContact(c), text("due"), text("closes"), c.PostForm("stand_in") != ""
	f.Chosen, f.Keep = c.PostForm("questionnaire"), text("keep")
	for _, q := range s.questionnaires {
		if q.Key == f.Chosen && q.Key != f.Questionnaire.Key {
			f.Questionnaire, f.Coverage = q, s.coverage
		}
	}
	if scale := questionnaire.Scale(c.PostForm("scale")); slices.Contains(questionnaire.Scales, scale) {
		f.Questionnaire.Scale = scale
	}
	f.Audience = parseAudience(c.PostForm, c.PostFormArray, f.Audience)
	f.Who = who(f.Audience)
	fields := f.parseDates()
	return f, fields
}

// parseAudience reads who is asked; who was picked or taken out one by one stays.
func parseAudience(one func(string) string, many func(string) []string, before campaign.Audience) campaign.Audience {
	a := campaign.Audience{Only: before.Only, Except: before.Except}
	switch one("who") {
	case "all":
		a.All = true
	case "picked":
		a.Picked = true
	case "some":
		a.Tags, a.NotAsked = many("tags"), one("not_asked") != ""
		for _, t := range many("tiers") {
			if n, err := strconv.Atoi(t); err == nil {
				a.Tiers = append(a.Tiers, n)
			}
		}
	}
	return a
}

func who(a campaign.Audience) string {
	switch {
	case a.All:
		return "all"
	case a.Picked:
		return "picked"
	}
	return "some"
}

// parseDates reads the due date and until when late answers are taken; the rules
// judge them.
func (f *campaignForm) parseDates() (fields fault.Fields) {
	for _, d := range []struct {
		name, typed string
		day         *time.Time
	}{{"due", f.Due, &f.DueAt}, {"closes", f.Closes, &f.ClosesAt}, {"keep", f.Keep, &f.KeepUntil}} {
		*d.day = time.Time{}
		if d.typed == "" {
			continue
		}
		day, err := locale.ParseDate(d.typed)
		if err != nil {
			fields.Add(d.name, "fault.date")
			continue
		}
		*d.day = calendar.EndOfDay(day)
	}
	return fields
}

// afterSaving goes on to picking when nobody is picked yet, to the rehearsal else.
func afterSaving(f campaignForm) string {
	if f.Audience.Picked && len(f.Audience.Only) == 0 {
		return "/campaigns/" + f.ID + "/pick"
	}
	return "/campaigns/" + f.ID + "/rehearsal"
}

func (s draftPages) createCampaign(c *gin.Context) error {
	f, _, err := s.emptyForm(c)
	if err != nil {
		return err
	}
	f.New = true
	return s.keep(c, f, s.campaigns.Create)
}

// saveFunc is one of the two ways in which a draft is kept.
type saveFunc func(ctx context.Context, v access.Viewer, c campaign.Campaign, wrong ...fault.Field) (campaign.Campaign, error)

// keep saves what was typed, or shows it again with what is wrong.
func (s draftPages) keep(c *gin.Context, f campaignForm, save saveFunc) error {
	f, fields := s.parseCampaign(c, f)
	if s.example(c, &f) {
		return s.renderForm(c, f, nil)
	}
	var err error
	f.Campaign, err = save(c.Request.Context(), web.Viewer(c), f.Campaign, fields...)
	if id, twice := once.Made(err); twice {
		f.ID = id
	}
	return s.Answer(c, err, func(problem error) error { return s.renderForm(c, f, problem) }, web.To(afterSaving(f)))
}

func (s draftPages) renderForm(c *gin.Context, f campaignForm, problem error) error {
	var err error
	if f.Count, err = s.audienceSize(c, f.Audience); err != nil {
		return err
	}
	return s.RenderProblem(c, "app", "campaigns/edit", f, problem)
}

func (s draftPages) draft(c *gin.Context) (campaignForm, error) {
	f, _, err := s.emptyForm(c)
	if err != nil {
		return f, err
	}
	if f.Campaign, err = s.campaigns.Get(c.Request.Context(), web.Viewer(c), c.Param("id")); err != nil {
		return f, err
	}
	if f.State != campaign.Draft {
		return f, fault.New(fault.Conflict, "fault.campaign.issued")
	}
	f.Chosen, f.Due, f.Closes, f.Who = f.Questionnaire.Key, locale.FormDate(f.DueAt), locale.FormDate(f.ClosesAt), who(f.Audience)
	if !f.KeepUntil.IsZero() {
		f.Keep = locale.FormDate(f.KeepUntil)
	}
	return f, nil
}

func (s draftPages) editCampaign(c *gin.Context) error {
	f, err := s.draft(c)
	if err != nil {
		return err
	}
	return s.renderForm(c, f, nil)
}

func (s draftPages) saveCampaign(c *gin.Context) error {
	f, err := s.draft(c)
	if err != nil {
		return err
	}
	if n, err := strconv.Atoi(c.PostForm("revision")); err == nil {
		f.Revision = n // the one that was on the page: an older one is a conflict
	}
	return s.keep(c, f, s.campaigns.Save)
}

func (s draftPages) audienceSize(c *gin.Context, a campaign.Audience) (int, error) {
	return s.campaigns.AudienceSize(c.Request.Context(), web.Viewer(c), a, calendar.FiscalYearStart(s.Now()))
}

// countAudience tells the form's script how many suppliers the conditions meet.
func (s draftPages) countAudience(c *gin.Context) error {
	n, err := s.audienceSize(c, parseAudience(c.Query, c.QueryArray, campaign.Audience{}))
	if err != nil {
		return err
	}
	p := s.Catalog.For(web.Lang(c))
	c.JSON(http.StatusOK, gin.H{"count": n, "text": p.T("audience.count", "Count", n, "N", p.Number(n))})
	return nil
}
