package desk

import (
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/web"
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

func (s runPages) remindPage(c *gin.Context) (remindPage, error) {
	ctx, v := c.Request.Context(), web.Viewer(c)
	p := remindPage{States: campaign.Remindable}
	var err error
	if p.Campaign, err = s.campaigns.Get(ctx, v, c.Param("id")); err != nil {
		return p, err
	}
	if p.State != campaign.Open || !s.Now().Before(p.ClosesAt) {
		return p, fault.New(fault.Conflict, "fault.campaign.not-open")
	}
	if p.Counts, err = s.campaigns.RemindCounts(ctx, v, p.ID, calendar.RestedBefore(s.Now())); err != nil {
		return p, err
	}
	for _, n := range p.Counts {
		p.Fresh, p.Recent, p.NoMail = p.Fresh+n.Fresh, p.Recent+n.Recent, p.NoMail+n.NoMail
	}
	o, err := s.accounts.Organization(ctx, v)
	if err != nil {
		return p, err
	}
	if days := calendar.New(o.Closures); !days.Business(s.Now()) {
		p.NextDay = days.Next(s.Now())
	}
	a, err := s.exampleOf(c, p.Campaign)
	if err != nil {
		return p, err
	}
	p.Mail, err = s.preview.Preview(o, p.Campaign, a, notify.Reminder, s.LinkOf("…"), s.Now())
	return p, err
}

// exampleOf is an assignment to show a mail with: the first that waits, else an
// invented one.
func (s runPages) exampleOf(c *gin.Context, one campaign.Campaign) (campaign.Assignment, error) {
	rows, _, err := s.campaigns.Assignments(c.Request.Context(), web.Viewer(c), campaign.Filter{Campaign: one.ID, Responses: campaign.Remindable,
		Delivery: []campaign.Delivery{campaign.DeliveryQueued, campaign.DeliverySent, campaign.DeliveryOpened}, Page: 1, Size: 1, Now: s.Now()})
	if err != nil {
		return campaign.Assignment{}, err
	}
	if len(rows) > 0 {
		return rows[0], nil
	}
	id := campaign.AssignmentID(one.ID, "0")
	return campaign.Assignment{ID: id, Org: one.Org, Campaign: one.ID, Name: s.Catalog.For(web.Lang(c)).T("rehearsal.example-supplier"),
		Email: "supplier@example.jp", Lang: web.Lang(c), Generation: 1, DueAt: one.DueAt, ClosesAt: one.ClosesAt, Request: campaign.RequestNumber(id)}, nil
}

func (s runPages) showRemind(c *gin.Context) error {
	p, err := s.remindPage(c)
	if err != nil {
		return err
	}
	for _, state := range []campaign.Response{campaign.NotStarted, campaign.Answering} {
		p.Chosen = append(p.Chosen, string(state))
	}
	return s.Render(c, "campaigns/remind", p)
}

func (s runPages) remind(c *gin.Context) error {
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
	err = s.campaigns.Remind(c.Request.Context(), web.Viewer(c), p.ID, r)
	return s.Answer(c, err, s.Again(c, "app", "campaigns/remind", p), web.To("/campaigns/"+p.ID).Say("campaigns.reminding"))
}
