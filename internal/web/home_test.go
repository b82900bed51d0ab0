package web_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
)

// TestHomeNumbersLeadToTheirLists: each number of the day is of one campaign, and
// its link shows as many rows.
func TestHomeNumbersLeadToTheirLists(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 8)
	first, second := a.created(url.Values{"name": {"図面の調査"}}), a.created(url.Values{"name": {"個人データの調査"}, "again": {"1"}})
	for _, path := range []string{first, second} {
		a.buyer.Post(path+"/issue", url.Values{"confirm": {"8"}, "expected": {"8"}})
		a.work()
	}
	set := func(path, supplier string, change bson.D) {
		t.Helper()
		res, err := a.db.Collection("assignments").UpdateOne(t.Context(), bson.D{{Key: "campaign_id", Value: strings.TrimPrefix(path, "/campaigns/")},
			{Key: "supplier_id", Value: supplier}}, bson.D{{Key: "$set", Value: change}})
		if err != nil || res.MatchedCount != 1 {
			t.Fatalf("%s of %s: %v", supplier, path, err)
		}
	}
	set(first, "s0001", bson.D{{Key: "response", Value: "submitted"}})
	set(second, "s0002", bson.D{{Key: "response", Value: "submitted"}})
	set(second, "s0003", bson.D{{Key: "response", Value: "in-review"}})
	set(first, "s0004", bson.D{{Key: "delivery", Value: "bounced"}})
	set(first, "s0005", bson.D{{Key: "response", Value: "declined"}})
	set(first, "s0006", bson.D{{Key: "delivery", Value: "pending"}})
	// What waits after closing stays, and nothing else of it does.
	set(second, "s0007", bson.D{{Key: "response", Value: "declined"}})
	if _, err := a.db.Collection("campaigns").UpdateOne(t.Context(), bson.D{{Key: "_id", Value: strings.TrimPrefix(second, "/campaigns/")}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "state", Value: "closed"}}}}); err != nil {
		t.Fatal(err)
	}

	got := map[string]string{}
	owner := a.As(access.Owner)
	owner.Page("/").Find(".stats-wide a").Each(func(_ int, tile *goquery.Selection) {
		got[tile.Find(".stat-label").Text()] = tile.Find(".stat-number").Text()
		rows := owner.Page(tile.AttrOr("href", "")).Find("tbody tr").Length()
		if n := tile.Find(".stat-number").Text(); n != string(rune('0'+rows)) {
			t.Errorf("%s says %s and leads to %d rows", tile.Find(".stat-label").Text(), n, rows)
		}
	})
	want := map[string]string{"確認を待っている回答（図面の調査）": "1", "確認を待っている回答（個人データの調査）": "2", "届かなかった依頼（図面の調査）": "1",
		"回答辞退への対応（図面の調査）": "1", "未送信の依頼（図面の調査）": "1"}
	for label, n := range want {
		if got[label] != n {
			t.Errorf("%s: %q, want %s (all: %v)", label, got[label], n, got)
		}
	}
	if len(got) != len(want) {
		t.Errorf("tiles %v", got)
	}
	// Each person sees what they may do: who reviews, who asks, who does neither.
	for role, does := range map[access.Role]func(label string) bool{
		access.Reviewer: func(label string) bool { return strings.HasPrefix(label, "確認を待っている") },
		access.Buyer:    func(label string) bool { return !strings.HasPrefix(label, "確認を待っている") },
		access.Auditor:  func(string) bool { return false },
	} {
		seen := map[string]bool{}
		a.As(role).Page("/").Find(".stats-wide a .stat-label").Each(func(_ int, label *goquery.Selection) { seen[label.Text()] = true })
		for label := range want {
			if seen[label] != does(label) {
				t.Errorf("%s sees %q: %v", role, label, seen[label])
			}
		}
	}
}
