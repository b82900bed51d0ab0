package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/app"
	"tsunagi/internal/notify"
)

// TestFailedMailsGoOutAgainByReason: the ledger groups them, asks how many, and a
// second click sends nothing.
func TestFailedMailsGoOutAgainByReason(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 10)
	base := a.issued(10)
	fail := func(supplier, reply string) {
		t.Helper()
		res, err := a.db.Collection("outbox").UpdateMany(t.Context(), bson.D{{Key: "to.email", Value: supplier + "@example.jp"}},
			bson.D{{Key: "$set", Value: bson.D{{Key: "state", Value: notify.Failed}, {Key: "reply", Value: reply}}}})
		if err != nil || res.MatchedCount != 1 {
			t.Fatalf("fail the mail to %s: %v %v", supplier, res, err)
		}
	}
	for _, supplier := range []string{"s0000", "s0001", "s0002"} {
		fail(supplier, "554 5.7.1 <"+supplier+"@example.jp>: Relay access denied")
	}
	fail("s0003", "550 5.1.1 user unknown")
	links := a.buyer.Page("/delivery?campaign=" + strings.TrimPrefix(base, "/campaigns/")).Find(".failures a")
	if links.Length() != 2 || links.First().Text() != "この理由の3通をもう一度送る" {
		t.Fatalf("%d groups, the first offers %q", links.Length(), links.First().Text())
	}
	page := a.buyer.Page(links.First().AttrOr("href", ""))
	if text := page.Find("main").Text(); !strings.Contains(text, "3通") || !strings.Contains(text, "554 5.7.1") || !strings.Contains(text, "2026年度") {
		t.Errorf("the page that asks says %s", text)
	}
	form := url.Values{}
	for _, input := range page.Find("form[action='/delivery/again'] input").EachIter() {
		form.Set(input.AttrOr("name", ""), input.AttrOr("value", ""))
	}
	if res := a.As(access.Reviewer).Post("/delivery/again", form); res.Code != http.StatusForbidden {
		t.Errorf("a reviewer sends again: %d, want 403", res.Code)
	}
	if res := a.buyer.Post("/delivery/again", form); res.Code != http.StatusSeeOther {
		t.Fatalf("send again: %d", res.Code)
	}
	if got := a.buyer.Page("/delivery").Find(".notice-success p").Text(); got != "3通を送信待ちに戻しました。順に送ります。" {
		t.Errorf("the next page says %q", got)
	}
	if counts := a.deliveryCounts(); counts[notify.Failed] != 1 {
		t.Errorf("afterwards %v, want the unknown user alone failed", counts)
	}
	if res := a.buyer.Post("/delivery/again", form); res.Code != http.StatusSeeOther {
		t.Errorf("a second click: %d, want that it leads where the first led", res.Code)
	}
	if counts := a.deliveryCounts(); counts[notify.Failed] != 1 {
		t.Errorf("after a second click %v", counts)
	}
	form.Del("once")
	if res := a.buyer.Post("/delivery/again", form); res.Code != http.StatusNotFound {
		t.Errorf("from another page: %d, want 404", res.Code)
	}
	if got := a.As(access.Owner).Page("/trail").Find("main").Text(); !strings.Contains(got, "不達のメールをまとめて送り直し") {
		t.Error("the trail does not tell")
	}
}

// TestTheLedgerWordsEveryKind of mail, in both languages.
func TestTheLedgerWordsEveryKind(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 1)
	for _, kind := range notify.Kinds {
		m := notify.New("kind:"+string(kind), a.Owner.Org, kind, notify.Recipient{Email: "a@example.jp", Company: string(kind)}, "ja", app.Now())
		if _, err := a.db.Collection("outbox").InsertOne(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	for _, lang := range []string{"ja", "en"} {
		text := a.buyer.Page("/delivery?state=queued&lang=" + lang).Find("tbody").Text()
		words := a.Catalog.For(lang)
		for _, kind := range notify.Kinds {
			if want := words.T("delivery.kind." + string(kind)); !strings.Contains(text, want) {
				t.Errorf("the ledger in %s lacks %q", lang, want)
			}
		}
	}
	if a.buyer.Page("/delivery/kind:"+string(notify.Extended)).Find("h1").Length() != 1 {
		t.Error("a mail has no page")
	}
}
