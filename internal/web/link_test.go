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

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
)

// linkForms are what a supplier would send to each route of a link that writes, so
// that nothing but the link's right stands in the way.
var linkForms = map[string]url.Values{
	"/a/:assignment/sections/:section":    {"q.update": {"done"}, "q.update.n": {"0"}},
	"/a/:assignment/evidence/:id/replace": {},
	"/a/:assignment/decline":              {"reason": {"取引がありません"}},
	"/a/:assignment/delegate":             {"name": {"別 人"}, "email": {"other@example.jp"}},
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

// TestTheRightOfALinkIsJudgedEverywhere walks every route of a link after the buyer
// has revoked it or withdrawn the request: refused, nothing written, no byte of a file.
func TestTheRightOfALinkIsJudgedEverywhere(t *testing.T) {
	for _, state := range []string{"revoke", "withdraw"} {
		for _, submitted := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, submitted %t", state, submitted), func(t *testing.T) { walkLinkRoutes(t, state, submitted) })
		}
	}
}

func walkLinkRoutes(t *testing.T, state string, submitted bool) {
	a := ask(t)
	if submitted {
		a.submitted("C1:S1")
	}
	supplier := a.start("C1:S1")
	if !submitted {
		supplier.Upload(s1+"/evidence/new?kind=isms", ismsForm(), "file", "登録証.pdf", aPDF(1<<10))
	}
	file, _ := supplier.Page(s1 + "/evidence").Find(".evidence .file a").Attr("href")
	evidence := strings.Split(file, "/")[4]
	if submitted && state == "withdraw" { // a submitted sheet is returned first
		a.As(access.Reviewer).Post("/review/C1:S1/return", url.Values{"reason": {"ご確認ください"}})
	}
	if res := a.As(access.Buyer).Post("/assignments/C1:S1/"+state, url.Values{"reason": {"取引が終わったため"}}); res.Code != http.StatusSeeOther {
		t.Fatalf("%s: %d %s", state, res.Code, apptest.Parse(t, res).Find(".summary").Text())
	}
	before := a.everything()
	for _, r := range a.Web.Routes() {
		if !r.Guard.Link() && !strings.HasPrefix(r.Path, "/r/") {
			continue
		}
		path := strings.NewReplacer(":assignment", "C1:S1", ":section", "basic", ":question", "update", ":id", evidence,
			":token", strings.TrimPrefix(a.link("C1:S1"), "/r/")).Replace(r.Path)
		res := sendTo(t, supplier, r.Method, r.Path, path)
		if res.Code != http.StatusGone || bytes.Contains(res.Body.Bytes(), []byte("%PDF")) {
			t.Errorf("%s %s: %d, want 410 and no file", r.Method, r.Path, res.Code)
		}
		after := a.everything()
		for id, record := range after {
			if before[id] != record {
				t.Errorf("%s %s wrote %s: %s", r.Method, r.Path, id, record)
			}
		}
		before = after
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
// with what it typed; a day later it may.
func TestFiveDelegationsADay(t *testing.T) {
	a := ask(t)
	c := a.start("C1:S1")
	var all sync.WaitGroup
	codes := make(chan int, 20)
	for i := range 20 {
		one := a.start("C1:S1")
		all.Go(func() {
			codes <- one.Post(s1+"/delegate", url.Values{"name": {"別 人"}, "email": {fmt.Sprintf("n%d@example.jp", i)}}).Code
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
	form := url.Values{"name": {"例 次郎"}, "email": {"jiro@example.jp"}}
	res := c.Post(s1+"/delegate", form)
	page := apptest.Parse(t, res)
	if res.Code != http.StatusTooManyRequests || page.Find("#name").AttrOr("value", "") != "例 次郎" || !strings.Contains(page.Find(".summary").Text(), "5回まで") {
		t.Errorf("the sixth: %d %q", res.Code, page.Find(".summary").Text())
	}
	other := a.start("C1:S2")
	if res := other.Post("/a/C1:S2/delegate", form); res.Code != http.StatusSeeOther {
		t.Errorf("another supplier's: %d", res.Code)
	}
}
