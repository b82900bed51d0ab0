package org

import (
	"slices"
	"strings"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/fault"
)

// NewInvitation judges an invitation beside the present members and gives it as it is
// kept. An auditor needs an end date.
func NewInvitation(i Invitation, members []Member, now time.Time) (Invitation, error) {
	i.Email, i.Name = FoldEmail(i.Email), strings.TrimSpace(i.Name)
	var f fault.Fields
	checkName(&f, "name", i.Name)
	if !ValidEmail(i.Email) {
		f.Add("email", "fault.email")
	}
	checkRole(&f, i.Role, i.Until)
	if i.Until != nil && !i.Until.After(now) {
		f.Add("until", "fault.date-past")
	}
	if i.Role != access.Auditor && len(i.Campaigns) > 0 {
		f.Add("campaigns", "fault.org.campaigns-auditor")
	}
	if slices.ContainsFunc(members, func(m Member) bool { return m.User.Email == i.Email }) {
		f.Add("email", "fault.org.already-member")
	}
	i.Generation, i.CreatedAt, i.ExpiresAt = 1, now, now.Add(invitationLife)
	return i, f.Err()
}

func checkRole(f *fault.Fields, role access.Role, until *time.Time) {
	if !slices.Contains(access.Roles, role) {
		f.Add("role", "fault.choose")
	}
	if role == access.Auditor && until == nil {
		f.Add("until", "fault.org.auditor-until")
	}
}

// Open tells whether an invitation can still be accepted, sent anew or revoked,
// whether its time is over or not.
func (i Invitation) Open() bool { return i.AcceptedAt.IsZero() && i.RevokedAt.IsZero() }

// Renew makes an invitation's present link worthless and gives it its full time again.
func Renew(i Invitation, now time.Time) Invitation {
	i.Generation++
	i.ExpiresAt = now.Add(invitationLife)
	return i
}

// Revoke ends an invitation.
func Revoke(i Invitation, now time.Time) Invitation {
	i.Generation++
	i.RevokedAt = now
	return i
}

// ChangeRole gives a member another role or end date. NotFound when there is no such
// member; Invalid when there is no such role, an auditor has no end date, or nobody
// would be left who owns the organisation.
func ChangeRole(members []Member, user string, role access.Role, until *time.Time) (Member, error) {
	m, err := find(members, user)
	if err != nil {
		return m, err
	}
	var f fault.Fields
	checkRole(&f, role, until)
	if err := f.Err(); err != nil {
		return m, err
	}
	if role != access.Owner {
		if err := keepsOwner(members, user); err != nil {
			return m, err
		}
	}
	m.Membership.Role, m.Membership.Until = role, until
	if role != access.Auditor {
		m.Membership.Campaigns = nil
	}
	return m, nil
}

// Leave gives the member who leaves. NotFound when there is no such member; Invalid
// when nobody would be left who owns the organisation.
func Leave(members []Member, user string) (Member, error) {
	m, err := find(members, user)
	if err != nil {
		return m, err
	}
	return m, keepsOwner(members, user)
}

func find(members []Member, user string) (Member, error) {
	i := slices.IndexFunc(members, func(m Member) bool { return m.User.ID == user })
	if i < 0 {
		return Member{}, fault.New(fault.NotFound, "fault.not-found")
	}
	return members[i], nil
}

// keepsOwner refuses when a member is the last owner.
func keepsOwner(members []Member, leaving string) error {
	owners, leaves := 0, false
	for _, m := range members {
		if m.Membership.Role == access.Owner {
			owners++
			leaves = leaves || m.User.ID == leaving
		}
	}
	if leaves && owners == 1 {
		return fault.New(fault.Invalid, "fault.org.last-owner")
	}
	return nil
}

// checkOrganization judges an organisation's name, contact and closed days.
func checkOrganization(o Organization) error {
	var f fault.Fields
	checkName(&f, "name", o.Name)
	o.Contact.Check(&f)
	for _, day := range o.Closures {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			f.Add("closures", "fault.org.closures", fault.Args{"Value": day})
		}
	}
	if len(o.Closures) > maxClosures {
		f.Add("closures", "fault.too-long", fault.Args{"Max": maxClosures})
	}
	return f.Err()
}

// maxClosures bounds the closed days: they are read for every date that is judged.
const maxClosures = 200
