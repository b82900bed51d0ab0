package report

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"tsunagi/internal/document"
	"tsunagi/internal/evidence"
	"tsunagi/internal/jobs"
	"tsunagi/internal/locale"
)

// Shelf keeps documents while they are made.
type Shelf interface {
	// Begin gives the document of a job and clears away what an earlier try left.
	Begin(ctx context.Context, job jobs.Job) (document.Document, error)
	// Progress fails when another worker has taken the job over.
	Progress(ctx context.Context, job jobs.Job, done, total int) error
	// Put stores a file as it is written.
	Put(ctx context.Context, job jobs.Job, name, kind string, write func(io.Writer) error) (evidence.File, error)
	// Finish gives the document its file.
	Finish(ctx context.Context, job jobs.Job, asOf time.Time, f evidence.File) error
	// Snapshot lets all that read reads be of one moment.
	Snapshot(ctx context.Context, read func(ctx context.Context) error) error
}

// Maker makes documents. Killed anywhere, it begins anew and leaves nothing behind.
type Maker struct {
	Records Records

	Shelf   Shelf
	Fonts   *Fonts
	Catalog *locale.Catalog
	Now     func() time.Time
}

var _ document.Maker = Maker{}

// Run is the handler of jobs.Document.
func (m Maker) Run(ctx context.Context, job jobs.Job) error {
	d, err := m.Shelf.Begin(ctx, job)
	if err != nil || d.File != nil {
		return err // made already: only the job's end was not noted
	}
	row, err := d.Kind.Traits()
	if err != nil {
		return fmt.Errorf("document %s of kind %q: %w", d.ID, d.Kind, err)
	}
	d.AsOf = m.Now()
	told := func(done, total int) error { return m.Shelf.Progress(ctx, job, done, total) }
	file, err := m.Shelf.Put(ctx, job, m.fileName(d)+row.Extension, row.Type, func(to io.Writer) error { return row.Make(m, ctx, d, to, told) })
	if err != nil {
		return err
	}
	return m.Shelf.Finish(ctx, job, d.AsOf, file)
}

// fileName says what the file is, of what, and of which day.
func (m Maker) fileName(d document.Document) string {
	kind := m.Catalog.For(d.Lang).T("report.file-" + string(d.Kind))
	return FileName(strings.Join([]string{d.Name, kind, d.AsOf.In(tokyo).Format("20060102")}, "_"))
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
