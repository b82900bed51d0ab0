package mongodb_test

import (
	"slices"
	"testing"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/account"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
)

// people is a store with an owner, and what asks for each of its calls.
type people struct {
	*testing.T
	account.Org
	db *mongodb.DB
	at time.Time
}

func newPeople(t *testing.T) people {
	t.Helper()
	db := dbtest.Open(t)
	p := people{t, db.Accounts(), db, time.Now().UTC().Truncate(time.Millisecond)}
	p.must(p.CreateOwner(t.Context(), org.Organization{ID: "o1", Name: "甲社"}, org.User{ID: "u1", Email: "u1@example.jp"},
		org.Membership{ID: "o1:u1", Org: "o1", User: "u1", Roles: []access.Role{access.Owner}}, audit.Entry{ID: "e1", Org: "o1"},
		func([]org.Organization) error { return nil }))
	return p
}

func (p people) must(err error) {
	p.Helper()
	if err != nil {
		p.Error(err)
	}
}

func TestASessionIsFoundUntilItEnds(t *testing.T) {
	p, ctx := newPeople(t), t.Context()
	p.must(p.SaveSession(ctx, org.Session{ID: "s1", User: "u1", Org: "o1", CreatedAt: p.at, ExpiresAt: p.at.Add(time.Hour)}, audit.Entry{ID: newULID(), Org: "o1"}))
	p.must(p.TouchSession(ctx, "s1", p.at.Add(time.Minute), p.at.Add(2*time.Hour)))
	p.must(p.SwitchSession(ctx, "s1", "o2"))
	in, err := p.SignedIn(ctx, "s1")
	if err != nil || in.User.ID != "u1" || !in.User.SignedInAt.Equal(p.at) || len(in.Memberships) != 1 || len(in.Organizations) != 1 ||
		in.Session.Org != "o2" || !in.Session.ExpiresAt.Equal(p.at.Add(2*time.Hour)) {
		t.Errorf("%v %+v", err, in)
	}
	p.must(p.EndSession(ctx, "s1"))
	if _, err := p.SignedIn(ctx, "s1"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("after its end: %v", err)
	}
}

func TestAPasswordEndsSessionsAndTheResetLink(t *testing.T) {
	p, ctx := newPeople(t), t.Context()
	p.must(p.SaveSession(ctx, org.Session{ID: "s1", User: "u1", Org: "o1", CreatedAt: p.at, ExpiresAt: p.at.Add(time.Hour)}, audit.Entry{ID: newULID(), Org: "o1"}))
	u, err := p.UserByID(ctx, "u1")
	p.must(err)
	next := u
	next.ResetGeneration, next.ResetMadeAt, next.ResetUntil = u.ResetGeneration+1, p.at, p.at.Add(time.Hour)
	p.must(p.StartReset(ctx, u, next, notify.Message{ID: "m1", Kind: notify.Reset, Generation: next.ResetGeneration}))
	if err := p.SetPassword(ctx, u, "hash", nil); fault.KindOf(err) != fault.Conflict {
		t.Errorf("by what was seen before the link was asked for: %v, want Conflict", err)
	}
	p.must(p.UpdateUser(ctx, "u1", func(was org.User) (org.User, *audit.Entry) {
		was.Name, was.Lang = "甲野", "en"
		return was, &audit.Entry{ID: "e2", Org: "o1"}
	}))
	u, err = p.UserByID(ctx, "u1")
	p.must(err)
	p.must(p.SetPassword(ctx, u, "hash", nil))
	u, err = p.UserByEmail(ctx, "u1@example.jp")
	if err != nil || u.Password != "hash" || u.ResetGeneration != 2 || !u.ResetUntil.IsZero() || !u.ResetMadeAt.IsZero() || u.Lang != "en" {
		t.Errorf("%v %+v", err, u)
	}
	if _, err := p.SignedIn(ctx, "s1"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("the session: %v", err)
	}
}

func TestAnInvitationIsAcceptedOnce(t *testing.T) {
	p, ctx := newPeople(t), t.Context()
	i := org.Invitation{ID: "v1", Org: "o1", Email: "v1@example.jp", Roles: []access.Role{access.Buyer}, Generation: 1}
	p.must(p.AddInvitation(ctx, i, audit.Entry{ID: "e2", Org: "o1"}, notify.Message{ID: "m1", Kind: notify.Invite}))
	i.Generation = 2
	p.must(p.ChangeInvitation(ctx, i, 1, audit.Entry{ID: "e3", Org: "o1"}, nil))
	i, err := p.Invitation(ctx, "v1")
	p.must(err)
	i.AcceptedAt = p.at
	m := org.Membership{ID: "o1:u2", Org: "o1", User: "u2", Roles: []access.Role{access.Buyer}}
	p.must(p.AcceptInvitation(ctx, i, org.User{ID: "u2", Email: "v1@example.jp"}, m, audit.Entry{ID: "e4", Org: "o1"}))
	if err := p.AcceptInvitation(ctx, i, org.User{ID: "u3", Email: "v2@example.jp"}, m, audit.Entry{ID: "e5", Org: "o1"}); fault.KindOf(err) != fault.Gone {
		t.Errorf("a second time: %v", err)
	}
	if err := p.ChangeInvitation(ctx, i, 2, audit.Entry{ID: "e9", Org: "o1"}, nil); fault.KindOf(err) != fault.Conflict {
		t.Errorf("sent again after it was accepted: %v", err)
	}
	other := org.Invitation{ID: "v2", Org: "o1", Email: "v1@example.jp", Roles: []access.Role{access.Auditor}, Generation: 1}
	p.must(p.AddInvitation(ctx, other, audit.Entry{ID: "e10", Org: "o1"}, notify.Message{ID: "m2", Kind: notify.Invite}))
	other.AcceptedAt = p.at
	if err := p.AcceptInvitation(ctx, other, org.User{ID: "u2"}, m, audit.Entry{ID: "e11", Org: "o1"}); fault.KindOf(err) != fault.Gone {
		t.Errorf("another invitation of who belongs to it already: %v", err)
	}
	owner := access.Viewer{Kind: access.Member, Org: "o1", User: "u1", Roles: []access.Role{access.Owner}}
	m.Roles = []access.Role{access.Reviewer}
	becomes := func(leaves bool, id string) func([]org.Member) (org.MemberChange, error) {
		return func(all []org.Member) (org.MemberChange, error) {
			if len(all) != 2 {
				t.Errorf("%d members are judged, want 2", len(all))
			}
			return org.MemberChange{Membership: m, Leaves: leaves, Entry: audit.Entry{ID: id, Org: "o1"}}, nil
		}
	}
	p.must(p.ChangeMembers(ctx, owner, becomes(false, "e6")))
	if all, err := p.MembershipsOf(ctx, "u2"); err != nil || len(all) != 1 || !slices.Equal(all[0].Roles, m.Roles) {
		t.Errorf("%v %+v", err, all)
	}
	p.must(p.ChangeMembers(ctx, owner, becomes(true, "e7")))
	if all, err := p.MembershipsOf(ctx, "u2"); err != nil || len(all) != 0 {
		t.Errorf("removed: %v %+v", err, all)
	}
	p.must(p.UpdateOrganization(ctx, owner, func(was org.Organization) (org.Organization, *audit.Entry) {
		was.Name = "乙社"
		return was, &audit.Entry{ID: "e8", Org: "o1"}
	}))
	if o, err := p.Organization(ctx, owner); err != nil || o.Name != "乙社" {
		t.Errorf("%v %+v", err, o)
	}
	if ok, err := p.HasUsers(ctx); err != nil || !ok {
		t.Errorf("%v %v", err, ok)
	}
	if u, err := p.UserByID(ctx, "u2"); err != nil || u.Email != "v1@example.jp" {
		t.Errorf("%v %+v", err, u)
	}
}
