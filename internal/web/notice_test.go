package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
	"tsunagi/internal/response"
)

// TestDataNotice: the notice says what is used, who sees it, until when it is kept and whom
// to ask; and each of it is so.
func TestDataNotice(t *testing.T) {
	t.Parallel()
	a := ask(t)
	notice := func() string { return a.Browser().Page(a.link("C1:S1")).Find(".data-notice").Text() }
	for _, want := range []string{"登録証・添付資料", "申告される方のお名前・役職・連絡先", "この件のご連絡", "閲覧を認めた方・監査人", "だれがどの回答とファイルを見たかは記録", "ほかの取引先に見せることはありません",
		"保管する期間はサンプル電機株式会社が決め", "開示・訂正・削除", "調達部 セキュリティ窓口（000-0000-0000）"} {
		if got := notice(); !strings.Contains(got, want) {
			t.Errorf("the notice does not say %q:\n%s", want, got)
		}
	}
	a.submitted("C1:S1")

	t.Run("other suppliers never see it", func(t *testing.T) {
		other := a.start("C1:S2")
		for _, path := range []string{s1 + "/receipt", s1 + "/copy.pdf", s1 + "/evidence"} {
			if res := other.Get(path); res.Code == http.StatusOK {
				t.Errorf("another supplier reads %s", path)
			}
		}
	})
	t.Run("auditors see it when admitted, and that is recorded", func(t *testing.T) {
		before := len(recorded(t, a.Env, response.ActionViewed))
		if res := a.As(access.Auditor).Get("/review/C1:S1"); res.Code != http.StatusOK {
			t.Errorf("an admitted auditor: %d", res.Code)
		}
		if got := len(recorded(t, a.Env, response.ActionViewed)); got != before+1 {
			t.Errorf("%d looks are recorded, want one more than %d", got, before)
		}
		var auditor org.User
		if err := a.db.Collection("users").FindOne(t.Context(), bson.D{{Key: "email", Value: "auditor@example.jp"}}).Decode(&auditor); err != nil {
			t.Fatal(err)
		}
		a.set("memberships", a.assignment("C1:S1").Org+":"+auditor.ID, bson.D{{Key: "campaigns", Value: []string{"C2"}}})
		if res := a.As(access.Auditor).Get("/review/C1:S1"); res.Code != http.StatusNotFound {
			t.Errorf("an auditor of another campaign: %d", res.Code)
		}
	})
	t.Run("who answers is written to in this matter", func(t *testing.T) {
		for _, m := range a.owed(t, notify.Receipt) {
			if m.Campaign != "C1" || m.To.Email != "s1@example.jp" {
				t.Errorf("a mail about %s goes to %s", m.Campaign, m.To.Email)
			}
		}
	})
	t.Run("nobody deletes it before", func(t *testing.T) {
		if res := a.As(access.Owner).Post("/campaigns/C1/delete", nil); res.Code != http.StatusConflict {
			t.Errorf("deleting what was asked: %d", res.Code)
		}
		if res := a.As(access.Reviewer).Get("/review/C1:S1"); res.Code != http.StatusOK {
			t.Errorf("the submission afterwards: %d", res.Code)
		}
	})
}

// TestTheNoticeNamesWhoReadsAlong: those who get copies are named, by the address where no
// name is known. Where nobody does, nothing is said of copies.
func TestTheNoticeNamesWhoReadsAlong(t *testing.T) {
	t.Parallel()
	a := ask(t)
	notice := func(lang string) string {
		return a.Browser().Page(a.link("C1:S1") + "?lang=" + lang).Find(".data-notice").Text()
	}
	if got := notice("ja"); strings.Contains(got, "写し") {
		t.Errorf("nobody reads along, and the notice says %q", got)
	}
	a.set("assignments", "C1:S1", bson.D{{Key: "copies", Value: []campaign.Copy{{Email: "copy@example.jp", Name: "写 読子"}, {Email: "bare@example.jp"}, {Email: "s1@example.jp", Name: "架空 花子"}}}})
	for lang, want := range map[string]string{"ja": "写しを受け取る方（写 読子、bare@example.jp）にも、ご担当の方と同じリンク", "en": "get copies (写 読子, bare@example.jp)"} {
		if got := notice(lang); !strings.Contains(got, want) {
			t.Errorf("%s: the notice does not say %q:\n%s", lang, want, got)
		}
	}
}

// TestKeepingIsSaid: the day that the clerk gave stands in the notice, in both languages, and
// never one before the last day for answers.
func TestKeepingIsSaid(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.set("campaigns", "C1", bson.D{{Key: "keep_until", Value: calendar.EndOfDay(a.at.AddDate(2, 0, 0))}})
	day := a.Catalog.For("ja").Date(a.at.AddDate(2, 0, 0))
	if got := a.Browser().Page(a.link("C1:S1")).Find(".data-notice").Text(); !strings.Contains(got, day+"まで保管します。そのあとは、サンプル電機株式会社が消去します") {
		t.Errorf("the notice says %q", got)
	}
	a.set("assignments", "C1:S1", bson.D{{Key: "closes_at", Value: a.at.AddDate(3, 0, 0)}})
	if got := a.Browser().Page(a.link("C1:S1") + "?lang=en").Find(".data-notice").Text(); !strings.Contains(got, a.Catalog.For("en").Date(a.at.AddDate(3, 0, 0))) {
		t.Errorf("the notice says %q", got)
	}
}

// TestKeepingIsRemindedOf: the home page of who edits campaigns tells of answers that are kept
// after the day that suppliers read, with their number and what to do, and of none otherwise.
func TestKeepingIsRemindedOf(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.set("assignments", "C1:S1", bson.D{{Key: "delivery", Value: campaign.DeliverySent}})
	a.set("assignments", "C1:S2", bson.D{{Key: "delivery", Value: campaign.DeliverySent}})
	kept := func(role access.Role) (string, string) {
		page := a.As(role).Page("/")
		link := page.Find(`a[href="/campaigns/C1?state=answered"]`)
		return strings.Join(strings.Fields(link.Text()), " "), page.Find("main").Text()
	}
	overkept := bson.D{{Key: "state", Value: campaign.Closed}, {Key: "keep_until", Value: a.at.Add(-time.Hour)}}
	until := func(day time.Time) bson.D { return bson.D{{Key: "due_at", Value: day}, {Key: "closes_at", Value: day}} }
	past, later := until(a.at.AddDate(0, 0, -30)), until(a.at.AddDate(0, 0, 3))
	a.submitted("C1:S1")
	for _, step := range []struct {
		name string
		do   func()
		want string
	}{
		{"no day was said", func() {}, ""},
		{"a supplier has time still", func() { a.set("campaigns", "C1", overkept) }, ""},
		{"the campaign is over, and one supplier has its own day", func() {
			a.set("campaigns", "C1", past)
			a.set("assignments", "C1:S1", past)
			a.set("assignments", "C1:S2", later)
		}, ""},
		{"the day has passed", func() { a.set("assignments", "C1:S2", past) }, "1 保管の期限を過ぎた調査の回答（調査）"},
		{"the day is to come", func() { a.set("campaigns", "C1", bson.D{{Key: "keep_until", Value: a.at.AddDate(1, 0, 0)}}) }, ""},
	} {
		step.do()
		link, text := kept(access.Buyer)
		if says := strings.Contains(text, "どう消去するか"); link != step.want || says != (step.want != "") {
			t.Errorf("%s: home says %q, want %q (what to do: %v)", step.name, link, step.want, says)
		}
		if step.want == "" {
			continue
		}
		if rows := a.As(access.Buyer).Page("/campaigns/C1?state=answered").Find("tbody tr").Length(); rows != 1 {
			t.Errorf("%d are listed, 1 is counted", rows)
		}
		if link, _ := kept(access.Reader); link != "" {
			t.Errorf("a reader is told to erase: %q", link)
		}
	}
}

// TestKeepingIsTyped: the form proposes a day, keeps what was typed, and fills in what was not.
func TestKeepingIsTyped(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 1)
	if got := a.buyer.Page("/campaigns/new").Find("#keep").AttrOr("value", ""); !strings.HasSuffix(got, "/3/31") {
		t.Errorf("proposed: %q", got)
	}
	if got := a.buyer.Page(a.created(url.Values{"keep": {""}})+"/edit").Find("#keep").AttrOr("value", ""); !strings.HasSuffix(got, "/3/31") {
		t.Errorf("left empty: %q", got)
	}
	if got := a.buyer.Page(a.created(url.Values{"keep": {"2030年4月1日"}})+"/edit").Find("#keep").AttrOr("value", ""); got != "2030/4/1" {
		t.Errorf("typed: %q", got)
	}
	if got := problems(t, a.buyer.Post("/campaigns/new", a.form(url.Values{"keep": {"2020/4/1"}}))); !strings.Contains(got, "保管する期限") {
		t.Errorf("in the past: %s", got)
	}
}
