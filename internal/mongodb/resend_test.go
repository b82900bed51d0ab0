package mongodb_test

import (
	"fmt"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/notify"
)

// broke makes messages of the outbox failed, with a reply or reason each.
func broke(t *testing.T, db *mongodb.DB, messages []notify.Message, replies ...string) {
	t.Helper()
	for i, m := range messages {
		change := bson.D{{Key: "$set", Value: bson.D{{Key: "state", Value: notify.Failed}, {Key: "attempts", Value: 3}, {Key: "reply", Value: replies[i%len(replies)]}}}}
		if _, err := db.Raw("outbox").UpdateOne(t.Context(), bson.D{{Key: "_id", Value: m.ID}}, change); err != nil {
			t.Fatal(err)
		}
		lost := bson.D{{Key: "$set", Value: bson.D{{Key: "delivery", Value: campaign.DeliveryFailed}, {Key: "delivery_note", Value: "x"}}}}
		if _, err := db.Raw("assignments").UpdateOne(t.Context(), bson.D{{Key: "_id", Value: m.Assignment}}, lost); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFailuresAreGroupedByTheServersCodes, whatever names one recipient in its words.
func TestFailuresAreGroupedByTheServersCodes(t *testing.T) {
	db := dbtest.Open(t)
	s := db.Outbox()
	replies := []string{"554 5.7.1 <a@example.jp>: Relay access denied", "554 5.7.1 <b@example.jp>: Relay access denied", "550 5.7.12 no",
		"550 no such user", "550 #5.1.0 Address rejected", ""}
	broke(t, db, owed(t, db, "o1", 12), replies...)
	groups, err := s.Failures(t.Context(), mailOwner, "")
	if err != nil {
		t.Fatal(err)
	}
	pattern, want := regexp.MustCompile(notify.AnswerPattern), map[string]int{}
	for _, r := range replies {
		want[pattern.FindString(r)] += 2
	}
	got := map[string]int{}
	for _, g := range groups {
		got[g.Answer] = g.N
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || groups[0].N != 4 {
		t.Errorf("groups %v, want %v as the rule says, the most first", got, want)
	}
	if groups, err := s.Failures(t.Context(), stranger, ""); err != nil || len(groups) != 0 {
		t.Errorf("another organisation sees %v, %v", groups, err)
	}
}

// TestSendingAgainHappensOnce: twenty clicks at once put each mail back once.
func TestSendingAgainHappensOnce(t *testing.T) {
	db := dbtest.Open(t)
	s := db.Outbox()
	messages := owed(t, db, "o1", 40)
	broke(t, db, messages[:30], "554 5.7.1 no")
	broke(t, db, messages[30:35], "550 5.1.1 unknown")
	opened := bson.D{{Key: "$set", Value: bson.D{{Key: "delivery", Value: campaign.DeliveryOpened}}}}
	if _, err := db.Raw("assignments").UpdateOne(t.Context(), bson.D{{Key: "_id", Value: messages[0].Assignment}}, opened); err != nil {
		t.Fatal(err)
	}
	rules := campaign.NewLedger(s, func() time.Time { return mailDay }, func() string { return ulid.Make().String() })
	group := notify.Failure{Reason: notify.NoReason, Answer: "554 5.7.1"}
	var sent, refused atomic.Int32
	var clicks sync.WaitGroup
	for range 20 {
		clicks.Go(func() {
			n, err := rules.ResendAll(t.Context(), mailOwner, group, 30)
			if kind := fault.KindOf(err); err != nil && kind != fault.Conflict && kind != fault.NotFound {
				t.Error(err)
			}
			if err != nil {
				refused.Add(1)
			}
			sent.Add(int32(n))
		})
	}
	clicks.Wait()
	if sent.Load() != 30 || refused.Load() != 19 {
		t.Errorf("%d mails were put back by all clicks together, want 30 (%d clicks were told so)", sent.Load(), refused.Load())
	}
	counts, err := s.DeliveryCounts(t.Context(), mailOwner, "")
	if err != nil || counts[notify.Failed] != 5 || counts[notify.Queued] != 35 {
		t.Errorf("afterwards %v, %v; want 5 failed, 35 queued", counts, err)
	}
	if m := stored[notify.Message](t, db, "outbox", messages[1].ID); m.Attempts != 0 || m.Reply != "" || m.State != notify.Queued {
		t.Errorf("a mail that goes out again: %+v, want it as if never tried", m)
	}
	for id, want := range map[string]campaign.Delivery{messages[0].Assignment: campaign.DeliveryOpened, messages[1].Assignment: campaign.DeliveryQueued, messages[30].Assignment: campaign.DeliveryFailed} {
		if a := stored[campaign.Assignment](t, db, "assignments", id); a.Delivery != want {
			t.Errorf("%s is %s, want %s", id, a.Delivery, want)
		}
	}
	entries, err := db.Raw("audit").CountDocuments(t.Context(), bson.D{{Key: "org_id", Value: "o1"}, {Key: "action", Value: campaign.ActionDeliveryAgain}})
	if err != nil || entries < 1 {
		t.Errorf("%d entries in the trail, %v", entries, err)
	}
	if n, err := rules.ResendAll(t.Context(), stranger, notify.Failure{Answer: "550 5.1.1"}, 5); n != 0 || fault.KindOf(err) != fault.NotFound {
		t.Errorf("another organisation sent %d again, %v", n, err)
	}
}
