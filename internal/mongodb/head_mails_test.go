package mongodb_test

import (
	"testing"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
	"tsunagi/internal/work"
)

// mailing mails the head of o1's chain to its owners.
type mailing struct {
	people
	now time.Time
}

func (m *mailing) once() error {
	mails := &work.HeadMails{Store: m.Org, Chains: m.db.Chains(), NewID: newULID, Now: func() time.Time { return m.now }}
	head, err := m.db.Chains().Head(m.Context(), "o1")
	if err != nil {
		return err
	}
	return mails.Tell(m.Context(), head.Anchor(m.now))
}

// mailed are the messages that are owed.
func (m *mailing) mailed() []notify.Message {
	m.Helper()
	all, _, err := m.db.Outbox().Ledger(m.Context(), access.System("o1", "test"), notify.Filter{Page: 1, Size: 100})
	m.must(err)
	return all
}

func newMailing(t *testing.T) *mailing {
	t.Helper()
	db := dbtest.Open(t)
	m := &mailing{people{t, db.Accounts(), db, time.Now().UTC().Truncate(time.Millisecond)}, time.Now().UTC().Truncate(time.Millisecond)}
	owner := access.Viewer{Kind: access.Member, Org: "o1", User: "u1", Roles: []access.Role{access.Owner}}
	m.must(m.CreateOwner(t.Context(), org.Organization{ID: "o1", Name: "甲社", CreatedAt: m.now}, org.User{ID: "u1", Email: "u1@example.jp", Lang: "ja"},
		org.Membership{ID: "o1:u1", Org: "o1", User: "u1", Roles: []access.Role{access.Owner}}, audit.New(owner, newULID(), m.now, "org.created", audit.Ref{Kind: "org", ID: "o1"}),
		func([]org.Organization) error { return nil }))
	if _, err := (&work.Sealing{Store: db.Chains(), Keys: dbtest.Keys, Now: time.Now}).Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestTheHeadIsMailedOnceAWeek: of many processes at the same moment one mails it, and it is
// neither doubled nor forgotten afterwards.
func TestTheHeadIsMailedOnceAWeek(t *testing.T) {
	m := newMailing(t)
	m.must(m.once())
	if got := m.mailed(); len(got) != 0 {
		t.Errorf("a new organisation was sent %d", len(got))
	}
	for week := 1; week <= 2; week++ {
		m.now = m.at.AddDate(0, 0, 7*week)
		dbtest.AtOnce(t, func(int) error { return m.once() })
		m.now = m.now.Add(6 * 24 * time.Hour)
		m.must(m.once())
		got := m.mailed()
		if len(got) != week || got[0].Kind != notify.Head || got[0].To.Email != "u1@example.jp" {
			t.Fatalf("in week %d: %+v", week, got)
		}
		if a, err := audit.ParseAnchor(got[0].Params[notify.ParamHead]); err != nil || a.Org != "o1" || a.Seq != 1 || m.db.Chains().Anchored(t.Context(), a) != nil {
			t.Errorf("in week %d: %+v, %v", week, a, err)
		}
	}
}

// TestHeadMailsAreOneChange: what was noted since is a conflict, and nothing is owed then.
func TestHeadMailsAreOneChange(t *testing.T) {
	m := newMailing(t)
	seen, err := m.Organization(t.Context(), access.System("o1", "test"))
	m.must(err)
	twice := notify.New("same", "o1", notify.Head, notify.Recipient{Email: "a@example.jp"}, "ja", m.now)
	if err := m.SaveHeadMails(t.Context(), seen, m.now, []notify.Message{twice, twice}); err == nil {
		t.Error("two messages of one id were saved")
	}
	if o, err := m.Organization(t.Context(), access.System("o1", "test")); err != nil || !o.HeadMailedAt.IsZero() {
		t.Errorf("the note stands without its mails: %v, %v", o.HeadMailedAt, err)
	}
	m.must(m.SaveHeadMails(t.Context(), seen, m.now, []notify.Message{twice}))
	other := twice
	other.ID = "other"
	if err := m.SaveHeadMails(t.Context(), seen, m.now, []notify.Message{other}); fault.KindOf(err) != fault.Conflict || len(m.mailed()) != 1 {
		t.Errorf("a second time: %v, %d owed", err, len(m.mailed()))
	}
}
