package report

import (
	"context"
	"io"

	"tsunagi/internal/document"
)

// Trail implements document.Maker: who did what, in one campaign or in all.
func (m Maker) Trail(ctx context.Context, d document.Document, to io.Writer, told document.Told) error {
	w, meta := m.words(d)
	out, err := m.Records.Trail(ctx, d.Viewer(), w, d.Campaign, d.Name, meta, told)
	if err != nil {
		return err
	}
	return m.set(to, out, len(out.Rows), w, told)
}
