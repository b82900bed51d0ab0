package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tsunagi/internal/questionnaire"
)

// window is a browser on a supplier's sheet. The server behind it can be made to
// go away: its database, all of it, or only its replies to what was posted.
type window struct {
	t                *testing.T
	ctx              context.Context
	base             string
	away, down, mute *atomic.Bool
	between          *atomic.Int64 // the status with which something in between answers what is posted
}

func (a *asked) window(t *testing.T) *window {
	t.Helper()
	w := &window{t: t, away: new(atomic.Bool), down: new(atomic.Bool), mute: new(atomic.Bool), between: new(atomic.Int64)}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.away.Load() && r.Method == http.MethodPost {
			http.Error(rw, `{"kind":"unavailable"}`, http.StatusServiceUnavailable)
			return
		}
		if code := w.between.Load(); code > 0 && r.Method == http.MethodPost {
			rw.Header().Set("Content-Type", "text/html")
			rw.WriteHeader(int(code))
			_, _ = rw.Write([]byte("<html><body><h1>Blocked</h1></body></html>"))
			return
		}
		if w.mute.Load() && r.Method == http.MethodPost {
			a.Web.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler) // the connection ends without a word
		}
		if w.down.Load() {
			panic(http.ErrAbortHandler)
		}
		a.Web.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	w.base = server.URL
	a.MovedTo(server.URL)
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("no chromium: run scripts/setup")
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path),
		chromedp.NoSandbox, chromedp.Flag("disable-background-networking", true), chromedp.Flag("lang", "ja"), chromedp.UserDataDir(t.TempDir()))...)
	t.Cleanup(cancel)
	w.ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if _, err := chromedp.Run(w.ctx, chromedp.Navigate("about:blank")); err != nil { // without a time limit: it starts the browser
		t.Fatalf("start the browser: %v", err)
	}
	return w
}

func run[T any](w *window, action chromedp.Action[T]) T {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, 20*time.Second)
	defer cancel()
	out, err := chromedp.Run(ctx, action)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func (w *window) js(script string) string {
	w.t.Helper()
	return run(w, chromedp.Evaluate[string](`String((() => { return `+script+` })())`))
}

func (w *window) visit(path string) {
	w.t.Helper()
	run(w, chromedp.Navigate(w.base+path))
}

// until waits for a script to be true.
func (w *window) until(script string) {
	w.t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(40 * time.Millisecond) {
		if got, err := chromedp.Run(w.ctx, chromedp.Evaluate[bool](`document.readyState === "complete" && !!(`+script+`)`)); err == nil && got {
			return
		}
	}
	w.t.Fatalf("waited in vain for %s\n%s", script, w.js(`location.href + "\n" + document.querySelector("main").innerText.slice(0, 900)`))
}

func (w *window) start(link string) {
	w.t.Helper()
	w.visit(link + "?lang=ja")
	w.js(`document.querySelector("form .button-primary").click()`)
	w.until(`location.pathname.endsWith("/tasks")`)
}

func quoted(s string) string {
	raw, _ := json.Marshal(s)
	return string(raw)
}

func (w *window) choose(question, value string) {
	w.t.Helper()
	w.js(`document.querySelector('[name="q.` + question + `"][value="` + value + `"]').click()`)
}

func (w *window) state(kind string) {
	w.t.Helper()
	w.until(`document.querySelector(".save-state")?.dataset.kind === ` + quoted(kind))
}

func TestAutosaveInTheBrowser(t *testing.T) {
	t.Parallel()
	a := ask(t)
	w, other := a.window(t), a.start("C1:S1")
	w.start(a.link("C1:S1"))
	save := func(question, value string, n string) {
		t.Helper()
		if res := other.JSON(http.MethodPost, s1+"/answers/"+question, `{"value":`+quoted(value)+`,"n":`+n+`}`); res.Code != http.StatusOK {
			t.Fatalf("the other person: %d %s", res.Code, res.Body)
		}
	}

	w.visit(s1 + "/sections/basic")
	w.choose("update", "partly")
	w.state("saved")
	if got := a.saved("C1:S1", "update"); got.Value != questionnaire.Partly || got.Count != 1 {
		t.Fatalf("saved %+v", got)
	}

	// Two people: both answers are shown; first one's own is kept, then the other's.
	save("backup", "done", "0")
	w.choose("backup", "not-done")
	w.until(`document.querySelector('[data-question="backup"] .conflict')`)
	if text := w.js(`document.querySelector(".conflict").innerText`); !strings.Contains(text, "実施していない") || !strings.Contains(text, "実施している") {
		t.Errorf("the conflict says %q", text)
	}
	w.js(`document.querySelectorAll(".conflict button")[0].click()`)
	w.state("saved")
	if got := a.saved("C1:S1", "backup").Value; got != questionnaire.NotDone {
		t.Errorf("kept one's own, and %q is saved", got)
	}
	save("backup", "unknown", "2")
	w.choose("backup", "done")
	w.until(`document.querySelector(".conflict")`)
	w.js(`document.querySelectorAll(".conflict button")[1].click()`)
	w.until(`document.querySelector('[name="q.backup"][value=unknown]').checked && !localStorage.length`)
	if got := a.saved("C1:S1", "backup"); got.Value != questionnaire.Unknown || got.Count != 3 {
		t.Errorf("took the other's, and %+v is saved", got)
	}

	// A question that hangs on another one comes when it applies.
	save("backup", "done", "3")
	w.visit(s1 + "/sections/more")
	w.until(`!document.querySelector('[data-question="where"]').hidden`)
}

func TestNothingTypedIsLost(t *testing.T) {
	t.Parallel()
	a := ask(t)
	w, other := a.window(t), a.start("C1:S1")
	w.start(a.link("C1:S1"))
	w.visit(s1 + "/sections/basic")

	// The database goes away, and comes back.
	w.away.Store(true)
	w.choose("update", "done")
	w.state("offline")
	if kept := w.js(`localStorage.getItem("tsunagi-C1:S1")`); !strings.Contains(kept, `"done"`) {
		t.Errorf("kept in the browser: %s", kept)
	}
	w.away.Store(false)
	w.state("saved")
	if got := a.saved("C1:S1", "update").Value; got != questionnaire.Done {
		t.Errorf("afterwards %q is saved", got)
	}

	// It goes away, the window is closed, somebody else answers, and the window is
	// opened again: the old answer is on the page and overwrites nothing.
	w.away.Store(true)
	w.choose("update", "partly")
	w.choose("backup", "partly")
	w.state("offline")
	w.visit("/static/")
	w.away.Store(false)
	if res := other.JSON(http.MethodPost, s1+"/answers/update", `{"value":"not-done","n":1}`); res.Code != http.StatusOK {
		t.Fatal(res.Body)
	}
	w.visit(s1 + "/sections/basic")
	w.until(`document.querySelector('[data-question="update"] .conflict')`)
	if text := w.js(`document.querySelector(".conflict").innerText`); !strings.Contains(text, "一部で実施") || !strings.Contains(text, "実施していない") {
		t.Errorf("the conflict says %q", text)
	}
	w.until(`document.querySelector('[name="q.backup.n"]').value === "1"`)
	if update, backup := a.saved("C1:S1", "update").Value, a.saved("C1:S1", "backup").Value; update != questionnaire.NotDone || backup != questionnaire.Partly {
		t.Errorf("saved: %q and %q", update, backup)
	}
	w.js(`document.querySelectorAll(".conflict button")[0].click()`)
	w.state("saved")

	// Another request is opened in this browser, and the session of this one ends: what is
	// typed goes nowhere, and stays.
	w.visit(s1 + "/sections/more")
	a.tick(13 * time.Hour)
	w.js(`fetch(` + quoted(a.link("C1:S2")+"/start") + `, {method: "POST"}).then(() => document.body.dataset.other = "1")`)
	w.until(`document.body.dataset.other`)
	w.choose("often", "daily")
	w.state("offline")
	w.until(`document.querySelector(".save-state").innerText.includes("リンク")`)
	if mine, theirs := a.saved("C1:S1", "often").Count, a.saved("C1:S2", "often").Count; mine+theirs != 0 {
		t.Error("an answer went into the wrong request")
	}
	if kept := w.js(`localStorage.getItem("tsunagi-C1:S1")`); !strings.Contains(kept, `"daily"`) {
		t.Errorf("kept in the browser: %s", kept)
	}
}

func TestSupplierPagesAreAccessible(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("../e2e/testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	a := ask(t)
	w, c := a.window(t), a.start("C1:S1")
	look := func(name, path string, width int64) {
		t.Helper()
		run(w, chromedp.EmulateViewport(width, 900))
		w.visit(path)
		run(w, chromedp.Evaluate[chromedp.Void](string(axe)))
		found := run(w, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations.map(v => v.id + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(" | ")).join("\n"))`, chromedp.EvalAwaitPromise))
		if found != "" {
			t.Errorf("%s at %d px:\n%s", name, width, found)
		}
		if wide := w.js(`document.documentElement.scrollWidth - document.documentElement.clientWidth`); wide != "0" && wide != "1" {
			t.Errorf("%s at %d px is %s px too wide", name, width, wide)
		}
		if dir := os.Getenv("TSUNAGI_SHOTS"); dir != "" {
			picture := run(w, chromedp.FullScreenshot(100))
			if err := os.WriteFile(dir+"/"+name+map[int64]string{360: "-360", 1200: ""}[width]+".png", picture, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.start(a.link("C1:S1"))
	c.Upload(s1+"/evidence/new?kind=isms", ismsForm(), "file", "登録証.pdf", aPDF(100))
	for _, width := range []int64{1200, 360} {
		look("request", a.link("C1:S1"), width)
		look("tasks", s1+"/tasks", width)
		look("section", s1+"/sections/basic", width)
		look("kinds", s1+"/sections/more", width)
		look("evidence", s1+"/evidence", width)
		look("evidence-new", s1+"/evidence/new?kind=isms", width)
		look("check", s1+"/check", width)
		look("delegate", s1+"/delegate", width)
		look("decline", s1+"/decline", width)
	}
	a.answerAll(c)
	c.Post(s1+"/submit", map[string][]string{"name": {"架空 花子"}, "role": {"総務部長"}, "agreed": {"1"}})
	look("receipt", s1+"/receipt", 360)
	look("receipt", s1+"/receipt", 1200)
}
