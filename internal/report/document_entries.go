package report

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/document"
	"tsunagi/internal/fault"
	"tsunagi/internal/locale"
	tables "tsunagi/internal/table"
)

// filterNames are the parameters that narrow the trail; longestFilter bounds each.
var filterNames = []string{"campaign", "record", "actor", "person", "kind", "from", "to", "q"}

const longestFilter = 200

// TrailFilter reads what the trail is narrowed to, with what of it counts. Invalid when a
// date or a kind is none, or a text is too long: without it, more would be shown than was
// asked for.
func TrailFilter(get func(name string) string) (audit.Filter, url.Values, error) {
	known := url.Values{}
	var f fault.Fields
	for _, name := range filterNames {
		if value := get(name); value != "" {
			f.AtMost(name, value, longestFilter)
			known.Set(name, value)
		}
	}
	out := audit.Filter{Campaign: known.Get("campaign"), Record: known.Get("record"), Actor: known.Get("actor"), Person: known.Get("person"),
		Kind: known.Get("kind"), Search: known.Get("q")}
	if out.Kind != "" && !audit.IsKind(out.Kind) {
		f.Add("kind", "fault.choose")
	}
	day := func(name string, into *time.Time, days int) {
		if known.Get(name) == "" {
			return
		}
		at, err := locale.ParseDate(known.Get(name))
		if err != nil {
			f.Add(name, "fault.date")
			return
		}
		*into = at.AddDate(0, 0, days)
	}
	day("from", &out.From, 0)
	day("to", &out.To, 1) // the day itself is within
	return out, known, f.Err()
}

// toldEvery is after how many rows a table in the making tells how far it is.
const toldEvery = 1_000

// Entries implements document.Maker: every entry of the trail that its filter leaves, as
// of its day, one after the other in the same memory. Arguments that cannot be read fail.
func (m Maker) Entries(ctx context.Context, d document.Document, to io.Writer, told document.Told) error {
	query, err := url.ParseQuery(d.Filter)
	if err != nil {
		return err
	}
	filter, _, err := TrailFilter(query.Get)
	if err != nil {
		return err
	}
	if filter.Campaign != "" && filter.Campaign != d.Campaign {
		return fmt.Errorf("the filter is of the campaign %q, the document of %q", filter.Campaign, d.Campaign)
	}
	filter.Campaign = d.Campaign
	if until := d.AsOf.Add(time.Millisecond); filter.To.IsZero() || filter.To.After(until) {
		filter.To = until // what comes while it is made is not in it
	}
	w := m.Catalog.For(d.Lang)
	_, err = tables.WriteCSV(to, tables.UTF8, m.entries(ctx, d.Viewer(), w, filter, told))
	return err
}

func (m Maker) entries(ctx context.Context, v access.Viewer, w *locale.Printer, filter audit.Filter, told document.Told) tables.Rows {
	return tables.Walked(TrailHead(w), func(send func([]any) error) error {
		if err := told(0, 0); err != nil {
			return err
		}
		telling, n := Telling{Words: w, Asked: m.Records.asked(ctx, v)}, 0
		err := m.Records.Entries.EachEntry(ctx, v, filter, func(e audit.Entry) error {
			if n++; n%toldEvery == 0 {
				if err := told(n, n); err != nil {
					return err
				}
			}
			return send(telling.TableRow(e))
		})
		if err != nil {
			return err
		}
		return told(n, n)
	})
}
