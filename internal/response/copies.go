package response

import (
	"context"
	"slices"
	"strings"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/once"
	"tsunagi/internal/supplier"
)

// AddCopy gives the request with one more who reads along. Invalid when that person cannot
// be written to, is asked or reads along already, or as many do as may.
func AddCopy(a campaign.Assignment, h Handing) (campaign.Assignment, error) {
	h, f := h.judged()
	switch {
	case len(f) > 0:
	case h.Email == a.Email:
		f.Add("email", "fault.answer.copy-asked")
	case a.ReadBy(h.Email):
		f.Add("email", "fault.answer.copy-there")
	case len(a.Copies) >= supplier.MaxContacts:
		f.Add("email", "fault.answer.copies-many", fault.Args{"Max": supplier.MaxContacts})
	}
	if err := f.Err(); err != nil {
		return a, err
	}
	a.Copies = append(slices.Clone(a.Copies), campaign.Copy{Email: h.Email, Name: h.Name})
	a.OwnCopies = true
	return a, nil
}

// RemoveCopy gives the request without one who reads along, and tells whether there was
// one.
func RemoveCopy(a campaign.Assignment, email string) (campaign.Assignment, bool) {
	if !a.ReadBy(email) {
		return a, false
	}
	a.Copies = slices.DeleteFunc(slices.Clone(a.Copies), func(c campaign.Copy) bool { return c.Email == email })
	a.OwnCopies = true
	return a, true
}

// AddCopy lets another person of the viewer's firm read along, who is told by mail.
// TooMany as for Delegate: then the buyer is asked.
func (s *Service) AddCopy(ctx context.Context, v access.Viewer, h Handing) error {
	a, err := s.writable(ctx, v)
	if err != nil {
		return err
	}
	next, err := AddCopy(a, h)
	if err != nil {
		return err
	}
	by, added := strings.TrimSpace(h.By), next.Copies[len(next.Copies)-1]
	mails := campaign.MessagesTo(next, []campaign.Copy{added}, s.newID(), notify.Copied, s.now())
	for i := range mails {
		mails[i].Params = map[string]string{notify.ParamBy: by}
	}
	e := s.entry(v, campaign.ActionCopies, a, append(campaign.CopiesDetails(a.Copies, next.Copies), audit.Detail{Key: "by", Value: by})...)
	return s.orAsk(ctx, v, a, added.Email, s.store.SetCopies(ctx, v, a, next, e, mails))
}

// RemoveCopy lets somebody no longer read along: nothing that was queued for them leaves.
// Where nobody reads along at the address it does nothing.
func (s *Service) RemoveCopy(ctx context.Context, v access.Viewer, email string) error {
	a, err := s.writable(ctx, v)
	if err != nil {
		return err
	}
	next, there := RemoveCopy(a, email)
	if !there {
		return nil
	}
	return s.store.SetCopies(ctx, v, a, next, s.entry(v, campaign.ActionCopies, a, campaign.CopiesDetails(a.Copies, next.Copies)...), nil)
}

// orAsk asks the buyer when a change failed because the request has caused as many mails
// as it may.
func (s *Service) orAsk(ctx context.Context, v access.Viewer, a campaign.Assignment, email string, err error) error {
	if fault.KindOf(err) != fault.TooMany {
		return err
	}
	if failed := s.store.AskMore(once.Without(ctx), v, s.entry(v, ActionAskedMore, a, campaign.More("", "asked"), audit.Detail{Key: "to", Value: email})); failed != nil {
		return failed // nobody was asked, so that is not said either
	}
	return err
}
