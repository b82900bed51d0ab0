package campaign

import (
	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/notify"
)

// FailedEntry tells the trail that a message did not arrive, and why.
func FailedEntry(o notify.Outcome, id string) audit.Entry {
	m := o.Message
	return audit.New(access.System(m.Org, "mail"), id, o.At, ActionDeliveryFailed,
		audit.Ref{Kind: "message", ID: m.ID, Name: m.To.Company}, audit.Detail{Key: "kind", Value: string(m.Kind)},
		audit.Was("mail", notify.Queued, notify.Failed),
		audit.Detail{Key: "address", Value: m.To.Email}, audit.Detail{Key: "reply", Value: o.Reply + string(o.Reason)}).In(m.Campaign)
}
