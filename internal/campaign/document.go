package campaign

import (
	"context"
	"io"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
)

// ActionDownloaded says that somebody took a report away.
const ActionDownloaded audit.Action = "report.downloaded"

// actionAsked says which document somebody asked for.
func actionAsked(kind DocumentKind) audit.Action { return audit.Action("report." + kind + "-asked") }

// DocumentLife is how long a document can be fetched.
const DocumentLife = 7 * 24 * time.Hour

// maxUnfinished is how many documents one person may have in the making: each may
// keep the server busy for minutes.
const maxUnfinished = 3

// DocumentKind is a kind of report that is made by a job and kept for download.
type DocumentKind string

// The kinds of document.
const (
	SummaryDocument DocumentKind = "summary" // what became of a campaign, a PDF
	SheetsDocument  DocumentKind = "sheets"  // every answer sheet of a campaign, a ZIP of PDFs
	TrailDocument   DocumentKind = "trail"   // who did what, a PDF
)

// documentNeeds says what one must hold to ask for a document, and to see it.
var documentNeeds = []struct {
	kind       DocumentKind
	permission access.Permission
}{
	{SummaryDocument, access.ViewReports},
	{SheetsDocument, access.ViewReports},
	{TrailDocument, access.ViewTrail},
}

// DocumentKinds lists the kinds that the viewer may ask for and see.
func DocumentKinds(v access.Viewer) []DocumentKind {
	out := []DocumentKind{}
	for _, need := range documentNeeds {
		if v.Can(need.permission) {
			out = append(out, need.kind)
		}
	}
	return out
}

// DocumentState is where the making of a document stands.
type DocumentState string

// The states.
const (
	DocumentWaiting DocumentState = "waiting"
	DocumentRunning DocumentState = "running"
	DocumentReady   DocumentState = "ready"
	DocumentFailed  DocumentState = "failed" // given up; it may be asked for anew
)

// Document is a report that somebody asked for: made by a job with the rights of
// that person on that day, kept until it expires. Its job has the same id.
type Document struct {
	ID        string         `bson:"_id"`
	Org       string         `bson:"org_id"`
	Kind      DocumentKind   `bson:"kind"`
	Campaign  string         `bson:"campaign_id"` // empty: the trail of everything the asker sees
	Name      string         `bson:"name"`        // the campaign's, else the organisation's
	Issuer    string         `bson:"issuer"`      // the organisation's name in the language of the document
	Lang      string         `bson:"lang"`
	For       DocumentAsker  `bson:"for"`
	AskedAt   time.Time      `bson:"asked_at"`
	ExpiresAt time.Time      `bson:"expires_at"`
	AsOf      time.Time      `bson:"as_of,omitempty"` // what was known then is in it, nothing later
	File      *evidence.File `bson:"file,omitempty"`  // nil until it is made

	// From the job, not stored here.
	State DocumentState `bson:"-"`
	Done  int           `bson:"-"`
	Total int           `bson:"-"`
}

// DocumentAsker is who asked, and what they were allowed to see on that day.
type DocumentAsker struct {
	User      string      `bson:"user_id"`
	Name      string      `bson:"name"`
	Role      access.Role `bson:"role"`
	Campaigns []string    `bson:"campaigns"` // nil: all
}

// Viewer is who the document is made as.
func (d Document) Viewer() access.Viewer {
	return access.Viewer{Kind: access.Member, Org: d.Org, User: d.For.User, Name: d.For.Name, Role: d.For.Role, Campaigns: d.For.Campaigns}
}

// Ref names what the document is about, for the trail.
func (d Document) Ref() audit.Ref {
	if d.Campaign == "" {
		return audit.Ref{Kind: "trail", ID: d.Org, Name: d.Name}
	}
	return audit.Ref{Kind: "campaign", ID: d.Campaign, Name: d.Name}
}

// DocumentReader is what pages read directly. A viewer sees the documents that it
// might have asked for itself.
type DocumentReader interface {
	Document(ctx context.Context, v access.Viewer, id string) (Document, error)
	// Documents is a page of them, the newest first, and whether there are more.
	Documents(ctx context.Context, v access.Viewer, page, size int) ([]Document, bool, error)
	// OpenDocument reads the file of a document that came from Document.
	OpenDocument(ctx context.Context, v access.Viewer, d Document) (io.ReadCloser, error)
}

// DocumentStore keeps documents.
type DocumentStore interface {
	DocumentReader
	// AskDocument saves the document and queues its job; TooMany when the asker has
	// most of them in the making.
	AskDocument(ctx context.Context, d Document, most int, e audit.Entry) error
}

// Documents is the rules about reports that are made for download.
type Documents struct {
	DocumentReader
	store     DocumentStore
	campaigns Reader
	now       func() time.Time
	newID     func() string
}

// NewDocuments wires the rules to their stores.
func NewDocuments(store DocumentStore, campaigns Reader, now func() time.Time, newID func() string) *Documents {
	return &Documents{DocumentReader: store, store: store, campaigns: campaigns, now: now, newID: newID}
}

// Ask queues the making of a document about the named campaign; a trail may be
// asked for without one. d gives Kind, Campaign, Lang, Issuer, and for want of a
// campaign Name. NotFound when the viewer does not see the campaign, or it has not
// been issued.
func (s *Documents) Ask(ctx context.Context, v access.Viewer, d Document) (Document, error) {
	if err := mayAsk(v, d.Kind); err != nil {
		return d, err
	}
	if d.Campaign != "" || d.Kind != TrailDocument {
		c, err := s.campaigns.Get(ctx, v, d.Campaign)
		if err != nil {
			return d, err
		}
		if c.State == Draft {
			return d, fault.New(fault.NotFound, "fault.not-found")
		}
		d.Name = c.Name
	}
	d.ID, d.Org, d.AskedAt, d.State = s.newID(), v.Org, s.now(), DocumentWaiting
	d.ExpiresAt = d.AskedAt.Add(DocumentLife)
	d.For = DocumentAsker{User: v.User, Name: v.Name, Role: v.Role, Campaigns: v.Campaigns}
	e := audit.New(v, s.newID(), d.AskedAt, actionAsked(d.Kind), d.Ref()).In(d.Campaign)
	return d, s.store.AskDocument(ctx, d, maxUnfinished, e)
}

func mayAsk(v access.Viewer, kind DocumentKind) error {
	for _, need := range documentNeeds {
		if need.kind != kind {
			continue
		}
		if v.Kind != access.Member || !v.Can(need.permission) {
			return forbidden()
		}
		return nil
	}
	return fault.New(fault.NotFound, "fault.not-found")
}
