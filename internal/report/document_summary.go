package report

import (
	"context"
	"io"

	"tsunagi/internal/document"
)

// Summary implements document.Maker: what became of a campaign, all of one moment.
func (m Maker) Summary(ctx context.Context, d document.Document, to io.Writer, told document.Told) error {
	w, meta := m.words(d)
	var out CampaignSummary
	err := m.Snapshots.Snapshot(ctx, func(ctx context.Context) (err error) {
		out, err = m.Records.Summary(ctx, d.Viewer(), w, d.Campaign, meta, told)
		return err
	})
	if err != nil {
		return err
	}
	return m.set(to, out, len(out.Suppliers), w, told)
}
