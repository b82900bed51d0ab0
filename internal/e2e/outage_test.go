package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/mongod/mongodtest"
	"tsunagi/internal/org"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
	"tsunagi/internal/supplier"
	"tsunagi/internal/token"
)

// request is one supplier that was asked, on an installation with a database of
// its own.
type request struct {
	*apptest.Env
	id, section string
	questions   []string
	supplier    access.Viewer
}

// impatient makes the driver give up sooner than in production, where a page waits
// five seconds for a server and an answer up to thirty.
const impatient = "&serverSelectionTimeoutMS=1000&timeoutMS=2000"

func askOne(t *testing.T, own *mongodtest.Own) *request {
	t.Helper()
	r := &request{Env: apptest.NewOn(t, own.URI()+impatient)}
	ctx := t.Context()
	one, err := r.Suppliers.Save(ctx, r.Owner, supplier.Supplier{Code: "G1", Name: "架空精工株式会社", Email: "g1@example.jp"})
	if err != nil {
		t.Fatal(err)
	}
	q := r.Questionnaires[0]
	c, err := r.Campaigns.Create(ctx, r.Owner, campaign.Campaign{Name: "調査", Purpose: "図面の取扱いを確かめるため", Necessity: "図面をお預けしているため",
		Contact:       org.Contact{Department: "調達部", Phone: "000-0000-0000", Email: "ask@example.jp"},
		Questionnaire: q, DueAt: calendar.EndOfDay(calendar.New(nil).Add(r.Now(), calendar.DefaultDays)), Audience: campaign.Audience{All: true}})
	if err == nil {
		err = r.Campaigns.Issue(ctx, r.Owner, c.ID, 1, 1)
	}
	if err != nil {
		t.Fatal(err)
	}
	for worked := true; worked; {
		if worked, err = r.Jobs.Once(ctx); err != nil {
			t.Fatal(err)
		}
	}
	r.id = campaign.AssignmentID(c.ID, one.ID)
	r.supplier = access.Supplier(c.Org, r.id, 1, "")
	for _, s := range q.Sections {
		if r.section = s.Key; len(s.Questions) > 3 {
			for _, question := range s.Questions {
				if question.Kind == questionnaire.Maturity {
					r.questions = append(r.questions, question.Key)
				}
			}
			break
		}
	}
	if len(r.questions) < 3 {
		t.Fatalf("questionnaire %s has no section with three questions for this test", q.Key)
	}
	return r
}

// saved is the sheet as the database holds it.
func (r *request) saved() response.Draft {
	r.T.Helper()
	d, err := r.Responses.Draft(context.Background(), r.supplier, r.id)
	if err != nil {
		r.T.Fatal(err)
	}
	return d
}

// serveBeside runs the installation on a free port, with its workers.
func serveBeside(t *testing.T, env *apptest.Env) string {
	t.Helper()
	server := httptest.NewServer(env.Web)
	env.MovedTo(server.URL)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		env.Work(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		server.Close()
	})
	return server.URL
}

func (p *tab) state(kind string) {
	p.t.Helper()
	p.until("the state "+kind, fmt.Sprintf(`document.querySelector(".save-state")?.dataset.kind === %q`, kind))
}

// TestDatabaseAway: the database falls silent, and later ends, while a supplier
// answers. The page says that it is not saved, other pages say what to do, and when
// the database is back everything is saved once.
func TestDatabaseAway(t *testing.T) {
	own := mongodtest.NewOwn(t)
	r := askOne(t, own)
	base := serveBeside(t, r.Env)
	ctx := browser(t)
	p := open(t, ctx)
	p.visit(base + "/r/" + r.Keys.Link(token.Answer, r.id, 1) + "?lang=ja")
	p.press("回答を始める")
	sheet := "/a/" + r.id
	p.visit(base + sheet + "/sections/" + r.section)
	second, cancel := chromedp.NewContext(ctx)
	defer cancel()
	other := open(t, second)

	choose := func(n int, value string) { t.Helper(); p.choose("q."+r.questions[n], value) }
	holds := func(n int, value string) {
		t.Helper()
		if got := r.saved(); got.Answers[r.questions[n]].Value != value || got.Answers[r.questions[n]].Count != 1 || len(got.Answers) != n+1 {
			t.Errorf("answer %d is %+v with %d answered, want %s saved once", n, got.Answers[r.questions[n]], len(got.Answers), value)
		}
	}
	choose(0, questionnaire.Done)
	p.state("saved")
	holds(0, questionnaire.Done)

	// It falls silent: connections stay open, and nothing comes back. What was sent
	// is carried out when it wakes, although nobody was told; sent again, it counts once.
	own.Suspend()
	choose(1, questionnaire.Partly)
	p.state("offline")
	r.kept(p, r.questions[1])
	saysWhatToDo(other, base, sheet+"/tasks")
	r.refuses(t, p)
	own.Resume()
	p.state("saved")
	holds(1, questionnaire.Partly)

	// It ends: connections are refused. Another one starts on the same data.
	own.Stop()
	choose(2, questionnaire.NotDone)
	p.state("offline")
	saysWhatToDo(other, base, sheet+"/sections/"+r.section)
	other.accessible()
	other.shot("unavailable")
	own.Start()
	p.state("saved")
	holds(2, questionnaire.NotDone)
	if kept := js[int](p, "localStorage.length"); kept != 0 {
		t.Errorf("%d answers are still kept in the browser", kept)
	}
	other.press("もう一度読み込む")
	for n, value := range []string{questionnaire.Done, questionnaire.Partly, questionnaire.NotDone} {
		other.until("answer "+value, fmt.Sprintf(`document.querySelector('[name="q.%s"][value="%s"]').checked`, r.questions[n], value))
	}
	if got := await[int](p, `fetch("/readyz").then(r => r.status)`); got != http.StatusOK {
		t.Errorf("/readyz answers %d afterwards", got)
	}
}

// kept fails when an answer that could not be saved is not kept in the browser.
func (r *request) kept(p *tab, question string) {
	p.t.Helper()
	if got := js[string](p, `localStorage.getItem("tsunagi-`+r.id+`") ?? ""`); !strings.Contains(got, question) {
		p.t.Errorf("kept in the browser: %q", got)
	}
}

// saysWhatToDo opens a page while the database is away.
func saysWhatToDo(p *tab, base, path string) {
	p.t.Helper()
	p.visit(base + path)
	p.until("what happened", `document.querySelector("h1").innerText.includes("ただいま接続できません")`)
	p.says("これまでに保存された内容は残っています")
	p.says("もう一度お試しください")
	if got := js[string](p, `document.querySelector("main .button-primary").getAttribute("href")`); got != path {
		p.t.Errorf("the button leads to %s, want %s", got, path)
	}
	p.sound()
}

// refuses fails when the installation says that it works.
func (r *request) refuses(t *testing.T, p *tab) {
	t.Helper()
	type answer struct {
		Status int
		Retry  string
		Body   string
	}
	const ask = `Promise.all([fetch("/healthz"), fetch("/readyz"), fetch(%q, {method: "POST", headers: {"Content-Type": "application/json",
		Accept: "application/json"}, body: JSON.stringify({value: "partly", n: 0})})].map(async p => { const r = await p;
		return {Status: r.status, Retry: r.headers.get("Retry-After") ?? "", Body: await r.text()} }))`
	got := await[[]answer](p, fmt.Sprintf(ask, "/a/"+r.id+"/answers/"+r.questions[1]))
	if alive, ready := got[0], got[1]; alive.Status != http.StatusOK || ready.Status != http.StatusServiceUnavailable {
		t.Errorf("/healthz answers %d, /readyz %d; want 200 and 503", alive.Status, ready.Status)
	}
	if save := got[2]; save.Status != http.StatusServiceUnavailable || save.Retry == "" || !strings.Contains(save.Body, `"kind":"unavailable"`) ||
		!strings.Contains(save.Body, "もう一度お試しください") {
		t.Errorf("a save: %+v", save)
	}
}
