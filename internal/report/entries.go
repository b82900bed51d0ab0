package report

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/document"
	"tsunagi/internal/locale"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
)

// maxEntries bounds the rows of a trail on paper, the newest first: some 500 pages,
// more than anybody reads. The page of the trail has the rest.
const maxEntries = 10_000

// Trail reads who did what, in a campaign or in all that the viewer sees, and checks
// the organisation's whole chain. name is the campaign's name.
func (r Records) Trail(ctx context.Context, v access.Viewer, w *locale.Printer, of, name string, meta Meta, told document.Told) (Trail, error) {
	out := Trail{Meta: meta, Scope: name}
	if of == "" {
		out.Scope = w.T("report.trail-all")
	}
	// Not even how long the rest is may be told to who sees a part.
	page, err := r.sealed(ctx, v, of, v.Campaigns == nil && of == "", w, &out)
	if err != nil {
		return out, err
	}
	if err := told(0, len(page.Entries)); err != nil {
		return out, err
	}
	var left []string
	if v.Campaigns != nil {
		left = append(left, w.T("report.left-out-campaigns"))
	}
	if page.Older {
		left = append(left, w.T("report.left-out-entries", "Count", maxEntries))
	}
	out.LeftOut = strings.Join(left, "\n")
	telling := Telling{Words: w, Asked: r.asked(ctx, v)}
	for _, e := range page.Entries {
		out.Rows = append(out.Rows, telling.Row(e))
	}
	return out, nil
}

// sealed reads the newest entries, and checks the chain. What is asked for is noted a moment
// before, and sealed a moment after: rows that wait are read again until they are as many
// as the check counts, or new ones keep coming.
func (r Records) sealed(ctx context.Context, v access.Viewer, of string, whole bool, w *locale.Printer, out *Trail) (audit.Page, error) {
	for try := 1; ; try++ {
		page, err := r.Entries.Trail(ctx, v, audit.Filter{Campaign: of, Size: maxEntries})
		if err != nil {
			return page, err
		}
		counted, err := r.chain(ctx, v.Org, whole, w, out)
		if err != nil {
			return page, err
		}
		var waiting int64
		for _, e := range page.Entries {
			if e.Seal == nil {
				waiting++
			}
		}
		if !whole || out.Broken || waiting == counted || try == 3 {
			return page, nil
		}
	}
}

// asked reads what campaigns ask, as far as the viewer sees them.
func (r Records) asked(ctx context.Context, v access.Viewer) func(string) (questionnaire.Questionnaire, bool) {
	return AskedIn(func(id string) (campaign.Campaign, error) { return r.Campaigns.Get(ctx, v, id) })
}

// chain sets what the check of the chain found, and gives how many entries wait to be
// sealed; rows are counted for who sees all.
func (r Records) chain(ctx context.Context, org string, whole bool, w *locale.Printer, out *Trail) (int64, error) {
	found, err := r.Entries.Verify(ctx, org)
	var broken *audit.Break
	switch {
	case errors.As(err, &broken):
		out.Chain, out.Broken = w.T("report.chain-broken", "Row", w.Number(int(broken.Seq))), true
	case err == nil && len(found.Apart) > 0:
		out.Chain, out.Broken = w.T("report.chain-apart", "Count", len(found.Apart)), true
	case err != nil:
		return 0, err
	case whole:
		out.Head = w.T("report.head", "Line", found.Head.Anchor(out.AsOf).Line())
		out.Chain = w.T("report.chain-holds", "Rows", w.Number(int(found.Rows)), "Waiting", w.Number(int(found.Waiting)))
	default:
		out.Head = w.T("report.head-part", "At", w.DateTime(out.AsOf), "Hash", found.Head.Hash)
		out.Chain = w.T("report.chain-holds-part")
	}
	return found.Waiting, nil
}

// Telling words entries of the trail: on the page, in tables and on paper alike.
type Telling struct {
	Words *locale.Printer
	// Asked is what a campaign asks; nil: questions are named by their keys.
	Asked func(id string) (questionnaire.Questionnaire, bool)
}

// Row is an entry in words.
func (t Telling) Row(e audit.Entry) TrailRow {
	w := t.Words
	row := TrailRow{At: e.At, Who: e.Actor.Name, What: w.T("audit.action." + string(e.Action)), Record: e.Record.Name}
	switch e.Actor.Kind {
	case access.Link:
		row.Who = strings.TrimSpace(w.T("trail.supplier") + " " + e.Actor.Name)
	case access.Nobody:
		row.Who = w.T("trail.nobody")
	case access.Process:
		row.Who = w.T("trail.system")
		if e.Actor.IsAdministrator() {
			row.Who = w.T("trail.administrator")
		}
	}
	for _, d := range e.Details {
		row.Facts = append(row.Facts, Fact{w.DetailName(d.Key), t.value(e.Campaign, d)})
	}
	if e.Seal != nil {
		row.Seq, row.Hash = strconv.FormatInt(e.Seal.Seq, 10), e.Seal.Hash[:min(16, len(e.Seal.Hash))]
	}
	return row
}

// value words the value of a detail: a question by its number and text.
func (t Telling) value(of string, d audit.Detail) string {
	switch {
	case d.Key != "question" && d.Key != "removed":
		return t.Words.Detail(d.Key, d.Value)
	case d.Value == response.Reason:
		return t.Words.T("audit.question.return")
	case response.IsRejection(d.Value):
		return t.Words.T("audit.question.reject")
	}
	if t.Asked != nil {
		if q, ok := t.Asked(of); ok {
			if question, ok := q.Question(d.Value); ok {
				return t.Words.T("audit.question.asked", "Number", question.Number, "Text", question.Text.In(t.Words.Lang))
			}
		}
	}
	return d.Value
}

// maxAsked bounds the questionnaires in memory: one is about 100 kB.
const maxAsked = 64

// AskedIn reads what campaigns ask, each once. One that cannot be read has no words.
func AskedIn(get func(id string) (campaign.Campaign, error)) func(string) (questionnaire.Questionnaire, bool) {
	known := map[string]questionnaire.Questionnaire{}
	return func(id string) (questionnaire.Questionnaire, bool) {
		q, ok := known[id]
		if !ok && id != "" {
			c, err := get(id)
			if err != nil {
				return q, false
			}
			if len(known) >= maxAsked {
				clear(known)
			}
			q = c.Questionnaire
			known[id] = q
		}
		return q, q.Key != ""
	}
}

// TrailHead is the header of the trail as a table.
func TrailHead(w *locale.Printer) []any {
	return []any{w.T("report.no"), w.T("report.when"), w.T("report.who"), w.T("report.what"), w.T("report.record"), w.T("trail.details"), "SHA-256"}
}

// TableRow is an entry as a row of that table.
func (t Telling) TableRow(e audit.Entry) []any {
	row := t.Row(e)
	hash := ""
	if e.Seal != nil {
		hash = e.Seal.Hash
	}
	return []any{row.Seq, t.Words.DateTime(row.At), row.Who, row.What, row.Record, row.Details(), hash}
}
