package org

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/budget"
)

// kept is a store of one account, and of what is decided about it.
type kept struct {
	held    Held
	all     []Organization
	rescued Rescued
	entries []audit.Entry
}

func (k *kept) Accounts(context.Context, string, int) ([]Held, error) { return nil, nil }
func (k *kept) Organizations(context.Context) ([]Organization, error) { return k.all, nil }
func (k *kept) ChangeAccount(_ context.Context, _ string, _ []string, decide func(Held) (Rescued, error)) (err error) {
	if k.rescued, err = decide(k.held); err == nil {
		k.entries = append(k.entries, k.rescued.Entries...)
		watched.Note(k.rescued.Entries...)
	}
	return err
}
func (k *kept) EndAllSessions(_ context.Context, entries func(had map[string]int) []audit.Entry) (int, error) {
	told := entries(map[string]int{"a": 3, "b": 1})
	k.entries = append(k.entries, told...)
	watched.Note(told...)
	return 4, nil
}

// rescuing is an account u1 in two organisations: a buyer in a, and in b what is given,
// beside others.
func rescuing(role access.Role, others ...Member) (*kept, *Rescue) {
	u := User{ID: "u1", Email: "u1@example.jp", Name: "例 一郎", ResetGeneration: 4, ResetMadeAt: today, ResetUntil: today.Add(time.Hour)}
	in := func(o string, r access.Role) Membership {
		return Membership{ID: o + ":u1", Org: o, User: "u1", Roles: []access.Role{r}}
	}
	k := &kept{all: []Organization{{ID: "a", Name: "甲社"}, {ID: "b", Name: "ＡＢＣ 商事"}}}
	k.held = Held{User: u, Memberships: []Membership{in("a", access.Buyer), in("b", role)}, Organizations: k.all, Sessions: 3,
		People: map[string][]Member{"a": {{Membership: in("a", access.Buyer), User: u}}, "b": append(others, Member{Membership: in("b", role), User: u})}}
	n := 0
	return k, NewRescue(k, func() time.Time { return today }, func() string { n++; return fmt.Sprint("id", n) })
}

func told(entries []audit.Entry) string {
	var out []string
	for _, e := range entries {
		out = append(out, e.Org+" "+string(e.Action))
		if !e.Actor.IsAdministrator() {
			out = append(out, "by somebody else")
		}
	}
	return strings.Join(out, ", ")
}

// TestAPrintedLink works once and for half an hour, also when somebody asks for one by mail
// meanwhile; those before it are dead.
func TestAPrintedLink(t *testing.T) {
	k, s := rescuing(access.Owner)
	u, err := s.ResetLink(t.Context(), "U1@example.jp ")
	if err != nil || u.ResetGeneration != 5 || !u.ResetUntil.Equal(today.Add(30*time.Minute)) || !u.ResetMadeAt.IsZero() {
		t.Fatalf("%+v, %v", u, err)
	}
	if got := told(k.entries); got != "a user.reset-link-made, b user.reset-link-made" {
		t.Error(got)
	}
	if got := u.nextReset(today.Add(20 * time.Minute)); got != u {
		t.Errorf("a mail that was asked for meanwhile changes it: %+v", got)
	}
	if got := u.nextReset(today.Add(30 * time.Minute)); got.ResetGeneration != 6 || got.ResetMadeAt.IsZero() {
		t.Errorf("a mail that was asked for afterwards: %+v", got)
	}
	k.held.User.LockedAt = today
	if _, err := s.ResetLink(t.Context(), "u1@example.jp"); err == nil || !strings.Contains(err.Error(), "unlock") {
		t.Errorf("of a locked account: %v", err)
	}
	k.held = Held{}
	if _, err := s.ResetLink(t.Context(), "u1@example.jp"); err == nil || !strings.Contains(err.Error(), "admin list") {
		t.Errorf("of nobody: %v", err)
	}
}

func TestLocking(t *testing.T) {
	locked, ends, until := member("u2", access.Owner), member("u3", access.Owner), today.AddDate(1, 0, 0)
	locked.User.LockedAt, ends.Membership.Until = today, &until
	for _, c := range []struct {
		name   string
		role   access.Role
		others []Member
		fails  string
	}{
		{"no owner", access.Reviewer, nil, ""},
		{"one of two owners", access.Owner, []Member{member("u2", access.Owner)}, ""},
		{"the last owner", access.Owner, []Member{member("u2", access.Buyer)}, "the last owner of ＡＢＣ 商事"},
		{"the last beside one who is locked", access.Owner, []Member{locked}, "the last owner"},
		{"the last beside one who ends", access.Owner, []Member{ends}, "the last owner"},
	} {
		k, s := rescuing(c.role, c.others...)
		n, err := s.Lock(t.Context(), "u1@example.jp")
		if c.fails != "" {
			if err == nil || !strings.Contains(err.Error(), c.fails) {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		u := k.rescued.User
		if err != nil || n != 3 || !k.rescued.EndSessions || u.LockedAt.IsZero() || !u.ResetUntil.IsZero() || u.ResetGeneration != 5 {
			t.Errorf("%s: %d %v %+v", c.name, n, err, k.rescued)
		}
		if got := told(k.entries); got != "a user.locked, b user.locked" {
			t.Errorf("%s: %s", c.name, got)
		}
	}
	k, s := rescuing(access.Reviewer)
	if err := s.Unlock(t.Context(), "u1@example.jp"); err == nil {
		t.Error("an account that is not locked was unlocked")
	}
	k.held.User.LockedAt = today
	if err := s.Unlock(t.Context(), "u1@example.jp"); err != nil || !k.rescued.User.LockedAt.IsZero() || told(k.entries) != "a user.unlocked, b user.unlocked" {
		t.Errorf("%v %+v", err, k.rescued)
	}
	if _, err := s.Lock(t.Context(), "u1@example.jp"); err == nil {
		t.Error("a locked account was locked again")
	}
}

// TestALockedAccountIsOfNoUse: whoever has its password, a session, an invitation or its
// mailbox.
func TestALockedAccountIsOfNoUse(t *testing.T) {
	u := User{ID: "u1", LockedAt: today}
	in := SignedIn{User: u, Session: Session{Org: "a"}, Memberships: []Membership{{Org: "a"}}, Organizations: []Organization{{ID: "a"}}}
	if _, ok := in.account(today); ok {
		t.Error("a session that began at that moment goes on")
	}
	in.User.LockedAt = time.Time{}
	if _, ok := in.account(today); !ok {
		t.Error("one that is not locked has no account")
	}
	m := &memory{attempts: map[budget.Kind]int{}, users: map[string]User{"u1@example.jp": {ID: "u1", Email: "u1@example.jp", LockedAt: today}}}
	s := NewService(m, func() time.Time { return today }, func() string { return "id" }, Cost{})
	if err := s.AskReset(t.Context(), "u1@example.jp", "192.0.2.1"); err != nil || len(m.mails) > 0 {
		t.Errorf("a link is mailed: %v, %d mails", err, len(m.mails))
	}
	if _, err := s.start(t.Context(), u); err == nil {
		t.Error("a session begins")
	}
}

func TestSessionsAreEnded(t *testing.T) {
	k, s := rescuing(access.Reviewer)
	if n, err := s.EndSessions(t.Context(), "u1@example.jp"); err != nil || n != 3 || !k.rescued.EndSessions || k.rescued.User != k.held.User {
		t.Errorf("%d %v %+v", n, err, k.rescued)
	}
	if n, err := s.EndAllSessions(t.Context()); err != nil || n != 4 {
		t.Errorf("%d %v", n, err)
	}
	if got := told(k.entries); got != "a user.sessions-ended, b user.sessions-ended, a user.sessions-ended, b user.sessions-ended" ||
		k.entries[0].Detail("sessions") != "3 → 0" || k.entries[2].Detail("sessions") != "3 → 0" || k.entries[3].Detail("sessions") != "1 → 0" {
		t.Errorf("%s %+v", got, k.entries)
	}
}

func TestEveryOrganizationIsToldOfAnotherKey(t *testing.T) {
	_, s := rescuing(access.Owner)
	resumed := s.JobResumed("a", "j1", "undo")
	watched.Note(resumed)
	if told([]audit.Entry{resumed}) != "a org.job-resumed" {
		t.Errorf("%+v", resumed)
	}
	entries, err := s.KeyChanged(t.Context(), "0a0b", "0c0d")
	watched.Note(entries...)
	if got := told(entries); err != nil || got != "a org.server-key-changed, b org.server-key-changed" || entries[0].Detail("server-key") != "0a0b → 0c0d" {
		t.Errorf("%v %s", err, got)
	}
}

func TestMakeOwner(t *testing.T) {
	until := today.AddDate(0, 1, 0)
	for _, c := range []struct {
		name         string
		organization string
		change       func(*kept)
		person       string
		fails        string
		roles        string
		entry        string
	}{
		{name: "a buyer", organization: "甲社", roles: "owner、buyer", entry: "a user.changed"},
		{name: "by the id", organization: "a", roles: "owner、buyer", entry: "a user.changed"},
		{name: "by a name in another width", organization: "abc商事", change: func(k *kept) {
			k.held.Memberships[1].Roles, k.held.Memberships[1].Until = []access.Role{access.Auditor}, &until
		}, roles: "owner", entry: "b user.changed"},
		{name: "who does not belong to it", organization: "甲社", change: func(k *kept) { k.held.Memberships = nil }, roles: "owner", entry: "a user.joined"},
		{name: "an owner with an end", organization: "甲社", change: func(k *kept) {
			k.held.Memberships[0].Roles, k.held.Memberships[0].Until = []access.Role{access.Owner}, &until
		}, roles: "owner", entry: "a user.changed"},
		{name: "an owner already", organization: "ＡＢＣ 商事", fails: "is an owner of it already"},
		{name: "an organisation that is not there", organization: "丙社", fails: "there are: 甲社, ＡＢＣ 商事"},
		{name: "one of two of a name", organization: "甲社", change: func(k *kept) { k.all[1].Name = "甲社" }, fails: "by its id, a, b"},
		{name: "nobody", organization: "甲社", change: func(k *kept) { k.held = Held{} }, fails: "give --name"},
		{name: "somebody new", organization: "甲社", change: func(k *kept) { k.held = Held{} }, person: "新 人", roles: "owner", entry: "a user.joined"},
	} {
		k, s := rescuing(access.Owner)
		if c.change != nil {
			c.change(k)
		}
		made, err := s.MakeOwner(t.Context(), "U1@example.jp", c.person, "ja", c.organization)
		if c.fails != "" {
			if err == nil || !strings.Contains(err.Error(), c.fails) {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err != nil || told(k.entries) != c.entry {
			t.Errorf("%s: %v, %s", c.name, err, told(k.entries))
			continue
		}
		m := k.rescued.Joins
		if rolesDetail(m.Roles) != c.roles || !m.ownsForGood() || m.Org != made.Organization.ID {
			t.Errorf("%s: %+v", c.name, m)
		}
		if made.New != (c.person != "") || made.New && (made.User.Email != "u1@example.jp" || made.User.ResetGeneration != 1 || made.User.Password != "") {
			t.Errorf("%s: %+v", c.name, made)
		}
	}
}

func TestSameName(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{{"甲社", "甲社", true}, {"ＡＢＣ 商事", "abc商事", true}, {"株式会社　例", "株式会社例", true}, {"甲社", "乙社", false}} {
		if sameName(c.a, c.b) != c.same {
			t.Errorf("%q and %q", c.a, c.b)
		}
	}
	if slices.ContainsFunc([]string{"", "甲"}, func(n string) bool { return sameName(n, "甲社") }) {
		t.Error("a part of a name is the name")
	}
}

// TestTheMarkOfWhoSeesToTheInstallation: it is set and taken away once, and every
// organisation of the account is told.
func TestTheMarkOfWhoSeesToTheInstallation(t *testing.T) {
	k, rescue := rescuing(access.Owner)
	if err := rescue.SetAdministrator(t.Context(), "u1@example.jp", false); err == nil {
		t.Error("it was taken from who does not have it")
	}
	for _, is := range []bool{true, false} {
		k.entries = nil
		if err := rescue.SetAdministrator(t.Context(), "u1@example.jp", is); err != nil || k.rescued.User.Administrator != is || k.rescued.EndSessions {
			t.Errorf("%v: %+v, %v", is, k.rescued, err)
		}
		if got := told(k.entries); got != "a user.administrator, b user.administrator" || k.rescued.User.ResetGeneration != k.held.User.ResetGeneration {
			t.Errorf("%v: %s", is, got)
		}
		k.held.User = k.rescued.User
		if err := rescue.SetAdministrator(t.Context(), "u1@example.jp", is); err == nil {
			t.Errorf("%v: twice", is)
		}
	}
}
