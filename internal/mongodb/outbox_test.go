package mongodb_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/mongodb/queue"
	"tsunagi/internal/notify"
	"tsunagi/internal/watch"
)

var (
	mailDay   = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	mailOwner = access.Viewer{Kind: access.Member, Org: "o1", User: "u1", Name: "大野", Roles: []access.Role{access.Owner}}
	stranger  = access.Viewer{Kind: access.Member, Org: "o2", User: "u2", Name: "別人", Roles: []access.Role{access.Owner}}
)

// owed puts n requests of an organisation into the database, with their
// assignments, and gives the messages.
func owed(t *testing.T, db *mongodb.DB, org string, n int) []notify.Message {
	t.Helper()
	var out []notify.Message
	for i := range n {
		a := campaign.Assignment{ID: campaign.AssignmentID("c-"+org, fmt.Sprintf("s%03d", i)), Org: org, Campaign: "c-" + org, Supplier: fmt.Sprintf("s%03d", i),
			Name: fmt.Sprintf("取引先%03d株式会社", i), Email: fmt.Sprintf("s%03d@example.jp", i), Lang: "ja", Generation: 1,
			Delivery: campaign.DeliveryQueued, Response: campaign.NotStarted}
		m := campaign.Message(a, "request:"+a.ID, notify.Request, mailDay.Add(time.Duration(i)*time.Millisecond))
		if _, err := db.Raw("assignments").InsertOne(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Raw("outbox").InsertOne(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		out = append(out, m)
	}
	return out
}

func stored[T any](t *testing.T, db *mongodb.DB, collection, id string) T {
	t.Helper()
	var out T
	if err := db.Raw(collection).FindOne(t.Context(), bson.D{{Key: "_id", Value: id}}).Decode(&out); err != nil {
		t.Fatalf("read %s %s: %v", collection, id, err)
	}
	return out
}

func claimAll(t *testing.T, s queue.Outbox, at time.Time) []notify.Message {
	t.Helper()
	got, err := s.Claim(t.Context(), 1000, at, at.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestClaimGivesEachMessageToOneSender(t *testing.T) {
	db := dbtest.Open(t)
	s := db.Outbox()
	const n = 120
	owed(t, db, "o1", n)
	at := mailDay.Add(time.Hour)
	var mu sync.Mutex
	seen := map[string]int{}
	var senders sync.WaitGroup
	for range 6 {
		senders.Go(func() {
			for {
				got, err := s.Claim(context.Background(), 7, at, at.Add(time.Minute))
				if err != nil {
					t.Errorf("Claim: %v", err)
					return
				}
				mu.Lock()
				for _, m := range got {
					seen[m.ID]++
				}
				done := len(seen) == n
				mu.Unlock()
				if done {
					return
				}
			}
		})
	}
	senders.Wait()
	for id, times := range seen {
		if times != 1 {
			t.Errorf("%s was claimed %d times, want once", id, times)
		}
	}
}

func TestClaimTakesUpWhatADeadSenderLeft(t *testing.T) {
	db := dbtest.Open(t)
	s := db.Outbox()
	owed(t, db, "o1", 1)
	first := claimAll(t, s, mailDay)
	if len(first) != 1 || first[0].Fence != 1 {
		t.Fatalf("first claim: %+v", first)
	}
	if again := claimAll(t, s, mailDay.Add(30*time.Second)); len(again) != 0 {
		t.Fatalf("claimed again within the lease: %+v", again)
	}
	lost := map[string]int{}
	db.Lost = func(of string, n int) { lost[of] += n }
	second := claimAll(t, s, mailDay.Add(2*time.Minute))
	if lost[watch.OfMails] != 1 || len(lost) != 1 {
		t.Errorf("told of %v lost leases, want that of the mail", lost)
	}
	if len(second) != 1 || second[0].Fence != 2 {
		t.Fatalf("after the lease: %+v, want the message with fence 2", second)
	}
	late := notify.Outcome{Message: first[0], State: notify.Failed, Reply: "550 too late", At: mailDay}
	if err := s.Settle(t.Context(), []notify.Outcome{late}); err != nil {
		t.Fatal(err)
	}
	if m := stored[notify.Message](t, db, "outbox", first[0].ID); m.State != notify.Queued {
		t.Errorf("the dead sender's late word was taken: %s", m.State)
	}
	if a := stored[campaign.Assignment](t, db, "assignments", first[0].Assignment); a.Delivery != campaign.DeliveryQueued {
		t.Errorf("the dead sender's late word moved the delivery to %s", a.Delivery)
	}
}

func TestClaimLetsUrgentMailOvertake(t *testing.T) {
	db := dbtest.Open(t)
	s := db.Outbox()
	owed(t, db, "o1", 20)
	reset := notify.New("reset", "", notify.Reset, notify.Recipient{Email: "a@example.jp"}, "ja", mailDay.Add(time.Second))
	later := notify.New("later", "", notify.Request, notify.Recipient{Email: "b@example.jp"}, "ja", mailDay.Add(48*time.Hour))
	if _, err := db.Raw("outbox").InsertMany(t.Context(), []notify.Message{reset, later}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Claim(t.Context(), 1, mailDay.Add(time.Minute), mailDay.Add(2*time.Minute))
	if err != nil || len(got) != 1 || got[0].ID != "reset" {
		t.Errorf("Claim(1) = %+v, %v, want the reset", got, err)
	}
	for _, m := range claimAll(t, s, mailDay.Add(time.Minute)) {
		if m.ID == "later" {
			t.Error("claimed a message before its time")
		}
	}
}

func TestSettleMovesTheDelivery(t *testing.T) {
	db := dbtest.Open(t)
	s := db.Outbox()
	owed(t, db, "o1", 5)
	claimed := claimAll(t, s, mailDay.Add(time.Second))
	byMail := map[string]notify.Message{}
	for _, m := range claimed {
		byMail[m.To.Email] = m
	}
	change := func(m notify.Message, field string, value any) {
		if _, err := db.Raw("assignments").UpdateOne(t.Context(), bson.D{{Key: "_id", Value: m.Assignment}},
			bson.D{{Key: "$set", Value: bson.D{{Key: field, Value: value}}}}); err != nil {
			t.Fatal(err)
		}
	}
	sent, failed, opened, moved, retried := byMail["s000@example.jp"], byMail["s001@example.jp"], byMail["s002@example.jp"], byMail["s003@example.jp"], byMail["s004@example.jp"]
	change(opened, "delivery", campaign.DeliveryOpened)
	change(moved, "email", "corrected@example.jp")
	err := s.Settle(t.Context(), []notify.Outcome{
		{Message: sent, State: notify.Sent, At: mailDay},
		{Message: failed, State: notify.Failed, Attempts: 1, Reply: "550 no such user", At: mailDay},
		{Message: opened, State: notify.Failed, Reply: "550 late bounce", At: mailDay},
		{Message: moved, State: notify.Failed, Reply: "550 old address", At: mailDay},
		{Message: retried, State: notify.Queued, Attempts: 1, Reply: "450 later", NextAt: mailDay.Add(time.Hour), At: mailDay},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		m    notify.Message
		d    campaign.Delivery
		note string
	}{
		{sent, campaign.DeliverySent, ""}, {failed, campaign.DeliveryFailed, "550 no such user"}, {opened, campaign.DeliveryOpened, ""},
		{moved, campaign.DeliveryQueued, ""}, {retried, campaign.DeliveryQueued, ""},
	} {
		if a := stored[campaign.Assignment](t, db, "assignments", tc.m.Assignment); a.Delivery != tc.d || a.DeliveryNote != tc.note {
			t.Errorf("%s: delivery %s (%q), want %s (%q)", tc.m.To.Email, a.Delivery, a.DeliveryNote, tc.d, tc.note)
		}
	}
	if m := stored[notify.Message](t, db, "outbox", sent.ID); m.State != notify.Sent || !m.SentAt.Equal(mailDay) || !m.LeaseUntil.IsZero() {
		t.Errorf("sent message: %+v", m)
	}
	if m := stored[notify.Message](t, db, "outbox", retried.ID); m.State != notify.Queued || !m.NextAt.Equal(mailDay.Add(time.Hour)) || m.Attempts != 1 {
		t.Errorf("message to be tried again: %+v", m)
	}
	trail, err := mongodb.Audit{DB: db}.Trail(t.Context(), mailOwner, auditFilter())
	entries := trail.Entries
	if err != nil || len(entries) != 3 {
		t.Errorf("%d entries in the trail (%v), want one for each of 3 failures", len(entries), err)
	}
}

func TestLedgerShowsOnesOwn(t *testing.T) {
	db := dbtest.Open(t)
	s := db.Outbox()
	mine := owed(t, db, "o1", 5)
	owed(t, db, "o2", 3)
	claimed := claimAll(t, s, mailDay.Add(time.Second))
	for _, m := range claimed {
		if m.ID == mine[0].ID {
			if err := s.Settle(t.Context(), []notify.Outcome{{Message: m, State: notify.Failed, Reply: "550", At: mailDay}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	page, more, err := s.Ledger(t.Context(), mailOwner, notify.Filter{Page: 1, Size: 3})
	if err != nil || len(page) != 3 || !more || page[0].ID != mine[4].ID {
		t.Errorf("page 1: %d rows, more %v, %v; want 3 of 5, the newest first", len(page), more, err)
	}
	if page, more, _ := s.Ledger(t.Context(), mailOwner, notify.Filter{Page: 2, Size: 3}); len(page) != 2 || more {
		t.Errorf("page 2: %d rows, more %v; want the last 2", len(page), more)
	}
	for name, f := range map[string]notify.Filter{"state": {State: notify.Failed, Size: 50}, "assignment": {Assignment: mine[0].Assignment, Size: 50}} {
		if rows, _, err := s.Ledger(t.Context(), mailOwner, f); err != nil || len(rows) != 1 || rows[0].ID != mine[0].ID {
			t.Errorf("by %s: %d rows, %v; want the failed one", name, len(rows), err)
		}
	}
	if rows, _, err := s.Ledger(t.Context(), mailOwner, notify.Filter{Campaign: "c-o2", Size: 50}); err != nil || len(rows) != 0 {
		t.Errorf("another organisation's campaign: %d rows, %v", len(rows), err)
	}
	if rows, _, err := s.Ledger(t.Context(), access.Viewer{}, notify.Filter{Size: 50}); err != nil || len(rows) != 0 {
		t.Errorf("nobody sees %d rows, %v", len(rows), err)
	}
	counts, err := s.DeliveryCounts(t.Context(), mailOwner, "")
	if err != nil || counts[notify.Queued] != 4 || counts[notify.Failed] != 1 {
		t.Errorf("counts %v, %v; want 4 queued and 1 failed", counts, err)
	}
	if counts, err := s.DeliveryCounts(t.Context(), stranger, "c-o1"); err != nil || len(counts) != 0 {
		t.Errorf("a stranger counts %v, %v", counts, err)
	}
	_, foreign := s.Message(t.Context(), stranger, mine[0].ID)
	_, unknown := s.Message(t.Context(), stranger, "no-such")
	if fault.KindOf(foreign) != fault.NotFound || foreign.Error() != unknown.Error() {
		t.Errorf("foreign: %v, unknown: %v; want the same", foreign, unknown)
	}
}

func TestResendOnce(t *testing.T) {
	db := dbtest.Open(t)
	s := db.Outbox()
	m := owed(t, db, "o1", 1)[0]
	ids := 0
	var mu sync.Mutex
	ledger := campaign.NewLedger(s, func() time.Time { return mailDay.Add(time.Hour) }, func() string {
		mu.Lock()
		defer mu.Unlock()
		ids++
		return fmt.Sprintf("new-%02d", ids)
	})
	if err := ledger.Resend(t.Context(), mailOwner, m.ID, "right@example.jp"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("resend of a queued message: %v, want Conflict", err)
	}
	claimed := claimAll(t, s, mailDay.Add(time.Second))
	if err := s.Settle(t.Context(), []notify.Outcome{{Message: claimed[0], State: notify.Failed, Reply: "550 unknown", At: mailDay}}); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		v    access.Viewer
		mail string
		want fault.Kind
	}{
		{stranger, "right@example.jp", fault.NotFound}, {mailOwner, "not an address", fault.Invalid},
		{access.Viewer{Kind: access.Member, Org: "o1", User: "r", Roles: []access.Role{access.Reviewer}}, "right@example.jp", fault.Forbidden},
	} {
		if err := ledger.Resend(t.Context(), tc.v, m.ID, tc.mail); fault.KindOf(err) != tc.want {
			t.Errorf("Resend(%v, %q) = %v, want %s", tc.v.Roles, tc.mail, err, tc.want)
		}
	}
	// Whoever has sent the request to another address meanwhile keeps that.
	since := bson.D{{Key: "_id", Value: m.Assignment}}
	address := func(to string) {
		if _, err := db.Raw("assignments").UpdateOne(t.Context(), since, bson.D{{Key: "$set", Value: bson.D{{Key: "email", Value: to}}}}); err != nil {
			t.Fatal(err)
		}
	}
	address("since@example.jp")
	next := campaign.Message(stored[campaign.Assignment](t, db, "assignments", m.Assignment), "late", notify.Request, mailDay)
	for name, err := range map[string]error{"as read": ledger.Resend(t.Context(), mailOwner, m.ID, "right@example.jp"),
		"as written": s.SaveResend(t.Context(), mailOwner, claimed[0], next, entryOf(mailOwner))} {
		if fault.KindOf(err) != fault.Conflict {
			t.Errorf("the request has gone elsewhere, %s: %v, want Conflict", name, err)
		}
	}
	address(m.To.Email)
	errs := make([]error, 4)
	var clicks sync.WaitGroup
	for i := range errs {
		clicks.Go(func() { errs[i] = ledger.Resend(context.Background(), mailOwner, m.ID, " Right@Example.JP ") })
	}
	clicks.Wait()
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
		} else if fault.KindOf(err) != fault.Conflict {
			t.Errorf("a second click: %v, want Conflict", err)
		}
	}
	if done != 1 {
		t.Errorf("%d of 4 clicks sent it again, want 1", done)
	}
	a := stored[campaign.Assignment](t, db, "assignments", m.Assignment)
	if a.Email != "right@example.jp" || a.Delivery != campaign.DeliveryQueued || a.DeliveryNote != "" {
		t.Errorf("assignment: %s, %s, %q; want the new address, queued", a.Email, a.Delivery, a.DeliveryNote)
	}
	again := claimAll(t, s, mailDay.Add(2*time.Hour))
	if len(again) != 1 || again[0].To.Email != "right@example.jp" || again[0].To.Company != m.To.Company {
		t.Errorf("queued: %+v, want one message to the new address", again)
	}
	if old := stored[notify.Message](t, db, "outbox", m.ID); old.Replaced != again[0].ID || campaign.CanResend(old) {
		t.Errorf("the failed message names %q as its replacement, want %q", old.Replaced, again[0].ID)
	}
}

func TestMailboxFindsRecipients(t *testing.T) {
	db := dbtest.Open(t)
	s := db.Outbox()
	owed(t, db, "o1", 4)
	owed(t, db, "o2", 2)
	for sought, want := range map[string]int{"": 6, "S001@": 2, "取引先003": 1, ".*": 0, "nobody": 0} {
		rows, _, err := s.Mailbox(t.Context(), notify.Filter{Recipient: sought, Page: 1, Size: 50})
		if err != nil || len(rows) != want {
			t.Errorf("Mailbox(%q): %d rows, %v; want %d", sought, len(rows), err, want)
		}
	}
}

// TestACancelledMailLeavesNothingQueued: a request whose mail need not leave any more
// waits for none, and can be sent again.
func TestACancelledMailLeavesNothingQueued(t *testing.T) {
	db := dbtest.Open(t)
	s := db.Outbox()
	cases := []struct {
		name   string
		reason notify.Reason
		before bson.D // fields of the request
		more   bool   // another mail that asks waits still
		want   campaign.Delivery
	}{
		{"link revoked", notify.LinkChanged, nil, false, campaign.DeliveryPending},
		{"link revoked, sent before", notify.LinkChanged, bson.D{{Key: "delivered_at", Value: mailDay}}, false, campaign.DeliveryPending},
		{"time over", notify.Ended, nil, false, campaign.DeliveryPending},
		{"time over, sent before", notify.Ended, bson.D{{Key: "delivered_at", Value: mailDay}}, false, campaign.DeliverySent},
		{"address corrected, nothing sent to it", notify.OtherAddress, bson.D{{Key: "email", Value: "new@example.jp"}}, false, campaign.DeliveryPending},
		{"another waits", notify.LinkChanged, nil, true, campaign.DeliveryQueued},
		{"opened", notify.Answered, bson.D{{Key: "delivery", Value: campaign.DeliveryOpened}}, false, campaign.DeliveryOpened},
	}
	messages := owed(t, db, "o1", len(cases))
	for i, tc := range cases {
		if tc.before != nil {
			if _, err := db.Raw("assignments").UpdateOne(t.Context(), bson.D{{Key: "_id", Value: messages[i].Assignment}}, bson.D{{Key: "$set", Value: tc.before}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	var outcomes []notify.Outcome
	for _, m := range claimAll(t, s, mailDay.Add(time.Second)) {
		for i, tc := range cases {
			if m.ID != messages[i].ID {
				continue
			}
			outcomes = append(outcomes, notify.Outcome{Message: m, State: notify.Cancelled, Reason: tc.reason, At: mailDay})
			if tc.more {
				next := messages[i]
				next.ID = "next"
				if _, err := db.Raw("outbox").InsertOne(t.Context(), next); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := s.Settle(t.Context(), outcomes); err != nil {
		t.Fatal(err)
	}
	for i, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			a := stored[campaign.Assignment](t, db, "assignments", messages[i].Assignment)
			if a.Delivery != tc.want {
				t.Errorf("delivery %s, want %s", a.Delivery, tc.want)
			}
			if _, err := campaign.SendAgain(a); err != nil && !tc.more {
				t.Errorf("it cannot be sent again: %v", err)
			}
		})
	}
}
