package report

import (
	"context"
	"io"
	"strings"

	"tsunagi/internal/document"
	"tsunagi/internal/locale"
)

// Snapshots runs read so that all of its reads see the data of one moment.
type Snapshots interface {
	Snapshot(ctx context.Context, read func(ctx context.Context) error) error
}

// Maker writes documents of every kind.
type Maker struct {
	Records   Records
	Snapshots Snapshots
	Fonts     *Fonts
	Catalog   *locale.Catalog
}

var _ document.Maker = Maker{}

// FileName says what a document's file is, of what, and of which day.
func (m Maker) FileName(d document.Document) string {
	kind := m.Catalog.For(d.Lang).T("report.file-" + string(d.Kind))
	return fileName(strings.Join([]string{d.Name, kind, d.AsOf.In(tokyo).Format("20060102")}, "_"))
}

// words are the document's language, and what its paper says of itself.
func (m Maker) words(d document.Document) (*locale.Printer, Meta) {
	w := m.Catalog.For(d.Lang)
	return w, Meta{Lang: w.Lang, AsOf: d.AsOf, Issuer: d.Issuer}
}

// sized is something to be set on paper.
type sized interface {
	PDF(fonts *Fonts, w Words) ([]byte, error)
}

// set writes a PDF once all of its rows are read.
func (m Maker) set(to io.Writer, what sized, rows int, w Words, told document.Told) error {
	if err := told(rows, rows); err != nil {
		return err
	}
	pdf, err := what.PDF(m.Fonts, w)
	if err != nil {
		return err
	}
	_, err = to.Write(pdf)
	return err
}
