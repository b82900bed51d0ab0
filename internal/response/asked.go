package response

import (
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/notify"
	"tsunagi/internal/supplier"
)

// Asked is all that comes of asking one supplier.
type Asked struct {
	Assignment campaign.Assignment
	Draft      Draft
	Entry      audit.Entry
	Messages   []notify.Message // none when it cannot be reached by mail
}

// Ask makes what is written to ask a supplier in a campaign. entry is the id of the
// trail's entry.
func Ask(v access.Viewer, c campaign.Campaign, s supplier.Supplier, entry string, now time.Time) Asked {
	a, mails := campaign.Assign(c, s, now)
	return Asked{Assignment: a, Draft: NewDraft(a, now), Messages: mails,
		Entry: audit.New(v, entry, now, campaign.ActionAsked, audit.Ref{Kind: "assignment", ID: a.ID, Name: a.Name}).In(c.ID)}
}
