package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/app"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/campaign"
	"tsunagi/internal/org"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
	"tsunagi/internal/token"
)

// asked is a running installation in which two suppliers were asked.
type asked struct {
	*apptest.Env
	db *mongo.Database
	mu *sync.Mutex // of at
	at time.Time
}

func ask(t *testing.T, changes ...func(*app.Config)) *asked {
	t.Helper()
	a := &asked{mu: new(sync.Mutex), at: time.Now().UTC().Truncate(time.Millisecond)}
	a.Env = apptest.NewAt(t, func() time.Time {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.at = a.at.Add(time.Millisecond)
		return a.at
	}, changes...)
	client, err := mongo.Connect(options.Client().ApplyURI(a.DatabaseURI))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(t.Context()) })
	a.db = client.Database(a.DatabaseName)
	var buyer org.Organization
	if err := a.db.Collection("organizations").FindOne(t.Context(), bson.D{}).Decode(&buyer); err != nil {
		t.Fatal(err)
	}
	c := campaign.Campaign{ID: "C1", Org: buyer.ID, Name: "調査", Purpose: "図面の取扱いを確かめるため", Necessity: "図面をお預けしているため",
		Contact: buyer.Contact, State: campaign.Open, StandIn: true, Questionnaire: sample(),
		Coverage: questionnaire.Coverage{"IPA5-01": {"isms": questionnaire.StandsFull}, "IPA5-02": {"isms": questionnaire.StandsFull}}}
	a.insert("campaigns", c)
	for _, s := range []string{"S1", "S2"} {
		request := campaign.Assignment{ID: "C1:" + s, Org: buyer.ID, Campaign: "C1", Supplier: s, Name: "架空精工株式会社", Person: "架空 花子",
			Email: strings.ToLower(s) + "@example.jp", Lang: "ja", Generation: 1, Response: campaign.NotStarted, Request: "ABCD-EFGH",
			DueAt: a.at.AddDate(0, 0, 17), ClosesAt: a.at.AddDate(0, 0, 31)}
		request.Search, request.Texts = []string{}, []string{} // as issuing leaves them
		a.insert("assignments", request)
		a.insert("drafts", response.NewDraft(request, a.at))
	}
	return a
}

// sample has one question of every kind.
func sample() questionnaire.Questionnaire {
	text := func(s string) questionnaire.Text { return questionnaire.Text{JA: s, EN: s} }
	help := questionnaire.Help{Why: text("理由"), Yes: text("目安"), Example: text("例です"), Unknown: text("総務の方に")}
	options := []questionnaire.Option{{Key: "daily", Label: text("毎日")}, {Key: "weekly", Label: text("毎週")}}
	q := func(n int, key string, kind questionnaire.KindName) questionnaire.Question {
		return questionnaire.Question{Key: key, Number: n, Kind: kind, Text: text("質問 " + key), Help: help}
	}
	update, backup := q(1, "update", questionnaire.Maturity), q(2, "backup", questionnaire.Maturity)
	update.Weight, update.References, backup.Weight, backup.References = 1, []string{"IPA5-01"}, 1, []string{"IPA5-02"}
	often, media := q(3, "often", questionnaire.Single), q(4, "media", questionnaire.Multiple)
	often.Options, media.Options = options, options
	where := q(5, "where", questionnaire.FreeText)
	where.ShowIf = &questionnaire.Condition{Question: "backup", In: []string{questionnaire.Done}}
	people, since, rules := q(6, "people", questionnaire.Number), q(7, "since", questionnaire.Date), q(8, "rules", questionnaire.File)
	rules.Optional = true
	return questionnaire.Questionnaire{Key: "k", Version: 1, Title: text("調査票"), Sections: []questionnaire.Section{
		{Key: "basic", Title: text("基本"), Questions: []questionnaire.Question{update, backup}},
		{Key: "more", Title: text("くわしく"), Questions: []questionnaire.Question{often, media, where, people, since, rules}}}}
}

// tick lets time pass.
func (a *asked) tick(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.at = a.at.Add(d)
}

func (a *asked) insert(collection string, record any) {
	a.T.Helper()
	if _, err := a.db.Collection(collection).InsertOne(a.T.Context(), record); err != nil {
		a.T.Fatal(err)
	}
}

func (a *asked) set(collection, id string, fields bson.D) {
	a.T.Helper()
	res, err := a.db.Collection(collection).UpdateOne(a.T.Context(), bson.D{{Key: "_id", Value: id}}, bson.D{{Key: "$set", Value: fields}})
	if err != nil || res.MatchedCount != 1 {
		a.T.Fatalf("set %v of %s: %v", fields, id, err)
	}
}

func (a *asked) assignment(id string) campaign.Assignment {
	a.T.Helper()
	var out campaign.Assignment
	if err := a.db.Collection("assignments").FindOne(a.T.Context(), bson.D{{Key: "_id", Value: id}}).Decode(&out); err != nil {
		a.T.Fatal(err)
	}
	return out
}

func (a *asked) saved(id, question string) response.Saved {
	a.T.Helper()
	var out response.Draft
	if err := a.db.Collection("drafts").FindOne(a.T.Context(), bson.D{{Key: "_id", Value: id}}).Decode(&out); err != nil {
		a.T.Fatal(err)
	}
	return out.Answers[question]
}

func (a *asked) link(id string) string { return "/r/" + a.Keys.Link(token.Answer, id, 1) }

// start opens a request in a browser of its own.
func (a *asked) start(id string) *apptest.Client {
	a.T.Helper()
	c := a.Browser()
	res := c.Post(a.link(id)+"/start", nil)
	if to, _, _ := strings.Cut(res.Header().Get("Location"), "?"); res.Code != http.StatusSeeOther || to != "/a/"+id+"/tasks" {
		a.T.Fatalf("start: %d %s\n%s", res.Code, res.Header().Get("Location"), a.Log)
	}
	return c
}

const s1 = "/a/C1:S1"

// section is a filled-in section as a browser without scripts sends it.
func section(values url.Values) url.Values {
	for _, q := range sample().Questions() {
		if name := "q." + q.Key + ".n"; values[name] == nil && values["q."+q.Key] != nil || values["q."+q.Key+".common"] != nil {
			values[name] = []string{"0"}
		}
	}
	return values
}

func (a *asked) answerAll(c *apptest.Client) {
	a.T.Helper()
	if res := c.Post(s1+"/sections/basic", section(url.Values{"q.update": {"partly"}, "q.backup": {"done"}})); res.Header().Get("Location") != s1+"/sections/more" {
		a.T.Fatalf("continue leads to %s (%d)", res.Header().Get("Location"), res.Code)
	}
	res := c.Post(s1+"/sections/more", section(url.Values{"q.often": {"weekly"}, "q.media": {"daily", "weekly"}, "q.where": {"耐火庫"},
		"q.people": {"１，２００"}, "q.since": {"令和8年4月1日"}}))
	if res.Header().Get("Location") != s1+"/check" {
		a.T.Fatalf("the last section leads to %s (%d)\n%s", res.Header().Get("Location"), res.Code, apptest.Parse(a.T, res).Find(".summary").Text())
	}
}

func TestAnsweringWithoutScripts(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	tasks := c.Page(s1 + "/tasks")
	if n := tasks.Find(".task").Length(); n != 4 {
		t.Errorf("%d tasks, want evidence, two sections and the check", n)
	}
	if got, _ := tasks.Find(".actions a").Attr("href"); got != s1+"/sections/basic" {
		t.Errorf("go on leads to %s", got)
	}
	if page := c.Page(s1 + "/sections/basic"); page.Find("fieldset legend").Length() != 2 || page.Find(".helps details").Length() != 8 ||
		page.Find(".references details").Length() != 4 {
		t.Error("a section does not ask its two questions with four helps and, apart from them, the points and the references each")
	}
	if hidden := c.Page(s1 + "/sections/more").Find(`[data-question="where"][hidden]`).Length(); hidden != 1 {
		t.Error("a question that does not apply is shown")
	}
	a.answerAll(c)
	if got := a.saved("C1:S1", "people").Value; got != "1200" {
		t.Errorf("１，２００ was kept as %q", got)
	}
	if got := a.saved("C1:S1", "since").Value; got != "2026-04-01" {
		t.Errorf("令和8年4月1日 was kept as %q", got)
	}
	check := c.Page(s1 + "/check")
	if text := check.Find("main").Text(); !strings.Contains(text, "毎日、毎週") || !strings.Contains(text, "2026年4月1日") || check.Find(".missing").Length() != 0 {
		t.Errorf("the check does not show what was answered: %s", text)
	}
	if a.assignment("C1:S1").Response != campaign.Answering {
		t.Error("the first answer did not begin the request")
	}
}

func TestWhatWasTypedStaysOnThePage(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	res := c.Post(s1+"/sections/more", section(url.Values{"q.often": {"weekly"}, "q.people": {"たくさん"}, "q.since": {"あした"}}))
	page := apptest.Parse(t, res)
	if res.Code != http.StatusUnprocessableEntity || page.Find(".summary li").Length() != 2 {
		t.Fatalf("%d, %d faults: %s", res.Code, page.Find(".summary li").Length(), page.Find(".summary").Text())
	}
	people, _ := page.Find(`[name="q.people"]`).Attr("value")
	since, _ := page.Find(`[name="q.since"]`).Attr("value")
	if people != "たくさん" || since != "あした" || page.Find(`[name="q.often"][value=weekly][checked]`).Length() != 1 {
		t.Errorf("kept: %q, %q", people, since)
	}
	if a.saved("C1:S1", "often").Value != "weekly" {
		t.Error("one wrong answer kept a right one from being saved")
	}
	page.Find(".summary a").Each(func(_ int, link *goquery.Selection) {
		if id := strings.TrimPrefix(link.AttrOr("href", ""), "#"); page.Find(`[id="`+id+`"]`).Length() != 1 {
			t.Errorf("the summary leads to %q, which is not there", id)
		}
	})
}

func TestTwoPeopleWithoutScripts(t *testing.T) {
	t.Parallel()
	a := ask(t)
	one, other := a.start("C1:S1"), a.start("C1:S1")
	one.Post(s1+"/sections/basic", section(url.Values{"q.update": {"done"}}))
	res := other.Post(s1+"/sections/basic", section(url.Values{"q.update": {"not-done"}, "q.update.note": {"古い機械が残る"}}))
	page := apptest.Parse(t, res)
	if text := page.Find(`[data-question="update"] .error`).Text(); res.Code != http.StatusUnprocessableEntity || !strings.Contains(text, "実施している") {
		t.Fatalf("the other answer is not shown: %d %q", res.Code, text)
	}
	if page.Find(`[name="q.update"][value="not-done"][checked]`).Length() != 1 || page.Find(`[name="q.update.note"]`).Text() != "古い機械が残る" {
		t.Error("one's own answer is lost")
	}
	if a.saved("C1:S1", "update").Value != "done" {
		t.Error("the first answer was overwritten before anybody chose")
	}
	n, _ := page.Find(`[name="q.update.n"]`).Attr("value")
	other.Post(s1+"/sections/basic", url.Values{"q.update": {"not-done"}, "q.update.note": {"古い機械が残る"}, "q.update.n": {n}})
	if a.saved("C1:S1", "update").Value != "not-done" {
		t.Error("saving once more does not choose one's own")
	}
}

func TestAutosave(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	tests := []struct {
		name, question, body string
		code                 int
		want                 string // part of the answer
	}{
		{"saved", "update", `{"value":"done","n":0}`, 200, `"n":1`},
		{"its reply was lost", "update", `{"value":"done","n":0}`, 200, `"n":1`},
		{"somebody else was faster", "update", `{"value":"partly","n":0}`, 409, `"text":"実施している"`},
		{"changed", "update", `{"value":"partly","note":"工場","n":1}`, 200, `"n":2`},
		{"several", "media", `{"values":["daily","weekly"],"n":0}`, 200, `"n":1`},
		{"full width", "people", `{"value":"１２","n":0}`, 200, `"n":1`},
		{"no number", "people", `{"value":"十二","n":1}`, 422, "数字で入力"},
		{"an era", "since", `{"value":"R8.4.1","n":0}`, 200, `"n":1`},
		{"unknown is an answer", "where", `{"value":"unknown","n":0}`, 200, `"n":1`},
		{"no such option", "often", `{"value":"never","n":0}`, 422, "選択肢"},
		{"no such question", "nothing", `{"value":"done","n":0}`, 404, "not-found"},
		{"files are not named", "rules", `{"values":["01ARZ3NDEKTSV4RRFFQ69G5FAV"],"n":0}`, 200, `"n"`},
		{"an unknown key", "backup", `{"value":"done","n":0,"admin":true}`, 422, "開き直して"},
		{"a key twice", "backup", `{"value":"done","Value":"partly","n":0}`, 422, "開き直して"},
		{"two objects", "backup", `{"value":"done","n":0}{}`, 422, "開き直して"},
		{"no object", "backup", `[]`, 422, "開き直して"},
		{"too long a note", "backup", `{"value":"done","note":"` + strings.Repeat("長", 1001) + `","n":0}`, 422, "1000文字"},
		{"too large a body", "where", `{"value":"` + strings.Repeat("長", 30000) + `","n":0}`, 413, "too-large"},
	}
	for _, tt := range tests {
		res := c.JSON(http.MethodPost, s1+"/answers/"+tt.question, tt.body)
		if res.Code != tt.code || !strings.Contains(res.Body.String(), tt.want) {
			t.Errorf("%s: %d %s; want %d with %s", tt.name, res.Code, res.Body, tt.code, tt.want)
		}
	}
	if got := a.saved("C1:S1", "rules"); len(got.Values) != 0 {
		t.Errorf("a script named a file as an answer: %v", got)
	}
}

// TestSeveralRequestsSideBySide: one browser works on several, each page on its own.
func TestSeveralRequestsSideBySide(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	if res := c.Get("/a/C1:S2/tasks"); res.Code != http.StatusUnauthorized {
		t.Errorf("a request whose link was not opened: %d", res.Code)
	}
	c.Post(a.link("C1:S2")+"/start", nil)
	for id, value := range map[string]string{"C1:S1": "done", "C1:S2": "partly"} {
		res := c.JSON(http.MethodPost, "/a/"+id+"/answers/update", `{"value":"`+value+`","n":0}`)
		if res.Code != http.StatusOK || a.saved(id, "update").Value != value {
			t.Errorf("%s saves %q: %d %s", id, a.saved(id, "update").Value, res.Code, res.Body)
		}
		if res := c.Get("/a/" + id + "/tasks"); res.Code != http.StatusOK {
			t.Errorf("the tasks of %s: %d", id, res.Code)
		}
	}
	foreign, unknown := a.Browser().Get("/a/C1:S1/tasks"), a.Browser().Get("/a/C9:S9/tasks")
	if foreign.Code != http.StatusUnauthorized || strings.ReplaceAll(foreign.Body.String(), "C1:S1", "") != strings.ReplaceAll(unknown.Body.String(), "C9:S9", "") {
		t.Errorf("a foreign request answers %d, and differently from an unknown one", foreign.Code)
	}
}

// TestABrowserWithoutCookies is told what it needs; who comes back later is asked to open
// the link again.
func TestABrowserWithoutCookies(t *testing.T) {
	t.Parallel()
	a := ask(t)
	for _, to := range []string{"", "decline", "delegate"} {
		began := a.Browser().Post(a.link("C1:S1")+"/start", url.Values{"to": {to}}).Header().Get("Location")
		page := func() string { return apptest.Parse(t, a.Browser().Get(began)).Find("main").Text() }
		if text := page(); !strings.Contains(text, "Cookieを許可") {
			t.Errorf("%s, and no cookie came back: %q", began, text)
		}
		a.tick(13 * time.Hour)
		if text := page(); !strings.Contains(text, "もう一度開いて") || strings.Contains(text, "Cookie") {
			t.Errorf("%s, and the session ended: %q", began, text)
		}
	}
}

// TestABrowserHoldsTwelveRequests: the thirteenth link ends the session that was begun
// first, and its page says what to do; cookies do not pile up.
func TestABrowserHoldsTwelveRequests(t *testing.T) {
	t.Parallel()
	a := ask(t)
	var ids []string
	for i := range 14 {
		id := fmt.Sprintf("C1:T%02d", i)
		request := a.assignment("C1:S1")
		request.ID, request.Supplier = id, id[3:]
		a.insert("assignments", request)
		a.insert("drafts", response.NewDraft(request, a.at))
		ids = append(ids, id)
	}
	c := a.Browser()
	for _, id := range ids {
		c.Post(a.link(id)+"/start", nil)
		a.tick(time.Second)
	}
	for i, id := range ids {
		res := c.Get("/a/" + id + "/tasks")
		if want := i >= 2; (res.Code == http.StatusOK) != want {
			t.Errorf("request %d of 14: %d, open %t", i+1, res.Code, want)
		}
		if text := apptest.Parse(t, res).Find(".lead").Text(); i < 2 && !strings.Contains(text, "もう一度開いてください") {
			t.Errorf("the page does not say what to do: %q", text)
		}
	}
}

// TestASessionOfBeforeGoesOn: it was held in the one cookie that there was.
func TestASessionOfBeforeGoesOn(t *testing.T) {
	t.Parallel()
	a := ask(t)
	session, err := a.Keys.SignSession(token.LinkSession{Org: a.assignment("C1:S1").Org, Assignment: "C1:S1", Generation: 1}, a.at)
	if err != nil {
		t.Fatal(err)
	}
	c := a.Browser()
	c.Header.Set("Cookie", "tsunagi-answer="+session)
	if here, there := c.Get(s1+"/tasks").Code, c.Get("/a/C1:S2/tasks").Code; here != http.StatusOK || there != http.StatusUnauthorized {
		t.Errorf("its own request answers %d, another %d", here, there)
	}
}

func TestRevokedAndLate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		assignment bson.D
		draft      bson.D
		tasks      int
	}{
		{"revoked", bson.D{{Key: "generation", Value: 2}}, bson.D{{Key: "generation", Value: 2}}, http.StatusGone},
		{"late", bson.D{{Key: "closes_at", Value: time.Unix(0, 0)}}, bson.D{{Key: "closes_at", Value: time.Unix(0, 0)}}, http.StatusOK},
		{"withdrawn", bson.D{{Key: "response", Value: "withdrawn"}}, bson.D{{Key: "open", Value: false}}, http.StatusGone},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := ask(t)
			c := a.start("C1:S1")
			a.answerAll(c)
			a.set("assignments", "C1:S1", tt.assignment)
			a.set("drafts", "C1:S1", tt.draft)
			if res := c.JSON(http.MethodPost, s1+"/answers/update", `{"value":"done","n":1}`); res.Code != http.StatusGone {
				t.Errorf("saving: %d %s", res.Code, res.Body)
			}
			submit := url.Values{"name": {"架空 花子"}, "role": {"総務"}, "agreed": {"1"}}
			if res := c.Post(s1+"/submit", submit); res.Code == http.StatusSeeOther || a.assignment("C1:S1").Revision != 0 {
				t.Errorf("submitting: %d %s", res.Code, res.Header().Get("Location"))
			}
			res := c.Get(s1 + "/tasks")
			if res.Code != tt.tasks {
				t.Errorf("the task list: %d, want %d", res.Code, tt.tasks)
			}
			if tt.tasks == http.StatusOK && !strings.Contains(apptest.Parse(t, c.Get(s1+"/sections/basic")).Find(".notice").Text(), "000-0000-0000") {
				t.Error("the page does not say whom to call")
			}
			if a.saved("C1:S1", "where").Value != "耐火庫" {
				t.Error("the draft was not kept")
			}
		})
	}
}

func TestDeclineAndHandOver(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	res := c.Post(s1+"/delegate", url.Values{"name": {"別野 一\r\nBcc: x@example.com"}, "email": {"so mu@example.jp"}})
	if res.Code != http.StatusUnprocessableEntity || apptest.Parse(t, res).Find(".field-wrong").Length() != 3 {
		t.Errorf("a name of two lines and no address: %d", res.Code)
	}
	c.Post(s1+"/delegate", url.Values{"name": {"別野 一"}, "email": {"Soumu@Example.JP"}, "by": {"架空 花子"}})
	if got := a.assignment("C1:S1"); got.Email != "soumu@example.jp" || got.Person != "別野 一" || got.Generation != 1 {
		t.Errorf("handed over to %s <%s>, generation %d", got.Person, got.Email, got.Generation)
	}
	if text := c.Page(s1 + "/tasks").Find(".notice").Text(); !strings.Contains(text, "別野 一") {
		t.Errorf("the notice: %q", text)
	}
	if res := c.Post(s1+"/decline", url.Values{"reason": {" "}}); res.Code != http.StatusUnprocessableEntity {
		t.Errorf("declining without a reason: %d", res.Code)
	}
	c.Post(s1+"/decline", url.Values{"reason": {"取引が終了しています"}})
	if got := a.assignment("C1:S1"); got.Response != campaign.Declined || got.Reason != "取引が終了しています" {
		t.Errorf("declined: %s, %q", got.Response, got.Reason)
	}
	if text := c.Page(s1 + "/tasks").Find("main").Text(); !strings.Contains(text, "取引が終了しています") {
		t.Errorf("afterwards the page says %q", text)
	}
	for _, page := range []string{"/decline", "/delegate", "/check", "/evidence", "/sections/more"} {
		if res := c.Get(s1 + page); res.Code != http.StatusOK && res.Code != http.StatusSeeOther {
			t.Errorf("%s of a declined request: %d", page, res.Code)
		}
	}
}

func TestSubmitFromTwoWindows(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	form := url.Values{"name": {"架空 花子"}, "role": {""}}
	page := apptest.Parse(t, c.Post(s1+"/submit", form))
	if n := page.Find(".summary li").Length(); n != 8 { // six questions, role, agreement
		t.Errorf("%d faults: %s", n, page.Find(".summary").Text())
	}
	a.answerAll(c)
	form = url.Values{"name": {"架空 花子"}, "role": {"総務部長"}, "agreed": {"1"}}
	var wg sync.WaitGroup
	codes := make([]string, 2)
	for i := range codes {
		window := a.start("C1:S1")
		wg.Go(func() {
			res := window.Post(s1+"/submit", form)
			codes[i] = fmt.Sprint(res.Code, " ", res.Header().Get("Location"))
		})
	}
	wg.Wait()
	for _, got := range codes {
		if got != "303 "+s1+"/receipt" {
			t.Errorf("a window ended at %s, want the receipt", got)
		}
	}
	receipt := c.Page(s1 + "/tasks")
	if text := receipt.Find("main").Text(); !strings.Contains(text, "受付番号") || !strings.Contains(text, "架空 花子") || a.assignment("C1:S1").Revision != 1 {
		t.Errorf("receipt: %s", text)
	}
	if a.Log.Len() > 0 && strings.Contains(a.Log.String(), "request failed") {
		t.Errorf("something failed: %s", a.Log)
	}
	if c.Page(s1+"/sections/basic").Find("input:not([type=hidden]):not([disabled])").Length() != 0 {
		t.Error("after submission the sheet can still be written on")
	}
}

func TestReturnedSheetShowsWhatToCorrectFirst(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	a.answerAll(c)
	c.Post(s1+"/submit", url.Values{"name": {"架空 花子"}, "role": {"総務部長"}, "agreed": {"1"}})
	a.set("assignments", "C1:S1", bson.D{{Key: "response", Value: campaign.Returned}, {Key: "reason", Value: "頻度を教えてください"}})
	a.set("drafts", "C1:S1", bson.D{{Key: "open", Value: true}, {Key: "flagged", Value: []response.Flag{{Question: "often", Text: "毎週で足りますか"}}}})
	tasks := c.Page(s1 + "/tasks")
	if first := tasks.Find("h1").Next(); !first.HasClass("flagged") || first.Find("a").AttrOr("href", "") != s1+"/sections/more#q.often" {
		t.Errorf("first on the page is %q", first.Text())
	}
	if !strings.Contains(c.Page(s1+"/sections/more").Find(`[data-question="often"] .flag`).Text(), "毎週で足りますか") {
		t.Error("the comment does not stand at its question")
	}
	c.Post(s1+"/sections/more", url.Values{"q.often": {"daily"}, "q.often.n": {"1"}})
	if got := a.assignment("C1:S1").Response; got != campaign.Answering {
		t.Errorf("correcting, the request is %s", got)
	}
	c.Post(s1+"/submit", url.Values{"name": {"架空 花子"}, "role": {"総務部長"}, "agreed": {"1"}})
	receipt := c.Page(s1 + "/receipt")
	if got := a.assignment("C1:S1"); got.Revision != 2 || receipt.Find("ul li").Length() < 2 {
		t.Errorf("revision %d; the receipt lists %d submissions", got.Revision, receipt.Find("ul li").Length())
	}
}
