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
	i.Roles = access.InOrder(i.Roles)
	checkRoles(&f, i.Roles, i.Until)
	if i.Until != nil && !i.Until.After(now) {
		f.Add("until", "fault.date-past")
	}
	if !slices.Contains(i.Roles, access.Auditor) && len(i.Campaigns) > 0 {
		f.Add("campaigns", "fault.org.campaigns-auditor")
	}
	if slices.ContainsFunc(members, func(m Member) bool { return m.User.Email == i.Email }) {
		f.Add("email", "fault.org.already-member")
	}
	i.Generation, i.CreatedAt, i.ExpiresAt = 1, now, now.Add(invitationLife)
	return i, f.Err()
}

// checkRoles judges somebody's roles. An auditor is nothing else: what auditors look into
// is what the others do, and an auditor's end date and campaigns are all of the account's.
func checkRoles(f *fault.Fields, roles []access.Role, until *time.Time) {
	unknown := slices.ContainsFunc(roles, func(r access.Role) bool { return !slices.Contains(access.Roles, r) })
	audits := slices.Contains(roles, access.Auditor)
	switch {
	case len(roles) == 0 || unknown:
		f.Add("role", "fault.choose")
	case audits && len(roles) > 1:
		f.Add("role", "fault.org.auditor-alone")
	}
	if audits && until == nil {
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

// ChangeRoles gives a member other roles or another end date, and tells what the member
// was. NotFound when there is no such member; Invalid when there is no such role, an
// auditor has another one or no end date, or nobody would be left who owns the
// organisation without an end date.
func ChangeRoles(members []Member, user string, roles []access.Role, until *time.Time) (was, is Member, err error) {
	if was, err = find(members, user); err != nil {
		return was, was, err
	}
	roles = access.InOrder(roles)
	var f fault.Fields
	checkRoles(&f, roles, until)
	if err := f.Err(); err != nil {
		return was, was, err
	}
	is = was
	is.Membership.Roles, is.Membership.Until = roles, until
	if !slices.Contains(roles, access.Auditor) {
		is.Membership.Campaigns = nil
	}
	if !is.Membership.ownsForGood() {
		if err := keepsOwner(members, user); err != nil {
			return was, was, err
		}
	}
	return was, is, nil
}

// Leave gives the member who leaves. NotFound when there is no such member; Invalid
// when nobody would be left who owns the organisation without an end date.
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

// keepsOwner refuses to let an owner go when no other stays. One whose account ends does
// not count: after that day nobody would be left; nor does one who is locked.
func keepsOwner(members []Member, leaving string) error {
	stays, leaves := false, false
	for _, m := range members {
		if m.User.ID == leaving {
			leaves = slices.Contains(m.Membership.Roles, access.Owner)
		} else if m.Membership.ownsForGood() && m.User.LockedAt.IsZero() {
			stays = true
		}
	}
	if leaves && !stays {
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
