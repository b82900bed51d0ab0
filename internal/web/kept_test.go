package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tsunagi/internal/app/apptest"
	"tsunagi/internal/questionnaire"
)

// Two answers to one question: without scripts the page says so and shows both, and the
// script's door refuses what is no answer either.
func TestATickBesideAnAnswer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		question string
		form     url.Values
		shown    []string // selectors of what still stands on the page
		json     string
	}{
		{"where", url.Values{"q.where": {"耐火庫"}, "q.where.common": {"unknown"}},
			[]string{`textarea:contains("耐火庫")`, `[value=unknown][checked]`}, ""},
		{"people", url.Values{"q.people": {"12"}, "q.people.common": {"na"}}, []string{`[value="12"]`, `[value=na][checked]`}, ""},
		{"since", url.Values{"q.since": {"あした"}, "q.since.common": {"na"}}, []string{`[value="あした"]`, `[value=na][checked]`}, ""},
		{"media", url.Values{"q.media": {"daily", "unknown"}}, []string{`[value=daily][checked]`, `[value=unknown][checked]`},
			`{"value":"unknown","values":["daily"],"n":0}`},
		{"media", url.Values{"q.media": {"na", "unknown"}}, []string{`[value=na][checked]`, `[value=unknown][checked]`},
			`{"value":"unknown","values":["na"],"n":0}`},
		{"where", url.Values{"q.where.common": {"na", "unknown"}}, []string{`[value=na][checked]`, `[value=unknown][checked]`}, ""},
	}
	a := ask(t)
	c := a.start("C1:S1")
	for _, tt := range tests {
		form := url.Values{"q." + tt.question + ".n": {"0"}}
		for name, values := range tt.form {
			form[name] = values
		}
		res := c.Post(s1+"/sections/more", form)
		question := apptest.Parse(t, res).Find(`[data-question="` + tt.question + `"]`)
		if text := question.Find(".error").Text(); res.Code != http.StatusUnprocessableEntity || !strings.Contains(text, "どちらか一方") {
			t.Errorf("%v: %d, the question says %q", tt.form, res.Code, text)
		}
		for _, selector := range tt.shown {
			if question.Find(selector).Length() != 1 {
				t.Errorf("%v: %s is gone", tt.form, selector)
			}
		}
		if tt.json != "" {
			if res := c.JSON(http.MethodPost, s1+"/answers/"+tt.question, tt.json); res.Code != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d", tt.json, res.Code)
			}
		}
		if got := a.saved("C1:S1", tt.question); got.Count != 0 {
			t.Errorf("%v: %+v is saved", tt.form, got)
		}
	}
}

// What a script set aside stands on the page, and no later save loses it.
func TestWhatWasSetAsideStaysOnThePage(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	body := `{"value":"na","aside":{"value":"耐火庫\n二階"},"n":0,"page":"p.1"}`
	if res := c.JSON(http.MethodPost, s1+"/answers/where", body); res.Code != http.StatusOK {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	if text := c.Page(s1 + "/sections/more").Find(`[data-question="where"] .aside:not([hidden])`).Text(); !strings.Contains(text, "耐火庫\n二階") {
		t.Errorf("set aside: %q", text)
	}
	c.Post(s1+"/sections/more", url.Values{"q.where.common": {"na"}, "q.where.note": {"倉庫なし"}, "q.where.n": {"1"}})
	if got := a.saved("C1:S1", "where"); got.Note != "倉庫なし" || got.SetAside().Value != "耐火庫\n二階" {
		t.Errorf("saved %+v, aside %+v", got, got.Aside)
	}
}

// A reason is asked for where 該当しない is chosen, before the sheet is submitted.
func TestNotApplicableNeedsItsReason(t *testing.T) {
	t.Parallel()
	const want = "問2：「該当しない」の理由をお書きください"
	a := ask(t)
	c := a.start("C1:S1")
	form := section(url.Values{"q.update": {"done"}, "q.backup": {"na"}})
	res := c.Post(s1+"/sections/basic", form)
	page := apptest.Parse(t, res)
	if res.Code != http.StatusUnprocessableEntity || !strings.Contains(page.Find(".summary").Text(), want) {
		t.Errorf("at Continue: %d %q", res.Code, page.Find(".summary").Text())
	}
	if got := a.saved("C1:S1", "backup").Value; got != questionnaire.NA {
		t.Errorf("saved is %q", got)
	}
	note := c.Page(s1 + "/sections/basic").Find(`[data-question="backup"] .note`)
	if text := note.Find(".error:not([hidden])").Text(); !strings.Contains(text, want) {
		t.Errorf("at the question: %q", text)
	}
	if text := note.Find("label [data-note]:not([hidden])").Text(); !strings.Contains(text, "理由") || !strings.Contains(text, "※必須") {
		t.Errorf("the field says %q", text)
	}
	if text := c.Page(s1 + "/check").Find(".missing").Text(); !strings.Contains(text, want) {
		t.Errorf("the check page says %q", text)
	}
	declared := url.Values{"name": {"架空 花子"}, "role": {"総務部長"}, "agreed": {"1"}}
	if text := apptest.Parse(t, c.Post(s1+"/submit", declared)).Find(".summary").Text(); !strings.Contains(text, want) || strings.Contains(text, "問2 にお答え") {
		t.Errorf("submitting: %q", text)
	}
	// Whoever leaves for the list is not held, and with the reason nothing is asked.
	for _, step := range []struct{ then, note, to string }{{"tasks", "", s1 + "/tasks"}, {"", "預かり物なし", s1 + "/sections/more"}} {
		form = url.Values{"q.backup": {"na"}, "q.backup.n": {"1"}, "then": {step.then}, "q.backup.note": {step.note}}
		if got := c.Post(s1+"/sections/basic", form).Header().Get("Location"); got != step.to {
			t.Errorf("%q leads to %q", step.then, got)
		}
	}
	if page := c.Page(s1 + "/sections/basic"); page.Find("[data-lacks]:not([hidden])").Length() != 0 {
		t.Error("the reason is given, and still asked for")
	}
}

// Words of one page follow each other, whatever became of the replies. One that does not
// is never called saved.
func TestAPageIsNoStrangerToItself(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	steps := []struct {
		name, body string
		code       int
		saved      string
	}{
		{"the first", `{"value":"耐","n":0,"page":"p.1"}`, 200, "耐"},
		{"its reply was lost", `{"value":"耐火庫","n":0,"page":"p.3"}`, 200, "耐火庫"},
		{"late, or its clock was put back", `{"value":"耐火","n":0,"page":"p.2"}`, 409, "耐火庫"},
		{"a stranger", `{"value":"机","n":0,"page":"q.9"}`, 409, "耐火庫"},
	}
	for _, step := range steps {
		if res := c.JSON(http.MethodPost, s1+"/answers/where", step.body); res.Code != step.code {
			t.Errorf("%s: %d %s", step.name, res.Code, res.Body)
		}
		if got := a.saved("C1:S1", "where").Value; got != step.saved {
			t.Errorf("%s: %q is saved, want %q", step.name, got, step.saved)
		}
	}
	// Without scripts: the form was sent, its reply lost, and it is sent again, changed.
	page := c.Page(s1+"/sections/basic").Find(`[name=page]`).AttrOr("value", "")
	for _, value := range []string{"partly", "done"} {
		res := c.Post(s1+"/sections/basic", url.Values{"q.update": {value}, "q.update.n": {"0"}, "page": {page}})
		if got := a.saved("C1:S1", "update").Value; res.Code != http.StatusSeeOther || got != value {
			t.Errorf("%s: %d, saved is %q", value, res.Code, got)
		}
	}
}
