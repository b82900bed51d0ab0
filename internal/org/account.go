package org

import (
	"context"
	"strings"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/budget"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
)

// AskReset queues a mail with a reset link when the address has an account. It
// answers the same when it has none, so that nobody learns who has one.
func (s *Service) AskReset(ctx context.Context, email, address string) error {
	email = FoldEmail(email)
	if !ValidEmail(email) {
		var f fault.Fields
		f.Add("email", "fault.email")
		return f.Err()
	}
	if err := s.store.Spend(ctx, budget.ResetFrom.By(budget.Place(address)), budget.Reset.By(email)); err != nil {
		return err
	}
	u, err := s.store.UserByEmail(ctx, email)
	if fault.KindOf(err) == fault.NotFound || err == nil && !u.LockedAt.IsZero() {
		return nil
	}
	if err != nil {
		return err
	}
	now := s.now()
	m := notify.New(s.newID(), "", notify.Reset, notify.Recipient{Email: u.Email, Name: u.Name}, u.Lang, now)
	next := u.nextReset(now)
	m.Params, m.Generation = map[string]string{notify.ParamUser: u.ID}, next.ResetGeneration
	return s.store.StartReset(ctx, u, next, m)
}

// nextReset is the user with the link that is mailed to who asks for one. For as long as a
// link holds by itself it is the present one, so that a stranger who asks makes no mail
// worthless that has just arrived. Then it is another: nobody keeps an old one alive. One
// that a command printed lives no longer for it.
func (u User) nextReset(now time.Time) User {
	if u.ResetMadeAt.IsZero() && now.Before(u.ResetUntil) {
		return u
	}
	if !now.Before(u.ResetUntil) || !now.Before(u.ResetMadeAt.Add(resetLife)) {
		u.ResetGeneration++
		u.ResetMadeAt = now
	}
	u.ResetUntil = now.Add(resetLife)
	return u
}

// ResetUser gives the user of a reset link; checking the link is the caller's
// part. Gone when it has expired.
func (s *Service) ResetUser(ctx context.Context, id string) (User, error) {
	u, err := s.store.UserByID(ctx, id)
	if err == nil && !s.now().Before(u.ResetUntil) {
		return User{}, fault.New(fault.Gone, "fault.org.reset-gone")
	}
	return u, err
}

// Reset sets a new password by a reset link. The link works once; every session
// of the user ends.
func (s *Service) Reset(ctx context.Context, u User, password string) error {
	if err := checkPassword(password, u.Email).Err(); err != nil {
		return err
	}
	err := s.setPassword(ctx, u, password)
	if fault.KindOf(err) == fault.Conflict { // the link was used a moment ago
		return fault.New(fault.Gone, "fault.org.reset-gone").Because(err)
	}
	return err
}

// ChangePassword sets a new password for who knows the present one. Every
// session ends, so the caller signs in anew. TooMany after too many wrong ones: whoever
// found a browser open may not guess for ever. Conflict when it was changed meanwhile.
func (s *Service) ChangePassword(ctx context.Context, a Account, present, next string) error {
	spent := budget.Present.By(a.User.ID)
	if err := s.store.Spend(ctx, spent); err != nil {
		return err
	}
	var f fault.Fields
	if !passwordMatches(a.User.Password, present) {
		f.Add("present", "fault.org.password-wrong")
	} else if err := s.store.Refund(ctx, spent); err != nil {
		return err
	}
	f = append(f, checkPassword(next, a.User.Email)...)
	if err := f.Err(); err != nil {
		return err
	}
	return s.setPassword(ctx, a.User, next)
}

func (s *Service) setPassword(ctx context.Context, u User, password string) error {
	members, err := s.store.MembershipsOf(ctx, u.ID)
	if err != nil {
		return err
	}
	var entries []audit.Entry
	for _, m := range members {
		v := access.Viewer{Kind: access.Member, Org: m.Org, User: u.ID, Name: u.Name, Roles: m.Roles}
		entries = append(entries, audit.New(v, s.newID(), s.now(), ActionUserPassword, audit.Ref{Kind: "user", ID: u.ID, Name: u.Name}))
	}
	return s.store.SetPassword(ctx, u, s.cost.hash(password), entries)
}

// ChangeProfile changes the user's own name and language.
func (s *Service) ChangeProfile(ctx context.Context, a Account, name, lang string) error {
	name = strings.TrimSpace(name)
	var f fault.Fields
	checkName(&f, "name", name)
	if err := f.Err(); err != nil {
		return err
	}
	return s.store.UpdateUser(ctx, a.User.ID, func(was User) (User, *audit.Entry) {
		u := was
		u.Name, u.Lang = name, orJapanese(lang)
		changed := was.changes(u)
		if len(changed) == 0 {
			return u, nil
		}
		e := audit.New(a.Viewer(), s.newID(), s.now(), ActionUserSelfEdits, audit.Ref{Kind: "user", ID: u.ID, Name: u.Name}, changed...)
		return u, &e
	})
}

// ChangeOrganization changes the organisation's name, contact and closed days.
func (s *Service) ChangeOrganization(ctx context.Context, v access.Viewer, o Organization) error {
	if !v.Can(access.ManageOrg) {
		return fault.New(fault.Forbidden, "fault.forbidden")
	}
	o.ID = v.Org
	if err := checkOrganization(o); err != nil {
		return err
	}
	return s.store.UpdateOrganization(ctx, v, func(was Organization) (Organization, *audit.Entry) {
		changed := was.changes(o)
		if len(changed) == 0 {
			return was, nil
		}
		e := audit.New(v, s.newID(), s.now(), ActionOrgChanged, audit.Ref{Kind: "organization", ID: o.ID, Name: o.Name}, changed...)
		return o, &e
	})
}

// Check judges a contact window: a supplier must be able to ask somebody.
func (c Contact) Check(f *fault.Fields) {
	checkName(f, "contact_department", c.Department)
	for _, part := range []struct{ name, value string }{{"contact_name", c.Name}, {"contact_hours", c.Hours},
		{"contact_department_en", c.DepartmentEN}, {"contact_name_en", c.NameEN}, {"contact_hours_en", c.HoursEN}} {
		f.OneLine(part.name, part.value, maxName)
	}
	checkName(f, "contact_phone", c.Phone)
	if !ValidEmail(c.Email) {
		f.Add("contact_email", "fault.email")
	}
}

// TestMail lets the viewer, who sees to the installation, send a test mail to the own
// address, and gives that.
func (s *Service) TestMail(ctx context.Context, v access.Viewer) (User, error) {
	if !v.Can(access.ManageSystem) || v.User == "" {
		return User{}, fault.New(fault.Forbidden, "fault.forbidden")
	}
	u, err := s.store.UserByID(ctx, v.User)
	if err != nil {
		return User{}, err
	}
	e := audit.New(v, s.newID(), s.now(), ActionMailTested, audit.Ref{Kind: "user", ID: u.ID, Name: u.Name})
	return u, s.store.NoteMailTest(ctx, u.ID, e)
}
