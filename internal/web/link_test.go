package web_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/evidence"
)

// linkForms are what a supplier would send to each route of a link that writes, so
// that nothing but the link's right stands in the way.
var linkForms = map[string]url.Values{
	"/a/:assignment/sections/:section":    {"q.update": {"done"}, "q.update.n": {"0"}},
	"/a/:assignment/evidence/:id/replace": {},
	"/a/:assignment/decline":              {"reason": {"取引がありません"}},
	"/a/:assignment/delegate":             {"name": {"別 人"}, "email": {"other@example.jp"}, "by": {"架空 花子"}},
	"/a/:assignment/delegate/undo":        {},
	"/a/:assignment/copies":               {"name": {"別 人"}, "email": {"other@example.jp"}, "by": {"架空 花子"}},
	"/a/:assignment/copies/remove":        {"email": {"along@example.jp"}},
	"/a/:assignment/not-ours":             {},
	"/a/:assignment/resume":               {},
	"/a/:assignment/evidence/new":         {"kind": {"security-action"}, "number": {"40123456789"}, "stars": {"1"}},
	"/a/:assignment/evidence/:id/remove":  {},
	"/a/:assignment/submit":               {"name": {"架空 花子"}, "role": {"総務"}, "agreed": {"1"}},
	"/a/:assignment/answers/:question":    nil, // JSON
	"/r/:token/start":                     {"to": {"delegate"}},
}

// everything is all that the database holds, by collection and id.
func (a *asked) everything() map[string]string {
	a.T.Helper()
	names, err := a.db.ListCollectionNames(a.T.Context(), bson.D{})
	if err != nil {
		a.T.Fatal(err)
	}
	out := map[string]string{}
	for _, name := range names {
		cursor, err := a.db.Collection(name).Find(a.T.Context(), bson.D{})
		if err != nil {
			a.T.Fatal(err)
		}
		var all []bson.Raw
		if err := cursor.All(a.T.Context(), &all); err != nil {
			a.T.Fatal(err)
		}
		for _, record := range all {
			out[name+" "+record.Lookup("_id").String()] = record.String()
		}
	}
	return out
}

// linkState is a state of a request in which a supplier holds a link session that it
// began before.
type linkState struct {
	name         string
	bring        func(a *asked)
	reads, takes bool
	says         string // part of the sentence that refuses
}

var linkStates = []linkState{
	{"open", func(*asked) {}, true, true, ""},
	{"returned", func(a *asked) { a.declare("C1:S1"); a.giveBack("C1:S1") }, true, true, ""},
	{"submitted", func(a *asked) { a.declare("C1:S1") }, true, false, "すでに提出されている"},
	{"declined", func(a *asked) {
		a.start("C1:S1").Post(s1+"/decline", url.Values{"reason": {"取引がありません"}})
	}, true, false, "回答しないことをお知らせいただいている"},
	{"closed by the buyer", func(a *asked) {
		a.must(a.As(access.Buyer).Post("/campaigns/C1/close", nil))
		a.work()
	}, true, false, "受付を終了した"},
	{"past the last day", func(a *asked) {
		end := bson.D{{Key: "due_at", Value: a.at.Add(-time.Hour)}, {Key: "closes_at", Value: a.at.Add(-time.Minute)}}
		a.set("assignments", "C1:S1", end)
		a.set("drafts", "C1:S1", end[1:])
	}, true, false, "最終日を過ぎた"},
	{"withdrawn", func(a *asked) {
		a.must(a.As(access.Buyer).Post("/assignments/C1:S1/withdraw", url.Values{"reason": {"取引が終わったため"}}))
	}, false, false, "取り下げました"},
	{"revoked", func(a *asked) { a.must(a.As(access.Buyer).Post("/assignments/C1:S1/revoke", nil)) }, false, false, "無効にしました"},
	{"submitted and revoked", func(a *asked) {
		a.declare("C1:S1")
		a.must(a.As(access.Buyer).Post("/assignments/C1:S1/revoke", nil))
	}, false, false, "無効にしました"},
}

// drawn has an evidence's file checked, and its only page drawn.
func (a *asked) drawn(id string) {
	a.T.Helper()
	a.set("evidence", id, bson.D{{Key: "file.check", Value: evidence.Sound}, {Key: "file.pages", Value: 1}})
	var e evidence.Evidence
	if err := a.db.Collection("evidence").FindOne(a.T.Context(), bson.D{{Key: "_id", Value: id}}).Decode(&e); err != nil {
		a.T.Fatal(err)
	}
	for _, what := range []string{"/texts", "/fitting/1"} {
		a.insert("pictures", evidence.Made{ID: e.File.ID + what, Org: e.Org, File: e.File.ID, Picture: []byte("drawn"), Texts: []string{"text"}, At: a.at})
	}
}

// must fails unless the browser is led on.
func (a *asked) must(res *httptest.ResponseRecorder) {
	a.T.Helper()
	if res.Code != http.StatusSeeOther {
		a.T.Fatalf("%d %s", res.Code, apptest.Parse(a.T, res).Find(".summary").Text())
	}
}

// fill answers a whole sheet, a certificate among it, and a question that it covers.
func (a *asked) fill(c *apptest.Client, id string) {
	a.T.Helper()
	a.must(c.Upload("/a/"+id+"/evidence/new?kind=isms", ismsForm(), "file", "登録証.pdf", aPDF(1<<10)))
	for question, body := range map[string]string{"backup": `{"value":"not-done","n":0}`, "often": `{"value":"daily","n":0}`, "media": `{"values":["daily"],"n":0}`,
		"people": `{"value":"3","n":0}`, "since": `{"value":"2026-04-01","n":0}`} {
		if res := c.JSON(http.MethodPost, "/a/"+id+"/answers/"+question, body); res.Code != http.StatusOK {
			a.T.Fatalf("answer %s: %d %s", question, res.Code, res.Body)
		}
	}
}

func (a *asked) declare(id string) {
	a.T.Helper()
	a.must(a.start(id).Post("/a/"+id+"/submit", linkForms["/a/:assignment/submit"]))
}

func (a *asked) giveBack(id string) {
	a.T.Helper()
	a.must(a.As(access.Reviewer).Post("/review/"+id+"/return", url.Values{"reason": {"ご確認ください"}}))
}

// restore puts back every record that is not as it was, so that each route is tried in
// the same state.
func (a *asked) restore(was map[string]string) {
	a.T.Helper()
	is := a.everything()
	for id, before := range was {
		if name, _, _ := strings.Cut(id, " "); is[id] == "" {
			a.insert(name, a.read(before))
		}
	}
	for id, record := range is {
		if was[id] == record {
			continue
		}
		name, _, _ := strings.Cut(id, " ")
		whole := a.read(record)
		if _, err := a.db.Collection(name).DeleteOne(a.T.Context(), bson.D{{Key: "_id", Value: whole[0].Value}}); err != nil {
			a.T.Fatal(err)
		}
		if before := was[id]; before != "" {
			a.insert(name, a.read(before))
		}
	}
}

// read gives a record of everything as it is stored; its id comes first.
func (a *asked) read(record string) bson.D {
	a.T.Helper()
	var whole bson.D
	if err := bson.UnmarshalExtJSON([]byte(record), true, &whole); err != nil {
		a.T.Fatal(err)
	}
	return whole
}

// TestTheRightOfALinkIsJudgedEverywhere walks every route of a link in every state of
// its request: what may not be seen is not shown, no byte of a file, what may not be
// changed is not, looking changes nothing, and who is refused is told why and by whom.
func TestTheRightOfALinkIsJudgedEverywhere(t *testing.T) {
	for _, state := range linkStates {
		t.Run(state.name, func(t *testing.T) { state.walk(t) })
	}
}

func (state linkState) walk(t *testing.T) {
	a := ask(t)
	supplier := a.start("C1:S1")
	a.fill(supplier, "C1:S1")
	file, _ := supplier.Page(s1 + "/evidence").Find(".evidence .file a").Attr("href")
	params := strings.NewReplacer(":assignment", "C1:S1", ":section", "basic", ":question", "update", ":id", strings.Split(file, "/")[4], ":page", "1",
		":token", strings.TrimPrefix(a.link("C1:S1"), "/r/"))
	a.drawn(strings.Split(file, "/")[4])
	state.bring(a)
	was := a.everything()
	for _, r := range a.Web.Routes() {
		if !r.Guard.Link() && !strings.HasPrefix(r.Path, "/r/") {
			continue
		}
		res := sendTo(t, supplier, r.Method, r.Path, params.Replace(r.Path))
		after := a.everything()
		wrote := !maps.Equal(was, after)
		starts := strings.HasPrefix(r.Path, "/r/") // looks, or begins a session
		looks := r.Method == http.MethodGet || starts
		again := strings.HasSuffix(r.Path, "/submit") && a.assignment("C1:S1").Revision > 0 && state.reads // shows the receipt
		shows := strings.HasSuffix(r.Path, "/copy.pdf") || strings.HasSuffix(r.Path, "/submitted")
		nothing := shows && a.assignment("C1:S1").Revision == 0 // to show
		undo, resume := strings.HasSuffix(r.Path, "/delegate/undo"), strings.HasSuffix(r.Path, "/resume")
		undo = undo || strings.HasSuffix(r.Path, "/copies/remove")                     // nobody reads along
		takes := state.takes && !undo && !resume || resume && state.name == "declined" // nobody has handed on
		switch allowed := state.reads && (looks || again) || state.takes; {
		case allowed && nothing && res.Code == http.StatusNotFound:
		case undo && state.takes && (res.Code == http.StatusUnprocessableEntity || res.Code == http.StatusSeeOther):
		case takes && resume && res.Code == http.StatusSeeOther:
		case allowed && res.Code >= 400:
			t.Errorf("%s %s: %d, want it let through", r.Method, r.Path, res.Code)
		case !allowed && (res.Code != http.StatusGone || bytes.Contains(res.Body.Bytes(), []byte("%PDF"))):
			t.Errorf("%s %s: %d, want 410 and no file", r.Method, r.Path, res.Code)
		case !allowed:
			state.explains(t, r.Method+" "+r.Path, res)
		}
		if want := takes && !looks; wrote != want {
			t.Errorf("%s %s changed something: %t, want %t", r.Method, r.Path, wrote, want)
		}
		if wrote {
			a.restore(was)
		}
	}
}

// explains tells whether a refusal gives the state's own reason, names the buyer with
// its phone, and leads nobody to the buyers' sign-in.
func (state linkState) explains(t *testing.T, route string, res *httptest.ResponseRecorder) {
	t.Helper()
	if body := res.Body.String(); !strings.Contains(body, state.says) {
		t.Errorf("%s does not say %q", route, state.says)
	}
	if strings.HasPrefix(res.Header().Get("Content-Type"), "application/json") {
		return
	}
	page := apptest.Parse(t, res)
	text := page.Find("main").Text()
	if !strings.Contains(text, "サンプル電機株式会社") || !strings.Contains(text, "000-0000-0000") {
		t.Errorf("%s does not name the buyer and its phone: %s", route, text)
	}
	if page.Find(`a[href="/"], a[href^="/sign-in"]`).Length() != 0 {
		t.Errorf("%s leads to the buyers' sign-in", route)
	}
}

func sendTo(t *testing.T, supplier *apptest.Client, method, route, path string) *httptest.ResponseRecorder {
	t.Helper()
	if method == http.MethodGet {
		if strings.HasSuffix(route, "/evidence/new") {
			path += "?kind=isms"
		}
		return supplier.Get(path)
	}
	form, known := linkForms[route]
	switch {
	case !known:
		t.Fatalf("%s has no form in linkForms: slices of %v", route, slices.Sorted(maps.Keys(linkForms)))
	case form == nil:
		return supplier.JSON(method, path, `{"value":"done","n":0}`)
	case strings.HasSuffix(route, "/evidence/new"):
		return supplier.Upload(path+"?kind=security-action", form, "", "", nil)
	}
	return supplier.Post(path, form)
}

// TestFiveDelegationsADay: twenty at once give five, and the sixth is told what to do,
// with what it typed. The buyer sees that more are wanted, and allows them.
func TestFiveDelegationsADay(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	var all sync.WaitGroup
	codes := make(chan int, 20)
	for i := range 20 {
		one := a.start("C1:S1")
		all.Go(func() {
			code := http.StatusConflict
			for code == http.StatusConflict { // somebody else was faster: who looks again and still wants to, asks again
				code = one.Post(s1+"/delegate", url.Values{"by": {"架空 花子"}, "name": {"別 人"}, "email": {fmt.Sprintf("n%d@example.jp", i)}}).Code
			}
			codes <- code
		})
	}
	all.Wait()
	close(codes)
	count := map[int]int{}
	for code := range codes {
		count[code]++
	}
	if count[http.StatusSeeOther] != 5 || count[http.StatusTooManyRequests] != 15 {
		t.Errorf("twenty at once were answered %v, want 5 and 15", count)
	}
	if n, err := a.db.Collection("outbox").CountDocuments(t.Context(), bson.D{{Key: "kind", Value: "delegated"}}); err != nil || n != 5 {
		t.Errorf("%d mails are owed (%v), want 5", n, err)
	}
	form := url.Values{"name": {"例 次郎"}, "email": {"jiro@example.jp"}, "by": {"架空 花子"}}
	res := c.Post(s1+"/delegate", form)
	page := apptest.Parse(t, res)
	if res.Code != http.StatusTooManyRequests || page.Find("#name").AttrOr("value", "") != "例 次郎" || !strings.Contains(page.Find(".summary").Text(), "5件まで") {
		t.Errorf("the sixth: %d %q", res.Code, page.Find(".summary").Text())
	}
	form.Set("once", apptest.Parse(t, c.Get(s1+"/delegate")).Find("input[name=once]").AttrOr("value", ""))
	for range 2 { // what was not done is not said to be done because it is posted again
		a.set("assignments", "C1:S1", bson.D{{Key: "more_asked_at", Value: nil}})
		if res := c.Post(s1+"/delegate", form); form.Get("once") == "" || res.Code != http.StatusTooManyRequests {
			t.Errorf("the same form once more: %d", res.Code)
		}
	}
	other := a.start("C1:S2")
	if res := other.Post("/a/C1:S2/delegate", form); res.Code != http.StatusSeeOther {
		t.Errorf("another supplier's: %d", res.Code)
	}
	buyer := a.As(access.Buyer)
	if home := buyer.Page("/").Find(`main a[href="/assignments/C1:S1"]`).Text(); !strings.Contains(home, "もっとメールを送りたい") {
		t.Errorf("home says %q", home)
	}
	if allow := buyer.Page("/assignments/C1:S1").Find("form[action$='/allow']").Text(); !strings.Contains(allow, "30通") || !strings.Contains(allow, "5件") {
		t.Errorf("the request's page offers %q", allow)
	}
	a.must(buyer.Post("/assignments/C1:S1/allow", nil))
	if n := buyer.Page("/").Find(`main a[href="/assignments/C1:S1"]`).Length() + buyer.Page("/assignments/C1:S1").Find("form[action$='/allow']").Length(); n != 0 {
		t.Error("it is asked still")
	}
	if history := buyer.Page("/assignments/C1:S1").Find(".history").Text(); !strings.Contains(history, "追加を申し出") || !strings.Contains(history, "追加で許可") {
		t.Errorf("the history says %q", history)
	}
	a.must(c.Post(s1+"/delegate", form))
}
