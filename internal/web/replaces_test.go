package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/campaign"
	"tsunagi/internal/locale"
	"tsunagi/internal/questionnaire"
	"tsunagi/templates"
)

// words are the product's Japanese words.
func (a *asked) words() *locale.Printer {
	a.T.Helper()
	catalog, err := locale.Load(templates.FS)
	if err != nil {
		a.T.Fatal(err)
	}
	return catalog.For("ja")
}

// TestNumbersFollowTheRule: what the request page, the supplier's certificate and the
// reviewer's page say a certificate replaces is what the rule counts.
func TestNumbersFollowTheRule(t *testing.T) {
	t.Parallel()
	for _, personal := range []bool{false, true} {
		a := ask(t)
		w := a.words()
		coverage := questionnaire.Coverage{"IPA5-01": {"isms": questionnaire.StandsFull}, "IPA5-02": {"isms": questionnaire.StandsFull, "pmark": questionnaire.StandsPersonal}}
		a.set("campaigns", "C1", bson.D{{Key: "coverage", Value: coverage}, {Key: "questionnaire.sections.0.questions.0.critical", Value: true}})
		a.set("assignments", "C1:S1", bson.D{{Key: "personal_data", Value: personal}})
		q := sample()
		q.Sections[0].Questions[0].Critical = true
		rule := campaign.Campaign{Questionnaire: q, Coverage: coverage, StandIn: true}.Replaces(personal)
		var want string
		for _, r := range rule {
			want += w.T("request.replaces", "Kind", w.T("evidence.kind."+string(r.Kind)), "Count", r.Count) + "|"
		}
		told := func(page *goquery.Document) string {
			var out string
			for _, li := range page.Find(".replaces li").EachIter() {
				out += strings.TrimSpace(li.Text()) + "|"
			}
			return out
		}
		c := a.Browser()
		if got := told(c.Page(a.link("C1:S1"))); got != want || want == "" {
			t.Errorf("personal data %v: the request page says %q, the rule %q", personal, got, want)
		}
		c = a.start("C1:S1")
		if got := told(c.Page(s1 + "/evidence")); got != want {
			t.Errorf("personal data %v: the page of certificates says %q, the rule %q", personal, got, want)
		}
		c.Upload(s1+"/evidence/new?kind=isms", ismsForm(), "file", "登録証.pdf", aPDF(1<<10))
		if text := c.Page(s1 + "/evidence").Find(".evidence").Text(); !strings.Contains(text, w.T("evidence.covers-count", "Count", rule[0].Count)) {
			t.Errorf("the certificate says %q, the rule %+v", text, rule[0])
		}
		if n := c.Page(s1 + "/sections/basic").Find("details.covered").Length(); n != rule[0].Count {
			t.Errorf("%d questions are folded, want %d", n, rule[0].Count)
		}
		c.JSON(http.MethodPost, s1+"/answers/update", `{"value":"done","n":0}`)
		a.declared("C1:S1")
		if text := a.As(access.Reviewer).Page("/review/C1:S1").Find("aside .evidence").Text(); !strings.Contains(text, w.T("review.replaces")) ||
			!strings.Contains(text, w.T("review.count", "Count", rule[0].Count)) {
			t.Errorf("the reviewer reads %q, the rule %+v", text, rule[0])
		}
	}
}

// TestWhyACertificateReplacesNothing: both sides are told, and the questions stay.
func TestWhyACertificateReplacesNothing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		change url.Values
		why    string
	}{
		{url.Values{"covers": {"no"}}, "evidence.outside"},
		{url.Values{"standard": {"ISO/IEC 27001:2013"}}, "evidence.old-edition"},
		{url.Values{"accreditation": {"none"}}, "evidence.why-unaccredited"},
		{url.Values{"kind": {"pmark"}, "number": {"10123456(03)"}}, "evidence.replaces-none-pmark"},
	} {
		a := ask(t)
		why, form := a.words().T(tt.why), ismsForm()
		for name, values := range tt.change {
			form[name] = values
		}
		c := a.start("C1:S1")
		if res := c.Upload(s1+"/evidence/new?kind="+form.Get("kind"), form, "file", "登録証.pdf", aPDF(1<<10)); res.Code != http.StatusSeeOther {
			t.Fatalf("%s: attach %d %s", tt.why, res.Code, apptest.Parse(t, res).Find(".summary").Text())
		}
		if text := c.Page(s1 + "/evidence").Find(".evidence").Text(); !strings.Contains(text, why) || strings.Contains(text, "回答不要になっています") {
			t.Errorf("%s: the supplier reads %q", tt.why, text)
		}
		if c.Page(s1+"/sections/basic").Find(".standing, .covered").Length() != 0 {
			t.Errorf("%s: a question is replaced", tt.why)
		}
		if form.Get("kind") == "pmark" {
			continue
		}
		a.answerAll(c)
		c.Post(s1+"/submit", url.Values{"name": {"架空 花子"}, "role": {"総務"}, "agreed": {"1"}})
		if text := a.As(access.Reviewer).Page("/review/C1:S1").Find("aside .evidence").Text(); !strings.Contains(text, why) {
			t.Errorf("%s: the reviewer reads %q", tt.why, text)
		}
	}
}

// TestTheCertificateInsteadOfAnswers: answers given before a certificate was attached
// are cleared by one button; then page, check, score and review know the certificate.
func TestTheCertificateInsteadOfAnswers(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	for _, question := range []string{"update", "backup"} {
		c.JSON(http.MethodPost, s1+"/answers/"+question, `{"value":"not-done","n":0}`)
	}
	c.Upload(s1+"/evidence/new?kind=isms", ismsForm(), "file", "登録証.pdf", aPDF(1<<10))
	page := c.Page(s1 + "/evidence")
	if text := page.Find(".evidence").Text(); !strings.Contains(text, "2問には、すでに回答があります") || strings.Contains(text, "回答不要になっています") {
		t.Errorf("with both answered the certificate says %q", text)
	}
	c.Post(s1+"/sections/basic", url.Values{"q.update.n": {"1"}, "q.update": {"not-done"}, "then": {"clear:update"}})
	if !a.saved("C1:S1", "update").Empty() || a.saved("C1:S1", "backup").Empty() {
		t.Error("one answer cleared: not that one, or the other too")
	}
	if text := c.Page(s1 + "/sections/basic").Find(".notice").Text(); !strings.Contains(text, "1問の回答を、登録証で代替しました") {
		t.Errorf("after 登録証で代替する the page says %q", text)
	}
	action, ok := page.Find(`form[action$="/replace"]`).Attr("action")
	if !ok {
		t.Fatal("the certificate is not offered instead of answers")
	}
	c.Post(action, nil)
	if said := c.Page(s1 + "/evidence").Find(".notice").Text(); !strings.Contains(said, "1問の回答を、登録証で代替しました") {
		t.Errorf("after replacing: %q", said)
	}
	c.Post(action, nil)
	if said := c.Page(s1 + "/evidence").Find("body").Text(); strings.Contains(said, "登録証で代替しました") {
		t.Error("a second press, and again something was replaced")
	}
	if !a.saved("C1:S1", "backup").Empty() {
		t.Error("the answer stays beside the certificate")
	}
	for _, path := range []string{"/sections/basic", "/check"} {
		if text := c.Page(s1 + path).Find("main").Text(); strings.Count(text, "登録証で代替") != 2 {
			t.Errorf("%s does not name the certificate twice: %s", path, text)
		}
	}
	a.declared("C1:S1")
	review := a.As(access.Reviewer).Page("/review/C1:S1").Find("main").Text()
	if strings.Count(review, "登録証で代替") != 2 || !strings.Contains(review, "採点対象外") {
		t.Errorf("the review says %s", review)
	}
	if res := a.start("C1:S2").Post(strings.Replace(action, "S1", "S2", 1), nil); res.Code != http.StatusNotFound {
		t.Errorf("another supplier's certificate: %d", res.Code)
	}
}

// TestWhatNobodyAnsweredIsNotCleared: a question offers to clear an answer where there is
// one; a sheet that was submitted offers nothing.
func TestWhatNobodyAnsweredIsNotCleared(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	c.JSON(http.MethodPost, s1+"/answers/update", `{"value":"not-done","n":0}`)
	page := c.Page(s1 + "/sections/basic")
	if page.Find(`[data-question=update] [data-clear]:not([hidden])`).Length() != 1 || page.Find(`[data-clear]:not([hidden])`).Length() != 1 {
		t.Error("not the answered question alone can be cleared")
	}
	c.JSON(http.MethodPost, s1+"/answers/update", `{"value":"","n":1}`)
	c.Upload(s1+"/evidence/new?kind=isms", ismsForm(), "file", "登録証.pdf", aPDF(1<<10))
	if n := c.Page(s1 + "/sections/basic").Find(".covered-open").Length(); n != 2 {
		t.Errorf("自分で答える stands at %d questions, want 2", n)
	}
	a.declared("C1:S1")
	page = c.Page(s1 + "/sections/basic")
	if n := page.Find("[data-clear], .covered-open, .note:not([hidden])").Length(); n != 0 {
		t.Errorf("the submitted sheet offers %d things that cannot be done", n)
	}
}

// TestTheRuleOfPointsIsTold: on the request page, beside the choices and to the reviewer;
// what was asked before there was a choice names IPA's.
func TestTheRuleOfPointsIsTold(t *testing.T) {
	t.Parallel()
	for _, scale := range []questionnaire.Scale{"", questionnaire.ScaleIPA, questionnaire.ScaleZero} {
		a := ask(t)
		w, rule := a.words(), "ipa"
		if scale == questionnaire.ScaleZero {
			rule = "zero"
		}
		a.set("campaigns", "C1", bson.D{{Key: "questionnaire.scale", Value: scale}})
		c := a.start("C1:S1")
		pages := map[string]string{a.link("C1:S1"): w.T("score.rule." + rule), s1 + "/sections/basic": w.T("score.short." + rule)}
		for path, want := range pages {
			if text := c.Page(path).Find("main").Text(); !strings.Contains(text, want) {
				t.Errorf("scale %q: %s does not say %q", scale, path, want)
			}
		}
		c.JSON(http.MethodPost, s1+"/answers/update", `{"value":"unknown","n":0}`)
		c.JSON(http.MethodPost, s1+"/answers/backup", `{"value":"partly","n":0}`)
		a.declared("C1:S1")
		points := map[string]int{"ipa": 13, "zero": 25}[rule]
		review := a.As(access.Reviewer).Page("/review/C1:S1").Find("main").Text()
		if !strings.Contains(review, w.T("score.rule."+rule)) || !strings.Contains(review, fmt.Sprintf("%d点", points)) || !strings.Contains(review, "1問") {
			t.Errorf("scale %q: the review says %s, want %d points", scale, review, points)
		}
	}
}
