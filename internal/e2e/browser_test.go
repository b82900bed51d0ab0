// Package e2e walks the product in a real browser, as its people do.
package e2e

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tsunagi/internal/app"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/demo"
	"tsunagi/internal/mongod/mongodtest"
)

//go:embed testdata/axe.min.js
var axe string

func TestMain(m *testing.M) { mongodtest.Run(m) }

func serve(t *testing.T, env *apptest.Env) {
	t.Helper()
	servePages(t, env.App)
	work(t, env.App)
}

// servePages serves an installation on the address that its links name.
func servePages(t *testing.T, a *app.App) {
	t.Helper()
	listener, err := net.Listen("tcp", strings.TrimPrefix(apptest.Base, "http://"))
	if err != nil {
		t.Fatalf("the journeys serve on %s: %v", apptest.Base, err)
	}
	server := &http.Server{Handler: a.Web, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
}

// work runs the workers until the test ends.
func work(t *testing.T, a *app.App) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.Work(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
}

// browser starts one browser with a new profile; its pages share it.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("no chromium: run scripts/setup")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("lang", "ja"), chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return ctx
}

// tab is one person's window.
type tab struct {
	t   *testing.T
	ctx context.Context
}

func open(t *testing.T, ctx context.Context) *tab {
	t.Helper()
	p := &tab{t, ctx}
	if _, err := chromedp.Run(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("start the browser: %v", err)
	}
	p.size(1280, 900)
	return p
}

const patience = 15 * time.Second

func do[T any](p *tab, what string, action chromedp.Action[T]) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	out, err := chromedp.Run(ctx, action)
	if err != nil {
		text, _ := chromedp.Run(p.ctx, chromedp.Evaluate[string](`document.title + "\n" + (document.querySelector("main")?.innerText ?? "").slice(0, 1500)`))
		p.t.Fatalf("%s: %v\nthe page says:\n%s", what, err, text)
	}
	return out
}

func (p *tab) size(width, height int64) {
	p.t.Helper()
	do(p, "resize", chromedp.EmulateViewport(width, height))
}

func (p *tab) visit(path string) {
	p.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = apptest.Base + path
	}
	do(p, "visit "+path, chromedp.Navigate(path))
}

// js runs a script that gives a value.
func js[T any](p *tab, script string) T {
	p.t.Helper()
	return do(p, script, chromedp.Evaluate[T](script))
}

// until waits for a script to be true.
func (p *tab) until(what, script string) {
	p.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if ok, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](`document.readyState === "complete" && !!(`+script+`)`)); err == nil && ok {
			return
		}
	}
	text := js[string](p, `location.href + "\n" + document.title + "\n" + (document.querySelector("main")?.innerText ?? "").slice(0, 1500)`)
	p.t.Fatalf("waited in vain for %s (%s)\nthe page says:\n%s", what, script, text)
}

// press clicks the link or button with this text, and waits for the next page.
func (p *tab) press(text string) {
	p.t.Helper()
	p.until("something called "+text, find(text))
	js[bool](p, `(document.body.dataset.left = "1", `+find(text)+`.click(), true)`)
	p.until("the page after "+text, `!document.body.dataset.left`)
	p.sound()
}

// find is the script for the first link or button whose text holds the given one.
func find(text string) string {
	quoted, _ := json.Marshal(text)
	return fmt.Sprintf(`[...document.querySelectorAll("main a, main button, header a, header button")].find(e => e.innerText.replace(/\s+/g, " ").includes(%s) && !e.closest("[hidden]"))`, quoted)
}

// sound fails on a page that is an error, or shows a message that does not exist.
func (p *tab) sound() {
	p.t.Helper()
	text := js[string](p, `document.documentElement.innerText`)
	if i := strings.Index(text, "⟦"); i >= 0 {
		p.t.Errorf("%s shows a message that does not exist: %.60s", js[string](p, "location.pathname"), text[i:])
	}
	if i := strings.Index(text, "<no value>"); i >= 0 {
		p.t.Errorf("%s shows a message without its value: %s", js[string](p, "location.pathname"), text[max(0, i-60):i])
	}
}

// fill types into the field with this name.
func (p *tab) fill(name, value string) {
	p.t.Helper()
	n, _ := json.Marshal(name)
	v, _ := json.Marshal(value)
	p.until("the field "+name, fmt.Sprintf(`document.getElementsByName(%s)[0]`, n))
	js[bool](p, fmt.Sprintf(`(e => { e.value = %s; e.dispatchEvent(new Event("input", {bubbles: true})); e.dispatchEvent(new Event("change", {bubbles: true})); return true })(document.getElementsByName(%s)[0])`, v, n))
}

// choose ticks the radio or box of a name with this value.
func (p *tab) choose(name, value string) {
	p.t.Helper()
	sel := fmt.Sprintf(`[...document.getElementsByName(%q)].find(e => e.value === %q)`, name, value)
	p.until("the choice "+name+"="+value, sel)
	js[bool](p, `(`+sel+`.click(), true)`)
}

// says fails when the page does not hold the text.
func (p *tab) says(text string) {
	p.t.Helper()
	quoted, _ := json.Marshal(text)
	p.until("the text "+text, fmt.Sprintf(`document.documentElement.innerText.includes(%s)`, quoted))
}

func (p *tab) signIn(email, password string) {
	p.t.Helper()
	p.visit("/sign-in?lang=ja") // the browser asks for English, the cookie then says Japanese
	p.fill("email", email)
	p.fill("password", password)
	p.press("サインイン")
	p.until("the home page", `location.pathname === "/"`)
}

// accessible runs axe over the page.
func (p *tab) accessible() {
	p.t.Helper()
	do(p, "load axe", chromedp.Evaluate[chromedp.Void](axe))
	found := do(p, "run axe", chromedp.Evaluate[string](`axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations.map(v => v.id + ": " + v.help + " (" + v.nodes.slice(0, 3).map(n => n.html.slice(0, 120)).join(" | ") + ")").join("\n"))`,
		chromedp.EvalAwaitPromise))
	if found != "" {
		p.t.Errorf("%s breaks accessibility rules:\n%s", js[string](p, "location.pathname"), found)
	}
	if wide := js[bool](p, `document.documentElement.scrollWidth > document.documentElement.clientWidth + 1`); wide {
		p.t.Errorf("%s is wider than the window", js[string](p, "location.pathname"))
	}
}

// shot writes a picture of the whole page at both widths, when pictures are wanted.
func (p *tab) shot(name string) {
	p.t.Helper()
	dir := os.Getenv("TSUNAGI_SHOTS")
	if dir == "" {
		return
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		p.t.Fatal(err)
	}
	for _, width := range []int64{360, 1280} {
		p.size(width, 900)
		png := do(p, "screenshot", chromedp.FullScreenshot(100))
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d.png", name, width)), png, 0o644); err != nil {
			p.t.Fatal(err)
		}
	}
}

func quote(s string) string {
	out, _ := json.Marshal(s)
	return string(out)
}

// await runs a script that gives a promise.
func await[T any](p *tab, script string) T {
	p.t.Helper()
	return do(p, script, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
}

// upload chooses a file in the page's file field.
func upload(p *tab, path string) {
	p.t.Helper()
	do(p, "choose "+path, chromedp.SetUploadFiles("#file", []string{path}))
}

// signOutIn signs out whoever is signed in, and signs in somebody else.
func (p *tab) signOutIn(email string) {
	p.t.Helper()
	p.visit("/account")
	p.press("サインアウト")
	p.signIn(email, demo.Password)
}
