package mongodb_test

import (
	"strings"
	"testing"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
)

// TestTheAdministratorRescuesAccounts: what is promised at the command line is so in the
// database, and stands in the trail.
func TestTheAdministratorRescuesAccounts(t *testing.T) {
	p, ctx := newPeople(t), t.Context()
	rescue := org.NewRescue(p.Org, func() time.Time { return p.at }, newULID)
	session := func(id, user, of string) {
		t.Helper()
		p.must(p.SaveSession(ctx, org.Session{ID: id, User: user, Org: of, CreatedAt: p.at, ExpiresAt: p.at.Add(time.Hour)}, audit.Entry{ID: newULID(), Org: of}))
	}
	has := func(id string, want bool) {
		t.Helper()
		if _, err := p.SignedIn(ctx, id); (err == nil) != want {
			t.Errorf("session %s is there: %v, want %v", id, err == nil, want)
		}
	}
	byEmail := func(email string) org.User {
		t.Helper()
		u, err := p.UserByEmail(ctx, email)
		p.must(err)
		return u
	}

	made, err := rescue.MakeOwner(ctx, "u2@example.jp", "二 郎", "ja", "甲社")
	if u := byEmail("u2@example.jp"); err != nil || !made.New || u.ID != made.User.ID || !u.ResetUntil.Equal(made.User.ResetUntil) || u.ResetGeneration != 1 {
		t.Fatalf("%+v %v", made, err)
	}
	// A mail with a link is on its way to the first when a link is printed.
	mail := notify.New(newULID(), "", notify.Reset, notify.Recipient{Email: "u1@example.jp"}, "ja", p.at)
	mail.Params, mail.Generation = map[string]string{notify.ParamUser: "u1"}, 1
	seen := byEmail("u1@example.jp")
	next := seen
	next.ResetGeneration, next.ResetMadeAt, next.ResetUntil = 1, p.at, p.at.Add(time.Hour)
	p.must(p.StartReset(ctx, seen, next, mail))
	printed, err := rescue.ResetLink(ctx, "u1@example.jp")
	p.must(err)
	if u := byEmail("u1@example.jp"); u.ResetGeneration != 2 || printed.ResetGeneration != 2 || !u.ResetMadeAt.IsZero() || !u.ResetUntil.Equal(p.at.Add(30*time.Minute)) {
		t.Errorf("%+v", u)
	}
	if m, err := p.db.Outbox().MailboxMessage(ctx, mail.ID); err != nil || m.State != notify.Cancelled {
		t.Errorf("the mail with the earlier link is %s, %v", m.State, err)
	}
	p.must(p.SetPassword(ctx, byEmail("u1@example.jp"), "hash", nil))
	if u := byEmail("u1@example.jp"); u.ResetGeneration != 3 || !u.ResetUntil.IsZero() {
		t.Errorf("the link works again: %+v", u)
	}

	session("s1", "u1", "o1")
	session("s2", made.User.ID, "o1")
	session("s3", "u1", "o2")
	if n, err := rescue.Lock(ctx, "u2@example.jp"); err != nil || n != 1 {
		t.Errorf("%d sessions, %v", n, err)
	}
	has("s2", false)
	has("s1", true)
	if _, err := rescue.Lock(ctx, "u1@example.jp"); err == nil || !strings.Contains(err.Error(), "last owner of 甲社") {
		t.Errorf("the last owner who can sign in: %v", err)
	}
	p.must(rescue.Unlock(ctx, "u2@example.jp"))
	if u := byEmail("u2@example.jp"); !u.LockedAt.IsZero() {
		t.Errorf("%+v", u)
	}
	for _, is := range []bool{true, false} {
		p.must(rescue.SetAdministrator(ctx, "u2@example.jp", is))
		if u := byEmail("u2@example.jp"); u.Administrator != is || u.ResetGeneration != made.User.ResetGeneration+1 {
			t.Errorf("sees to the installation: %+v, want %v", u, is)
		}
	}
	if n, err := rescue.EndAllSessions(ctx); err != nil || n != 2 {
		t.Errorf("%d sessions, %v", n, err)
	}
	has("s1", false)
	has("s3", false) // though of an organisation that there is not
	session("s4", "u1", "o1")
	if n, err := rescue.EndSessions(ctx, "u1@example.jp"); err != nil || n != 1 {
		t.Errorf("%d sessions, %v", n, err)
	}

	var listed []string
	p.must(rescue.Each(ctx, func(h org.Held) error {
		if h.User.Password != "" {
			t.Error("a password is listed")
		}
		listed = append(listed, h.User.Email+" "+h.Organizations[0].Name)
		return nil
	}))
	if got := strings.Join(listed, ", "); got != "u1@example.jp 甲社, u2@example.jp 甲社" {
		t.Error(got)
	}
	found := map[audit.Action]int{}
	p.must(mongodb.Audit{DB: p.db}.EachEntry(ctx, access.System("o1", "test"), audit.Filter{}, func(e audit.Entry) error {
		if e.Actor.IsAdministrator() {
			found[e.Action]++
		}
		return nil
	}))
	for _, a := range []audit.Action{"user.joined", "user.reset-link-made", "user.locked", "user.unlocked"} {
		if found[a] != 1 {
			t.Errorf("%d entries of %s", found[a], a)
		}
	}
	if found["user.sessions-ended"] != 2 {
		t.Errorf("%d entries of ended sessions", found["user.sessions-ended"])
	}
	if _, err := rescue.MakeOwner(ctx, "u3@example.jp", "三 郎", "ja", "乙社"); err == nil || fault.KindOf(err) != fault.Internal {
		t.Errorf("an organisation that there is not: %v", err)
	}
}

// TestTheAdministratorEndsManyLinks: the link is dead for every page, the mail with it does
// not leave, and the next one is on its way; another organisation's go on.
func TestTheAdministratorEndsManyLinks(t *testing.T) {
	d, ctx := newDesk(t), t.Context()
	d.insert(t, "assignments", campaign.Assignment{ID: "c9:s9", Org: "o2", Campaign: "c9", Supplier: "s9", Generation: 1, Response: campaign.Answering})
	owed := notify.Message{ID: "m1", Org: "o1", Kind: notify.Request, Campaign: "c1", Assignment: "c1:s1", Generation: 1, State: notify.Queued,
		To: notify.Recipient{Email: "s1@example.jp"}, CreatedAt: d.at, NextAt: d.at}
	d.insert(t, "outbox", owed)
	campaigns := mongodb.Campaigns{DB: d.db}
	links := campaign.NewLinks(campaign.NewService(campaigns, d.db.Accounts(), d.clock, newULID), mongodb.Batches{Campaigns: campaigns})
	v := access.System("o1", access.Administrator)
	if _, err := (mongodb.Responses{DB: d.db}).Draft(ctx, d.supplier, "c1:s1"); err != nil {
		t.Fatal(err)
	}
	n, err := links.Revoke(ctx, v, campaign.Linked{}, true, func(campaign.LinkCount) {})
	if want := (campaign.LinkCount{Links: 2, Open: 2, Sent: 2}); err != nil || n != want {
		t.Fatalf("%+v %v, want %+v", n, err, want)
	}
	if _, err := (mongodb.Responses{DB: d.db}).Draft(ctx, d.supplier, "c1:s1"); fault.KindOf(err) != fault.Gone {
		t.Errorf("the sheet by the dead link: %v", err)
	}
	a := d.assignment(t)
	if a.Generation != 2 || a.Delivery != campaign.DeliveryQueued || a.CheckLink(1) == nil {
		t.Errorf("%+v", a)
	}
	mails, _, err := d.db.Outbox().Ledger(ctx, v, notify.Filter{Assignment: "c1:s1", Page: 1, Size: 10})
	states := map[int]notify.State{}
	for _, m := range mails {
		states[m.Generation] = m.State
	}
	if err != nil || len(mails) != 2 || states[1] != notify.Cancelled || states[2] != notify.Queued {
		t.Errorf("mails by generation: %v, %v", states, err)
	}
	if n, err := links.Revoke(ctx, v, campaign.Linked{Supplier: "s2"}, false, func(campaign.LinkCount) {}); err != nil || n.Links != 1 || d.assignment(t).Generation != 2 {
		t.Errorf("of one supplier: %+v %v", n, err)
	}
	other, err := d.db.Outbox().Assignment(ctx, access.System("o2", "test"), "c9:s9")
	if err != nil || other.Generation != 1 {
		t.Errorf("another organisation's: %+v %v", other, err)
	}
}
