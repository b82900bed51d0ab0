package web_test

import (
	"net/url"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/calendar"
)

// TestEnglishTexts: what the buyer gave in English stands on a supplier's English pages,
// and its paper; what was not given stands there in Japanese, and the Japanese
// pages are as they were.
func TestEnglishTexts(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.set("assignments", "C1:S1", bson.D{{Key: "lang", Value: "en"}})
	a.set("campaigns", "C1", bson.D{{Key: "purpose_en", Value: "We check how drawings are kept."}, {Key: "contact.department_en", Value: "Procurement desk"}})
	says := func(where, text string, want, not []string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s does not say %q:\n%s", where, w, text)
			}
		}
		for _, w := range not {
			if strings.Contains(text, w) {
				t.Errorf("%s says %q", where, w)
			}
		}
	}
	c := a.Browser()
	english := []string{"We check how drawings are kept.", "図面をお預けしているため", "Procurement desk", "23:59 JST (UTC+9)"}
	a.set("assignments", "C1:S1", bson.D{{Key: "due_at", Value: calendar.EndOfDay(a.at.AddDate(0, 0, 10))}})
	says("the request", c.Page(a.link("C1:S1")).Find("main").Text(), english, []string{"図面の取扱いを確かめるため", "調達部"})
	c.Post(a.link("C1:S1")+"/start", nil)
	says("the tasks", c.Page(s1+"/tasks").Find("body").Text(), []string{"Procurement desk", "23:59 JST (UTC+9)"}, nil)
	says("the request in Japanese", a.Browser().Page(a.link("C1:S1")+"?lang=ja").Find("main").Text(), []string{"図面の取扱いを確かめるため", "調達部"}, []string{"UTC"})

	a.answerAll(c)
	a.must(c.Post(s1+"/submit", url.Values{"name": {"架空 花子"}, "role": {"総務部長"}, "agreed": {"1"}}))
	says("the copy on paper", textOfPDF(t, c.Get(s1+"/copy.pdf").Body.Bytes()), []string{"We check how drawings are kept.", "JST (UTC+9)"}, []string{"図面の取扱いを確かめるため"})
}

// TestEnglishIsTyped: the form of a campaign keeps what is said in English, and stands open
// where there is any, or where it is wrong.
func TestEnglishIsTyped(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 1)
	if a.buyer.Page("/campaigns/new").Find("details[open] #purpose_en").Length() != 0 {
		t.Error("an empty form opens what is optional")
	}
	draft := a.created(url.Values{"purpose_en": {"We check."}, "contact_department_en": {"Procurement"}})
	page := a.buyer.Page(draft + "/edit")
	if got := page.Find("details[open] #purpose_en").Text(); strings.TrimSpace(got) != "We check." {
		t.Errorf("purpose in English: %q", got)
	}
	if got := page.Find("details[open] #contact_department_en").AttrOr("value", ""); got != "Procurement" {
		t.Errorf("department in English: %q", got)
	}
	res := a.buyer.Post("/campaigns/new", a.form(url.Values{"purpose_en": {strings.Repeat("a", 401)}}))
	if got := problems(t, res); !strings.Contains(got, "400") {
		t.Errorf("too long: %s", got)
	}
	owner := a.As(access.Owner)
	settings := url.Values{"name": {"見本"}, "contact_department": {"調達部"}, "contact_phone": {"000-0000-0000"}, "contact_email": {"ask@example.jp"}, "contact_hours_en": {"9 to 17"}}
	owner.Post("/settings", settings)
	if got := a.buyer.Page("/campaigns/new").Find("details[open] #contact_hours_en").AttrOr("value", ""); got != "9 to 17" {
		t.Errorf("the organisation's hours in English: %q", got)
	}
}

// TestLinksOfMailsNameTheLanguage: the line in the other language that every mail has leads
// to that language, whatever the browser asks for.
func TestLinksOfMailsNameTheLanguage(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.set("assignments", "C1:S1", bson.D{{Key: "delivery", Value: "sent"}})
	signedIn := a.As(access.Buyer)
	for _, lang := range []string{"en", "ja"} {
		for path, c := range map[string]*apptest.Client{
			a.link("C1:S1"): a.Browser(), "/assignments/C1:S1": signedIn, "/invite/x.y": a.Browser(), "/reset/x.y": a.Browser(),
		} {
			if got := apptest.Parse(t, c.Get(path+"?lang="+lang)).Find("html").AttrOr("lang", ""); got != lang {
				t.Errorf("%s?lang=%s is in %q", path, lang, got)
			}
		}
	}
}
