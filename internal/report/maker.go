package report

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/jobs"
	"tsunagi/internal/locale"
	"tsunagi/internal/response"
)

// Shelf keeps documents while they are made.
type Shelf interface {
	// Begin gives the document of a job and clears away what an earlier try left.
	Begin(ctx context.Context, job jobs.Job) (campaign.Document, error)
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
	Records

	Shelf   Shelf
	Fonts   *Fonts
	Catalog *locale.Catalog
	Now     func() time.Time
}

// sheetBatch is how many sheets are read at once: what the memory holds of an archive
// of any size.
const sheetBatch = 50

// Run is the handler of jobs.Document.
func (m Maker) Run(ctx context.Context, job jobs.Job) error {
	d, err := m.Shelf.Begin(ctx, job)
	if err != nil || d.File != nil {
		return err // made already: only the job's end was not noted
	}
	w := m.Catalog.For(d.Lang)
	meta := Meta{Lang: w.Lang, AsOf: m.Now(), Issuer: d.Issuer}
	told := func(done, total int) error { return m.Shelf.Progress(ctx, job, done, total) }
	name, kind := fileName(w, d, meta.AsOf)+".pdf", "application/pdf"
	var write func(io.Writer) error
	switch d.Kind {
	case campaign.SummaryDocument:
		write = paper(func() ([]byte, error) { return m.summary(ctx, d, w, meta, told) })
	case campaign.TrailDocument:
		write = paper(func() ([]byte, error) { return m.trail(ctx, d, w, meta, told) })
	case campaign.SheetsDocument:
		name, kind = fileName(w, d, meta.AsOf)+".zip", "application/zip"
		write = func(to io.Writer) error { return m.archive(ctx, to, d, w, meta, told) }
	default:
		return fmt.Errorf("no document of kind %q", d.Kind)
	}
	file, err := m.Shelf.Put(ctx, job, name, kind, write)
	if err != nil {
		return err
	}
	return m.Shelf.Finish(ctx, job, meta.AsOf, file)
}

// fileName says what the file is, of what, and of which day.
func fileName(w *locale.Printer, d campaign.Document, at time.Time) string {
	return FileName(strings.Join([]string{d.Name, w.T("report.file-" + string(d.Kind)), at.In(tokyo).Format("20060102")}, "_"))
}

// paper writes a PDF once it is made.
func paper(of func() ([]byte, error)) func(io.Writer) error {
	return func(to io.Writer) error {
		pdf, err := of()
		if err != nil {
			return err
		}
		_, err = to.Write(pdf)
		return err
	}
}

func (m Maker) summary(ctx context.Context, d campaign.Document, w *locale.Printer, meta Meta, told step) ([]byte, error) {
	var out CampaignSummary
	err := m.Shelf.Snapshot(ctx, func(ctx context.Context) (err error) {
		out, err = m.Summary(ctx, d.Viewer(), w, d.Campaign, meta, told)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := told(len(out.Suppliers), len(out.Suppliers)); err != nil {
		return nil, err
	}
	return out.PDF(m.Fonts, w)
}

func (m Maker) trail(ctx context.Context, d campaign.Document, w *locale.Printer, meta Meta, told step) ([]byte, error) {
	out, err := m.Trail(ctx, d.Viewer(), w, d.Campaign, d.Name, meta, told)
	if err != nil {
		return nil, err
	}
	if err := told(len(out.Rows), len(out.Rows)); err != nil {
		return nil, err
	}
	return out.PDF(m.Fonts, w)
}

// archive writes every sheet of a campaign, a batch in memory at a time.
func (m Maker) archive(ctx context.Context, to io.Writer, d campaign.Document, w *locale.Printer, meta Meta, told step) error {
	one, err := m.Campaigns.Get(ctx, d.Viewer(), d.Campaign)
	if err != nil {
		return err
	}
	total, err := m.Submissions.SheetCount(ctx, d.Viewer(), d.Campaign)
	if err != nil {
		return err
	}
	return WriteSheetsZIP(to, m.Fonts, w, meta.AsOf, m.sheets(ctx, d, one, w, meta, total, told))
}

// sheets gives the last submission of every supplier, in the order of their codes.
func (m Maker) sheets(ctx context.Context, d campaign.Document, one campaign.Campaign, w *locale.Printer, meta Meta, total int, told step) iter.Seq2[NamedSheet, error] {
	return func(yield func(NamedSheet, error) bool) {
		var after campaign.Assignment
		for done := 0; ; {
			if err := told(done, max(done, total)); err != nil {
				yield(NamedSheet{}, err)
				return
			}
			batch, err := m.Submissions.Sheets(ctx, d.Viewer(), d.Campaign, after, sheetBatch)
			if err != nil {
				yield(NamedSheet{}, err)
				return
			}
			for _, s := range batch {
				if sheet, ok := namedSheet(s, one, w, meta); ok && !yield(sheet, nil) {
					return
				}
				after, done = s.Assignment, done+1
			}
			if len(batch) < sheetBatch {
				return
			}
		}
	}
}

// namedSheet is the last submission of a supplier, false when there is none.
func namedSheet(s response.Sheet, one campaign.Campaign, w *locale.Printer, meta Meta) (NamedSheet, bool) {
	sub, ok := s.Submission(s.Assignment.Revision)
	if !ok {
		return NamedSheet{}, false
	}
	return NamedSheet{Name: s.Assignment.Code + "_" + s.Assignment.Name, Sheet: Answered{Sheet: s, Campaign: one, Submission: sub}.AnswerSheet(w, meta)}, true
}
