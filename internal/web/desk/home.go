package desk

import (
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/notify"
	"tsunagi/internal/web"
)

// homePages are what a person sees first.
type homePages struct {
	campaignList
	deliveries deliveryReader
}

func (s homePages) routes() []web.Route {
	return []web.Route{
		web.Get("/", web.Needs(access.ViewHome), s.showHome),
		web.Get("/help", web.Needs(access.ViewHome), s.showHelp),
	}
}

type homePage struct {
	Rows    []campaignRow // campaigns in progress
	Drafts  []campaignRow // campaigns that nobody was asked in yet
	Today   []toDo
	Asking  []campaign.Assignment // their suppliers would send more mails than they may
	Kept    bool                  // of what waits, some is kept for longer than suppliers read
	Granted *granted              // what an auditor may see; nil for others
	First   bool                  // nothing was done yet: the way in is shown
	Now     time.Time
}

// granted is how far an auditor's account reaches.
type granted struct {
	Until *time.Time
	Named bool // some campaigns alone: those that are listed
}

// toDo is what waits for somebody in one campaign, or with the sender of mails.
type toDo struct {
	What     string // the message's key
	Campaign string
	Number   int
	Href     string
	Kind     string
}

// toDos are what waits in a campaign for somebody who may do it, each with the list that
// its number counts. What a job is still making is not missing yet.
func toDos(v access.Viewer, r campaignRow) []toDo {
	list := "/campaigns/" + r.ID
	var all []toDo
	if v.Can(access.Review) {
		all = append(all, toDo{"home.review", r.Name, r.Counts.ToReview(), list + "?state=review", ""})
	}
	if v.Can(access.EditCampaigns) {
		all = append(all, toDo{"home.declined", r.Name, r.Counts.Response[campaign.Declined], list + "?state=declined", "danger"},
			toDo{"home.lost", r.Name, r.Counts.Undelivered(), list + "?delivery=lost", "danger"})
		if r.State != campaign.Issuing {
			all = append(all, toDo{"home.pending", r.Name, r.Counts.Delivery[campaign.DeliveryPending], list + "?delivery=pending", "danger"})
		}
	}
	return slices.DeleteFunc(all, func(one toDo) bool { return one.Number == 0 })
}

// mostCampaigns is how many campaigns home looks at, the newest first.
const mostCampaigns = 200

func (s homePages) showHome(c *gin.Context) error {
	p := homePage{Now: s.Now()}
	v := web.Viewer(c)
	all, _, err := s.campaigns.List(c.Request.Context(), v, 1, mostCampaigns)
	if err != nil {
		return err
	}
	p.First = len(all) == 0
	if err := s.sort(c, all, &p); err != nil {
		return err
	}
	if v.Can(access.ViewDelivery) {
		if err := s.standing(c, &p); err != nil {
			return err
		}
	}
	if v.Can(access.EditCampaigns) {
		if p.Asking, err = s.campaigns.Asking(c.Request.Context(), v, web.PageSize); err != nil {
			return err
		}
		if err := s.keeping(c, &p); err != nil {
			return err
		}
	}
	if a, ok := web.Account(c); ok && v.Is(access.Auditor) {
		p.Granted = &granted{Until: a.Membership.Until, Named: v.Campaigns != nil}
	}
	return s.Render(c, "home/home", p)
}

// sort puts campaigns where they belong: those in progress with their numbers, drafts,
// and of those that are over what still waits to be reviewed.
func (s homePages) sort(c *gin.Context, all []campaign.Campaign, p *homePage) error {
	ctx, v := c.Request.Context(), web.Viewer(c)
	var running, over []string
	for _, one := range all {
		switch one.State {
		case campaign.Draft:
			p.Drafts = append(p.Drafts, campaignRow{Campaign: one})
		case campaign.Closed:
			over = append(over, one.ID)
		default:
			running = append(running, one.ID)
		}
	}
	counts, err := s.campaigns.CountsOf(ctx, v, running, p.Now)
	if err != nil {
		return err
	}
	var left map[string]int
	if v.Can(access.Review) {
		if left, err = s.campaigns.InHandsOf(ctx, v, over); err != nil {
			return err
		}
	}
	for _, one := range all {
		row := campaignRow{one, counts[one.ID]}
		if slices.Contains(running, one.ID) {
			p.Rows = append(p.Rows, row)
			p.Today = append(p.Today, toDos(v, row)...)
		} else if n := left[one.ID]; n > 0 {
			p.Today = append(p.Today, toDo{"home.review", one.Name, n, "/campaigns/" + one.ID + "?state=review", ""})
		}
	}
	return nil
}

// standing tells of mails that wait because none leaves.
func (s homePages) standing(c *gin.Context, p *homePage) error {
	if !s.StandsStill(c) {
		return nil
	}
	counts, err := s.deliveries.DeliveryCounts(c.Request.Context(), web.Viewer(c), "")
	if n := counts[notify.Queued]; n > 0 {
		p.Today = append(p.Today, toDo{"home.stopped", "", n, "/delivery?state=" + string(notify.Queued), "danger"})
	}
	return err
}

// keeping tells of answers that are kept after the day until which suppliers read that
// they are.
func (s homePages) keeping(c *gin.Context, p *homePage) error {
	past, err := s.campaigns.KeptPast(c.Request.Context(), web.Viewer(c), p.Now)
	for _, k := range past {
		if k.TooLong(p.Now) {
			p.Kept = true
			p.Today = append(p.Today, toDo{"home.kept", k.Campaign.Name, k.Given, "/campaigns/" + k.Campaign.ID + "?state=" + answered, ""})
		}
	}
	return err
}

func (s homePages) showHelp(c *gin.Context) error { return s.Render(c, "home/help", nil) }
