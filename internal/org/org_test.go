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
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
)

var today = time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)

func faults(err error) string {
	var out []string
	for _, f := range fault.FieldsOf(err) {
		out = append(out, f.Name+" "+f.Key)
	}
	return strings.Join(out, ", ")
}

func member(id string, role access.Role) Member {
	return Member{Membership: Membership{ID: "o:" + id, Org: "o", User: id, Roles: []access.Role{role}, Campaigns: []string{"c"}}, User: User{ID: id, Email: id + "@example.jp", Name: id}}
}

func TestValidEmailIsOnePlainAddress(t *testing.T) {
	for email, want := range map[string]bool{"a@example.jp": true, "o'neil+x@mail.example.co.jp": true, "名前@例え.jp": true, "": false, "a": false, "a@example": false,
		"a@example.": false, "a..b@example.jp": false, ".a@example.jp": false, "a b@example.jp": false, "a@b@example.jp": false, "a@example.jp\n": false,
		"<a@example.jp>": false, "a,b@example.jp": false, "a\xff@example.jp": false, strings.Repeat("a", 250) + "@example.jp": false} {
		t.Run(fmt.Sprintf("%.30q", email), func(t *testing.T) {
			if got := ValidEmail(email); got != want {
				t.Errorf("ValidEmail = %v, want %v", got, want)
			}
		})
	}
}

func TestNewInvitation(t *testing.T) {
	until, past := today.AddDate(0, 1, 0), today.AddDate(0, -1, 0)
	for _, tt := range []struct {
		name string
		i    Invitation
		want string
	}{
		{"a buyer", Invitation{Name: " 購 買子 ", Email: " New@Example.jp", Roles: []access.Role{access.Buyer}}, ""},
		{"an auditor of one campaign", Invitation{Name: "監 査", Email: "x@example.jp", Roles: []access.Role{access.Auditor}, Until: &until, Campaigns: []string{"c"}}, ""},
		{"an auditor for ever", Invitation{Name: "監 査", Email: "x@example.jp", Roles: []access.Role{access.Auditor}}, "until fault.org.auditor-until"},
		{"an auditor of the past", Invitation{Name: "監 査", Email: "x@example.jp", Roles: []access.Role{access.Auditor}, Until: &past}, "until fault.date-past"},
		{"a buyer of one campaign", Invitation{Name: "購", Email: "x@example.jp", Roles: []access.Role{access.Buyer}, Campaigns: []string{"c"}}, "campaigns fault.org.campaigns-auditor"},
		{"who belongs already", Invitation{Name: "購", Email: "U1@example.jp", Roles: []access.Role{access.Buyer}}, "email fault.org.already-member"},
		{"nobody", Invitation{Roles: []access.Role{"king"}}, "name fault.required, email fault.email, role fault.choose"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			i, err := NewInvitation(tt.i, []Member{member("u1", access.Owner)}, today)
			if faults(err) != tt.want {
				t.Fatalf("NewInvitation = %q, want %q", faults(err), tt.want)
			}
			if err == nil && (i.Generation != 1 || !i.ExpiresAt.Equal(today.Add(invitationLife)) || i.Email != FoldEmail(tt.i.Email) || !i.Open()) {
				t.Errorf("invited %+v", i)
			}
		})
	}
	i := Invitation{Generation: 1, ExpiresAt: today}
	if r := Renew(i, today); r.Generation != 2 || !r.ExpiresAt.After(today) || !r.Open() {
		t.Errorf("Renew = %+v", r)
	}
	if r := Revoke(i, today); r.Generation != 2 || r.Open() {
		t.Errorf("Revoke = %+v", r)
	}
}

func TestTheLastOwnerStays(t *testing.T) {
	one := []Member{member("u1", access.Owner), member("u2", access.Buyer)}
	two := append(one, member("u3", access.Owner))
	until := today.AddDate(1, 0, 0)
	ends := member("u3", access.Owner) // whose account ends
	ends.Membership.Until = &until
	beside := append(slices.Clone(one), ends)
	for _, tt := range []struct {
		name string
		do   func() error
		kind fault.Kind // 0: it is done
	}{
		{"the last becomes a buyer", func() error { _, _, err := ChangeRoles(one, "u1", []access.Role{access.Buyer}, nil); return err }, fault.Invalid},
		{"the last leaves", func() error { _, err := Leave(one, "u1"); return err }, fault.Invalid},
		{"the last stays owner", func() error { _, _, err := ChangeRoles(one, "u1", []access.Role{access.Owner}, nil); return err }, 0},
		{"one of two becomes a buyer", func() error { _, _, err := ChangeRoles(two, "u1", []access.Role{access.Buyer}, nil); return err }, 0},
		{"one of two leaves", func() error { _, err := Leave(two, "u3"); return err }, 0},
		{"a buyer leaves", func() error { _, err := Leave(one, "u2"); return err }, 0},
		{"a buyer becomes an auditor", func() error { _, _, err := ChangeRoles(one, "u2", []access.Role{access.Auditor}, &until); return err }, 0},
		{"an auditor for ever", func() error { _, _, err := ChangeRoles(one, "u2", []access.Role{access.Auditor}, nil); return err }, fault.Invalid},
		{"no such role", func() error { _, _, err := ChangeRoles(one, "u2", []access.Role{"king"}, nil); return err }, fault.Invalid},
		{"no role at all", func() error { _, _, err := ChangeRoles(one, "u2", nil, nil); return err }, fault.Invalid},
		{"buyer and reviewer", func() error {
			_, _, err := ChangeRoles(one, "u2", []access.Role{access.Reviewer, access.Buyer}, nil)
			return err
		}, 0},
		{"a reader for ever", func() error { _, _, err := ChangeRoles(one, "u2", []access.Role{access.Reader}, nil); return err }, 0},
		{"an auditor who buys", func() error {
			_, _, err := ChangeRoles(one, "u2", []access.Role{access.Buyer, access.Auditor}, &until)
			return err
		}, fault.Invalid},
		{"the last owner reviews, too", func() error {
			_, _, err := ChangeRoles(one, "u1", []access.Role{access.Reviewer, access.Owner}, nil)
			return err
		}, 0},
		{"the last owner only reviews and buys", func() error {
			_, _, err := ChangeRoles(one, "u1", []access.Role{access.Reviewer, access.Buyer}, nil)
			return err
		}, fault.Invalid},
		{"the last owner gets an end date", func() error { _, _, err := ChangeRoles(one, "u1", []access.Role{access.Owner}, &until); return err }, fault.Invalid},
		{"one of two gets an end date", func() error { _, _, err := ChangeRoles(two, "u1", []access.Role{access.Owner}, &until); return err }, 0},
		{"the last becomes a buyer beside one who ends", func() error { _, _, err := ChangeRoles(beside, "u1", []access.Role{access.Buyer}, nil); return err }, fault.Invalid},
		{"the last leaves beside one who ends", func() error { _, err := Leave(beside, "u1"); return err }, fault.Invalid},
		{"one who ends leaves", func() error { _, err := Leave(beside, "u3"); return err }, 0},
		{"only one who ends leaves", func() error { _, err := Leave(beside[1:], "u3"); return err }, fault.Invalid},
		{"only one who ends stays for good", func() error { _, _, err := ChangeRoles(beside[1:], "u3", []access.Role{access.Owner}, nil); return err }, 0},
		{"nobody", func() error { _, _, err := ChangeRoles(one, "u9", []access.Role{access.Buyer}, nil); return err }, fault.NotFound},
		{"nobody leaves", func() error { _, err := Leave(one, "u9"); return err }, fault.NotFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.do(); (err == nil) != (tt.kind == 0) || err != nil && fault.KindOf(err) != tt.kind {
				t.Errorf("%v, want %s", err, tt.kind)
			}
		})
	}
	if _, m, _ := ChangeRoles(one, "u2", []access.Role{access.Reviewer}, nil); m.Membership.Campaigns != nil {
		t.Error("a reviewer is limited to campaigns")
	}
	if _, m, _ := ChangeRoles(one, "u2", []access.Role{access.Auditor}, &until); len(m.Membership.Campaigns) != 1 {
		t.Error("an auditor loses its campaigns")
	}
}

func TestCheckOrganization(t *testing.T) {
	good := Organization{Name: "甲社", Contact: Contact{Department: "調達部", Phone: "000", Email: "a@example.jp"}, Closures: []string{"2026-12-11"}}
	if err := checkOrganization(good); err != nil {
		t.Error(err)
	}
	bad := Organization{Closures: append(make([]string, maxClosures), "tomorrow"), Contact: Contact{Hours: "a\nb"}}
	if got := faults(checkOrganization(bad)); !strings.HasPrefix(got, "name fault.required") || !strings.Contains(got, "closures fault.too-long") || !strings.Contains(got, "contact_hours fault.one-line") {
		t.Errorf("CheckOrganization = %q", got)
	}
}

// memory is a store of one organisation, which keeps what it was given.
type memory struct {
	users       map[string]User // by address
	members     []Member
	invitation  Invitation
	session     Session
	attempts    map[budget.Kind]int
	entries     []audit.Entry
	mails       []notify.Message
	touched     bool
	switched    string
	organized   Organization
	memberships []Membership
}

func (m *memory) keep(mails []notify.Message, e ...audit.Entry) error {
	watched.Note(e...)
	m.entries, m.mails = append(m.entries, e...), append(m.mails, mails...)
	return nil
}

func none() error { return fault.New(fault.NotFound, "fault.not-found") }

func (m *memory) Members(context.Context, access.Viewer) ([]Member, error) { return m.members, nil }
func (m *memory) Invitations(context.Context, access.Viewer) ([]Invitation, error) {
	return []Invitation{m.invitation}, nil
}
func (m *memory) Language(context.Context, access.Viewer, string) (string, error) { return "", nil }

func (m *memory) Organization(context.Context, access.Viewer) (Organization, error) {
	return m.organized, nil
}
func (m *memory) UserByEmail(_ context.Context, email string) (User, error) {
	if u, ok := m.users[email]; ok {
		return u, nil
	}
	return User{}, none()
}
func (m *memory) UserByID(_ context.Context, id string) (User, error) {
	for _, u := range m.users {
		if u.ID == id {
			return u, nil
		}
	}
	return User{}, none()
}
func (m *memory) MembershipsOf(_ context.Context, user string) ([]Membership, error) {
	return m.memberships, nil
}
func (m *memory) HasUsers(context.Context) (bool, error) { return len(m.users) > 0, nil }
func (m *memory) SignedIn(_ context.Context, id string) (SignedIn, error) {
	if id != m.session.ID {
		return SignedIn{}, none()
	}
	return SignedIn{Session: m.session, User: User{ID: m.session.User}, Memberships: m.memberships, Organizations: []Organization{{ID: "o"}, {ID: "o2"}, {ID: "o3"}}}, nil
}
func (m *memory) SaveSession(_ context.Context, s Session, e audit.Entry) error {
	watched.Note(e)
	m.session, m.entries = s, append(m.entries, e)
	return nil
}

func (m *memory) NoteMailTest(ctx context.Context, _ string, e audit.Entry) error {
	return m.NoteFailure(ctx, "", []audit.Entry{e})
}

func (m *memory) NoteFailure(_ context.Context, _ string, entries []audit.Entry) error {
	watched.Note(entries...)
	m.entries = append(m.entries, entries...)
	return nil
}
func (m *memory) TouchSession(context.Context, string, time.Time, time.Time) error {
	m.touched = true
	return nil
}
func (m *memory) SwitchSession(_ context.Context, _, org string) error { m.switched = org; return nil }
func (m *memory) EndSession(context.Context, string) error             { m.session = Session{}; return nil }
func (m *memory) Spend(_ context.Context, spendings ...budget.Spending) error {
	for _, s := range spendings {
		if m.attempts[s.Kind] >= s.Kind.Traits().Most {
			return s.Kind.Empty(float64(m.attempts[s.Kind]))
		}
		m.attempts[s.Kind]++
	}
	return nil
}
func (m *memory) Refund(_ context.Context, spendings ...budget.Spending) error {
	for _, s := range spendings {
		m.attempts[s.Kind]--
	}
	return nil
}
func (m *memory) CreateOwner(_ context.Context, o Organization, u User, mm Membership, e audit.Entry, beside func([]Organization) error) error {
	if err := beside(nil); err != nil {
		return err
	}
	m.organized, m.users[u.Email], m.memberships = o, u, []Membership{mm}
	m.members = []Member{{mm, u}}
	return m.keep(nil, e)
}
func (m *memory) UpdateOrganization(_ context.Context, _ access.Viewer, change func(Organization) (Organization, *audit.Entry)) error {
	o, e := change(m.organized)
	if m.organized = o; e == nil {
		return nil
	}
	return m.keep(nil, *e)
}
func (m *memory) UpdateUser(ctx context.Context, id string, change func(User) (User, *audit.Entry)) error {
	was, _ := m.UserByID(ctx, id)
	u, e := change(was)
	if m.users[u.Email] = u; e == nil {
		return nil
	}
	return m.keep(nil, *e)
}
func (m *memory) SetPassword(_ context.Context, seen User, hash string, e []audit.Entry) error {
	u := m.users[seen.Email]
	if u.Password != seen.Password || u.ResetGeneration != seen.ResetGeneration {
		return fault.New(fault.Conflict, "fault.conflict")
	}
	u.Password = hash
	u.ResetGeneration++
	m.users[seen.Email] = u
	return m.keep(nil, e...)
}
func (m *memory) StartReset(_ context.Context, seen, next User, mail notify.Message) error {
	u := m.users[seen.Email]
	u.ResetGeneration, u.ResetMadeAt, u.ResetUntil = mail.Generation, next.ResetMadeAt, next.ResetUntil
	m.users[seen.Email] = u
	return m.keep([]notify.Message{mail})
}
func (m *memory) Invitation(_ context.Context, id string) (Invitation, error) {
	if id != m.invitation.ID {
		return Invitation{}, none()
	}
	return m.invitation, nil
}
func (m *memory) AddInvitation(_ context.Context, i Invitation, e audit.Entry, mail notify.Message) error {
	m.invitation = i
	return m.keep([]notify.Message{mail}, e)
}
func (m *memory) ChangeInvitation(_ context.Context, i Invitation, seen int, e audit.Entry, mails []notify.Message) error {
	if m.invitation.Generation != seen {
		return fault.New(fault.Conflict, "fault.conflict")
	}
	m.invitation = i
	return m.keep(mails, e)
}
func (m *memory) AcceptInvitation(_ context.Context, i Invitation, u User, mm Membership, e audit.Entry) error {
	m.invitation, m.users[u.Email], m.memberships = i, u, []Membership{mm}
	m.members = append(m.members, Member{mm, u})
	return m.keep(nil, e)
}
func (m *memory) ChangeMembers(_ context.Context, _ access.Viewer, decide func([]Member) (MemberChange, error)) error {
	change, err := decide(m.members)
	if err != nil {
		return err
	}
	return m.keep(nil, change.Entry)
}

const password = "とても長い文のパスワードです"

// TestAnOrganizationFromItsFirstOwner goes the whole way of accounts once: owner,
// sign-in, invitation, a colleague, roles, passwords.
func TestAnOrganizationFromItsFirstOwner(t *testing.T) {
	m := &memory{users: map[string]User{}, attempts: map[budget.Kind]int{}}
	now, n, ctx := today, 0, t.Context()
	s := NewService(m, func() time.Time { return now }, func() string { n++; return fmt.Sprint("id", n) }, Cost{Passes: 1, Memory: 8})
	if needs, err := s.NeedsOwner(ctx); !needs || err != nil {
		t.Fatalf("NeedsOwner = %v, %v", needs, err)
	}
	if _, _, err := s.CreateOwner(ctx, NewOwner{Email: "nowhere"}); !strings.Contains(faults(err), "email fault.email") {
		t.Errorf("an owner without anything: %v", err)
	}
	owner, o, err := s.CreateOwner(ctx, NewOwner{Organization: "甲社", Name: "所 有者", Email: "Owner@example.jp", Password: password, Lang: "en", First: true})
	if err != nil || o.ID != firstID || owner.Email != "owner@example.jp" || owner.Lang != "en" {
		t.Fatalf("CreateOwner = %+v, %+v, %v", owner, o, err)
	}
	if _, err := s.SignIn(ctx, "owner@example.jp", "wrong", From{Address: "::1"}); fault.KindOf(err) != fault.Invalid || m.attempts[budget.SignIn] != 1 || m.attempts[budget.Network] != 1 {
		t.Errorf("a wrong password: %v, counted %v", err, m.attempts)
	}
	cookie, err := s.SignIn(ctx, "owner@example.jp", password, From{Address: "::1"})
	if err != nil || cookie == "" || m.attempts[budget.SignIn] != 1 || m.attempts[budget.Network] != 1 {
		t.Fatalf("SignIn: %v, counted %v", err, m.attempts)
	}
	v := access.Viewer{Kind: access.Member, Org: o.ID, User: owner.ID, Name: owner.Name, Roles: []access.Role{access.Owner}}
	i, err := s.Invite(ctx, v, Invitation{Name: "購 買子", Email: "buyer@example.jp", Roles: []access.Role{access.Buyer}})
	if err != nil || i.InvitedBy != owner.Name || len(m.mails) != 1 {
		t.Fatalf("Invite = %+v, %v", i, err)
	}
	if err := s.Resend(ctx, v, i.ID); err != nil || m.invitation.Generation != 2 {
		t.Errorf("Resend: %v", err)
	}
	got, known, err := s.Invitation(ctx, i.ID)
	if err != nil || known {
		t.Fatalf("Invitation = %v, %v", known, err)
	}
	if _, err := s.Accept(ctx, got, "", "short", "ja"); fault.KindOf(err) != fault.Invalid {
		t.Errorf("accepted with nothing: %v", err)
	}
	if _, err := s.Accept(ctx, got, "購 買子", password, "ja"); err != nil || len(m.members) != 2 {
		t.Fatalf("Accept: %v", err)
	}
	if _, _, err := s.Invitation(ctx, i.ID); fault.KindOf(err) != fault.Gone {
		t.Errorf("an invitation that was used: %v", err)
	}
	if err := s.Revoke(ctx, v, i.ID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("revoking what was used: %v", err)
	}
	buyer := m.users["buyer@example.jp"]
	if err := s.ChangeMember(ctx, v, buyer.ID, []access.Role{access.Reviewer}, nil); err != nil {
		t.Error(err)
	}
	if err := s.ChangeMember(ctx, v, owner.ID, []access.Role{access.Buyer}, nil); fault.KindOf(err) != fault.Invalid {
		t.Errorf("the last owner gives up: %v", err)
	}
	if err := s.RemoveMember(ctx, v, buyer.ID); err != nil {
		t.Error(err)
	}
	account := Account{User: buyer, Organization: o, Others: []Organization{{ID: "o2"}}}
	if err := s.ChangePassword(ctx, account, "wrong", "もう一つの、とても長いパスワード"); faults(err) != "present fault.org.password-wrong" {
		t.Errorf("ChangePassword: %v", err)
	}
	if err := s.ChangeProfile(ctx, account, " ", "ja"); faults(err) != "name fault.required" {
		t.Errorf("a profile without a name: %v", err)
	}
	if err := s.ChangeProfile(ctx, account, "購 買美", "ja"); err != nil || m.users[buyer.Email].Name != "購 買美" {
		t.Errorf("ChangeProfile: %v", err)
	}
	if err := s.AskReset(ctx, "buyer@example.jp", "::1"); err != nil || m.users[buyer.Email].ResetGeneration != 1 {
		t.Errorf("AskReset: %v", err)
	}
	before := m.users[buyer.Email].ResetUntil
	now = now.Add(resetLife / 2)
	if err := s.AskReset(ctx, "buyer@example.jp", "::2"); err != nil || m.users[buyer.Email].ResetGeneration != 1 || !m.users[buyer.Email].ResetUntil.After(before) {
		t.Errorf("AskReset while a link can be used makes it worthless: %v, %+v", err, m.users[buyer.Email])
	}
	now = now.Add(resetLife / 2)
	delete(m.attempts, budget.Reset)
	for range 3 { // a link that nobody uses ends, however often a stranger asks
		if err := s.AskReset(ctx, "buyer@example.jp", "::2"); err != nil || m.users[buyer.Email].ResetGeneration != 2 {
			t.Errorf("AskReset an hour later: %v, %+v, want another link", err, m.users[buyer.Email])
		}
		now = now.Add(resetLife / 4)
	}
	if err := s.AskReset(ctx, "stranger@example.jp", "::1"); err != nil {
		t.Errorf("AskReset tells who has an account: %v", err)
	}
	if err := s.AskReset(ctx, "nowhere", "::1"); fault.KindOf(err) != fault.Invalid {
		t.Errorf("AskReset for no address: %v", err)
	}
	if _, err := s.ResetUser(ctx, owner.ID); fault.KindOf(err) != fault.Gone {
		t.Errorf("a reset that was not asked for: %v", err)
	}
	if err := s.Reset(ctx, buyer, "short"); fault.KindOf(err) != fault.Invalid {
		t.Errorf("Reset to a short one: %v", err)
	}
	linked, err := s.ResetUser(ctx, buyer.ID)
	if err != nil {
		t.Errorf("ResetUser: %v", err)
	}
	if err := s.Reset(ctx, linked, "もう一つの、とても長いパスワード"); err != nil || m.users[buyer.Email].Password == buyer.Password {
		t.Errorf("Reset: %v", err)
	}
	if err := s.Reset(ctx, linked, "三つ目の、とても長いパスワード"); fault.KindOf(err) != fault.Gone {
		t.Errorf("the same link again: %v", err)
	}
	if again, err := s.Invite(ctx, v, Invitation{Name: "例", Email: "rei@example.jp", Roles: []access.Role{access.Reviewer}}); err != nil || s.Revoke(ctx, v, again.ID) != nil {
		t.Errorf("revoking an open one: %v", err)
	}
	if err := s.ChangeOrganization(ctx, v, Organization{Name: "甲社", Contact: Contact{Department: "調達部", Phone: "000", Email: "a@example.jp"}}); err != nil {
		t.Errorf("ChangeOrganization: %v", err)
	}
	for action, want := range map[audit.Action]int{ActionOrgCreated: 1, ActionUserInvited: 3, ActionUserJoined: 1, ActionUserChanged: 1, ActionUserRemoved: 1,
		ActionUserSelfEdits: 1, ActionUserPassword: 1, ActionOrgChanged: 1, ActionUserRevoked: 1} {
		n := 0
		for _, e := range m.entries {
			if e.Action == action {
				n++
			}
		}
		if n != want {
			t.Errorf("%s is recorded %d times, want %d", action, n, want)
		}
	}
}

func TestSessions(t *testing.T) {
	past, later := today.Add(-time.Hour), today.Add(time.Hour)
	fresh := func() *memory {
		return &memory{session: Session{ID: sessionID("cookie"), User: "u", Org: "o", CreatedAt: past, SeenAt: past, ExpiresAt: later}, attempts: map[budget.Kind]int{},
			memberships: []Membership{{Org: "o", User: "u", Roles: []access.Role{access.Buyer}}, {Org: "o2", User: "u", Roles: []access.Role{access.Buyer}}, {Org: "o3", User: "u", Until: &past}}}
	}
	for _, tt := range []struct {
		name   string
		change func(*memory)
		cookie string
		kind   fault.Kind
	}{
		{"holds", func(*memory) {}, "cookie", 0},
		{"another cookie", func(*memory) {}, "x", fault.Unauthenticated},
		{"expired", func(m *memory) { m.session.ExpiresAt = today }, "cookie", fault.Unauthenticated},
		{"membership is over", func(m *memory) { m.memberships[0].Until = &past }, "cookie", fault.Unauthenticated},
		{"user is gone", func(m *memory) { m.session.User = "" }, "cookie", fault.Unauthenticated},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := fresh()
			tt.change(m)
			s := NewService(m, func() time.Time { return today }, nil, FullCost)
			a, err := s.Authenticate(t.Context(), tt.cookie)
			if (err == nil) != (tt.kind == 0) || err != nil && fault.KindOf(err) != tt.kind {
				t.Fatalf("Authenticate = %v, want %s", err, tt.kind)
			}
			if err != nil {
				return
			}
			if v := a.Viewer(); v.Org != "o" || !v.Is(access.Buyer) || len(a.Others) != 1 || !m.touched {
				t.Errorf("signed in as %+v, others %v", v, a.Others)
			}
			if err := s.Switch(t.Context(), a, "cookie", "o3"); fault.KindOf(err) != fault.NotFound {
				t.Errorf("switched to what is over: %v", err)
			}
			if err := s.Switch(t.Context(), a, "cookie", "o2"); err != nil || m.switched != "o2" {
				t.Errorf("Switch: %v", err)
			}
			if err := s.SignOut(t.Context(), "cookie"); err != nil || m.session.ID != "" {
				t.Errorf("SignOut: %v", err)
			}
		})
	}
}

// TestEveryGuessIsCounted lets somebody guess at every place that asks for a password
// until there is nothing left to spend; then not even the right one is judged.
func TestEveryGuessIsCounted(t *testing.T) {
	cheap := Cost{Passes: 1, Memory: 8}
	user := User{ID: "u", Email: "a@example.jp", Password: cheap.hash(password)}
	account := Account{User: user}
	invitation := Invitation{ID: "i", Org: "o", Email: user.Email}
	device := NewDevice(user.Email, "d1")
	for _, tt := range []struct {
		kind  budget.Kind
		guess func(s *Service, password string) error
	}{
		{budget.SignIn, func(s *Service, password string) error {
			_, err := s.SignIn(t.Context(), user.Email, password, From{Address: "::1"})
			return err
		}},
		{budget.Device, func(s *Service, password string) error {
			_, err := s.SignIn(t.Context(), user.Email, password, From{Address: "::1", Device: device})
			return err
		}},
		{budget.Present, func(s *Service, guess string) error {
			return s.ChangePassword(t.Context(), account, guess, "もう一つの、とても長いパスワード")
		}},
		{budget.Joining, func(s *Service, password string) error {
			_, err := s.Accept(t.Context(), invitation, "", password, "ja")
			return err
		}},
	} {
		t.Run(string(tt.kind), func(t *testing.T) {
			m := &memory{attempts: map[budget.Kind]int{}, users: map[string]User{user.Email: user}, memberships: []Membership{{Org: "o", User: "u"}}}
			s := NewService(m, func() time.Time { return today }, func() string { return "id" }, cheap)
			for range tt.kind.Traits().Most {
				if err := tt.guess(s, "wrong"); fault.KindOf(err) != fault.Invalid {
					t.Fatalf("a wrong password: %v, want Invalid", err)
				}
			}
			if err := tt.guess(s, password); fault.KindOf(err) != fault.TooMany {
				t.Errorf("after %d guesses: %v, want TooMany", tt.kind.Traits().Most, err)
			}
			m.attempts[tt.kind]--
			if err := tt.guess(s, password); err != nil {
				t.Errorf("the right one while one is left: %v", err)
			}
			if m.attempts[tt.kind] != tt.kind.Traits().Most-1 {
				t.Errorf("the right one is counted: %d", m.attempts[tt.kind])
			}
		})
	}
}

// TestAStrangerLocksNoKnownBrowserOut empties what strangers may spend, on the account
// and in the network: a browser that signed in before still gets in, and one that was
// known for another account does not.
func TestAStrangerLocksNoKnownBrowserOut(t *testing.T) {
	cheap := Cost{Passes: 1, Memory: 8}
	m := &memory{attempts: map[budget.Kind]int{budget.SignIn: 10, budget.Account: 100, budget.Network: 50},
		users: map[string]User{"a@example.jp": {ID: "u", Email: "a@example.jp", Password: cheap.hash(password)}}, memberships: []Membership{{Org: "o", User: "u"}}}
	s := NewService(m, func() time.Time { return today }, func() string { return "id" }, cheap)
	for device, want := range map[string]bool{NewDevice("A@example.jp ", "d1"): true, NewDevice("b@example.jp", "d1"): false, "": false} {
		_, err := s.SignIn(t.Context(), "a@example.jp", password, From{Address: "::1", Device: device})
		if (err == nil) != want || err != nil && fault.KindOf(err) != fault.TooMany {
			t.Errorf("from the browser %q: %v, want to get in: %v", device, err, want)
		}
	}
}

func TestTooManyAttempts(t *testing.T) {
	m := &memory{attempts: map[budget.Kind]int{budget.Network: 50, budget.ResetFrom: 50}, users: map[string]User{}}
	s := NewService(m, func() time.Time { return today }, nil, FullCost)
	if _, err := s.SignIn(t.Context(), "a@example.jp", password, From{Address: "::1"}); fault.KindOf(err) != fault.TooMany {
		t.Errorf("SignIn from a network that guessed 50 times: %v", err)
	}
	if err := s.AskReset(t.Context(), "a@example.jp", "::1"); fault.KindOf(err) != fault.TooMany {
		t.Errorf("AskReset from there: %v", err)
	}
	if _, err := s.SignIn(t.Context(), strings.Repeat("a", 300), password, From{Address: "::2"}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("an endless address: %v", err)
	}
}

// TestASessionEndsAfterThirtyDays uses a session every hour: it is prolonged, and ends
// thirty days after it began all the same.
func TestASessionEndsAfterThirtyDays(t *testing.T) {
	s := Session{CreatedAt: today, ExpiresAt: today.Add(sessionLife)}
	now := today
	for s.holds(now) {
		s.ExpiresAt = s.until(now)
		now = now.Add(time.Hour)
		if now.Sub(today) > 2*longestSession {
			t.Fatal("it never ends")
		}
	}
	if got := now.Sub(today); got != longestSession {
		t.Errorf("it ended after %s, want %s", got, longestSession)
	}
	s.ExpiresAt = today.AddDate(1, 0, 0) // as a version before wrote it
	if s.holds(today.Add(longestSession)) {
		t.Error("one that was prolonged before there was an end has none")
	}
}

// TestAChangeOfRolesSaysWhatWas: the trail tells of both sides, and of the end date only
// where it moves.
func TestAChangeOfRolesSaysWhatWas(t *testing.T) {
	until := time.Date(2027, 3, 31, 14, 59, 59, 0, time.UTC)
	buyer := Membership{Roles: []access.Role{access.Buyer}}
	both := Membership{Roles: []access.Role{access.Buyer, access.Reviewer}}
	auditor := Membership{Roles: []access.Role{access.Auditor}, Until: &until}
	for _, tt := range []struct {
		was, is Membership
		want    []audit.Detail
	}{
		{buyer, both, []audit.Detail{{Key: "role", Value: "buyer → buyer、reviewer"}}},
		{both, auditor, []audit.Detail{{Key: "role", Value: "buyer、reviewer → auditor"}, audit.WasAt("until", time.Time{}, until)}},
		{auditor, buyer, []audit.Detail{{Key: "role", Value: "auditor → buyer"}, audit.WasAt("until", until, time.Time{})}},
	} {
		if got := tt.was.changes(tt.is); !slices.Equal(got, tt.want) {
			t.Errorf("%v: %v, want %v", tt.is.Roles, got, tt.want)
		}
	}
}

// TestATestMail is for who sees to the installation, to the own address, and in the trail.
func TestATestMail(t *testing.T) {
	m := &memory{users: map[string]User{}}
	s := NewService(m, func() time.Time { return today }, func() string { return "id" }, Cost{Passes: 1, Memory: 8})
	u, _, err := s.CreateOwner(t.Context(), NewOwner{Organization: "甲社", Name: "例 花子", Email: "one@example.jp", Password: "毎朝七時に工場を開けます", First: true})
	if err != nil || !u.Administrator {
		t.Fatalf("%+v, %v; want the first owner to have the mark", u, err)
	}
	v := access.Viewer{Kind: access.Member, Org: firstID, User: u.ID, Roles: []access.Role{access.Owner}}
	if _, err := s.TestMail(t.Context(), v); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("without the mark: %v", err)
	}
	v.Administrator = true
	to, err := s.TestMail(t.Context(), v)
	if last := m.entries[len(m.entries)-1]; err != nil || to.Email != "one@example.jp" || last.Action != ActionMailTested || last.Actor.ID != u.ID {
		t.Errorf("to %q, %v, in the trail %+v", to.Email, err, last)
	}
}
