// Package document knows the reports that are asked for, made by a job, kept for
// download, and expire: one row a kind.
package document

import (
	"context"
	"io"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/evidence"
)

// State is where the making of a document stands.
type State string

// The states.
const (
	Waiting State = "waiting"
	Running State = "running"
	Ready   State = "ready"
	Failed  State = "failed" // given up; it may be asked for anew
)

// Document is a report that somebody asked for: made by a job with the rights of
// that person on that day, kept until it expires. Its job has the same id.
type Document struct {
	ID        string         `bson:"_id"`
	Org       string         `bson:"org_id"`
	Kind      Kind           `bson:"kind"`
	Campaign  string         `bson:"campaign_id"` // empty: of everything that the asker sees
	Name      string         `bson:"name"`        // the campaign's, else the organisation's
	Issuer    string         `bson:"issuer"`      // the organisation's name in the language of the document
	Lang      string         `bson:"lang"`
	Filter    string         `bson:"filter,omitempty"` // what it is narrowed to, as the page's address has it
	For       Asker          `bson:"for"`
	AskedAt   time.Time      `bson:"asked_at"`
	ExpiresAt time.Time      `bson:"expires_at"`
	AsOf      time.Time      `bson:"as_of,omitempty"` // what was known then is in it, nothing later
	File      *evidence.File `bson:"file,omitempty"`  // nil until it is made

	// From the job, not stored here.
	State State `bson:"-"`
	Done  int   `bson:"-"`
	Total int   `bson:"-"`
}

// Asker is who asked, and what they were allowed to see on that day.
type Asker struct {
	User      string        `bson:"user_id"`
	Name      string        `bson:"name"`
	Roles     []access.Role `bson:"roles"`
	Campaigns []string      `bson:"campaigns"` // nil: all
}

// Viewer is who the document is made as.
func (d Document) Viewer() access.Viewer {
	return access.Viewer{Kind: access.Member, Org: d.Org, User: d.For.User, Name: d.For.Name, Roles: d.For.Roles, Campaigns: d.For.Campaigns}
}

// IsReady tells whether it can be downloaded.
func (d Document) IsReady() bool { return d.State == Ready }

// GaveUp tells whether its making was given up.
func (d Document) GaveUp() bool { return d.State == Failed }

// Ref names what the document is about, for the trail.
func (d Document) Ref() audit.Ref {
	if d.Campaign == "" {
		return audit.Ref{Kind: "trail", ID: d.Org, Name: d.Name}
	}
	return audit.Ref{Kind: "campaign", ID: d.Campaign, Name: d.Name}
}

// Reader is what pages read directly. A viewer sees the documents that it might
// have asked for itself.
type Reader interface {
	Document(ctx context.Context, v access.Viewer, id string) (Document, error)
	// Documents is a page of them, the newest first, and whether there are more.
	Documents(ctx context.Context, v access.Viewer, page, size int) ([]Document, bool, error)
	// OpenDocument reads the file of a document that came from Document.
	OpenDocument(ctx context.Context, v access.Viewer, d Document) (io.ReadCloser, error)
}

// Store keeps documents.
type Store interface {
	Reader
	// AskDocument saves the document and queues its job; TooMany when the asker has
	// most of them in the making.
	AskDocument(ctx context.Context, d Document, most int, e audit.Entry) error
}
