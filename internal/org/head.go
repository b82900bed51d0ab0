package org

import (
	"slices"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/notify"
)

// headEvery is how often the owners are sent the end of their organisation's trail.
const headEvery = 7 * 24 * time.Hour

// HeadDue tells whether the owners are to be sent the end of the trail again: a week after
// the last time, or after the organisation was made. A note from further ahead than a week
// is of a clock that was wrong, and holds nothing back.
func (o Organization) HeadDue(now time.Time) bool {
	last := o.HeadMailedAt
	if last.IsZero() {
		last = o.CreatedAt
	}
	return now.Sub(last).Abs() >= headEvery
}

// HeadMails tell an organisation's owners the end of its trail, each in their language.
func (o Organization) HeadMails(members []Member, a audit.Anchor, newID func() string, now time.Time) []notify.Message {
	var all []notify.Message
	for _, m := range members {
		if !slices.Contains(m.Membership.Roles, access.Owner) || !m.Membership.holds(now) || m.User.Email == "" {
			continue
		}
		msg := notify.New(newID(), o.ID, notify.Head, notify.Recipient{Email: m.User.Email, Name: m.User.Name}, m.User.Lang, now)
		msg.Params = map[string]string{notify.ParamHead: a.Line()}
		all = append(all, msg)
	}
	return all
}
