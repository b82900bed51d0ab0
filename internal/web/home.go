package web

import (
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
)

func (s *Server) homeRoutes() []route {
	return []route{
		get("/", needs(access.ViewHome), s.showHome),
		get("/help", needs(access.ViewHome), s.showHelp),
	}
}

type homePage struct {
	Rows   []campaignRow // campaigns in progress
	Review int           // submissions that wait for a reviewer
	Lost   int           // requests that did not arrive
	First  bool          // nothing was done yet: the way in is shown
	Can    map[string]bool
	Now    time.Time
}

func (s *Server) showHome(c *gin.Context) error {
	rows, _, err := s.campaignRows(c, 1, 20)
	if err != nil {
		return err
	}
	v := viewer(c)
	p := homePage{First: len(rows) == 0, Now: s.Now(), Can: map[string]bool{"edit": v.Can(access.EditCampaigns), "suppliers": v.Can(access.EditSuppliers)}}
	for _, r := range rows {
		if r.State == campaign.Closed {
			continue
		}
		p.Rows = append(p.Rows, r)
		p.Review += r.Counts.Response[campaign.Submitted] + r.Counts.Response[campaign.InReview]
		p.Lost += r.Counts.Undelivered()
	}
	return s.render(c, "home/home", p)
}

func (s *Server) showHelp(c *gin.Context) error { return s.render(c, "home/help", nil) }
