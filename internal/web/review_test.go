package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/demo"
)

// submitted lets a supplier attach a certificate and declare every answer.
func (a *asked) submitted(id string) {
	a.T.Helper()
	a.start(id).Upload("/a/"+id+"/evidence/new?kind=isms", ismsForm(), "file", "登録証.pdf", aPDF(1<<10))
	a.declared(id)
}

// declared lets a supplier that has attached its certificate answer the rest and submit.
func (a *asked) declared(id string) {
	a.T.Helper()
	c := a.start(id)
	base := "/a/" + id
	for question, body := range map[string]string{"often": `{"value":"daily","n":0}`, "media": `{"values":["daily"],"n":0}`,
		"people": `{"value":"3","n":0}`, "since": `{"value":"2026-04-01","n":0}`} {
		if res := c.JSON(http.MethodPost, base+"/answers/"+question, body); res.Code != http.StatusOK {
			a.T.Fatalf("answer %s: %d %s", question, res.Code, res.Body)
		}
	}
	res := c.Post(base+"/submit", url.Values{"name": {"架空 花子"}, "role": {"総務"}, "agreed": {"1"}})
	if !strings.HasSuffix(res.Header().Get("Location"), "/receipt") {
		a.T.Fatalf("submit: %d %s", res.Code, apptest.Parse(a.T, res).Find(".summary").Text())
	}
}

// TestReviewersGoOnToTheNext: from one sheet to the next that waits, and none when
// all is done; who may not review is not led on.
func TestReviewersGoOnToTheNext(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.submitted("C1:S1")
	a.submitted("C1:S2")
	reviewer := a.As(access.Reviewer)
	page := reviewer.Page("/review/C1:S1")
	if href := page.Find(".decide-next").AttrOr("href", ""); href != "/review/C1:S2" {
		t.Errorf("next is %q", href)
	}
	if n := a.As(access.Auditor).Page("/review/C1:S1").Find(".decide").Length(); n != 0 {
		t.Error("an auditor is led on")
	}
	reviewer.Post("/review/C1:S2/accept", nil)
	if n := reviewer.Page("/review/C1:S1").Find(".decide-next").Length(); n != 0 {
		t.Error("a sheet that was accepted still waits")
	}
}

func TestReviewByKeys(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.submitted("C1:S1")
	for role, comments := range map[access.Role]bool{access.Reviewer: true, access.Buyer: false} {
		if text := a.As(role).Page("/review/C1:S1").Find("[data-keys]").Text(); strings.Contains(text, "コメント") != comments || !strings.Contains(text, "j 次の質問") {
			t.Errorf("%s reads of the keys: %q", role, text)
		}
	}
	w := a.window(t)
	w.visit("/sign-in")
	w.js(`document.querySelector("#email").value = "reviewer@example.jp"`)
	w.js(`document.querySelector("#password").value = "` + demo.Password + `"`)
	w.js(`document.querySelector("#password").form.requestSubmit()`)
	w.until(`location.pathname === "/"`)
	w.visit("/review/C1:S1")
	w.until(`!document.querySelector("[data-keys]").hidden`)
	press := func(key string) { run(w, chromedp.KeyEvent(key)) }
	at := `document.activeElement.closest(".judged")?.id`
	press("j")
	first := w.js(at)
	press("j")
	second := w.js(at)
	if first == second || !strings.HasPrefix(second, "q.") {
		t.Fatalf("j went from %s to %s", first, second)
	}
	press("k")
	if got := w.js(at); got != first {
		t.Errorf("k went to %s, want %s", got, first)
	}
	press("c")
	if got := w.js(`document.activeElement.tagName + " " + ` + at); got != "TEXTAREA "+first {
		t.Errorf("c leads to %s", got)
	}
	w.js(`(document.activeElement.value = "")`) // the driver types the letter although the page took the key
	press("j")                                  // a letter of the comment
	if got := w.js(`document.activeElement.value`); got != "j" {
		t.Errorf("while writing, j writes %q", got)
	}
	w.js(`(document.activeElement.blur(), document.querySelector("[data-keys] input").click())`)
	before := w.js(`document.activeElement.id`)
	press("j")
	if got := w.js(`document.activeElement.id`); got != before {
		t.Errorf("switched off, j still went to %s", got)
	}
}

// TestAColleagueDecidesMeanwhile: what was typed stands on the page that says so, whatever
// button is pressed; what was kept before is not called lost.
func TestAColleagueDecidesMeanwhile(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.submitted("C1:S1")
	a.submitted("C1:S2")
	for id, decision := range map[string]string{"C1:S1": "accept", "C1:S2": "return"} {
		reviewer := a.As(access.Reviewer)
		a.must(reviewer.Post("/review/"+id+"/comment", url.Values{"comment.often": {"保存済みの文"}, "n.often": {"0"}}))
		a.must(a.As(access.Reviewer).Post("/review/"+id+"/"+decision, url.Values{"reason": {"先に"}}))
		for button, form := range map[string]url.Values{"comment": {}, "accept": {}, "return": {"reason": {"書きかけの理由"}, "n.@return": {"0"}}} {
			form["comment.often"], form["n.often"] = []string{"保存済みの文"}, []string{"1"}
			form["comment.media"], form["n.media"], form["flag.media"] = []string{"打ったばかりの文"}, []string{"0"}, []string{"1"}
			res := reviewer.Post("/review/"+id+"/"+button, form)
			page := apptest.Parse(t, res)
			text := page.Find("main").Text()
			if res.Code != http.StatusConflict || strings.Count(text, "打ったばかりの文") != 1 || !strings.Contains(text, "問4") || page.Find(".summary").Length() != 1 {
				t.Errorf("%s after %s: %d %s", button, decision, res.Code, text)
			}
			if lost := page.Find(`[aria-labelledby="unkept"]`).Text(); strings.Contains(lost, "保存済みの文") {
				t.Errorf("%s after %s: what is kept is called lost: %s", button, decision, lost)
			}
			if button == "return" && !strings.Contains(text+page.Find("textarea").Text(), "書きかけの理由") {
				t.Errorf("after %s the reason is gone", decision)
			}
		}
	}
}
