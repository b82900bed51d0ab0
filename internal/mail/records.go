package mail

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
)

// Records gives what mails are made of, a batch at a time. Unknown ids are left
// out of the answers.
type Records interface {
	Campaigns(ctx context.Context, ids []string) ([]campaign.Campaign, error)
	Assignments(ctx context.Context, ids []string) ([]campaign.Assignment, error)
	Organizations(ctx context.Context, ids []string) ([]org.Organization, error)
	Users(ctx context.Context, ids []string) ([]org.User, error)
	Invitations(ctx context.Context, ids []string) ([]org.Invitation, error)
}

// Letter is a message with the records that it is made of.
type Letter struct {
	Message      notify.Message
	Organization org.Organization // zero for a reset, which belongs to no organisation
	Campaign     *campaign.Campaign
	Assignment   *campaign.Assignment
	User         *org.User
	Invitation   *org.Invitation
}

// collect reads the records of a batch: at most five queries, whatever its size.
func collect(ctx context.Context, records Records, batch []notify.Message) ([]Letter, error) {
	ids := map[string][]string{}
	add := func(what, id string) {
		if id != "" && !slices.Contains(ids[what], id) {
			ids[what] = append(ids[what], id)
		}
	}
	seen := map[string]bool{}
	for _, m := range batch {
		add("organization", m.Org)
		add("campaign", m.Campaign)
		if !seen[m.Assignment] && m.Assignment != "" { // there may be as many as messages
			seen[m.Assignment] = true
			ids["assignment"] = append(ids["assignment"], m.Assignment)
		}
		add("user", m.Params[notify.ParamUser])
		add("invitation", m.Params[notify.ParamInvitation])
	}
	organizations, err := readAll(ctx, "organizations", ids["organization"], records.Organizations, func(o org.Organization) string { return o.ID })
	if err != nil {
		return nil, err
	}
	campaigns, err := readAll(ctx, "campaigns", ids["campaign"], records.Campaigns, func(c campaign.Campaign) string { return c.ID })
	if err != nil {
		return nil, err
	}
	assignments, err := readAll(ctx, "assignments", ids["assignment"], records.Assignments, func(a campaign.Assignment) string { return a.ID })
	if err != nil {
		return nil, err
	}
	users, err := readAll(ctx, "users", ids["user"], records.Users, func(u org.User) string { return u.ID })
	if err != nil {
		return nil, err
	}
	invitations, err := readAll(ctx, "invitations", ids["invitation"], records.Invitations, func(i org.Invitation) string { return i.ID })
	if err != nil {
		return nil, err
	}
	letters := make([]Letter, 0, len(batch))
	for _, m := range batch {
		l := Letter{Message: m, Campaign: campaigns[m.Campaign], Assignment: assignments[m.Assignment],
			User: users[m.Params[notify.ParamUser]], Invitation: invitations[m.Params[notify.ParamInvitation]]}
		if o := organizations[m.Org]; o != nil {
			l.Organization = *o
		}
		letters = append(letters, l)
	}
	return letters, nil
}

// readAll reads records by id into a map; no ids, no query.
func readAll[T any](ctx context.Context, what string, ids []string, read func(context.Context, []string) ([]T, error), id func(T) string) (map[string]*T, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := read(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read %s of mails: %w", what, err)
	}
	out := make(map[string]*T, len(rows))
	for i := range rows {
		out[id(rows[i])] = &rows[i]
	}
	return out, nil
}

// complete tells whether the records that the mail is made of are there, and of
// one organisation: a message never shows another organisation's record.
func (l Letter) complete() bool {
	m := l.Message
	switch m.Kind.Traits().About {
	case notify.AboutUser:
		return l.User != nil
	case notify.AboutInvitation:
		return l.Invitation != nil && l.Organization.ID == m.Org && l.Invitation.Org == m.Org
	case notify.AboutTrail:
		a, err := l.anchor()
		return err == nil && l.Organization.ID == m.Org && a.Org == m.Org
	}
	return l.Campaign != nil && l.Assignment != nil && l.Organization.ID == m.Org &&
		l.Campaign.Org == m.Org && l.Assignment.Org == m.Org && l.Assignment.Campaign == l.Campaign.ID
}

// anchor is the end of the trail that the letter tells.
func (l Letter) anchor() (audit.Anchor, error) {
	return audit.ParseAnchor(l.Message.Params[notify.ParamHead])
}

// stillDue tells why a letter should not leave any more; NoReason when it should.
func (l Letter) stillDue(now time.Time) notify.Reason {
	if !l.complete() {
		return notify.RecordMissing
	}
	switch l.Message.Kind.Traits().About {
	case notify.AboutUser:
		if !now.Before(l.User.ResetUntil) || !l.Message.For(l.User.ResetGeneration) {
			return notify.LinkSpent
		}
	case notify.AboutInvitation:
		i := l.Invitation
		if !i.AcceptedAt.IsZero() || !i.RevokedAt.IsZero() || !now.Before(i.ExpiresAt) || !l.Message.For(i.Generation) {
			return notify.LinkSpent
		}
	case notify.AboutTrail: // what it tells was so at that time
	default:
		return campaign.StillDue(l.Message, *l.Assignment, now)
	}
	return notify.NoReason
}
