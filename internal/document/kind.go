package document

import (
	"context"
	"io"
	"slices"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/fault"
)

// Kind is a kind of report that is made by a job and kept for download.
type Kind string

// The kinds of document.
const (
	Summary Kind = "summary" // what became of a campaign
	Sheets  Kind = "sheets"  // every answer sheet of a campaign
	Trail   Kind = "trail"   // who did what
	Entries Kind = "entries" // the same as a table, narrowed as its page is, however many there are
)

// Maker writes documents, one method a kind, in the document's language and of its
// as-of date, as the viewer who asked for it. It calls told with its progress.
type Maker interface {
	Summary(ctx context.Context, d Document, to io.Writer, told Told) error
	Sheets(ctx context.Context, d Document, to io.Writer, told Told) error
	Trail(ctx context.Context, d Document, to io.Writer, told Told) error
	Entries(ctx context.Context, d Document, to io.Writer, told Told) error
}

// Told takes note of how many of the records are read. Its error ends the making.
type Told func(done, total int) error

// Place is a page that offers documents.
type Place string

// The places.
const (
	OnCampaign Place = "campaign"  // the page of a campaign, for that campaign
	OnTrail    Place = "trail"     // the page of the trail, for the campaign that it is narrowed to
	OnList     Place = "documents" // the list of documents, for all that the asker sees
)

// Traits says everything about a kind of document. Its words are documents.kind,
// documents.about, documents.progress, report.file and audit.action.
type Traits struct {
	Kind       Kind
	Permission access.Permission // what one must hold to ask for it, and to see it
	Places     []Place           // the pages that offer it
	Whole      bool              // may be asked for without a campaign: of all that the asker sees
	Narrowed   bool              // is narrowed by the filter of the page that it is asked for on
	Answers    bool              // is made of answers: not offered before there is one
	Extension  string            // how its file's name ends
	Type       string            // its file's media type
	Life       time.Duration     // how long it can be fetched
	Make       func(m Maker, ctx context.Context, d Document, to io.Writer, told Told) error
}

// week is how long most documents can be fetched.
const week = 7 * 24 * time.Hour

// kinds says everything about every kind, in the order in which they are offered.
var kinds = []Traits{
	{Kind: Summary, Permission: access.ViewReports, Places: []Place{OnCampaign}, Extension: ".pdf", Type: "application/pdf", Life: week, Make: Maker.Summary},
	{Kind: Sheets, Permission: access.ViewReports, Places: []Place{OnCampaign}, Answers: true, Extension: ".zip", Type: "application/zip",
		Life: week, Make: Maker.Sheets},
	{Kind: Trail, Permission: access.ViewTrail, Places: []Place{OnTrail, OnList}, Whole: true, Extension: ".pdf", Type: "application/pdf",
		Life: week, Make: Maker.Trail},
	{Kind: Entries, Permission: access.ViewTrail, Places: []Place{OnTrail}, Whole: true, Narrowed: true, Extension: ".csv", Type: "text/csv; charset=utf-8",
		Life: week, Make: Maker.Entries},
}

// Kinds lists the traits of every kind.
func Kinds() []Traits { return append([]Traits(nil), kinds...) }

// Traits gives the kind's row; NotFound when there is no such kind.
func (k Kind) Traits() (Traits, error) {
	for _, row := range kinds {
		if row.Kind == k {
			return row, nil
		}
	}
	return Traits{}, fault.New(fault.NotFound, "fault.not-found")
}

// For lists the kinds that the viewer may ask for and see.
func For(v access.Viewer) []Kind {
	out := []Kind{}
	for _, row := range kinds {
		if v.Can(row.Permission) {
			out = append(out, row.Kind)
		}
	}
	return out
}

// Offered lists the kinds that the viewer is offered at a place about which there are
// so many answers, in the order of the rows.
func Offered(v access.Viewer, at Place, answers int) []Kind {
	var out []Kind
	for _, row := range kinds {
		if v.Can(row.Permission) && slices.Contains(row.Places, at) && (!row.Answers || answers > 0) {
			out = append(out, row.Kind)
		}
	}
	return out
}
