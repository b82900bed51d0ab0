package report

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/document"
	"tsunagi/internal/locale"
)

// maxEntries bounds the rows of a trail on paper, the newest first: some 500 pages,
// more than anybody reads. The page of the trail has the rest.
const maxEntries = 10_000

// Trail reads who did what, in a campaign or in all that the viewer sees, and checks
// the organisation's whole chain. name is the campaign's name.
func (r Records) Trail(ctx context.Context, v access.Viewer, w *locale.Printer, campaign, name string, meta Meta, told document.Told) (Trail, error) {
	out := Trail{Meta: meta, Scope: name}
	if campaign == "" {
		out.Scope = w.T("report.trail-all")
	}
	page, err := r.Entries.Trail(ctx, v, audit.Filter{Campaign: campaign, Size: maxEntries})
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
	// Not even how long the rest is may be told to who sees a part.
	if err := r.chain(ctx, v.Org, v.Campaigns == nil && campaign == "", w, &out); err != nil {
		return out, err
	}
	for _, e := range page.Entries {
		out.Rows = append(out.Rows, trailRow(w, e))
	}
	return out, nil
}

// chain sets what the check of the chain found; rows are counted for who sees all.
func (r Records) chain(ctx context.Context, org string, whole bool, w *locale.Printer, out *Trail) error {
	found, err := r.Entries.Verify(ctx, org)
	var broken *audit.Break
	switch {
	case errors.As(err, &broken):
		out.Chain, out.Broken = w.T("report.chain-broken", "Row", w.Number(int(broken.Seq))), true
	case err == nil && len(found.Apart) > 0:
		out.Chain, out.Broken = w.T("report.chain-apart", "Count", len(found.Apart)), true
	case err != nil:
		return err
	case whole:
		out.Head = w.T("report.head", "Line", found.Head.Anchor(out.AsOf).Line())
		out.Chain = w.T("report.chain-holds", "Rows", w.Number(int(found.Rows)), "Waiting", w.Number(int(found.Waiting)))
	default:
		out.Head = w.T("report.head-part", "At", w.DateTime(out.AsOf), "Hash", found.Head.Hash)
		out.Chain = w.T("report.chain-holds-part")
	}
	return nil
}

func trailRow(w *locale.Printer, e audit.Entry) TrailRow {
	row := TrailRow{At: e.At, Who: e.Actor.Name, What: w.T("audit.action." + string(e.Action)), Record: e.Record.Name}
	switch e.Actor.Kind {
	case access.Link:
		row.Who = strings.TrimSpace(w.T("trail.supplier") + " " + e.Actor.Name)
	case access.Nobody:
		row.Who = w.T("trail.nobody")
	case access.Process:
		row.Who = w.T("trail.system")
	}
	var details []string
	for _, d := range e.Details {
		details = append(details, w.DetailName(d.Key)+" "+w.Detail(d.Key, d.Value))
	}
	row.Details = strings.Join(details, "\n")
	if e.Seal != nil {
		row.Seq, row.Hash = strconv.FormatInt(e.Seal.Seq, 10), e.Seal.Hash[:min(16, len(e.Seal.Hash))]
	}
	return row
}

// TrailHead is the header of the trail as a table.
func TrailHead(w *locale.Printer) []any {
	return []any{w.T("report.no"), w.T("report.when"), w.T("report.who"), w.T("report.what"), w.T("report.record"), w.T("trail.details"), "SHA-256"}
}

// TrailTableRow is an entry as a row of that table.
func TrailTableRow(w *locale.Printer, e audit.Entry) []any {
	row := trailRow(w, e)
	hash := ""
	if e.Seal != nil {
		hash = e.Seal.Hash
	}
	return []any{row.Seq, w.DateTime(row.At), row.Who, row.What, row.Record, row.Details, hash}
}
