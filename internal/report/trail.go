package report

import (
	"strconv"
	"strings"
	"time"
)

// Trail is who did what, and whether the chain that protects the record holds.
type Trail struct {
	Meta

	Subject string // whose trail: the organisation, a campaign, a supplier
	Period  string // in words; empty when all of it
	Chain   Chain
	Rows    []TrailRow // in order of time
}

// Chain is the result of checking the chain.
type Chain struct {
	CheckedAt time.Time
	Rows      int64  // how many rows were checked
	Whole     bool   // every row follows the one before
	Hash      string // of the last row that holds
	BrokenAt  int64  // the first row that does not hold
	Reason    string // why it does not, in words
	Unsealed  int    // rows too new to be sealed
}

// TrailRow is one thing that somebody did.
type TrailRow struct {
	Seq     int64 // place in the chain; 0 when not yet sealed
	At      time.Time
	Actor   string
	Action  string // in words
	Record  string
	Details []string // "name: value", in words
}

// PDF sets the trail. The same trail gives the same bytes.
func (t Trail) PDF(fonts *Fonts, p Words) ([]byte, error) {
	kind, seal := p.T("report.trail.kind"), ""
	if t.Chain.Hash != "" {
		seal = p.T("report.trail.seal", "Hash", t.Chain.Hash)
	}
	d := newDocument(fonts, t.properties(kind+"　"+t.Subject, t.Period, seal, p))
	d.title(kind, t.Subject, t.Period)
	t.writeChain(d, p)
	d.heading(p.T("report.trail.rows", "Count", len(t.Rows)), 1)
	if len(t.Rows) == 0 {
		d.paragraph(p.T("report.trail.none"), body)
		return d.bytes()
	}
	table := d.newTable([]column{
		{title: p.T("report.trail.seq"), share: 9, right: true}, {title: p.T("report.trail.at"), share: 20},
		{title: p.T("report.trail.actor"), share: 19}, {title: p.T("report.trail.action"), share: 24},
		{title: p.T("report.trail.record"), share: 28},
	})
	for _, r := range t.Rows {
		table.add(t.row(r, p))
	}
	table.end()
	return d.bytes()
}

func (t Trail) writeChain(d *document, p Words) {
	switch {
	case t.Chain.CheckedAt.IsZero():
		d.notice(p.T("report.trail.unchecked"), orange50, orange900)
	case t.Chain.Whole:
		d.notice("○ "+p.T("report.trail.whole", "Rows", grouped(strconv.FormatInt(t.Chain.Rows, 10)), "Time", p.DateTime(t.Chain.CheckedAt)), blue50, blue900)
	default:
		d.notice("× "+p.T("report.trail.broken", "Row", grouped(strconv.FormatInt(t.Chain.BrokenAt, 10)), "Reason", t.Chain.Reason,
			"Time", p.DateTime(t.Chain.CheckedAt)), orange50, red900)
	}
	unsealed := ""
	if t.Chain.Unsealed > 0 {
		unsealed = p.T("report.trail.unsealed", "Count", t.Chain.Unsealed)
	}
	d.pairs([]pair{{p.T("report.trail.hash"), t.Chain.Hash}, {p.T("report.trail.not-sealed"), unsealed}})
}

func (t Trail) row(r TrailRow, p Words) row {
	seq := "–"
	if r.Seq > 0 {
		seq = strconv.FormatInt(r.Seq, 10)
	}
	return row{cells: []cell{
		small(seq), small(p.DateTime(r.At)), plain(r.Actor), plain(r.Action),
		{{r.Record, tableText}, {strings.Join(r.Details, "\n"), tableSmall}},
	}}
}
