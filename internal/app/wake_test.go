package app_test

import (
	"context"
	"testing"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
	"tsunagi/internal/supplier"
)

// Nobody looks into the queues by himself here: what a click or a job puts into them
// is worked off because the store's commit wakes who does it.
func TestACommitIsWorkedOffAtOnce(t *testing.T) {
	a := apptest.New(t)
	a.Jobs.Idle, a.Sender.Idle = time.Hour, time.Hour
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); a.Work(ctx) }()
	defer func() { stop(); <-done }()
	time.Sleep(200 * time.Millisecond) // both have looked, and found nothing
	if _, err := a.Accounts.Invite(ctx, a.Owner, org.Invitation{Name: "新人", Email: "new@example.jp", Roles: []access.Role{access.Buyer}}); err != nil {
		t.Fatal(err)
	}
	sent(t, a, notify.Invite, 1)
	for _, code := range []string{"A1", "A2"} {
		one := supplier.Supplier{Code: code, Name: "取引先" + code, Email: code + "@example.jp", Lang: "ja", Lane: supplier.LaneMail}
		if _, err := a.Suppliers.Save(ctx, a.Owner, one); err != nil {
			t.Fatal(err)
		}
	}
	c := askEverybody(t, a)
	sent(t, a, notify.Request, 2)
	waitFor(t, "the campaign is open", func() bool {
		one, err := a.Campaigns.Get(ctx, a.Owner, c.ID)
		return err == nil && one.State == campaign.Open
	})
	if err := a.Campaigns.Remind(ctx, a.Owner, c.ID, campaign.Reminder{States: campaign.Remindable, Again: true}); err != nil {
		t.Fatal(err)
	}
	sent(t, a, notify.Reminder, 2)
}

func askEverybody(t *testing.T, a *apptest.Env) campaign.Campaign {
	t.Helper()
	due := calendar.New(nil).Add(a.Now(), calendar.DefaultDays)
	c, err := a.Campaigns.Create(t.Context(), a.Owner, campaign.Campaign{Name: "調査", Purpose: "確認のため", Necessity: "図面をお預けしているため",
		Contact: org.Contact{Department: "調達部", Phone: "000-0000-0000", Email: "ask@example.jp"}, Questionnaire: a.Questionnaires[0],
		DueAt: calendar.EndOfDay(due), ClosesAt: calendar.EndOfDay(due.AddDate(0, 0, 14)), Audience: campaign.Audience{All: true}})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Campaigns.Issue(t.Context(), a.Owner, c.ID, 2, 0); err != nil {
		t.Fatal(err)
	}
	return c
}

// sent waits until as many mails of a kind have left.
func sent(t *testing.T, a *apptest.Env, kind notify.Kind, want int) {
	t.Helper()
	waitFor(t, string(kind), func() bool {
		mails, _, err := a.DB.Outbox().Mailbox(t.Context(), notify.Filter{Page: 1, Size: 100})
		n := 0
		for _, m := range mails {
			if m.Kind == kind && m.State == notify.Sent {
				n++
			}
		}
		return err == nil && n == want
	})
}

func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for begin := time.Now(); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Since(begin) > 30*time.Second {
			t.Fatalf("%s: not within 30 seconds", what)
		}
	}
}
