package response

import (
	"context"
	"strings"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
)

// Audit actions of who does not answer, or hands the request on.
const (
	ActionDeclined    audit.Action = "assignment.declined"
	ActionMisdirected audit.Action = "assignment.misdirected"
	ActionResumed     audit.Action = "assignment.resumed"
	ActionDelegated   audit.Action = "assignment.delegated"
	ActionHandedBack  audit.Action = "assignment.handed-back"
)

// stands says that a request is in another state.
func stands(was, is campaign.Response) audit.Detail { return audit.Was("state", was, is) }

// Stood is the entry of a change of state with how the request stood when it was written:
// since it was read for the decision somebody may have gone on with it.
func Stood(e audit.Entry, was campaign.Assignment, is campaign.Response) audit.Entry {
	return e.Instead(stands(was.Response, is))
}

// Opened is Stood for the entry that a request was opened.
func Opened(e audit.Entry, was campaign.Assignment) audit.Entry { return e.Instead(opened(was)) }

func opened(was campaign.Assignment) audit.Detail {
	return audit.Was("delivery", was.Delivery, campaign.DeliveryOpened)
}

// handed says who had a request and who has it.
func handed(was, is campaign.Assignment) []audit.Detail {
	return []audit.Detail{audit.Was("person", was.Person, is.Person), audit.Was("address", was.Email, is.Email)}
}

// Decline judges the reason with which a supplier will not answer, and gives the request
// as it is then. Conflict when there is nothing to decline any more.
func Decline(a campaign.Assignment, reason string) (campaign.Assignment, error) {
	reason = strings.TrimSpace(reason)
	if err := checkText("reason", reason, 500); err != nil {
		return a, err
	}
	if !a.Response.CanBecome(campaign.Declined) {
		return a, fault.New(fault.Conflict, "fault.answer.submitted")
	}
	a.Response, a.Reason = campaign.Declined, reason
	return a, nil
}

// Misdirect ends a request that reached somebody whom it does not concern, and its link.
// The buyer reads the words given.
func Misdirect(a campaign.Assignment, words string) (campaign.Assignment, error) {
	a, err := Decline(a, words)
	if err == nil {
		a.Misdirected = a.Generation
		a.Generation++
	}
	return a, err
}

// Resume takes a decline back, and tells whether there was one. Gone when answers are no
// longer taken.
func Resume(a campaign.Assignment, now time.Time) (campaign.Assignment, bool, error) {
	declined := a.Response == campaign.Declined
	if declined {
		a.Response, a.Reason = campaign.Answering, ""
	}
	return a, declined, a.CheckWrite(a.Generation, now)
}

// Decline says that the viewer's firm will not answer, with its reason. Both sides are
// told by mail.
func (s *Service) Decline(ctx context.Context, v access.Viewer, reason string) error {
	was, err := s.writable(ctx, v)
	if err != nil {
		return err
	}
	a, err := Decline(was, reason)
	if err != nil {
		return err
	}
	said := map[string]string{notify.ParamReason: a.Reason}
	mails := s.message(a, notify.Declined, s.newID(), said)
	told, err := s.tellBuyer(ctx, v, a, said)
	if err != nil {
		return err
	}
	return s.store.Decline(ctx, v, a, s.entry(v, ActionDeclined, a, stands(was.Response, a.Response), audit.Detail{Key: "reason", Value: a.Reason}), append(mails, told...))
}

// Misdirected says that the request reached somebody whom it does not concern: its link
// ends, and the buyer is told, in the words given.
func (s *Service) Misdirected(ctx context.Context, v access.Viewer, words string) error {
	was, err := s.writable(ctx, v)
	if err != nil {
		return err
	}
	a, err := Misdirect(was, words)
	if err != nil {
		return err
	}
	told, err := s.tellBuyer(ctx, v, a, map[string]string{notify.ParamReason: words})
	if err != nil {
		return err
	}
	e := s.entry(v, ActionMisdirected, a, stands(was.Response, a.Response), campaign.Ended, audit.Detail{Key: "address", Value: a.Email})
	return s.store.Decline(ctx, v, a, e, told)
}

// tellBuyer is the mail to the buyer's contact that a firm will not answer.
func (s *Service) tellBuyer(ctx context.Context, v access.Viewer, a campaign.Assignment, params map[string]string) ([]notify.Message, error) {
	c, err := s.campaigns.Snapshot(ctx, v, a.Campaign)
	if err != nil {
		return nil, err
	}
	lang, err := s.campaigns.ContactLanguage(ctx, v, c)
	if err != nil {
		return nil, err
	}
	buyer := a
	buyer.Email, buyer.Name, buyer.Department, buyer.Person, buyer.Lang = c.Contact.Email, "", c.Contact.Department, c.Contact.Name, lang
	return s.message(buyer, notify.DeclinedBuyer, s.newID(), params), nil
}

// Resume takes the viewer's decline back while the request is open. Where there is none
// it does nothing.
func (s *Service) Resume(ctx context.Context, v access.Viewer) error {
	a, err := s.mine(ctx, v)
	if err != nil {
		return err
	}
	next, declined, err := Resume(a, s.now())
	if err != nil || !declined {
		return err
	}
	return s.store.Resume(ctx, v, next, s.entry(v, ActionResumed, a, stands(a.Response, next.Response)))
}

// Delegate names another person of the supplier, who gets the link by mail; the one who
// had it is told. The present link goes on working: several people may work on one sheet.
// TooMany when the request has caused as many mails as it may, or written to as many new
// addresses: each is in the buyer's name, to whom anybody with the link types. Then the
// buyer is asked.
func (s *Service) Delegate(ctx context.Context, v access.Viewer, h Handing) error {
	a, err := s.writable(ctx, v)
	if err != nil {
		return err
	}
	next, err := Delegate(a, h, s.now())
	if err != nil {
		return err
	}
	by := strings.TrimSpace(h.By)
	e := s.entry(v, ActionDelegated, a, append(handed(a, next), audit.Detail{Key: "by", Value: by})...)
	mails := append(s.message(next, notify.Delegated, s.newID(), map[string]string{notify.ParamBy: by}),
		s.message(a, notify.HandedOver, s.newID(), map[string]string{notify.ParamBy: by, notify.ParamTo: next.Person})...)
	return s.orAsk(ctx, v, a, next.Email, s.store.Delegate(ctx, v, a, next, e, mails))
}

// HandBack gives the request back to the person who had it before the last change; the
// one who had it since is told.
func (s *Service) HandBack(ctx context.Context, v access.Viewer) error {
	a, err := s.writable(ctx, v)
	if err != nil {
		return err
	}
	next, err := HandBack(a, s.now())
	if err != nil {
		return err
	}
	e := s.entry(v, ActionHandedBack, a, handed(a, next)...)
	mails := s.message(a, notify.HandedOver, s.newID(), map[string]string{notify.ParamTo: next.Person})
	return s.store.HandBack(ctx, v, a, next, e, mails)
}
