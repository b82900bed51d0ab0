package document

import (
	"context"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
)

// ActionDownloaded says that somebody took a report away.
const ActionDownloaded audit.Action = "report.downloaded"

// actionAsked says which document somebody asked for.
func actionAsked(kind Kind) audit.Action { return audit.Action("report." + kind + "-asked") }

// maxUnfinished is how many documents one person may have in the making: each may
// keep the server busy for minutes.
const maxUnfinished = 3

// RemakeLife is how long an earlier making of the same document is kept beside the
// new one: archives are large.
const RemakeLife = 24 * time.Hour

// Campaigns reads what documents are about; NotFound for what the viewer does not see.
type Campaigns interface {
	Get(ctx context.Context, v access.Viewer, id string) (campaign.Campaign, error)
}

// Service is the rules about reports that are made for download.
type Service struct {
	Reader
	store     Store
	campaigns Campaigns
	now       func() time.Time
	newID     func() string
}

// NewService wires the rules to their stores.
func NewService(store Store, campaigns Campaigns, now func() time.Time, newID func() string) *Service {
	return &Service{Reader: store, store: store, campaigns: campaigns, now: now, newID: newID}
}

// Ask queues the making of a document about the named campaign, or of everything
// where the kind allows it. d gives Kind, Campaign, Filter, Lang, Issuer, and for want of a
// campaign Name. Forbidden when the viewer may not have such a document; NotFound
// when there is no such kind, the viewer does not see the campaign, or it has not
// been issued.
func (s *Service) Ask(ctx context.Context, v access.Viewer, d Document) (Document, error) {
	row, err := mayAsk(v, d.Kind)
	if err != nil {
		return d, err
	}
	if d.Campaign != "" || !row.Whole {
		c, err := s.campaigns.Get(ctx, v, d.Campaign)
		if err != nil {
			return d, err
		}
		if c.State == campaign.Draft {
			return d, fault.New(fault.NotFound, "fault.not-found")
		}
		d.Name = c.Name
	}
	d = asked(v, row, d, s.newID(), s.now())
	var details []audit.Detail
	if d.Filter != "" {
		details = append(details, audit.Detail{Key: "filter", Value: d.Filter})
	}
	e := audit.New(v, s.newID(), d.AskedAt, actionAsked(d.Kind), d.Ref(), details...).In(d.Campaign)
	return d, s.store.AskDocument(ctx, d, maxUnfinished, e)
}

// mayAsk gives the row of a kind that the viewer may ask for.
func mayAsk(v access.Viewer, kind Kind) (Traits, error) {
	row, err := kind.Traits()
	if err == nil && (v.Kind != access.Member || !v.Can(row.Permission)) {
		err = fault.New(fault.Forbidden, "fault.forbidden")
	}
	return row, err
}

// asked is the document as it waits to be made, with the rights that the viewer has now.
func asked(v access.Viewer, row Traits, d Document, id string, now time.Time) Document {
	if !row.Narrowed {
		d.Filter = ""
	}
	d.ID, d.Org, d.AskedAt, d.State = id, v.Org, now, Waiting
	d.ExpiresAt = now.Add(row.Life)
	d.For = Asker{User: v.User, Name: v.Name, Roles: v.Roles, Campaigns: v.Campaigns}
	return d
}
