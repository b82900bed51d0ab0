package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
)

// languageLink is where the page says that its other language is.
func languageLink(page *goquery.Document) string {
	control := page.Find(`.language [lang=en]`)
	return control.AttrOr("href", control.AttrOr("formaction", ""))
}

// TestLanguageKeepsThePage: from every page and every answer to a form, the other
// language leads to that page, with its filters, and not to another site.
func TestLanguageKeepsThePage(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c, buyer := a.start("C1:S1"), a.As(access.Buyer)
	pages := []struct{ page, want string }{
		{s1 + "/evidence/new?kind=isms", s1 + "/evidence/new?kind=isms&lang=en"},
		{s1 + "/sections/basic?x=1", s1 + "/sections/basic?lang=en&x=1"},
		{s1 + "/check?lang=ja", s1 + "/check?lang=en"},
	}
	for _, tt := range pages {
		if got := languageLink(c.Page(tt.page)); got != tt.want {
			t.Errorf("%s: the language leads to %s, want %s", tt.page, got, tt.want)
		}
	}
	if got := languageLink(buyer.Page("/suppliers?q=%E6%9E%B6+%26&tier=high")); got != "/suppliers?lang=en&q=%E6%9E%B6+%26&tier=high" {
		t.Errorf("filters: %s", got)
	}
	for _, gone := range []*httptest.ResponseRecorder{buyer.Get("//evil.example.com/x"), c.Get(s1 + "/nothing"), c.Get(s1 + "/evidence/" + unknownID + "/file")} {
		if got := languageLink(apptest.Parse(t, gone)); gone.Code != http.StatusNotFound || got != "?lang=en" {
			t.Errorf("from what is not found (%d) the language leads to %s, want to stay there", gone.Code, got)
		}
	}
	// A choice that was made is made again by no link of the page.
	if href := buyer.Page("/suppliers?lang=en&q=x").Find(`a[href*="lang=en"]:not(.language a)`).Length(); href != 0 {
		t.Error("links of the page choose the language again")
	}
	res := c.Post(s1+"/submit", url.Values{"name": {""}})
	if got := languageLink(apptest.Parse(t, res)); got != s1+"/check?lang=en" {
		t.Errorf("after a faulty submission: %s", got)
	}
	for _, r := range a.Web.Routes() {
		if r.Method != http.MethodPost {
			continue
		}
		client := buyer
		if r.Guard.Link() {
			client = c
		}
		path := at(strings.Replace(r.Path, ":assignment", "C1:S1", 1), unknownID)
		res := client.Do(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader("%zz=&x=%FF"))
		if !strings.Contains(res.Header().Get("Content-Type"), "html") {
			continue
		}
		to, err := url.Parse(languageLink(apptest.Parse(t, res)))
		if err != nil || !a.opens(to.Path) {
			t.Errorf("%s %d: the language leads to %s, which no page has", r.Path, res.Code, to)
		}
	}
}

// opens tells whether an address is that of a page.
func (a *asked) opens(path string) bool {
	parts := strings.Split(path, "/")
	for _, r := range a.Web.Routes() {
		of := strings.Split(r.Path, "/")
		same := r.Method == http.MethodGet && len(of) == len(parts)
		for i := range of {
			same = same && (of[i] == parts[i] || strings.HasPrefix(of[i], ":"))
		}
		if same {
			return true
		}
	}
	return false
}

// TestLanguageKeepsWhatIsTyped: without scripts a section is saved on the way, and what
// is wrong stays on the page; with scripts any form goes along.
func TestLanguageKeepsWhatIsTyped(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	to := languageLink(c.Page(s1 + "/sections/more"))
	res := c.Post(to, url.Values{"q.often": {"weekly"}, "q.often.n": {"0"}, "q.people": {"たくさん"}, "q.people.n": {"0"}, "then": {"here"}})
	page := apptest.Parse(t, res)
	if got := page.Find(`[name="q.people"]`).AttrOr("value", ""); got != "たくさん" || page.Find("html").AttrOr("lang", "") != "en" {
		t.Errorf("%d: the page holds %q", res.Code, got)
	}
	if got := a.saved("C1:S1", "often").Value; got != "weekly" {
		t.Errorf("saved is %q", got)
	}

	w := a.window(t)
	w.start(a.link("C1:S1"))
	w.visit(s1 + "/evidence/new?kind=isms")
	w.js(`(document.querySelector("#number").value = "IS 505613", document.querySelector("[name=covers][value=yes]").checked = true)`)
	w.js(`document.querySelector('.language [lang=en]').click()`)
	w.until(`document.documentElement.lang === "en" && location.search.includes("kind=isms")`)
	w.until(`document.querySelector("#number").value === "IS 505613" && document.querySelector("[name=covers][value=yes]").checked`)
	w.visit(s1 + "/evidence/new?kind=isms")
	w.until(`document.querySelector("#number").value === ""`)
}

// TestTicksAreKeptWhileOneLooksOn: searching, leafing and filtering send the ticks first.
func TestTicksAreKeptWhileOneLooksOn(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 5)
	base := a.created(url.Values{"who": {"picked"}})
	for i, tt := range []struct{ then, to string }{
		{"search", base + "/pick?q=%E5%8F%96%E5%BC%95"}, {"chosen", base + "/pick?chosen=1"}, {"all", base + "/pick"},
		{"next", base + "/pick?page=2"}, {"previous", base + "/pick?page=0"},
	} {
		page := a.buyer.Page(base + "/pick")
		if page.Find(`main form[method=get], main a[href^="?"]`).Length() != 0 {
			t.Error("a way on leaves the ticks behind")
		}
		id := page.Find("[name=supplier]").Eq(i).AttrOr("value", "")
		res := a.buyer.Post(base+"/pick", url.Values{"shown": {id}, "supplier": {id}, "q": {"取引"}, "then": {tt.then}})
		if got := res.Header().Get("Location"); got != tt.to {
			t.Errorf("%s leads to %s, want %s", tt.then, got, tt.to)
		}
		if n := a.buyer.Page(base + "/pick?chosen=1").Find("[name=supplier][checked]").Length(); n != i+1 {
			t.Errorf("after %s %d are picked, want %d", tt.then, n, i+1)
		}
	}
}
