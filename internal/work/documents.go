package work

import (
	"context"
	"fmt"
	"io"
	"time"

	"tsunagi/internal/document"
	"tsunagi/internal/evidence"
	"tsunagi/internal/jobs"
)

// Document makes a report for download. The job's subject, and its id, is the
// document's.
type Document struct{}

// Kind implements jobs.Args.
func (Document) Kind() jobs.Kind { return "document" }

// Check implements jobs.Args.
func (Document) Check() error { return nil }

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
}

// Writer writes documents of every kind, and says how their files are named.
type Writer interface {
	document.Maker
	// FileName is the name of a document's file, without its kind's extension.
	FileName(d document.Document) string
}

// documenting is the work of Document. Killed anywhere, it begins anew and leaves
// nothing behind.
type documenting struct {
	shelf  Shelf
	writer Writer
	now    now
}

// DocumentWork registers the work of Document.
func DocumentWork(shelf Shelf, writer Writer, now func() time.Time) jobs.Registration {
	return jobs.Register(documenting{shelf, writer, now}.run).Apart()
}

func (w documenting) run(ctx context.Context, job jobs.Job, _ Document) error {
	d, err := w.shelf.Begin(ctx, job)
	if err != nil || d.File != nil {
		return err // made already: only the job's end was not noted
	}
	row, err := d.Kind.Traits()
	if err != nil {
		return fmt.Errorf("document %s of kind %q: %w: %w", d.ID, d.Kind, err, jobs.ErrHopeless)
	}
	d.AsOf = w.now()
	told := func(done, total int) error { return w.shelf.Progress(ctx, job, done, total) }
	file, err := w.shelf.Put(ctx, job, w.writer.FileName(d)+row.Extension, row.Type, func(to io.Writer) error {
		return row.Make(w.writer, ctx, d, to, told)
	})
	if err != nil {
		return err
	}
	return w.shelf.Finish(ctx, job, d.AsOf, file)
}
