package desk

import (
	"net/url"
	"slices"
	"strconv"
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
	Mails   []remindMail
	Differ  []campaign.Assignment // whose address is not the directory's, up to campaign.Countable and one more
	NextDay time.Time             // the next business day, when today is none
}

// remindMail is the very mail that the first of a group would get.
type remindMail struct {
	State campaign.Response
	notify.Mail
}

// DifferMany tells whether more differ than are counted.
func (p remindPage) DifferMany() bool { return len(p.Differ) > campaign.Countable }

// Countable is how far is counted.
func (p remindPage) Countable() int { return campaign.Countable }

// DifferFirst are some of those whose address differs.
func (p remindPage) DifferFirst() []campaign.Assignment { return p.Differ[:min(len(p.Differ), 20)] }

// Meant is how many the reminder goes to as it is chosen.
func (p remindPage) Meant() int { return p.reminder().Meant(p.Counts) }

func (p remindPage) reminder() campaign.Reminder {
	r := campaign.Reminder{Again: p.Again}
	for _, state := range campaign.Remindable {
		if slices.Contains(p.Chosen, string(state)) {
			r.States = append(r.States, state)
		}
	}
	return r
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
	if p.Differ, err = s.campaigns.Differing(ctx, v, p.ID); err != nil {
		return p, err
	}
	o, err := s.accounts.Organization(ctx, v)
	if err != nil {
		return p, err
	}
	if days := calendar.New(o.Closures); !days.Business(s.Now()) {
		p.NextDay = days.Next(s.Now())
	}
	for _, state := range p.States {
		if p.Counts[state].Fresh+p.Counts[state].Recent == 0 {
			continue
		}
		a, err := s.exampleOf(c, p.Campaign, state)
		if err != nil {
			return p, err
		}
		mail, err := s.preview.Preview(o, p.Campaign, a, notify.Reminder, s.LinkOf("…"), s.Now())
		if err != nil {
			return p, err
		}
		p.Mails = append(p.Mails, remindMail{state, mail})
	}
	return p, nil
}

// exampleOf is the first of a group to whom a reminder goes; an invented one when it was
// the last, and has answered meanwhile.
func (s runPages) exampleOf(c *gin.Context, one campaign.Campaign, state campaign.Response) (campaign.Assignment, error) {
	rows, _, err := s.campaigns.Assignments(c.Request.Context(), web.Viewer(c), campaign.Filter{Campaign: one.ID, Responses: []campaign.Response{state},
		Delivery: []campaign.Delivery{campaign.DeliveryQueued, campaign.DeliverySent, campaign.DeliveryOpened}, Page: 1, Size: 20, Now: s.Now()})
	if err != nil {
		return campaign.Assignment{}, err
	}
	if i := slices.IndexFunc(rows, campaign.Writable); i >= 0 {
		return rows[i], nil
	}
	id := campaign.AssignmentID(one.ID, "0")
	return campaign.Assignment{ID: id, Org: one.Org, Campaign: one.ID, Name: s.Catalog.For(web.Lang(c)).T("rehearsal.example-supplier"), Response: state,
		Email: "supplier@example.jp", Lang: web.Lang(c), Generation: 1, DueAt: one.DueAt, ClosesAt: one.ClosesAt, Request: campaign.RequestNumber(id)}, nil
}

func (s runPages) showRemind(c *gin.Context) error {
	p, err := s.remindPage(c)
	if err != nil {
		return err
	}
	for _, state := range []campaign.Response{campaign.NotStarted, campaign.Answering} {
		if p.Counts[state].Fresh > 0 {
			p.Chosen = append(p.Chosen, string(state))
		}
	}
	return s.Render(c, "campaigns/remind", p)
}

func (s runPages) remind(c *gin.Context) error {
	typed := remindPage{Chosen: c.PostFormArray("states"), Again: c.PostForm("again") != ""}
	r := typed.reminder()
	if told, err := strconv.Atoi(c.PostForm("expected")); err == nil {
		r.Told = &told
	}
	id := c.Param("id")
	err := s.campaigns.Remind(c.Request.Context(), web.Viewer(c), id, r)
	return s.Answer(c, err, func(problem error) error {
		p, err := s.remindPage(c)
		if err != nil {
			return err
		}
		p.Chosen, p.Again = typed.Chosen, typed.Again
		return s.RenderProblem(c, "app", "campaigns/remind", p, problem)
	}, web.To("/campaigns/"+url.PathEscape(id)).Say("campaigns.reminding"))
}
