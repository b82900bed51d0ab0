package org

import (
	"context"
	"slices"
	"strings"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/budget"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
)

// Audit actions of this room.
const (
	ActionOrgCreated    audit.Action = "org.created"
	ActionOrgChanged    audit.Action = "org.changed"
	ActionUserInvited   audit.Action = "user.invited"
	ActionUserRevoked   audit.Action = "user.invitation-revoked"
	ActionUserJoined    audit.Action = "user.joined"
	ActionUserChanged   audit.Action = "user.changed"
	ActionUserRemoved   audit.Action = "user.removed"
	ActionSignedIn      audit.Action = "user.signed-in"
	ActionSignInFailed  audit.Action = "user.sign-in-failed"
	ActionUserPassword  audit.Action = "user.password-changed"
	ActionUserSelfEdits audit.Action = "user.profile-changed"

	ActionUserLocked        audit.Action = "user.locked"
	ActionUserUnlocked      audit.Action = "user.unlocked"
	ActionUserResetLink     audit.Action = "user.reset-link-made"
	ActionUserAdministrator audit.Action = "user.administrator"
	ActionMailTested        audit.Action = "org.mail-tested"
	ActionUserSessionsEnded audit.Action = "user.sessions-ended"
	ActionOrgServerKey      audit.Action = "org.server-key-changed"
	ActionOrgJobResumed     audit.Action = "org.job-resumed"
)

// NewOwner is what the first owner gives.
type NewOwner struct {
	Organization, Name, Email, Password, Lang string

	// First is set by whoever used the set-up link: two who do so at the same
	// moment make one organisation, and the later gets Conflict.
	First bool
	// Another lets there be two organisations of a name.
	Another bool
	// ByHand is set where the administrator does it, at the command line.
	ByHand bool
	// Administrator lets the owner see to the whole installation, as the first one does.
	Administrator bool
}

// firstID is the id of the organisation made through the set-up link.
const firstID = "00000000000000000000000001"

// CreateOwner makes an organisation with its first owner. Invalid when a field
// does not hold; Conflict when the address already has an account, or there is an
// organisation of that name.
func (s *Service) CreateOwner(ctx context.Context, n NewOwner) (User, Organization, error) {
	n.Email = FoldEmail(n.Email)
	n.Organization, n.Name = strings.TrimSpace(n.Organization), strings.TrimSpace(n.Name)
	var f fault.Fields
	checkName(&f, "organization", n.Organization)
	checkName(&f, "name", n.Name)
	if !ValidEmail(n.Email) {
		f.Add("email", "fault.email")
	}
	f = append(f, checkPassword(n.Password, n.Email)...)
	if err := f.Err(); err != nil {
		return User{}, Organization{}, err
	}
	now := s.now()
	o := Organization{ID: s.newID(), Name: n.Organization, Contact: Contact{Email: n.Email, Name: n.Name}, CreatedAt: now}
	if n.First {
		o.ID = firstID
	}
	u := User{ID: s.newID(), Email: n.Email, Name: n.Name, Lang: orJapanese(n.Lang), Password: s.cost.hash(n.Password), CreatedAt: now,
		Administrator: n.First || n.Administrator}
	m := Membership{ID: o.ID + ":" + u.ID, Org: o.ID, User: u.ID, Roles: []access.Role{access.Owner}, CreatedAt: now}
	v := access.Viewer{Kind: access.Member, Org: o.ID, User: u.ID, Name: u.Name, Roles: []access.Role{access.Owner}}
	if n.ByHand {
		v = access.System(o.ID, access.Administrator)
	}
	e := audit.New(v, s.newID(), now, ActionOrgCreated, audit.Ref{Kind: "organization", ID: o.ID, Name: o.Name})
	beside := func(all []Organization) error {
		if !n.Another && slices.ContainsFunc(all, func(there Organization) bool { return sameName(there.Name, o.Name) }) {
			return fault.New(fault.Conflict, "fault.org.name-taken").With("Name", o.Name)
		}
		return nil
	}
	return u, o, s.store.CreateOwner(ctx, o, u, m, e, beside)
}

// NeedsOwner tells whether nobody has an account yet.
func (s *Service) NeedsOwner(ctx context.Context) (bool, error) {
	has, err := s.store.HasUsers(ctx)
	return !has, err
}

// Invite asks somebody by mail to join with a role. An auditor needs an end date.
func (s *Service) Invite(ctx context.Context, v access.Viewer, i Invitation) (Invitation, error) {
	if !v.Can(access.ManageUsers) {
		return Invitation{}, fault.New(fault.Forbidden, "fault.forbidden")
	}
	members, err := s.store.Members(ctx, v)
	if err != nil {
		return Invitation{}, err
	}
	if i, err = NewInvitation(i, members, s.now()); err != nil {
		return Invitation{}, err
	}
	i.ID, i.Org, i.InvitedBy = s.newID(), v.Org, v.Name
	e, m := s.invite(v, i)
	return i, s.store.AddInvitation(ctx, i, e, m)
}

// invite is what goes with an invitation that is sent.
func (s *Service) invite(v access.Viewer, i Invitation) (audit.Entry, notify.Message) {
	now := s.now()
	e := audit.New(v, s.newID(), now, ActionUserInvited, audit.Ref{Kind: "invitation", ID: i.ID, Name: i.Email},
		audit.Detail{Key: "role", Value: rolesDetail(i.Roles)})
	m := notify.New(s.newID(), i.Org, notify.Invite, notify.Recipient{Email: i.Email, Name: i.Name}, "ja", now)
	m.Params, m.Generation = map[string]string{notify.ParamInvitation: i.ID}, i.Generation
	return e, m
}

// Resend sends an open invitation anew; the earlier link stops working.
func (s *Service) Resend(ctx context.Context, v access.Viewer, id string) error {
	i, err := s.ownInvitation(ctx, v, id)
	if err != nil {
		return err
	}
	next := Renew(i, s.now())
	e, m := s.invite(v, next)
	return s.store.ChangeInvitation(ctx, next, i.Generation, e, []notify.Message{m})
}

// Revoke ends an open invitation.
func (s *Service) Revoke(ctx context.Context, v access.Viewer, id string) error {
	i, err := s.ownInvitation(ctx, v, id)
	if err != nil {
		return err
	}
	seen := i.Generation
	i = Revoke(i, s.now())
	e := audit.New(v, s.newID(), s.now(), ActionUserRevoked, audit.Ref{Kind: "invitation", ID: i.ID, Name: i.Email},
		audit.Was("invitation", "open", "revoked"))
	return s.store.ChangeInvitation(ctx, i, seen, e, nil)
}

func (s *Service) ownInvitation(ctx context.Context, v access.Viewer, id string) (Invitation, error) {
	if !v.Can(access.ManageUsers) {
		return Invitation{}, fault.New(fault.Forbidden, "fault.forbidden")
	}
	i, err := s.store.Invitation(ctx, id)
	if err == nil && (i.Org != v.Org || !i.Open()) {
		err = fault.New(fault.NotFound, "fault.not-found")
	}
	return i, err
}

// Invitation gives an open invitation to whoever holds its link, and whether its
// address has an account already; checking the link is the caller's part. Gone when
// it was used, revoked or has expired.
func (s *Service) Invitation(ctx context.Context, id string) (Invitation, bool, error) {
	i, err := s.store.Invitation(ctx, id)
	if err != nil {
		return Invitation{}, false, err
	}
	if !i.Open() || !s.now().Before(i.ExpiresAt) {
		return Invitation{}, false, fault.New(fault.Gone, "fault.org.invitation-gone")
	}
	_, err = s.store.UserByEmail(ctx, i.Email)
	if fault.KindOf(err) == fault.NotFound {
		return i, false, nil
	}
	return i, err == nil, err
}

// Accept joins the organisation of an invitation. Whoever has an account proves it
// with its password; others choose a name and a password. It gives the cookie of a
// new session.
func (s *Service) Accept(ctx context.Context, i Invitation, name, password, lang string) (string, error) {
	now := s.now()
	user, err := s.store.UserByEmail(ctx, i.Email)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		var f fault.Fields
		checkName(&f, "name", strings.TrimSpace(name))
		f = append(f, checkPassword(password, i.Email)...)
		if err := f.Err(); err != nil {
			return "", err
		}
		user = User{ID: s.newID(), Email: i.Email, Name: strings.TrimSpace(name), Lang: orJapanese(lang),
			Password: s.cost.hash(password), CreatedAt: now}
	case err != nil:
		return "", err
	default:
		if err := s.provePassword(ctx, i, user, password); err != nil {
			return "", err
		}
	}
	m := Membership{ID: i.Org + ":" + user.ID, Org: i.Org, User: user.ID, Roles: i.Roles, Campaigns: i.Campaigns, Until: i.Until, CreatedAt: now}
	v := access.Viewer{Kind: access.Member, Org: i.Org, User: user.ID, Name: user.Name, Roles: i.Roles}
	i.AcceptedAt = now
	e := audit.New(v, s.newID(), now, ActionUserJoined, audit.Ref{Kind: "user", ID: user.ID, Name: user.Name},
		audit.Detail{Key: "role", Value: rolesDetail(i.Roles)})
	if err := s.store.AcceptInvitation(ctx, i, user, m, e); err != nil {
		return "", err
	}
	return s.start(ctx, user)
}

// provePassword judges the password of a known user who holds an invitation. TooMany
// after too many wrong ones: whoever got the mail may not guess for ever.
func (s *Service) provePassword(ctx context.Context, i Invitation, u User, password string) error {
	spent := budget.Joining.By(i.ID)
	if err := s.store.Spend(ctx, spent); err != nil {
		return err
	}
	if !passwordMatches(u.Password, password) {
		var f fault.Fields
		f.Add("password", "fault.org.password-wrong")
		return f.Err()
	}
	if err := u.checkLock(); err != nil {
		return err
	}
	return s.store.Refund(ctx, spent)
}

// ChangeMember gives a member other roles or another end date. The last owner stays one.
func (s *Service) ChangeMember(ctx context.Context, v access.Viewer, user string, roles []access.Role, until *time.Time) error {
	return s.changeMembers(ctx, v, func(members []Member) (MemberChange, error) {
		was, is, err := ChangeRoles(members, user, roles, until)
		if err != nil {
			return MemberChange{}, err
		}
		e := audit.New(v, s.newID(), s.now(), ActionUserChanged, audit.Ref{Kind: "user", ID: user, Name: was.User.Name},
			was.Membership.changes(is.Membership)...)
		return MemberChange{Membership: is.Membership, Entry: e}, nil
	})
}

// RemoveMember ends a membership and its sessions at once. The last owner stays.
func (s *Service) RemoveMember(ctx context.Context, v access.Viewer, user string) error {
	return s.changeMembers(ctx, v, func(members []Member) (MemberChange, error) {
		m, err := Leave(members, user)
		e := audit.New(v, s.newID(), s.now(), ActionUserRemoved, audit.Ref{Kind: "user", ID: user, Name: m.User.Name},
			audit.Was("role", rolesDetail(m.Membership.Roles), ""))
		return MemberChange{Membership: m.Membership, Leaves: true, Entry: e}, err
	})
}

// changeMembers changes one of the members, if the viewer may.
func (s *Service) changeMembers(ctx context.Context, v access.Viewer, decide func([]Member) (MemberChange, error)) error {
	if !v.Can(access.ManageUsers) {
		return fault.New(fault.Forbidden, "fault.forbidden")
	}
	return s.store.ChangeMembers(ctx, v, decide)
}

func orJapanese(lang string) string {
	if lang == "en" {
		return "en"
	}
	return "ja"
}
