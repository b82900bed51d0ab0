package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tsunagi/internal/questionnaire"
)

// begin opens a section in which the question of a free text is shown.
func (a *asked) begin(t *testing.T) *window {
	t.Helper()
	w := a.window(t)
	if res := a.start("C1:S1").JSON(http.MethodPost, s1+"/answers/backup", `{"value":"done","n":0}`); res.Code != http.StatusOK {
		t.Fatal(res.Body)
	}
	w.start(a.link("C1:S1"))
	w.visit(s1 + "/sections/more")
	return w
}

// write types into a question's field, letter by letter and without a pause.
func (w *window) write(question, text string) {
	w.t.Helper()
	w.js(`[...` + quoted(text) + `].forEach((letter) => {
		const field = document.querySelector('[name="q.` + question + `"]');
		field.value += letter;
		field.dispatchEvent(new Event("input", {bubbles: true}));
	})`)
}

func (w *window) tick(question, value string) {
	w.t.Helper()
	w.js(`document.querySelector('[data-question="` + question + `"] input[value="` + value + `"]').click()`)
}

// untilSaved waits until a question says what it should in the database.
func (a *asked) untilSaved(question string, want questionnaire.Answer) {
	a.T.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(40 * time.Millisecond) {
		if a.saved("C1:S1", question).Same(want) {
			return
		}
	}
	a.T.Fatalf("%s is %+v, want %+v", question, a.saved("C1:S1", question), want)
}

const browserKeeps = `localStorage.getItem("tsunagi-C1:S1") ?? ""`

func TestEveryInputIsKeptAtOnce(t *testing.T) {
	t.Parallel()
	a := ask(t)
	w := a.begin(t)
	text := strings.Repeat("図面の保管のしかたを書く", 27)

	// 324 letters without a pause, and the tab is gone: sent while it goes.
	w.write("where", text)
	if kept := w.js(browserKeeps); !strings.Contains(kept, text) {
		t.Errorf("the browser keeps %q", kept)
	}
	w.visit("/static/")
	a.untilSaved("where", questionnaire.Answer{Value: text})
	w.visit(s1 + "/sections/more")
	w.until(`!localStorage.length && document.querySelector('[name="q.where"]').value === ` + quoted(text))

	// While somebody types on, it is sent all the same.
	w.js(`window.going = setInterval(() => {
		const field = document.querySelector('[name="q.where"]');
		field.value += "続";
		field.dispatchEvent(new Event("input", {bubbles: true}));
	}, 100)`)
	for end := time.Now().Add(15 * time.Second); !strings.HasSuffix(a.saved("C1:S1", "where").Value, "続"); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nothing is sent before the typing ends")
		}
	}
	w.js(`clearInterval(window.going)`)
	w.state("saved")

	// Out of reach, and the tab is gone: the browser has it, also for the task list.
	w.away.Store(true)
	w.write("people", "12")
	w.visit("/static/")
	w.away.Store(false)
	w.visit(s1 + "/tasks")
	a.untilSaved("people", questionnaire.Answer{Value: "12"})
	w.until(`!localStorage.length`)
}

// TestTheStatusIsTrue: what the line below the questions says holds.
func TestTheStatusIsTrue(t *testing.T) {
	t.Parallel()
	a := ask(t)
	w := a.begin(t)
	says := func(text string) {
		t.Helper()
		w.until(`document.querySelector(".save-state").innerText.includes(` + quoted(text) + `)`)
	}
	w.js(`document.querySelector('[name="q.since"]').focus()`)
	w.write("since", "2026/")
	says("入力中です") // no date yet, and no fault before the field is left
	if n := w.js(`document.querySelectorAll(".save-error").length`); n != "0" {
		t.Error("what is still being typed is called wrong")
	}
	w.write("since", "4/1")
	w.state("saved")
	a.untilSaved("since", questionnaire.Answer{Value: "2026-04-01"})
	w.write("since", "頃")
	w.js(`document.querySelector('[name="q.since"]').dispatchEvent(new Event("change", {bubbles: true}))`)
	w.js(`document.activeElement.blur()`)
	w.js(`document.querySelector('[name="q.since"]').dispatchEvent(new Event("change", {bubbles: true}))`)
	says("保存できませんでした")
	w.until(`document.querySelector('[data-question="since"] .save-error')`)
	w.down.Store(true)
	w.write("people", "1")
	says("この端末に控えました。つながり次第お送りします")
	w.js(`(Storage.prototype.setItem = () => { throw new Error("full"); }, 1)`)
	w.write("people", "2")
	says("このページを閉じないでください")
	w.down.Store(false)
	a.untilSaved("people", questionnaire.Answer{Value: "12"})
}

func TestWhatIsTypedBesideATick(t *testing.T) {
	t.Parallel()
	a := ask(t)
	w := a.begin(t)
	shown := `document.querySelector('[data-question="where"] .aside:not([hidden]) [data-aside]')?.innerText`
	w.write("where", "耐火庫")
	w.tick("where", "unknown")
	a.untilSaved("where", questionnaire.Answer{Value: questionnaire.Unknown})
	w.state("saved")
	w.visit(s1 + "/sections/more")
	w.until(shown + ` === "耐火庫"`)
	w.js(`document.querySelector('[data-question="where"] [data-restore]').click()`)
	a.untilSaved("where", questionnaire.Answer{Value: "耐火庫"})
	if got := w.js(`[` + shown + `, document.querySelector('[data-question="where"] [value=unknown]').checked].join()`); got != ",false" {
		t.Errorf("afterwards the page has %q", got)
	}

	// Typing unticks; choices and a number are kept like a text.
	w.tick("people", "na")
	w.write("people", "12")
	a.untilSaved("people", questionnaire.Answer{Value: "12"})
	w.tick("people", "na")
	a.untilSaved("people", questionnaire.Answer{Value: questionnaire.NA})
	w.tick("media", "daily")
	w.tick("media", "weekly")
	w.tick("media", "unknown")
	a.untilSaved("media", questionnaire.Answer{Value: questionnaire.Unknown})
	if people, media := a.saved("C1:S1", "people").SetAside(), a.saved("C1:S1", "media").SetAside(); people.Value != "12" || len(media.Values) != 2 {
		t.Errorf("set aside: %+v, %+v", people, media)
	}
	w.js(`document.querySelector('[data-question="media"] [data-restore]').click()`)
	a.untilSaved("media", questionnaire.Answer{Values: []string{"daily", "weekly"}})

	// 該当しない asks for its reason where it was chosen: not of who is about to write it,
	// and once.
	lacks := `[...document.querySelectorAll('[data-question="people"] .error')].filter((e) => e.checkVisibility()).length`
	w.write("people", "1")
	w.js(`document.querySelector('[data-question="people"] [value=na]').focus()`)
	w.tick("people", "na")
	a.untilSaved("people", questionnaire.Answer{Value: questionnaire.NA})
	if got := w.js(`[` + lacks + `, document.querySelector('[data-question="people"] .note label').innerText.trim()].join()`); got != "0,「該当しない」の理由 ※必須" {
		t.Errorf("just ticked, the page says %q", got)
	}
	w.js(`((at) => (at.blur(), at.dispatchEvent(new FocusEvent("focusout", {bubbles: true}))))(document.activeElement)`) // a window without focus says nothing
	w.until(lacks + ` === 1`)
	w.until(`document.querySelector('[data-question="people"] [data-lacks]:not([hidden])')?.innerText.includes("問6")`)
	w.write("people.note", "人を置かない")
	w.until(`document.querySelector('[data-question="people"] [data-lacks]').hidden`)
}

// TestContinueWaits: a pressed Continue holds the page while the server is out of reach.
func TestContinueWaits(t *testing.T) {
	t.Parallel()
	for name, pending := range map[string]bool{"with something to save": true, "with nothing to save": false} {
		t.Run(name, func(t *testing.T) {
			a := ask(t)
			w := a.window(t)
			w.start(a.link("C1:S1"))
			w.visit(s1 + "/sections/basic")
			w.down.Store(true)
			if pending {
				w.choose("update", "partly")
			}
			w.js(`document.querySelector(".actions .button-primary").click()`)
			w.until(`document.querySelector(".save-state").innerText.includes("つながり次第、保存して次へ進みます")`)
			w.down.Store(false)
			w.until(`location.pathname.endsWith("/sections/more")`)
			if got := a.saved("C1:S1", "update").Value; pending && got != questionnaire.Partly {
				t.Errorf("saved is %q", got)
			}
		})
	}
}

// TestOtherFormsWait: so do the forms in which a supplier writes beside the questions.
func TestOtherFormsWait(t *testing.T) {
	t.Parallel()
	a := ask(t)
	w := a.window(t)
	w.start(a.link("C1:S1"))
	for _, form := range []struct{ page, field string }{{"/check", "name"}, {"/delegate", "name"}, {"/decline", "reason"}} {
		w.visit(s1 + form.page)
		w.js(`document.querySelector('main form [name="` + form.field + `"]').value = "架空"`)
		w.down.Store(true)
		w.js(`document.querySelector("main form .button-primary, main form .button-danger").click()`)
		w.until(`document.querySelector("main form [role=alert]")?.innerText.includes("つながり次第、送信します")`)
		w.down.Store(false)
		w.until(`!document.querySelector("main form[data-wait] [role=alert]") && document.querySelector(".summary, .card h2")`)
		if form.page == "/check" && w.js(`document.querySelector("#name").value`) != "架空" {
			t.Error("what was typed is lost")
		}
	}
}

// TestOnesOwnAnswerIsNobodyElses: the answer arrived, its reply did not.
func TestOnesOwnAnswerIsNobodyElses(t *testing.T) {
	t.Parallel()
	a := ask(t)
	w := a.window(t)
	w.start(a.link("C1:S1"))
	w.visit(s1 + "/sections/basic")
	w.mute.Store(true)
	w.choose("update", "partly")
	a.untilSaved("update", questionnaire.Answer{Value: questionnaire.Partly})
	w.state("offline")
	w.choose("update", "done")
	w.mute.Store(false)
	a.untilSaved("update", questionnaire.Answer{Value: questionnaire.Done})
	w.state("saved")

	// The window is closed in between.
	w.mute.Store(true)
	w.choose("update", "not-done")
	a.untilSaved("update", questionnaire.Answer{Value: questionnaire.NotDone})
	w.choose("backup", "done")
	w.choose("update", "partly")
	w.visit("/static/")
	w.mute.Store(false)
	w.visit(s1 + "/sections/basic")
	a.untilSaved("update", questionnaire.Answer{Value: questionnaire.Partly})
	w.until(`!localStorage.length`)
	if n := w.js(`document.querySelectorAll(".conflict").length`); n != "0" {
		t.Error("one's own answer is called somebody else's")
	}
}

// TestAPageShownAgainKeepsItsName: what is saved after a faulty Continue still says
// which page it comes from, or a lost reply would make one's own answer a stranger's.
func TestAPageShownAgainKeepsItsName(t *testing.T) {
	t.Parallel()
	a := ask(t)
	w := a.window(t)
	w.start(a.link("C1:S1"))
	w.visit(s1 + "/sections/basic")
	name := w.js(`document.querySelector("[name=page]").value`)
	w.tick("backup", "na") // without its reason
	w.js(`document.querySelector(".actions .button-primary").click()`)
	w.until(`document.querySelector(".summary")`)
	w.choose("update", "partly")
	a.untilSaved("update", questionnaire.Answer{Value: questionnaire.Partly})
	if page := a.saved("C1:S1", "update").Page; !strings.HasPrefix(page, name+".") {
		t.Errorf("saved by the page %q, want %q and a number", page, name)
	}
}

// TestWhatIsKeptGoesWithTime: what a browser keeps of any request or review is removed after
// 30 days by whatever page of ours is opened, and not before.
func TestWhatIsKeptGoesWithTime(t *testing.T) {
	t.Parallel()
	a := ask(t)
	w := a.window(t)
	w.visit("/sign-in")
	days := func(n int) string {
		return fmt.Sprintf("p.%d", time.Now().AddDate(0, 0, -n).UnixMilli())
	}
	kept := func(at ...string) string {
		var all []string
		for i, page := range at {
			all = append(all, fmt.Sprintf(`["q%d",{"value":"x","n":0%s}]`, i, page))
		}
		return "[" + strings.Join(all, ",") + "]"
	}
	page := func(n int) string { return `,"page":"` + days(n) + `"` }
	for key, value := range map[string]string{"tsunagi-C9:S1": kept(page(31)), "tsunagi-C9:S2": kept(page(31), page(29)),
		"tsunagi-review-C9:S1": kept(page(400)), "tsunagi-C9:S3": kept(""), "tsunagi-review-keys": "off", "other": kept(page(31))} {
		w.js(`localStorage.setItem(` + quoted(key) + `, ` + quoted(value) + `)`)
	}
	w.visit("/forgot")
	w.until(`localStorage.getItem("tsunagi-C9:S1") === null`)
	for script, want := range map[string]string{
		`String(JSON.parse(localStorage.getItem("tsunagi-C9:S2")).map(e => e[0]))`:    "q1",
		`String(localStorage.getItem("tsunagi-review-C9:S1"))`:                        "null",
		`String(JSON.parse(localStorage.getItem("tsunagi-C9:S3"))[0][1].noticed > 0)`: "true",
		`String(localStorage.getItem("tsunagi-review-keys"))`:                         "off",
		`String(localStorage.getItem("other") !== null)`:                              "true",
	} {
		if got := w.js(script); got != want {
			t.Errorf("%s is %q, want %q", script, got, want)
		}
	}
}
