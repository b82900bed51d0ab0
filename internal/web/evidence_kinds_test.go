package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tsunagi/internal/app/apptest"
	"tsunagi/internal/evidence"
)

// Every kind of certificate has its words in both languages, its form, its row in
// the supplier's list, and its place in the trail.
func TestEveryKindOfCertificateOnThePages(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	until := a.Now().AddDate(1, 0, 0)
	for _, kind := range evidence.Kinds {
		for _, lang := range []string{"ja", "en"} {
			page, w := c.Page(s1+"/evidence/new?kind="+string(kind)+"&lang="+lang), a.Catalog.For(lang)
			text := page.Find("main").Text()
			for _, key := range []string{"evidence.kind.", "evidence.about."} {
				if !strings.Contains(text, w.T(key+string(kind))) {
					t.Errorf("%s in %s: the page lacks %s", kind, lang, key)
				}
			}
			for _, ask := range kind.Traits().Asks {
				if _, ok := typed(page, string(ask.Field)); !ok || !strings.Contains(text, w.T(ask.Label)) {
					t.Errorf("%s in %s: the form does not ask for %s", kind, lang, ask.Field)
				}
			}
			if short := "evidence.short." + string(kind); !a.Catalog.Has(short) {
				t.Errorf("%s is not worded", short)
			}
		}
		sample, form := kind.Sample(3, "見本精工", until), url.Values{"kind": {string(kind)}}
		for _, ask := range kind.Traits().Asks {
			value := sample.Value(ask.Field)
			if day := ask.Field.Day(&sample); day != nil && *day != nil {
				value = (*day).Format(time.DateOnly)
			}
			form.Set(string(ask.Field), value)
		}
		if res := c.Upload(s1+"/evidence/new?kind="+string(kind)+"&lang=ja", form, "file", "登録証.pdf", aPDF(100)); res.Code != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", kind, res.Code, apptest.Parse(t, res).Find(".summary").Text())
		}
		list := c.Page(s1 + "/evidence?lang=ja").Find(".evidence").Last().Text()
		if !strings.Contains(list, a.Catalog.For("ja").T("evidence.kind."+string(kind))) || !strings.Contains(list, sample.Number) {
			t.Errorf("%s: the list says %q", kind, list)
		}
	}
}
