package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/campaign"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
)

// owed lists the mails of a kind that are queued.
func (a *asked) owed(t *testing.T, kind notify.Kind) []notify.Message {
	t.Helper()
	cursor, err := a.db.Collection("outbox").Find(t.Context(), bson.D{{Key: "kind", Value: kind}, {Key: "state", Value: notify.Queued}})
	if err != nil {
		t.Fatal(err)
	}
	var out []notify.Message
	if err := cursor.All(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestHandingOver: both persons are written to, the asker is named, the buyer reads it on
// the timeline, and for a week there is a way back.
func TestHandingOver(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	page := c.Page(s1 + "/delegate")
	if text := page.Find("main").Text(); !strings.Contains(text, "s1@example.jp") || !strings.Contains(text, "元に戻せます") || page.Find("#by").AttrOr("value", "") != "架空 花子" {
		t.Errorf("the page says %q", text)
	}
	a.must(c.Post(s1+"/delegate", url.Values{"name": {"別野 一"}, "email": {"soumu@example.jp"}, "by": {"架空 花子"}}))
	to, from := a.owed(t, notify.Delegated), a.owed(t, notify.HandedOver)
	if len(to) != 1 || len(from) != 1 || to[0].To.Email != "soumu@example.jp" || from[0].To.Email != "s1@example.jp" ||
		to[0].Params[notify.ParamBy] != "架空 花子" || from[0].Params[notify.ParamTo] != "別野 一" {
		t.Fatalf("mails are owed to %+v and %+v", to, from)
	}
	timeline := a.As(access.Buyer).Page("/assignments/C1:S1").Find("main").Text()
	for _, want := range []string{"s1@example.jp", "soumu@example.jp", "担当者を変更"} {
		if !strings.Contains(timeline, want) {
			t.Errorf("the buyer's page does not say %q", want)
		}
	}
	if c.Page(s1+"/delegate").Find(`form[action$="/delegate/undo"]`).Length() != 1 {
		t.Error("there is no way back")
	}
	a.must(c.Post(s1+"/delegate/undo", nil))
	if got := a.assignment("C1:S1"); got.Email != "s1@example.jp" || got.Person != "架空 花子" || got.Former != nil {
		t.Errorf("back at %s <%s>, former %+v", got.Person, got.Email, got.Former)
	}
	if len(a.owed(t, notify.Delegated)) != 0 {
		t.Error("the one who has it no more is still asked")
	}
	if from := a.owed(t, notify.HandedOver); len(from) != 2 || from[1].To.Email != "soumu@example.jp" {
		t.Errorf("told: %+v", from)
	}
	if res := c.Post(s1+"/delegate/undo", nil); res.Code != http.StatusUnprocessableEntity {
		t.Errorf("a second time: %d", res.Code)
	}
	a.must(c.Post(s1+"/delegate", url.Values{"name": {"別野 一"}, "email": {"soumu@example.jp"}, "by": {"架空 花子"}}))
	a.tick(7 * 24 * time.Hour)
	c = a.start("C1:S1")
	if res := c.Post(s1+"/delegate/undo", nil); res.Code != http.StatusUnprocessableEntity || c.Page(s1+"/delegate").Find(`form[action$="/undo"]`).Length() != 0 {
		t.Errorf("after a week: %d", res.Code)
	}
}

// TestAReceivedByMistake: no reason is asked for, the link ends, and the buyer is told and
// can ask somebody else.
func TestAReceivedByMistake(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.Browser()
	if to := c.Post(a.link("C1:S1")+"/start", url.Values{"to": {"not-ours"}}).Header().Get("Location"); !strings.HasPrefix(to, s1+"/not-ours") {
		t.Fatalf("the button leads to %q", to)
	}
	res := c.Get(c.Post(s1+"/not-ours", nil).Header().Get("Location"))
	if text := apptest.Parse(t, res).Find("main").Text(); res.Code != http.StatusGone || !strings.Contains(text, "サンプル電機") || !strings.Contains(text, "使えなくなりました") {
		t.Errorf("%d %q", res.Code, text)
	}
	for _, path := range []string{s1 + "/tasks", a.link("C1:S1")} {
		if res := c.Get(path); res.Code != http.StatusGone || !strings.Contains(res.Body.String(), "間違って届いた") {
			t.Errorf("%s afterwards: %d", path, res.Code)
		}
	}
	if got := a.assignment("C1:S1"); got.Response != campaign.Declined || !strings.Contains(got.Reason, "宛先違い") || got.Generation != 2 {
		t.Errorf("the request is %s, %q, generation %d", got.Response, got.Reason, got.Generation)
	}
	if told := a.owed(t, notify.DeclinedBuyer); len(told) != 1 || len(a.owed(t, notify.Declined)) != 0 {
		t.Errorf("told: %+v", told)
	}
	buyer := a.As(access.Buyer)
	if text := buyer.Page("/assignments/C1:S1").Find("main").Text(); !strings.Contains(text, "宛先違い") {
		t.Error("the buyer's page does not say why")
	}
	a.must(buyer.Post("/assignments/C1:S1/readdress", url.Values{"person": {"別 人"}, "email": {"other@example.jp"}}))
	if got := a.assignment("C1:S1"); got.Response != campaign.Answering {
		t.Errorf("asked again it is %s", got.Response)
	}
}

// TestADeclineTakenBack: both sides get their mail, and until the last day the supplier
// goes on where it was.
func TestADeclineTakenBack(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	c.JSON(http.MethodPost, s1+"/answers/update", `{"value":"done","n":0}`)
	a.must(c.Post(s1+"/decline", url.Values{"reason": {"取引が終了しています"}}))
	copied, told := a.owed(t, notify.Declined), a.owed(t, notify.DeclinedBuyer)
	if len(copied) != 1 || len(told) != 1 || copied[0].To.Email != "s1@example.jp" || told[0].To.Email == "" ||
		told[0].Params[notify.ParamReason] != "取引が終了しています" {
		t.Fatalf("owed: %+v and %+v", copied, told)
	}
	c = a.start("C1:S1") // from the link, whose page leads there
	if c.Page(s1+"/tasks").Find(`form[action$="/resume"]`).Length() != 1 {
		t.Fatal("there is no way to take it back")
	}
	a.must(c.Post(s1+"/resume", nil))
	if got := a.assignment("C1:S1"); got.Response != campaign.Answering || got.Reason != "" || a.saved("C1:S1", "update").Value != "done" {
		t.Errorf("taken back it is %s, %q, with %+v", got.Response, got.Reason, a.saved("C1:S1", "update"))
	}
	if res := c.JSON(http.MethodPost, s1+"/answers/update", `{"value":"partly","n":1}`); res.Code != http.StatusOK {
		t.Errorf("answering on: %d %s", res.Code, res.Body)
	}
	a.must(c.Post(s1+"/decline", url.Values{"reason": {"取引が終了しています"}}))
	a.tick(32 * 24 * time.Hour)
	c = a.start("C1:S1")
	if res := c.Post(s1+"/resume", nil); res.Code != http.StatusGone || c.Page(s1+"/tasks").Find(`form[action$="/resume"]`).Length() != 0 {
		t.Errorf("after the last day: %d", res.Code)
	}
}

// TestTheBuyerReadsItsOwnLanguage: the mail that tells of a decline is in the language that
// the contact chose, in Japanese for a mailbox that is nobody's of this organisation.
func TestTheBuyerReadsItsOwnLanguage(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ email, want string }{
		"a member who reads English": {"Buyer@example.jp", "en"}, "a member who reads Japanese": {"owner@example.jp", "ja"},
		"a mailbox": {"shizai@example.jp", "ja"}, "a member of another organisation": {"stranger@example.jp", "ja"},
	} {
		t.Run(name, func(t *testing.T) {
			a := ask(t)
			a.set("campaigns", "C1", bson.D{{Key: "contact.email", Value: tt.email}})
			a.insert("users", org.User{ID: "u-stranger", Email: "stranger@example.jp", Lang: "en"})
			if _, err := a.db.Collection("users").UpdateOne(t.Context(), bson.D{{Key: "email", Value: "buyer@example.jp"}},
				bson.D{{Key: "$set", Value: bson.D{{Key: "lang", Value: "en"}}}}); err != nil {
				t.Fatal(err)
			}
			a.must(a.start("C1:S1").Post(s1+"/decline", url.Values{"reason": {"取引が終了しています"}}))
			if told := a.owed(t, notify.DeclinedBuyer); len(told) != 1 || told[0].Lang != tt.want {
				t.Errorf("told: %+v", told)
			}
		})
	}
}
