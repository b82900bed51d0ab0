package web_test

import (
	"context"
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
	"tsunagi/internal/app"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/demo"
	"tsunagi/internal/mongod/mongodtest"
)

// patient makes the driver wait for minutes: whoever is answered while the database is
// frozen is answered because somebody looked.
const patient = "&serverSelectionTimeoutMS=300000&timeoutMS=300000"

// TestFrozenDatabase: the database's process is stopped, as by a machine that is moved or a
// disk that hangs, in the middle of everything that a page can ask of it: connections stay
// open, and nothing comes back. Each page, save, link, upload and sign-in says so, from the
// first one on; style sheets and the sign of life need no database; and when it goes on,
// everything does.
func TestFrozenDatabase(t *testing.T) {
	t.Parallel()
	own := mongodtest.NewOwn(t)
	t.Cleanup(own.Resume)
	a := ask(t, func(cfg *app.Config) { cfg.DatabaseURI = own.URI() + patient })
	owner, supplier := a.As(access.Owner), a.start("C1:S1")
	a.fill(supplier, "C1:S1")
	file, _ := supplier.Page(s1 + "/evidence").Find(".evidence .file a").Attr("href")
	sheet := supplier.Page("/a/C1:S1/tasks").Find("link[rel=stylesheet]").AttrOr("href", "")
	ctx, stop := context.WithCancel(t.Context())
	var looking sync.WaitGroup
	looking.Go(func() { _ = a.DB.Pulse.Run(ctx, a.DatabaseURI) })
	defer looking.Wait()
	defer stop()
	params := strings.NewReplacer(":assignment", "C1:S1", ":section", "basic", ":question", "update", ":id", strings.Split(file, "/")[4], ":page", "1",
		":token", strings.TrimPrefix(a.link("C1:S1"), "/r/"), ":hash/*path", strings.TrimPrefix(sheet, "/static/"))

	sends := map[string]func() *httptest.ResponseRecorder{}
	for _, r := range a.Web.Routes() {
		path, tab := params.Replace(r.Path), owner.Tab()
		switch as := supplier.Tab(); {
		case r.Guard.Link() || strings.HasPrefix(r.Path, "/r/"):
			sends[r.Method+" "+r.Path] = func() *httptest.ResponseRecorder { return sendTo(t, as, r.Method, r.Path, path) }
		case r.Method == http.MethodGet:
			sends[r.Method+" "+r.Path] = func() *httptest.ResponseRecorder { return tab.Get(path) }
		case !r.Guard.Public():
			sends[r.Method+" "+r.Path] = func() *httptest.ResponseRecorder { return tab.Post(path, url.Values{}) }
		}
	}
	stranger := a.Browser()
	sends["sign in"] = func() *httptest.ResponseRecorder {
		return stranger.Post("/sign-in", url.Values{"email": {"owner@example.jp"}, "password": {demo.Password}})
	}
	uploading := supplier.Tab()
	sends["a file"] = func() *httptest.ResponseRecorder {
		return uploading.Upload(s1+"/evidence/new?kind=isms", ismsForm(), "file", "登録証.pdf", aPDF(2<<20))
	}

	for _, when := range []string{"at first", "later"} { // before anybody has noticed, and once it is known
		if when == "at first" {
			own.Suspend()
		}
		var all sync.WaitGroup
		began := time.Now()
		for name, send := range sends {
			all.Go(func() { answersFrozen(t, when+" "+name, send()) })
		}
		all.Wait()
		t.Logf("%s: %d answers within %v", when, len(sends), time.Since(began))
	}

	before := a.Log.String()
	own.Resume()
	for a.DB.Pulse.Silent() != nil {
		time.Sleep(10 * time.Millisecond)
	}
	if res := owner.Get("/readyz"); res.Code != http.StatusOK {
		t.Errorf("/readyz afterwards: %d %s", res.Code, res.Body)
	}
	if res := supplier.JSON(http.MethodPost, s1+"/answers/update", `{"value":"partly","n":1}`); res.Code != http.StatusOK && res.Code != http.StatusConflict {
		t.Errorf("a save afterwards: %d %s", res.Code, res.Body)
	}
	if res := stranger.Post("/sign-in", url.Values{"email": {"owner@example.jp"}, "password": {demo.Password}}); res.Code != http.StatusSeeOther {
		t.Errorf("sign-in afterwards: %d", res.Code)
	}
	if n := a.kept(t, "files.files", bson.D{}); n != 1 {
		t.Errorf("%d files, want the one of before: who was refused was told that nothing is kept", n)
	}
	if !strings.Contains(before, "the database does not answer") {
		t.Errorf("the log does not say why:\n%s", before)
	}
}

// empty are pages that show what they have to show without the database.
var empty = []string{"at first GET /sign-in", "at first GET /forgot"}

// answersFrozen judges an answer of while the database is frozen.
func answersFrozen(t *testing.T, name string, res *httptest.ResponseRecorder) {
	t.Helper()
	want := http.StatusServiceUnavailable
	switch {
	case strings.HasSuffix(name, "/healthz"), strings.Contains(name, "/static/"):
		want = http.StatusOK
	case strings.HasSuffix(name, "/metrics"):
		want = http.StatusNotFound // nobody has named a token
	case res.Code == http.StatusOK && slices.Contains(empty, name):
		return
	}
	if res.Code != want {
		t.Errorf("%s: %d, want %d", name, res.Code, want)
		return
	}
	if want != http.StatusServiceUnavailable || strings.HasSuffix(name, "/readyz") {
		return
	}
	if strings.HasPrefix(res.Header().Get("Content-Type"), "application/json") {
		if body := res.Body.String(); !strings.Contains(body, `"kind":"unavailable"`) {
			t.Errorf("%s: %s", name, body)
		}
		return
	}
	if text := apptest.Parse(t, res).Find("main").Text(); !strings.Contains(text, "ただいま接続できません") && !strings.Contains(text, "お送りできたか確かめられませんでした") {
		t.Errorf("%s says %q", name, strings.Join(strings.Fields(text), " "))
	}
}
