package web

import (
	"strconv"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
)

// pageSize is how many rows a list page shows.
const pageSize = 50

func (s *Server) trailRoutes() []route {
	return []route{get("/trail", needs(access.ViewTrail), s.showTrail)}
}

type trailPage struct {
	Entries  []audit.Entry
	Page     int
	More     bool
	Campaign string
	Record   string
	Query    string
}

func (s *Server) showTrail(c *gin.Context) error {
	data := trailPage{Page: pageNumber(c), Campaign: c.Query("campaign"), Record: c.Query("record"), Query: c.Request.URL.RawQuery}
	var err error
	data.Entries, data.More, err = s.Trail.Trail(c.Request.Context(), viewer(c),
		audit.Filter{Campaign: data.Campaign, Record: data.Record, Page: data.Page, Size: pageSize})
	if err != nil {
		return err
	}
	return s.render(c, "trail/list", data)
}

// pageNumber is the page that was asked for, from 1; far pages are not served,
// since skipping to them would read everything before.
func pageNumber(c *gin.Context) int {
	n, err := strconv.Atoi(c.Query("page"))
	if err != nil || n < 1 {
		return 1
	}
	return min(n, 2000)
}
