package desk

import (
	"context"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/document"
	"tsunagi/internal/web"
)

// trailPages show who did what.
type trailPages struct {
	*web.Frame
	trail trail
}

func (s trailPages) routes() []web.Route {
	return []web.Route{web.Get("/trail", web.Needs(access.ViewTrail), s.showTrail)}
}

// trail reads the audit trail. Add writes an entry for an act that changes no record,
// such as a download.
type trail interface {
	Trail(ctx context.Context, v access.Viewer, f audit.Filter) ([]audit.Entry, bool, error)
	Add(ctx context.Context, e audit.Entry) error
}

type trailPage struct {
	Entries   []audit.Entry
	Page      int
	More      bool
	Campaign  string
	Record    string
	Query     string
	Documents []document.Kind // what may be asked for of what is shown
}

func (s trailPages) showTrail(c *gin.Context) error {
	data := trailPage{Page: web.PageNumber(c), Campaign: c.Query("campaign"), Record: c.Query("record"), Query: c.Request.URL.RawQuery,
		Documents: document.Offered(web.Viewer(c), document.OnTrail, 0)}
	var err error
	data.Entries, data.More, err = s.trail.Trail(c.Request.Context(), web.Viewer(c),
		audit.Filter{Campaign: data.Campaign, Record: data.Record, Page: data.Page, Size: web.PageSize})
	if err != nil {
		return err
	}
	return s.Render(c, "trail/list", data)
}
