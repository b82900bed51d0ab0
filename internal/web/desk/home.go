package desk

import (
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/web"
)

// homePages are what a person sees first.
type homePages struct{ campaignList }

func (s homePages) routes() []web.Route {
	return []web.Route{
		web.Get("/", web.Needs(access.ViewHome), s.showHome),
		web.Get("/help", web.Needs(access.ViewHome), s.showHelp),
	}
}

type homePage struct {
	Rows    []campaignRow // campaigns in progress
	Today   []toDo
	Asking  []campaign.Assignment // their suppliers would send more mails than they may
	Granted *granted              // what an auditor may see; nil for others
	First   bool                  // nothing was done yet: the way in is shown
	Now     time.Time
}

// granted is how far an auditor's account reaches.
type granted struct {
	Until *time.Time
	Named bool // some campaigns alone: those that are listed
}

// toDo is what waits for somebody in one campaign: answers to review, or requests
// that did not arrive.
type toDo struct {
	What     string // the message's key
	Campaign string
	Number   int
	Href     string
	Kind     string
}

func toDos(r campaignRow) []toDo {
	var out []toDo
	if n := r.Counts.ToReview(); n > 0 {
		out = append(out, toDo{"home.review", r.Name, n, "/campaigns/" + r.ID + "?state=review", ""})
	}
	if n := r.Counts.Undelivered(); n > 0 {
		out = append(out, toDo{"home.lost", r.Name, n, "/campaigns/" + r.ID + "?delivery=lost", "danger"})
	}
	return out
}

func (s homePages) showHome(c *gin.Context) error {
	rows, _, err := s.campaignRows(c, 1, 20)
	if err != nil {
		return err
	}
	v := web.Viewer(c)
	p := homePage{First: len(rows) == 0, Now: s.Now()}
	for _, r := range rows {
		if r.State == campaign.Closed {
			continue
		}
		p.Rows = append(p.Rows, r)
		p.Today = append(p.Today, toDos(r)...)
	}
	if v.Can(access.EditCampaigns) {
		if p.Asking, err = s.campaigns.Asking(c.Request.Context(), v, web.PageSize); err != nil {
			return err
		}
	}
	if a, ok := web.Account(c); ok && v.Role == access.Auditor {
		p.Granted = &granted{Until: a.Membership.Until, Named: v.Campaigns != nil}
	}
	return s.Render(c, "home/home", p)
}

func (s homePages) showHelp(c *gin.Context) error { return s.Render(c, "home/help", nil) }
