package report

import (
	"context"
	"io"
	"iter"

	"tsunagi/internal/campaign"
	"tsunagi/internal/document"
	"tsunagi/internal/locale"
	"tsunagi/internal/response"
)

// sheetBatch is how many sheets are read at once: what the memory holds of an archive
// of any size.
const sheetBatch = 50

// Sheets implements document.Maker: every answer sheet of a campaign, a batch in
// memory at a time.
func (m Maker) Sheets(ctx context.Context, d document.Document, to io.Writer, told document.Told) error {
	w, meta := m.words(d)
	one, err := m.Records.Campaigns.Get(ctx, d.Viewer(), d.Campaign)
	if err != nil {
		return err
	}
	total, err := m.Records.Submissions.SheetCount(ctx, d.Viewer(), d.Campaign)
	if err != nil {
		return err
	}
	return writeSheetsZIP(to, m.Fonts, w, meta.AsOf, m.sheets(ctx, d, one, w, meta, total, told))
}

// sheets gives the last submission of every supplier, in the order of their codes.
func (m Maker) sheets(ctx context.Context, d document.Document, one campaign.Campaign, w *locale.Printer, meta Meta, total int, told document.Told) iter.Seq2[sheetFile, error] {
	return func(yield func(sheetFile, error) bool) {
		var after campaign.Assignment
		for done := 0; ; {
			if err := told(done, max(done, total)); err != nil {
				yield(sheetFile{}, err)
				return
			}
			batch, err := m.Records.Submissions.Sheets(ctx, d.Viewer(), d.Campaign, after, sheetBatch)
			if err != nil {
				yield(sheetFile{}, err)
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
func namedSheet(s response.Sheet, one campaign.Campaign, w *locale.Printer, meta Meta) (sheetFile, bool) {
	sub, ok := s.Submission(s.Assignment.Revision)
	if !ok {
		return sheetFile{}, false
	}
	return sheetFile{Name: s.Assignment.Code + "_" + s.Assignment.Name, Sheet: Answered{Sheet: s, Campaign: one, Submission: sub}.AnswerSheet(w, meta)}, true
}
