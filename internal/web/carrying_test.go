package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/campaign"
	"tsunagi/internal/notify"
)

// TestAnImportedAddressIsOfferedToOpenRequests: what an import corrects is offered to the
// requests that wait at the earlier address, and carried over once; what it did is said,
// and the requests are found by their new address.
func TestAnImportedAddressIsOfferedToOpenRequests(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 4)
	base := a.issued(4)
	bring := func(list string) string {
		res := a.buyer.Upload("/suppliers/import", nil, "file", "一覧.csv", []byte(list))
		to := res.Header().Get("Location")
		if res.Code != http.StatusSeeOther || a.buyer.Post(to+"/start", nil).Code != http.StatusSeeOther {
			t.Fatalf("brought: %d, %s", res.Code, problems(t, res))
		}
		a.work()
		return to
	}
	if page := a.buyer.Page(bring("取引先コード,会社名\nC0003,改名株式会社\n")); page.Find("#requests").Length() != 0 {
		t.Error("an import that changes no address offers something")
	}
	to := bring("取引先コード,会社名,メール\nC0001,取引先0001株式会社,new1@example.jp;along@example.jp\nC0002,取引先0002株式会社,new2@example.jp\nC0009,新株式会社,new9@example.jp\n")
	page := a.buyer.Page(to)
	if text := page.Find("main").Text(); !strings.Contains(text, "2件の依頼は前の宛先のままです") {
		t.Fatalf("nothing is offered: %s", strings.Join(strings.Fields(text), " "))
	}
	if text := a.buyer.Page(base + "/remind").Find("main").Text(); !strings.Contains(text, "2社あります") {
		t.Error("the reminder's page does not count them")
	}
	form := page.Find("form[action$='/carry-over']")
	for range 2 {
		if res := a.buyer.Post(form.AttrOr("action", ""), held(form, url.Values{"revoke": {"1"}})); res.Header().Get("Location") != to {
			t.Fatalf("carried over: %d, %s", res.Code, problems(t, res))
		}
	}
	a.work()
	n, err := a.db.Collection("assignments").CountDocuments(t.Context(), bson.D{{Key: "email", Value: bson.D{{Key: "$in", Value: bson.A{"new1@example.jp", "new2@example.jp"}}}},
		{Key: "delivery", Value: campaign.DeliveryQueued}, {Key: "generation", Value: 2}, {Key: "elsewhere", Value: nil}})
	if err != nil || n != 2 {
		t.Errorf("%d requests are on their way to the new addresses, want 2 (%v)", n, err)
	}
	for to, copied := range map[string]any{"new1@example.jp": nil, "along@example.jp": true} { // whom the list brought beside goes with it
		mails, err := a.db.Collection("outbox").CountDocuments(t.Context(), bson.D{{Key: "to.email", Value: to}, {Key: "state", Value: notify.Queued}, {Key: "copy", Value: copied}})
		if err != nil || mails != 1 {
			t.Errorf("%d mails wait for %s, want 1 (%v)", mails, to, err)
		}
	}
	page = a.buyer.Page(to)
	if text := page.Find("main").Text(); !strings.Contains(text, "依頼2件を、新しい宛先の送信待ちに入れました") || page.Find("#requests").Length() != 0 {
		t.Errorf("afterwards the page says %s", strings.Join(strings.Fields(text), " "))
	}
	if rows := a.buyer.Page(base + "?q=new1@example.jp").Find("tbody tr"); rows.Length() != 1 {
		t.Errorf("%d requests are found by the new address, want 1", rows.Length())
	}
	// What is taken back is offered by nobody, and counted where one reminds.
	if res := a.buyer.Post(to+"/undo", nil); res.Code != http.StatusSeeOther {
		t.Fatalf("taken back: %d", res.Code)
	}
	a.work()
	if page = a.buyer.Page(to); page.Find("#requests").Length() != 0 {
		t.Error("an import that was taken back offers its addresses")
	}
	if text := a.buyer.Page(base + "/remind").Find("main").Text(); !strings.Contains(text, "2社あります") {
		t.Error("the reminder's page does not count those that are elsewhere again")
	}
}

// TestAnAddressCorrectedAtAMailIsFound: who is sent a failed mail again at another address
// is found by that address.
func TestAnAddressCorrectedAtAMailIsFound(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 2)
	base := a.issued(2)
	id := strings.TrimPrefix(base, "/campaigns/") + ":s0001"
	if _, err := a.db.Collection("outbox").InsertOne(t.Context(), notify.Message{ID: failedMail, Org: a.Owner.Org, Kind: notify.Request, State: notify.Failed, Generation: 1,
		Campaign: campaign.CampaignOf(id), Assignment: id, To: notify.Recipient{Email: "s0001@example.jp"}, Lang: "ja"}); err != nil {
		t.Fatal(err)
	}
	if res := a.buyer.Post("/delivery/"+failedMail+"/resend", url.Values{"email": {"elsewhere@example.jp"}}); res.Code != http.StatusSeeOther {
		t.Fatalf("sent again: %d %s", res.Code, problems(t, res))
	}
	if rows := a.buyer.Page(base + "?q=elsewhere@example.jp").Find("tbody tr"); rows.Length() != 1 {
		t.Errorf("%d requests are found by the new address, want 1", rows.Length())
	}
	if text := a.buyer.Page(base + "/remind").Find("main").Text(); !strings.Contains(text, "1社あります") {
		t.Error("the reminder's page does not say that the directory has another address")
	}
}
