package web_test

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/campaign"
	"tsunagi/internal/questionnaire"
)

const (
	keepsOne = `localStorage.setItem("tsunagi-C1:S1", JSON.stringify([["where", {value: "耐火庫", values: [], note: "二階", n: 7, page: "p." + Date.now()}],
		["update", {value: "done", values: [], n: 9, page: "p." + Date.now()}]]))`
	theBox = `(document.querySelector("[data-kept]:not([hidden])")?.innerText ?? "")`
)

// TestAnEndedSheetShowsWhatTheBrowserKeeps: every page of a sheet that takes no answers
// shows it, and deletes it when asked.
func TestAnEndedSheetShowsWhatTheBrowserKeeps(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.submitted("C1:S1")
	w := a.window(t)
	w.visit(a.link("C1:S1") + "?lang=ja")
	w.js(`document.querySelector("form .button-primary").click()`)
	w.until(`location.pathname.endsWith("/submitted")`)
	shown := func(page string) {
		t.Helper()
		w.js(keepsOne + `, 1`)
		w.visit(s1 + page)
		w.until(theBox + `.includes("耐火庫") && ` + theBox + `.includes("二階")`)
		w.js(`document.querySelector("[data-kept] [data-delete]").click()`)
		w.until(`!document.querySelector("[data-kept]:not([hidden])") && localStorage.getItem("tsunagi-C1:S1") === null`)
	}
	for _, page := range []string{"/receipt", "/submitted", "/sections/more", "/evidence"} {
		shown(page)
	}
	w.js(keepsOne + `, 1`)
	w.visit(s1 + "/receipt")
	w.until(theBox + `.includes("問1") && ` + theBox + `.includes("実施している")`)
	a.set("assignments", "C1:S1", bson.D{{Key: "response", Value: campaign.Declined}, {Key: "revision", Value: 0}})
	shown("/tasks")
	a.set("assignments", "C1:S1", bson.D{{Key: "generation", Value: 2}})
	shown("/tasks") // the link was revoked
}

// TestOnesOwnSubmissionDeletesWhatTheBrowserKeeps: what could not be saved is shown once.
func TestOnesOwnSubmissionDeletesWhatTheBrowserKeeps(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	a.answerAll(c)
	w := a.window(t)
	w.start(a.link("C1:S1"))
	w.js(`localStorage.setItem("tsunagi-C1:S1", JSON.stringify([["since", {value: "ころ", values: [], note: "", n: 1, page: "p." + Date.now()}]])), 1`)
	w.visit(s1 + "/check")
	w.until(`document.querySelector(".save-state").innerText.includes("まだ保存できていない")`)
	w.js(`(document.querySelector("#name").value = "架空 花子", document.querySelector("#role").value = "部長", document.querySelector("#agreed").click())`)
	w.js(`document.querySelector("form[data-submits] .button-primary").click()`)
	w.until(`location.pathname.endsWith("/receipt") && ` + theBox + `.includes("ころ") && ` + theBox + `.includes("消しました")`)
	if kept := w.js(browserKeeps); kept != "" {
		t.Errorf("the browser keeps %q", kept)
	}
	w.visit(s1 + "/receipt")
	w.until(`document.querySelector("h1") && !document.querySelector("[data-kept]:not([hidden])")`)
}

// TestASessionThatEndsWhileWriting: with a script what is typed is kept, the page says
// what is true, and sends it once the link is open again.
func TestASessionThatEndsWhileWriting(t *testing.T) {
	t.Parallel()
	a := ask(t)
	w := a.begin(t)
	a.tick(13 * time.Hour)
	w.write("people", "12")
	w.until(`document.querySelector(".save-state").innerText.includes("この端末に控えました。メールのリンクをもう一度開くと、つながり次第お送りします")`)
	w.js(`(fetch(` + quoted(a.link("C1:S1")+"/start") + `, {method: "POST"}).then(() => window.dispatchEvent(new Event("focus"))), 1)`) // in another tab
	a.untilSaved("people", questionnaire.Answer{Value: "12"})
}
