package desk

import (
	"context"
	"errors"
	"net/url"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/document"
	"tsunagi/internal/report"
	tables "tsunagi/internal/table"
	"tsunagi/internal/web"
)

// trailPages show who did what.
type trailPages struct {
	*web.Frame
	trail         trail
	campaignNames web.CampaignNames
	campaigns     *campaign.Service
}

func (s trailPages) routes() []web.Route {
	return []web.Route{
		web.Get("/trail", web.Needs(access.ViewTrail), s.showTrail),
		web.Get("/trail/export", web.Needs(access.ViewTrail), s.exportTrail),
	}
}

// trail reads the audit trail. Add writes an entry for an act that changes no record,
// such as a download.
type trail interface {
	Trail(ctx context.Context, v access.Viewer, f audit.Filter) (audit.Page, error)
	EachEntry(ctx context.Context, v access.Viewer, f audit.Filter, visit func(audit.Entry) error) error
	// CountEntries counts, as far as most, what a filter leaves by its campaign, record,
	// actor and time: all that it leaves is among them.
	CountEntries(ctx context.Context, v access.Viewer, f audit.Filter, most int) (int, error)
	Add(ctx context.Context, e audit.Entry) error
	// AddOnce keeps the first of the entries that have one id.
	AddOnce(ctx context.Context, e audit.Entry) error
}

// trailEntry is an entry, and what the page says of it.
type trailEntry struct {
	audit.Entry

	Told report.TrailRow
}

type trailPage struct {
	audit.Page

	Rows      []trailEntry
	Filter    audit.Filter
	From, To  string // as typed
	Campaigns []web.Choice
	Kinds     []web.Choice
	Documents []document.Kind // what may be asked for of what is shown
	query     url.Values
}

// Narrowed tells whether anything is left out by the filter.
func (p trailPage) Narrowed() bool { return len(p.query) > 0 }

// link is the page with another parameter, from its newest row on.
func (p trailPage) link(path, name, value string) string {
	q := url.Values{}
	for key, values := range p.query {
		q[key] = values
	}
	if q.Set(name, value); value == "" {
		q.Del(name)
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// OlderHref and NewerHref lead on and back.
func (p trailPage) OlderHref() string { return p.link("/trail", "before", p.Next().String()) }

// NewerHref leads back; to the newest where this page has nothing to go on from.
func (p trailPage) NewerHref() string { return p.link("/trail", "after", p.Previous().String()) }

// Export is where what is shown can be had as a table.
func (p trailPage) Export(format string) string { return p.link("/trail/export", "format", format) }

// Query is the filter as an address has it.
func (p trailPage) Query() string { return p.query.Encode() }

// Most is how many rows are sent at once.
func (p trailPage) Most() int { return maxTrailRows }

// AsDocument is the document that has all of them.
func (p trailPage) AsDocument() []document.Kind { return []document.Kind{document.Entries} }

// Only narrows to a record or a person.
func (p trailPage) Only(name, value string) string { return p.link("/trail", name, value) }

// trailFilter reads the filter of an address, with what is wrong with it.
func trailFilter(c *gin.Context) (trailPage, error) {
	f, query, err := report.TrailFilter(func(name string) string { return web.Text(c.Query(name)) })
	f.Before, f.After, f.Size = audit.ParseCursor(c.Query("before")), audit.ParseCursor(c.Query("after")), web.PageSize
	return trailPage{Filter: f, From: web.Text(c.Query("from")), To: web.Text(c.Query("to")), query: query}, err
}

func (s trailPages) showTrail(c *gin.Context) error {
	ctx, v := c.Request.Context(), web.Viewer(c)
	data, problem := trailFilter(c)
	data.Documents = document.Offered(v, document.OnTrail, 0)
	w := s.Catalog.For(web.Lang(c))
	for _, kind := range audit.Kinds {
		data.Kinds = append(data.Kinds, web.Choice{Value: kind, Label: w.T("trail.kind." + kind)})
	}
	campaigns, err := s.campaignNames.CampaignNames(ctx, v)
	if err != nil {
		return err
	}
	for _, k := range campaigns {
		data.Campaigns = append(data.Campaigns, web.Choice{Value: k.ID, Label: k.Name})
	}
	if problem != nil {
		return s.RenderProblem(c, "app", "trail/list", data, problem)
	}
	if data.Page, err = s.trail.Trail(ctx, v, data.Filter); err != nil {
		return err
	}
	telling := s.telling(c)
	for _, e := range data.Entries {
		data.Rows = append(data.Rows, trailEntry{e, telling.Row(e)})
	}
	return s.Render(c, "trail/list", data)
}

// telling words entries for who reads them.
func (s trailPages) telling(c *gin.Context) report.Telling {
	return report.Telling{Words: s.Catalog.For(web.Lang(c)), Asked: report.AskedIn(func(id string) (campaign.Campaign, error) {
		return s.campaigns.Snapshot(c.Request.Context(), web.Viewer(c), id)
	})}
}

// maxTrailRows is how many rows are sent at once. What may be more is made by a job, so
// that every table is whole.
const maxTrailRows = 50_000

var errTooManyRows = errors.New("the trail has grown beyond what is sent at once")

// exportTrail sends what the page is narrowed to, or offers the document that has all of
// it, when it may be much. The download is recorded with it.
func (s trailPages) exportTrail(c *gin.Context) error {
	ctx, v := c.Request.Context(), web.Viewer(c)
	p, err := trailFilter(c)
	if err != nil {
		return err
	}
	if p.Filter.Campaign != "" { // the download is recorded with it
		if _, err := s.campaigns.Get(ctx, v, p.Filter.Campaign); err != nil {
			return err
		}
	}
	n, err := s.trail.CountEntries(ctx, v, p.Filter, maxTrailRows+1)
	if err != nil {
		return err
	}
	if n > maxTrailRows {
		return s.Render(c, "trail/large", p)
	}
	format := web.TableFormat(c)
	e := document.TrailDownloaded(v, s.NewID(), s.Now(), p.Filter.Campaign, format, p.query.Encode())
	p.Filter.Before, p.Filter.After = audit.Cursor{}, audit.Cursor{}
	telling := s.telling(c)
	w := telling.Words
	return s.SendTable(c, w.T("trail.title"), recorded(ctx, s.trail, e), tables.Walked(report.TrailHead(w), func(send func([]any) error) error {
		n := 0
		return s.trail.EachEntry(ctx, v, p.Filter, func(e audit.Entry) error {
			if n++; n > maxTrailRows {
				return errTooManyRows
			}
			return send(telling.TableRow(e))
		})
	}))
}
