package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
)

// resent is what pressing the button of a kept form posts: where, and which fields.
func resent(page *goquery.Document) (string, url.Values) {
	form, values := page.Find("form#kept"), url.Values{}
	form.Find("input[type=hidden]").Each(func(_ int, field *goquery.Selection) {
		values.Add(field.AttrOr("name", ""), field.AttrOr("value", ""))
	})
	return form.AttrOr("action", ""), values
}

// TestAnEndedSessionLosesNothing: every kind of form that a session allows comes back
// with what was typed, and can be posted again once the link was opened or somebody has
// signed in. Until then nothing of it is stored.
func TestAnEndedSessionLosesNothing(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.submitted("C1:S2")
	a.set("assignments", "C1:S1", bson.D{{Key: "search", Value: bson.A{}}})
	const typed = "架空の文\n<b>二行目</b> & \"引用\""
	isms := ismsForm()
	isms.Set("scope", typed)
	link := func() *apptest.Client { return a.start("C1:S1") }
	as := func(role access.Role) func() *apptest.Client {
		return func() *apptest.Client { return a.As(role) }
	}
	firm := samples()
	firm.Set("remark", typed)
	forms := []struct {
		path string
		form url.Values
		file bool
		who  func() *apptest.Client
	}{
		{s1 + "/sections/more", url.Values{"q.where": {typed}, "q.where.n": {"0"}, "q.media": {"daily", "weekly"}, "q.media.n": {"0"}, "page": {"p"}, "then": {"tasks"}}, false, link},
		{s1 + "/evidence/new?kind=isms", isms, true, link},
		{"/campaigns/new", (&asking{Env: a.Env}).form(url.Values{"purpose": {typed}}), false, as(access.Buyer)},
		{"/suppliers/new", firm, false, as(access.Buyer)},
		{"/review/C1:S2/comment", url.Values{"question": {"often"}, "comment.often": {typed}}, false, as(access.Reviewer)},
		{"/review/C1:S2/return", url.Values{"reason": {typed}}, false, as(access.Reviewer)},
		{"/users/invite", url.Values{"name": {"架空 新一"}, "email": {"new@example.jp"}, "role": {"buyer"}}, false, as(access.Owner)},
		{"/settings", url.Values{"name": {"架空電機"}, "contact_department": {"架空部 一課"}, "contact_phone": {"000-0000-0000"}, "contact_email": {"ask@example.jp"}}, false, as(access.Owner)},
		{s1 + "/decline", url.Values{"reason": {typed}}, false, link},
	}
	for _, f := range forms {
		before := a.records(t)
		stranger := a.Browser()
		post := func(c *apptest.Client, path string, form url.Values) (int, *goquery.Document) {
			if f.file {
				res := c.Upload(path, form, "file", "登録証.pdf", aPDF(100))
				return res.Code, apptest.Parse(t, res)
			}
			res := c.Post(path, form)
			return res.Code, apptest.Parse(t, res)
		}
		code, page := post(stranger, f.path, f.form)
		if code != http.StatusUnauthorized || page.Find("form#kept button[type=submit]").Length() == 0 {
			t.Errorf("%s answers %d without a way to send it again", f.path, code)
		}
		to, values := resent(page)
		if to != f.path || len(values) != len(f.form) {
			t.Errorf("%s would be sent again to %s with %d of %d fields", f.path, to, len(values), len(f.form))
		}
		for name, want := range f.form {
			if !slices.Equal(values[name], want) {
				t.Errorf("%s: %s is %q, was %q", f.path, name, values[name], want)
			}
		}
		if text := page.Find("main").Text(); strings.Contains(text, "保存されています") || !strings.Contains(text, "まだ届いていません") {
			t.Errorf("%s says %q", f.path, text)
		}
		if f.file && (page.Find(`form#kept input[type=file][name=file]`).Length() != 1 || !strings.Contains(page.Find("form#kept").Text(), "登録証.pdf")) {
			t.Errorf("%s does not ask for the file again", f.path)
		}
		if after := a.records(t); after != before {
			t.Errorf("%s: of a stranger's post something is stored: %d records, were %d", f.path, after, before)
		}
		if code, page := post(f.who(), to, values); code != http.StatusSeeOther {
			t.Errorf("%s sent again: %d %s", f.path, code, page.Find(".summary").Text())
		}
	}
}

// records counts what the database holds.
func (a *asked) records(t *testing.T) (n int64) {
	t.Helper()
	collections, err := a.db.ListCollectionNames(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range collections {
		count, err := a.db.Collection(name).CountDocuments(t.Context(), bson.D{})
		if err != nil {
			t.Fatal(err)
		}
		n += count
	}
	return n
}

// TestARefusedFormKeepsWhatWasTyped: after the end it cannot be sent again, but copied.
// What is secret, comes from another site, or was written by nobody is never shown.
func TestARefusedFormKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.tick(32 * 24 * time.Hour)
	c := a.start("C1:S1")
	page := apptest.Parse(t, c.Post(s1+"/sections/more", url.Values{"q.where": {"耐火庫 二階"}, "q.where.n": {"0"}}))
	if page.Find("form#kept li").Text() != "耐火庫 二階" || page.Find("form#kept button[type=submit]").Length() != 0 {
		t.Errorf("after the end: %s", page.Find("main").Text())
	}
	secret := a.Browser().Post("/account/password", url.Values{"present": {"ひみつ の語"}, "password": {"ひみつ の語"}})
	if body := secret.Body.String(); strings.Contains(body, "ひみつ") || strings.Contains(body, `id="kept"`) {
		t.Error("a password is shown")
	}
	other := a.Browser()
	other.Header.Set("Sec-Fetch-Site", "cross-site")
	if res := other.Post(s1+"/sections/more", url.Values{"q.where": {"よその文"}, "q.where.n": {"0"}}); strings.Contains(res.Body.String(), "よその文") {
		t.Error("another site's form is shown")
	}
	if res := a.Browser().Post("/review/C1:S1/accept", nil); strings.Contains(res.Body.String(), `id="kept"`) {
		t.Error("a form in which nobody wrote is kept")
	}
}

// TestAKeptFormChangesItsLanguage: the form goes along, and is no less in the other one.
func TestAKeptFormChangesItsLanguage(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.Browser()
	page := apptest.Parse(t, c.Post(s1+"/sections/more", url.Values{"q.where": {"耐火庫 二階"}, "q.where.n": {"0"}}))
	to := page.Find(`.language button[form=kept][lang=en]`).AttrOr("formaction", "")
	_, values := resent(page)
	english := apptest.Parse(t, c.Post(to, values))
	if _, again := resent(english); again.Get("q.where") != "耐火庫 二階" || !strings.Contains(english.Find("main").Text(), "Send again") {
		t.Errorf("%s shows %s", to, english.Find("main").Text())
	}
}
