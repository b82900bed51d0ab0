package document

import (
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
)

// Downloaded is the entry of who took a document away.
func Downloaded(v access.Viewer, id string, at time.Time, d Document) audit.Entry {
	return audit.New(v, id, at, ActionDownloaded, d.Ref(), audit.Detail{Key: "file", Value: d.File.Name},
		audit.Detail{Key: "sha256", Value: d.File.SHA256}).In(d.Campaign)
}

// TableDownloaded is the entry of who took the list of a campaign's requests away.
func TableDownloaded(v access.Viewer, id string, at time.Time, c campaign.Campaign, format string) audit.Entry {
	return audit.New(v, id, at, ActionDownloaded, audit.Ref{Kind: "campaign", ID: c.ID, Name: c.Name},
		audit.Detail{Key: "format", Value: format}).In(c.ID)
}

// SheetDownloaded is the entry of who took a supplier's answer sheet away.
func SheetDownloaded(v access.Viewer, id string, at time.Time, a campaign.Assignment) audit.Entry {
	return audit.New(v, id, at, ActionDownloaded, audit.Ref{Kind: "assignment", ID: a.ID, Name: a.Name},
		audit.Detail{Key: "format", Value: "pdf"}).In(a.Campaign)
}

// TrailDownloaded is the entry of who took the trail away as a table: of a campaign or of
// all, narrowed by a filter as the page's address has it.
func TrailDownloaded(v access.Viewer, id string, at time.Time, of, format, filter string) audit.Entry {
	return audit.New(v, id, at, ActionDownloaded, audit.Ref{Kind: "trail", ID: v.Org}, audit.Detail{Key: "format", Value: format},
		audit.Detail{Key: "filter", Value: filter}).In(of)
}
