package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/demo"
	"tsunagi/internal/token"
	"tsunagi/internal/web/account"
)

// view is one page as somebody comes to it: an address, and what is done there
// before one looks.
type view struct {
	name string
	path string
	act  func(*tab)
}

// TestShots opens every page of the product with the demo's data. It fails on a page
// that breaks a rule of accessibility, is wider than a phone, or shows a message that
// does not exist; and on a page template that nobody opened. With TSUNAGI_SHOTS it
// does so in both languages and writes what it sees.
func TestShots(t *testing.T) {
	g := hang(t)
	p := open(t, browser(t))
	servePages(t, g.App)
	w := &walk{tab: p, dir: os.Getenv("TSUNAGI_SHOTS"), pages: templatesOf(t)}
	langs := []string{"ja"}
	if w.dir != "" {
		langs = []string{"ja", "en"}
	}
	for _, lang := range langs {
		w.speak(lang)
		w.see([]view{{"setup", account.SetupPath(g.Keys), nil}})
	}
	g.furnish()
	work(t, g.App) // not before: the demo does its work itself, by a clock that is days behind
	for _, lang := range langs {
		w.speak(lang)
		w.see(g.strangers())
		w.as("empty@example.jp", g.beginnings())
		w.as("owner@example.jp", g.owners())
		w.as("buyer@example.jp", g.clerks())
		w.as("reviewer@example.jp", g.reviewers())
		w.as("auditor@example.jp", g.auditors())
		w.see(g.suppliers())
	}
	g.growTrail("架空商事株式会社")
	for _, lang := range langs {
		w.speak(lang)
		w.as("empty@example.jp", []view{{"trail-large", "/trail/export?format=csv", nil}})
	}
	for name, seen := range w.pages {
		if !seen {
			t.Errorf("nobody opened %s", name)
		}
	}
}

// walk goes through views and looks at each.
type walk struct {
	*tab
	dir   string
	lang  string
	n     int
	pages map[string]bool
}

func (w *walk) speak(lang string) {
	w.t.Helper()
	w.lang, w.n = lang, 0
	w.visit("/sign-in?lang=" + lang)
}

func (w *walk) as(email string, views []view) {
	w.t.Helper()
	w.visit("/sign-in")
	w.fill("email", email)
	w.fill("password", demo.Password)
	js[bool](w.tab, `(document.getElementById("password").form.requestSubmit(), true)`)
	w.until("the home page of "+email, `location.pathname === "/"`)
	w.see(views)
	w.visit("/account")
	js[bool](w.tab, `(document.querySelector("form[action='/sign-out']").submit(), true)`)
	w.until("being signed out", `location.pathname === "/sign-in"`)
}

func (w *walk) see(views []view) {
	w.t.Helper()
	for _, v := range views {
		w.visit(v.path)
		if v.act != nil {
			v.act(w.tab)
		}
		w.n++
		w.look(v.name)
	}
}

func (w *walk) look(name string) {
	w.t.Helper()
	at := js[string](w.tab, `document.body.dataset.page ?? ""`)
	if _, known := w.pages[at]; !known {
		w.t.Errorf("%s shows a page called %q", name, at)
		return
	}
	w.pages[at] = true
	w.sound()
	w.accessible()
	for _, width := range []int64{1280, 360} {
		if width == 360 || w.dir != "" {
			w.size(width, 800)
		}
		if js[bool](w.tab, `document.documentElement.scrollWidth > document.documentElement.clientWidth + 1`) {
			w.t.Errorf("%s is wider than %d px", name, width)
		}
		w.picture(name, width)
	}
	w.size(1280, 800)
}

func (w *walk) picture(name string, width int64) {
	w.t.Helper()
	if w.dir == "" {
		return
	}
	if err := os.MkdirAll(w.dir, 0o755); err != nil {
		w.t.Fatal(err)
	}
	png := do(w.tab, "picture of "+name, chromedp.FullScreenshot(100))
	file := filepath.Join(w.dir, fmt.Sprintf("%s-%d-%02d-%s.png", w.lang, width, w.n, name))
	if err := os.WriteFile(file, png, 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// submitEmpty sends the page's main form as it is, to see what is said.
func submitEmpty(p *tab) {
	p.t.Helper()
	js[bool](p, `(document.body.dataset.left = "1", [...document.querySelectorAll("main form[method=post]")].at(-1).requestSubmit(), true)`)
	p.until("the form to come back", `!document.body.dataset.left && document.querySelector(".summary")`)
}

func follow(selector string) func(*tab) {
	return func(p *tab) {
		p.t.Helper()
		p.until("a link "+selector, `document.querySelector(`+quote(selector)+`)`)
		p.visit(js[string](p, `document.querySelector(`+quote(selector)+`).href`))
	}
}

// outlive writes a campaign while the session ends in another window.
func outlive(p *tab) {
	p.t.Helper()
	p.fill("email", "buyer@example.jp")
	p.fill("password", demo.Password)
	js[bool](p, `(document.getElementById("password").form.requestSubmit(), true)`)
	p.until("the home page", `location.pathname === "/"`)
	p.visit("/campaigns/new")
	p.fill("name", "来年度の調査")
	js[bool](p, `(fetch("/sign-out", {method: "POST"}).then(() => (document.body.dataset.out = "1")), true)`)
	p.until("being signed out beside", `document.body.dataset.out`)
	js[bool](p, `([...document.querySelectorAll("main form[method=post]")].at(-1).submit(), true)`)
	p.until("what was written", `document.getElementById("kept")`)
}

func (g *gallery) strangers() []view {
	return []view{
		{"kept", "/sign-in", outlive},
		{"sign-in", "/sign-in", nil},
		{"sign-in-wrong", "/sign-in", func(p *tab) {
			p.fill("email", "nobody@example.jp")
			p.fill("password", "wrong wrong wrong")
			submitEmpty(p)
		}},
		{"forgot", "/forgot", nil},
		{"reset", "/reset/" + g.Keys.Link(token.Reset, g.users[access.Reviewer], 1), nil},
		{"invite", "/invite/" + g.Keys.Link(token.Invite, g.invited.ID, g.invited.Generation), nil},
		{"mailbox", "/mailbox", nil},
		{"mail", "/mailbox", follow("main a[href^='/mailbox/request']")},
		{"link-gone", "/r/" + g.survey.ID + ":none.AAAAAAAAAAAAAAAAAAAAAAAA", nil},
	}
}

// beginnings are the pages of a buyer that has nothing yet.
func (g *gallery) beginnings() []view {
	var out []view
	for _, path := range []string{"", "suppliers", "campaigns", "delivery", "documents"} {
		out = append(out, view{"empty-" + path, "/" + path, nil})
	}
	return append(out, view{"not-found", "/campaigns/" + g.survey.ID, nil})
}

func (g *gallery) owners() []view {
	warned := func(p *tab) { // while the disk is full
		g.full.Store(true)
		p.visit("/")
		g.full.Store(false)
		p.until("a warning", `document.querySelector(".concern")`)
	}
	return []view{
		{"home-warned", "/", warned},
		{"users", "/users", nil}, {"user-invite", "/users/invite", nil}, {"user-invite-wrong", "/users/invite", submitEmpty},
		{"user", "/users/members/" + g.users[access.Auditor], nil}, {"settings", "/settings", nil}, {"system", "/system", nil}, {"account", "/account", nil}, {"trail", "/trail", nil},
	}
}

func (g *gallery) clerks() []view {
	survey, draft := "/campaigns/"+g.survey.ID, "/campaigns/"+g.draft.ID
	return []view{
		{"home", "/", nil}, {"help", "/help", nil},
		{"suppliers", "/suppliers", nil}, {"suppliers-none", "/suppliers?q=存在しない", nil},
		{"supplier", "/suppliers", follow("tbody a")}, {"supplier-new", "/suppliers/new", nil}, {"supplier-wrong", "/suppliers/new", submitEmpty},
		{"upload", "/suppliers/import", nil}, {"upload-wrong", "/suppliers/import", submitEmpty},
		{"import", "/suppliers/import", sendList}, {"import-faults", "/suppliers/import", sendFaultyList},
		{"export-lossy", "/suppliers/export?format=cp932", nil},
		{"campaigns", "/campaigns", nil}, {"campaign-new", "/campaigns/new", nil}, {"campaign-wrong", "/campaigns/new", submitEmpty},
		{"campaign-edit", draft + "/edit", nil}, {"campaign-delete", draft + "/delete", nil}, {"coverage", draft + "/coverage", nil}, {"pick", "/campaigns/" + g.picked.ID + "/pick", nil},
		{"questions", "/questionnaires/basic25", nil}, {"rehearsal", draft + "/rehearsal", nil}, {"rehearsal-nobody", "/campaigns/" + g.picked.ID + "/rehearsal", nil},
		{"campaign", survey, nil}, {"campaign-none", survey + "?q=存在しない", nil}, {"campaign-late", survey + "?state=review", nil},
		{"remind", survey + "/remind", nil}, {"extend", survey + "/extend", nil}, {"close", survey + "/close", nil},
		{"request-sent", "/assignments/" + g.one(campaign.NotStarted, false).ID, nil},
		{"request-done", "/assignments/" + g.one(campaign.Accepted, true).ID, nil},
		{"delivery", "/delivery", nil}, {"delivery-one", "/delivery", follow("tbody a")},
		{"delivery-again", "/delivery", follow(".failures a")},
	}
}

func (g *gallery) reviewers() []view {
	return []view{
		{"review-home", "/", nil},
		{"review", "/review/" + g.one(campaign.InReview, true).ID, nil},
		{"review-pages", "/review/" + g.one(campaign.InReview, true).ID, follow(`main a[href$="/pages"]`)},
		{"review-accepted", "/review/" + g.one(campaign.Accepted, true).ID, nil},
		{"review-returned", "/review/" + g.one(campaign.Returned, true).ID, nil},
		{"review-wrong", "/review/" + g.one(campaign.Submitted, false).ID, func(p *tab) {
			js[bool](p, `(document.querySelector(".decide summary").click(), true)`)
			js[bool](p, `(document.body.dataset.left = "1", document.querySelector("button[formaction$='/return']").click(), true)`)
			p.until("the form to come back", `!document.body.dataset.left && document.querySelector(".summary")`)
		}},
	}
}

func (g *gallery) auditors() []view {
	made := func(p *tab) {
		p.press(g.Catalog.For(js[string](p, `document.documentElement.lang`)).T("documents.kind.summary"))
		p.until("the paper to be ready", `document.querySelector("main a[href$='/file']")`)
	}
	return []view{
		{"audit-home", "/", nil}, {"audit-campaign", "/campaigns/" + g.survey.ID, nil}, {"document", "/campaigns/" + g.survey.ID, made},
		{"documents", "/documents", nil}, {"audit-trail", "/trail", nil}, {"audit-review", "/review/" + g.one(campaign.Accepted, true).ID, nil},
		{"forbidden", "/suppliers/new", nil},
	}
}

// suppliers are the pages behind the links of five requests.
func (g *gallery) suppliers() []view {
	begin := func(p *tab) { js[bool](p, `(document.querySelector("main form .button").click(), true)`) }
	started := func(p *tab) {
		begin(p)
		p.until("what is behind the button", `location.pathname.startsWith("/a/")`)
	}
	onto := func(more string) func(*tab) {
		return func(p *tab) {
			started(p)
			p.visit("/a/" + js[string](p, `location.pathname.split("/")[2]`) + more)
		}
	}
	fresh, answering := g.link(g.one(campaign.NotStarted, false)), g.link(g.one(campaign.Answering, false))
	certified, returned := g.link(g.coded("S0025")), g.link(g.one(campaign.Returned, true))
	return []view{
		{"request", fresh, nil}, {"tasks", answering, started}, {"section", answering, onto("/sections/basics")},
		{"section-next", answering, onto("/sections/staff")}, {"evidence-none", answering, onto("/evidence")},
		{"evidence-isms", answering, onto("/evidence/new?kind=isms")},
		{"evidence-wrong", answering, func(p *tab) { onto("/evidence/new?kind=isms")(p); submitEmpty(p) }},
		{"evidence", certified, onto("/evidence")},
		{"pages", certified, func(p *tab) { onto("/evidence")(p); follow(`main a[href$="/pages"]`)(p) }}, {"section-covered", certified, onto("/sections/basics")},
		{"check", answering, onto("/check")}, {"check-wrong", answering, func(p *tab) { onto("/check")(p); submitEmpty(p) }},
		{"delegate", answering, onto("/delegate")}, {"delegate-wrong", answering, func(p *tab) { onto("/delegate")(p); submitEmpty(p) }},
		{"copies", answering, onto("/copies")}, {"decline", answering, onto("/decline")}, {"not-ours", answering, onto("/not-ours")},
		{"returned", returned, started}, {"returned-section", returned, onto("/sections/basics")},
		{"receipt", g.link(g.one(campaign.Accepted, true)), onto("/receipt")}, {"submitted", returned, onto("/submitted")},
		{"declined", g.link(g.one(campaign.Declined, false)), nil},
	}
}

func sendList(p *tab) {
	sendCSV(p, "2026年度 取引先一覧\n取引先コード,会社名,フリガナ,担当者,メールアドレス,電話\nN001,架空電装株式会社,カクウデンソウ,例 三郎,n001@example.jp,000-0000-0000\nS0001,サンプル精工㈱,サンプルセイコウ,例 太郎,s0001@example.jp,000-0000-0001\n")
}

func sendFaultyList(p *tab) {
	sendCSV(p, "取引先コード,会社名,法人番号,メールアドレス\nN001,架空電装株式会社,7E+12,n001@example.jp\nN002,,9999900000001,住所\nN002,みほん工業株式会社,,n002@example.jp\n")
}

func sendCSV(p *tab, list string) {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), "取引先一覧.csv")
	if err := os.WriteFile(file, []byte(list), 0o600); err != nil {
		p.t.Fatal(err)
	}
	upload(p, file)
	js[bool](p, `(document.getElementById("file").form.requestSubmit(), true)`)
	p.until("the preview", `/\/suppliers\/import\/.+/.test(location.pathname)`)
}
