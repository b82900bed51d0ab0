package response

import (
	"context"
	"strings"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
)

// DelegationsADay bounds how often within 24 hours a supplier may name another person:
// each sends a mail in the buyer's name to an address that anybody with the link types.
const DelegationsADay = 5

// Delegate names another person of the supplier, who gets the link by mail. The
// present link goes on working: several people may work on one sheet. TooMany when
// the day's are used up.
func (s *Service) Delegate(ctx context.Context, v access.Viewer, a campaign.Assignment, name, email string) error {
	if err := mine(v, a); err != nil {
		return err
	}
	name, email = strings.TrimSpace(name), org.FoldEmail(email)
	var f fault.Fields
	if err := checkText("name", name, 80); err != nil {
		f = append(f, fault.FieldsOf(err)...)
	}
	if strings.ContainsAny(name, "\r\n") {
		f.Add("name", "fault.one-line")
	}
	if !org.ValidEmail(email) {
		f.Add("email", "fault.email")
	}
	if err := f.Err(); err != nil {
		return err
	}
	e := s.entry(v, ActionDelegated, a, audit.Detail{Key: "from", Value: a.Email}, audit.Detail{Key: "to", Value: email})
	a.Person, a.Email = name, email
	return s.store.Delegate(ctx, v, a, e, campaign.Message(a, s.newID(), notify.Delegated, s.now()))
}
