package web_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"tsunagi/internal/app/apptest"
)

// TestAFileThatMustBeChosenAgain: a page that is shown again has lost the chosen file.
// It names it, takes no second press without it, and never says that it is attached.
func TestAFileThatMustBeChosenAgain(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	form := ismsForm()
	form.Set("expires", "来年")
	page := apptest.Parse(t, c.Upload(s1+"/evidence/new?kind=isms", form, "file", "登録証.pdf", aPDF(100)))
	if text := page.Find("#file-error").Text(); !strings.Contains(text, "登録証.pdf") || page.Find("input[name=chosen]").AttrOr("value", "") != "登録証.pdf" {
		t.Errorf("the page says of the file: %q", text)
	}
	form = ismsForm()
	form.Set("chosen", "登録証.pdf")
	res := c.Post(s1+"/evidence/new?kind=isms", form)
	if text := apptest.Parse(t, res).Find(".summary").Text(); res.Code != http.StatusUnprocessableEntity || !strings.Contains(text, "登録証.pdf") {
		t.Errorf("pressed again without the file: %d %q", res.Code, text)
	}
	action := url.Values{"kind": {"security-action"}, "number": {"40000000001"}, "stars": {"1"}, "chosen": {"登録証.pdf"}}
	if res := c.Post(s1+"/evidence/new?kind=security-action", action); res.Code != http.StatusUnprocessableEntity {
		t.Errorf("a kind that needs no file, without the chosen one: %d", res.Code)
	}
	action.Set("without", "1")
	c.Post(s1+"/evidence/new?kind=security-action", action)
	if text := c.Page(s1 + "/evidence").Find(".notice").First().Text(); !strings.Contains(text, "添付されていません") {
		t.Errorf("without a file the page says %q", text)
	}
	c.Upload(s1+"/evidence/new?kind=isms", ismsForm(), "file", "登録証.pdf", aPDF(100))
	if text := c.Page(s1 + "/evidence").Find(".notice").First().Text(); !strings.Contains(text, "添付しました") {
		t.Errorf("with a file the page says %q", text)
	}
}

// TestSomethingInBetweenStopsAnUpload: what is not our answer gets words, and the file
// stays chosen; sent at last, it is attached, and the page says so.
func TestSomethingInBetweenStopsAnUpload(t *testing.T) {
	t.Parallel()
	a := ask(t)
	w := a.window(t)
	w.start(a.link("C1:S1"))
	w.visit(s1 + "/evidence/new?kind=policy")
	file := filepath.Join(t.TempDir(), "方針.pdf")
	if err := os.WriteFile(file, aPDF(100), 0o600); err != nil {
		t.Fatal(err)
	}
	run(w, chromedp.SetUploadFiles("#file", []string{file}))
	for code, want := range map[int64]string{http.StatusRequestEntityTooLarge: "大きいため", http.StatusBadGateway: "(502)", http.StatusForbidden: "(403)", http.StatusOK: "(200)"} {
		w.between.Store(code)
		w.js(`document.querySelector("form[data-upload] .button-primary").click()`)
		w.until(`document.querySelector(".upload-state").innerText.includes(` + quoted(want) + `) && document.querySelector(".upload-state").innerText.includes("まだ添付できていません")`)
	}
	w.between.Store(0)
	w.js(`document.querySelector("form[data-upload] .button-primary").click()`)
	w.until(`location.pathname.endsWith("/evidence") && document.querySelector(".notice").innerText.includes("添付しました")`)
}

// TestTheSummaryOfAnUploadNamesTheFields: the page that came back by the script says of
// each entry which field it is about, as a page that the browser itself asked for does.
func TestTheSummaryOfAnUploadNamesTheFields(t *testing.T) {
	t.Parallel()
	a := ask(t)
	w := a.window(t)
	w.start(a.link("C1:S1"))
	w.visit(s1 + "/evidence/new?kind=isms")
	file := filepath.Join(t.TempDir(), "登録証.pdf")
	if err := os.WriteFile(file, aPDF(100), 0o600); err != nil {
		t.Fatal(err)
	}
	run(w, chromedp.SetUploadFiles("#file", []string{file}))
	for range 2 { // and again, when the summary takes the place of one before
		w.js(`document.querySelector("form[data-upload] .button-primary").click()`)
		w.until(`document.querySelector(".summary")?.innerText.includes("登録番号：入力してください")`)
		w.until(`["登録範囲：", "有効期限："].every(s => document.querySelector(".summary").innerText.includes(s))`)
		w.js(`(document.querySelector(".summary").remove(), delete document.querySelector("form[data-upload]").dataset.sent)`)
	}
}
