package desk

import (
	"context"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/web"
)

// deliveryPages are the ledger of what was sent to whom.
type deliveryPages struct {
	*web.Frame
	deliveries    deliveryReader
	resending     *campaign.Ledger
	campaignNames web.CampaignNames
	directory     directory
}

func (s deliveryPages) routes() []web.Route {
	return []web.Route{
		web.Get("/delivery", web.Needs(access.ViewDelivery), s.showDeliveries),
		web.Get("/delivery/again", web.Needs(access.EditCampaigns), s.showAgain),
		web.Post("/delivery/again", web.Needs(access.EditCampaigns), s.again),
		web.Get("/delivery/:id", web.Needs(access.ViewDelivery), s.showDelivery),
		web.Post("/delivery/:id/resend", web.Needs(access.EditCampaigns), s.resend),
	}
}

// deliveryReader reads the delivery ledger.
type deliveryReader interface {
	Ledger(ctx context.Context, v access.Viewer, f notify.Filter) ([]notify.Message, bool, error)
	DeliveryCounts(ctx context.Context, v access.Viewer, campaignID string) (map[notify.State]int, error)
	Message(ctx context.Context, v access.Viewer, id string) (notify.Message, error)
	// FailedCopies gives the mails to who reads along that failed, of some requests.
	FailedCopies(ctx context.Context, v access.Viewer, requests []string) ([]notify.Message, error)
}

// delivery is one row of the ledger.
type delivery struct {
	notify.Message
	CampaignName string
	CanResend    bool
}

type deliveriesPage struct {
	Rows      []delivery
	Counts    []stateCount
	Total     int
	State     notify.State
	Campaign  string
	Campaigns []web.Choice
	Page      int
	More      bool
	Query     string
	Kept      string // the query without the page: what a change of state keeps
	Failures  []failureGroup
}

type stateCount struct {
	State notify.State
	N     int
	Kind  string // "danger" when somebody must look at it
}

func (s deliveryPages) showDeliveries(c *gin.Context) error {
	ctx, v := c.Request.Context(), web.Viewer(c)
	data := deliveriesPage{Campaign: c.Query("campaign"), Page: web.PageNumber(c), Query: c.Request.URL.RawQuery}
	if state := notify.State(c.Query("state")); slices.Contains(notify.States, state) {
		data.State = state
	}
	rows, more, err := s.deliveries.Ledger(ctx, v, notify.Filter{State: data.State, Campaign: data.Campaign, Page: data.Page, Size: web.PageSize})
	if err != nil {
		return err
	}
	counts, err := s.deliveries.DeliveryCounts(ctx, v, data.Campaign)
	if err != nil {
		return err
	}
	campaigns, err := s.campaignNames.CampaignNames(ctx, v)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, k := range campaigns {
		names[k.ID] = k.Name
		data.Campaigns = append(data.Campaigns, web.Choice{Value: k.ID, Label: k.Name})
	}
	for _, m := range rows {
		data.Rows = append(data.Rows, delivery{Message: m, CampaignName: names[m.Campaign], CanResend: campaign.CanResend(m)})
	}
	for _, state := range notify.States {
		kind := ""
		if state == notify.Failed && counts[state] > 0 {
			kind = "danger"
		}
		data.Counts = append(data.Counts, stateCount{state, counts[state], kind})
		data.Total += counts[state]
	}
	kept := url.Values{}
	if data.Campaign != "" {
		kept.Set("campaign", data.Campaign)
	}
	data.More, data.Kept = more, kept.Encode()
	if counts[notify.Failed] > 0 && v.Can(access.EditCampaigns) {
		if data.Failures, err = s.failures(c, data.Campaign); err != nil {
			return err
		}
	}
	return s.Render(c, "delivery/list", data)
}

// deliveryPage is one message; Email is the corrected address as typed.
type deliveryPage struct {
	delivery
	Email string
}

func (s deliveryPages) deliveryPage(c *gin.Context) (deliveryPage, error) {
	ctx, v := c.Request.Context(), web.Viewer(c)
	m, err := s.deliveries.Message(ctx, v, c.Param("id"))
	if err != nil {
		return deliveryPage{}, err
	}
	data := deliveryPage{delivery: delivery{Message: m, CanResend: campaign.CanResend(m) && v.Can(access.EditCampaigns)}, Email: m.To.Email}
	campaigns, err := s.campaignNames.CampaignNames(ctx, v)
	for _, k := range campaigns {
		if k.ID == m.Campaign {
			data.CampaignName = k.Name
		}
	}
	return data, err
}

func (s deliveryPages) showDelivery(c *gin.Context) error {
	data, err := s.deliveryPage(c)
	if err != nil {
		return err
	}
	return s.Render(c, "delivery/show", data)
}

// resend sends a failed message again, to the address that was corrected.
func (s deliveryPages) resend(c *gin.Context) error {
	email := c.PostForm("email")
	m, _, err := s.resending.Failed(c.Request.Context(), web.Viewer(c), c.Param("id"))
	if err == nil {
		at := ""
		if m.Copy {
			at = m.To.Email
		}
		err = s.directory.correct(c, m.Assignment, at)
	}
	if err == nil {
		err = s.resending.Resend(c.Request.Context(), web.Viewer(c), c.Param("id"), email)
	}
	again := func(problem error) error {
		data, err := s.deliveryPage(c)
		if err != nil {
			return err
		}
		data.Email = email
		return s.RenderProblem(c, "app", "delivery/show", data, problem)
	}
	return s.Answer(c, err, again, web.To("/delivery").Say("delivery.resent", fault.Args{"Email": email}))
}
