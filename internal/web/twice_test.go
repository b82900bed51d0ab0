package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/campaign"
	"tsunagi/internal/demo"
	"tsunagi/internal/jobs"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
	"tsunagi/internal/supplier"
)

// click is how somebody presses a button that changes something.
type click struct {
	page    string                         // where its form is; {draft}, {list}, {comment}, {file} and {reviewer} stand for ids
	form    string                         // the form, on that page
	to      string                         // where its button leads, when that is not where the form leads
	typed   url.Values                     // beside what the form holds already
	list    string                         // the file that goes with it
	ready   func(t *testing.T, a *clicked) // what must have happened before
	entries int                            // how many entries of the trail one click makes; 0 means 1
	keyless string                         // why a repeat is harmless without a key
	ends    bool                           // the session is over after it, and the second is asked to sign in
	shows   bool                           // it is no change: the page itself is the answer
}

// clicked is an installation in which there is something to do for each button.
type clicked struct {
	*asked
	owner, other *apptest.Client // the same person in two windows
	ids          map[string]string
}

const failedMail = "01KAYFAILED0000000000000AA"

func clickable(t *testing.T) *clicked {
	t.Helper()
	a := &clicked{asked: ask(t), ids: map[string]string{}}
	closes := a.Now().AddDate(0, 0, 31)
	a.set("campaigns", "C1", bson.D{{Key: "due_at", Value: closes.AddDate(0, 0, -14)}, {Key: "closes_at", Value: closes}, {Key: "revision", Value: 1}})
	for _, id := range []string{"C1:S1", "C1:S2"} {
		a.set("assignments", id, bson.D{{Key: "delivery", Value: campaign.DeliverySent}})
	}
	for _, id := range []string{"S1", "S2"} {
		one := supplier.Supplier{ID: id, Org: a.Owner.Org, Code: id, Name: "架空" + id, Email: strings.ToLower(id) + "@example.jp", Lang: "ja", Lane: supplier.LaneMail, Rank: 1}
		if f := one.Prepare(); len(f) > 0 {
			t.Fatal(f)
		}
		a.insert("suppliers", one)
	}
	a.owner, a.other = a.As(access.Owner), a.As(access.Owner)
	a.handedIn(t)
	return a
}

// draft makes a campaign that is not issued.
func (a *clicked) draft(who string) {
	form := (&asking{Env: a.Env}).form(url.Values{"who": {who}})
	form.Set("stand_in", "1")
	a.ids["{draft}"] = strings.Split(a.leads(a.owner.Post("/campaigns/new", form)), "/")[2]
}

func (a *clicked) leads(res *httptest.ResponseRecorder) string {
	a.T.Helper()
	if res.Code != http.StatusSeeOther {
		a.T.Fatalf("%d: %s", res.Code, strings.Join(strings.Fields(res.Body.String()), " "))
	}
	return res.Header().Get("Location")
}

// brought brings a list in.
func (a *clicked) brought() {
	a.bring("取引先コード,会社名,メール\nN1,架空新,n1@example.jp\n")
}

func (a *clicked) bring(list string) {
	res := a.owner.Upload("/suppliers/import", nil, "file", "一覧.csv", []byte(list))
	a.ids["{list}"] = strings.Split(a.leads(res), "/")[3]
}

func (a *clicked) failed() {
	a.insert("outbox", notify.Message{ID: failedMail, Org: a.Owner.Org, Kind: notify.Request, State: notify.Failed, Reason: notify.GaveUp,
		Campaign: "C1", Assignment: "C1:S2", Generation: 1, To: notify.Recipient{Email: "s2@example.jp"}, Lang: "ja"})
}

// handedIn lets the second supplier submit, and a reviewer comment.
func (a *clicked) handedIn(t *testing.T) {
	a.submitted("C1:S2")
	a.owner.Post("/review/C1:S2/comment", url.Values{"n.often": {"0"}, "comment.often": {"毎日ですか"}})
	var said struct {
		Comments []struct {
			ID string `bson:"id"`
		} `bson:"comments"`
	}
	var file struct {
		ID string `bson:"_id"`
	}
	if err := a.db.Collection("reviews").FindOne(t.Context(), bson.D{}).Decode(&said); err != nil {
		t.Fatal(err)
	}
	if err := a.db.Collection("evidence").FindOne(t.Context(), bson.D{}).Decode(&file); err != nil {
		t.Fatal(err)
	}
	a.ids["{comment}"], a.ids["{file}"] = said.Comments[0].ID, file.ID
}

// found finds the one record of a collection by an address.
func (a *clicked) found(t *testing.T, collection, email string) string {
	var one struct {
		ID string `bson:"_id"`
	}
	if err := a.db.Collection(collection).FindOne(t.Context(), bson.D{{Key: "email", Value: email}}).Decode(&one); err != nil {
		t.Fatal(err)
	}
	return one.ID
}

func drafted(who string) func(*testing.T, *clicked) {
	return func(_ *testing.T, a *clicked) { a.draft(who) }
}

func brought(_ *testing.T, a *clicked) { a.brought() }

func failed(_ *testing.T, a *clicked) { a.failed() }

func invited(t *testing.T, a *clicked) {
	a.leads(a.owner.Post("/users/invite", url.Values{"name": {"新 人"}, "email": {"new@example.jp"}, "role": {"buyer"}}))
}

func member(t *testing.T, a *clicked) {
	a.ids["{reviewer}"] = a.found(t, "users", "reviewer@example.jp")
}

// clicks has a row for each route by which somebody of the buyer's changes something: a
// new one must say what a second click does.
var clicks = map[string]click{
	"POST /sign-out":         {page: "/", form: "form[action='/sign-out']", keyless: "nobody is signed in any more", ends: true},
	"POST /account/password": {page: "/account", form: "form[action$='/password']", typed: url.Values{"present": {demo.Password}, "password": {"とても長い新しいパスワード"}}, ends: true},
	"POST /switch": {page: "/", form: "form[action='/switch']", keyless: "the same organisation is chosen", ready: func(t *testing.T, a *clicked) {
		a.insert("organizations", org.Organization{ID: "OTHER", Name: "別会社"})
		user := a.found(t, "users", "owner@example.jp")
		a.insert("memberships", org.Membership{ID: "OTHER:" + user, Org: "OTHER", User: user, Roles: []access.Role{access.Owner}})
	}},
	"POST /account": {page: "/account", form: "form[action='/account']", typed: url.Values{"name": {"別の 名"}}},

	"POST /users/invite":                 {page: "/users/invite", form: "form[action='/users/invite']", typed: url.Values{"name": {"新 人"}, "email": {"new@example.jp"}, "role": {"buyer"}}},
	"POST /users/invitations/:id/resend": {page: "/users", form: "form[action$='/resend']", ready: invited},
	"POST /users/invitations/:id/revoke": {page: "/users", form: "form[action$='/revoke']", ready: invited},
	"POST /users/members/:id":            {page: "/users/members/{reviewer}", form: "main form:not([action$='/remove'])", typed: url.Values{"role": {"buyer"}}, ready: member},
	"POST /users/members/:id/remove":     {page: "/users/members/{reviewer}", form: "form[action$='/remove']", ready: member},
	"POST /system/mail":                  {page: "/system", form: "main form"},
	"POST /settings":                     {page: "/settings", form: "main form", typed: url.Values{"name": {"別名株式会社"}}},

	"POST /suppliers/new":      {page: "/suppliers/new", form: "main form", typed: samples()},
	"POST /suppliers/edit/:id": {page: "/suppliers/edit/S1", form: "main form", typed: url.Values{"name": {"改名株式会社"}}},
	"POST /suppliers/edit/:id/carry-over": {page: "/suppliers/edit/S1", form: "form[action$='/carry-over']", ready: func(_ *testing.T, a *clicked) {
		a.set("suppliers", "S1", bson.D{{Key: "email", Value: "corrected@example.jp"}})
	}},
	"POST /suppliers/import":             {page: "/suppliers/import", form: "form[enctype]", list: "取引先コード,会社名\nN1,架空新\n", entries: -1},
	"POST /suppliers/import/:id/mapping": {page: "/suppliers/import/{list}", form: "form[action$='/mapping']", ready: brought, keyless: "the same columns are chosen, and nothing is taken in"},
	"POST /suppliers/import/:id/start":   {page: "/suppliers/import/{list}", form: "form[action$='/start']", ready: brought},
	"POST /suppliers/import/:id/undo": {page: "/suppliers/import/{list}", form: "form[action$='/undo']", ready: func(_ *testing.T, a *clicked) {
		a.brought()
		a.leads(a.owner.Post("/suppliers/import/"+a.ids["{list}"]+"/start", nil))
		a.work()
	}},

	"POST /suppliers/import/:id/carry-over": {page: "/suppliers/import/{list}", form: "form[action$='/carry-over']", ready: func(_ *testing.T, a *clicked) {
		a.bring("取引先コード,会社名,メール\nS1,架空S1,moved@example.jp\n")
		a.leads(a.owner.Post("/suppliers/import/"+a.ids["{list}"]+"/start", nil))
		a.work()
	}},

	"POST /campaigns/new":          {page: "/campaigns/new", form: "form[data-audience]", typed: url.Values{"name": {"調査"}, "purpose": {"目的"}, "necessity": {"理由"}, "questionnaire": {"basic25"}}},
	"POST /campaigns/:id/edit":     {page: "/campaigns/{draft}/edit", form: "form[data-audience]", typed: url.Values{"name": {"別の調査"}, "questionnaire": {"basic25"}, "who": {"all"}}, ready: drafted("all")},
	"POST /campaigns/:id/delete":   {page: "/campaigns/{draft}/delete", form: "main form", ready: drafted("all")},
	"POST /campaigns/:id/pick":     {page: "/campaigns/{draft}/pick", form: "#supplier", typed: url.Values{"supplier": {"S1"}, "then": {"rehearsal"}}, ready: drafted("picked")},
	"POST /campaigns/:id/coverage": {page: "/campaigns/{draft}/coverage", form: "main form", typed: url.Values{"cov.IPA5-02.isms": {""}}, ready: drafted("all")},
	"POST /campaigns/:id/except":   {page: "/campaigns/{draft}/rehearsal?problem=all", form: "form[action*='/except']", ready: drafted("all")},
	"POST /campaigns/:id/issue":    {page: "/campaigns/{draft}/rehearsal", form: "form[action$='/issue']", typed: url.Values{"confirm": {"2"}}, ready: drafted("all")},
	"POST /campaigns/:id/remind":   {page: "/campaigns/C1/remind", form: "main form", typed: url.Values{"states": {"not-started"}}},
	"POST /campaigns/:id/extend":   {page: "/campaigns/C1/extend", form: "main form", typed: url.Values{"due": {time.Now().AddDate(0, 3, 0).Format(time.DateOnly)}}},
	"POST /campaigns/:id/close":    {page: "/campaigns/C1/close", form: "main form"},
	"POST /campaigns/:id/resume": {page: "/campaigns/C1", form: "form[action$='/resume']", ready: func(_ *testing.T, a *clicked) {
		a.insert("jobs", jobs.Job{ID: "J1", Org: a.Owner.Org, Kind: "remind", Subject: "C1", State: jobs.Failed, Attempts: 5})
	}},
	"POST /campaigns/:id/documents": {page: "/campaigns/C1", form: "form[action$='/documents']"},
	"POST /documents":               {page: "/documents", form: "form[action='/documents']"},

	"POST /assignments/:id/extend":    {page: "/assignments/C1:S1", form: "form[action$='/extend']", typed: url.Values{"due": {time.Now().AddDate(0, 3, 0).Format(time.DateOnly)}}},
	"POST /assignments/:id/readdress": {page: "/assignments/C1:S1", form: "form[action$='/readdress']", typed: url.Values{"email": {"here@example.jp"}, "directory": {"1"}}, entries: 2},
	"POST /assignments/:id/send":      {page: "/assignments/C1:S1", form: "form[action$='/send']"},
	"POST /assignments/:id/handed":    {page: "/assignments/C1:S1", form: "form[action$='/handed']"},
	"POST /assignments/:id/revoke":    {page: "/assignments/C1:S1", form: "form[action$='/revoke']"},
	"POST /assignments/:id/withdraw":  {page: "/assignments/C1:S1", form: "form[action$='/withdraw']", typed: url.Values{"reason": {"取引終了"}}},
	"POST /assignments/:id/link":      {page: "/assignments/C1:S1", form: "form[action$='/link']", keyless: "the same link is shown, and each look is recorded", shows: true},
	"POST /assignments/:id/allow": {page: "/assignments/C1:S1", form: "form[action$='/allow']", ready: func(_ *testing.T, a *clicked) {
		a.set("assignments", "C1:S1", bson.D{{Key: "more_asked_at", Value: a.Now()}})
	}},

	"POST /review/:id/comment":                 {page: "/review/C1:S2", form: "#judging", typed: url.Values{"comment.people": {"何人ですか"}}},
	"POST /review/:id/comment/:comment/remove": {page: "/review/C1:S2", form: "#judging", to: "/review/C1:S2/comment/{comment}/remove"},
	"POST /review/:id/accept":                  {page: "/review/C1:S2", form: "#judging", to: "/review/C1:S2/accept", typed: url.Values{"comment.people": {"何人ですか"}}, entries: 2},
	"POST /review/:id/take-back": {page: "/review/C1:S2", form: "form[action$='/take-back']", ready: func(_ *testing.T, a *clicked) {
		a.leads(a.owner.Post("/review/C1:S2/accept", nil))
	}},
	"POST /review/:id/return":             {page: "/review/C1:S2", form: "#judging", to: "/review/C1:S2/return", typed: url.Values{"reason": {"見直しをお願いします"}}, entries: 2},
	"POST /review/:id/evidence/:evidence": {page: "/review/C1:S2", form: "#judging", to: "/review/C1:S2/evidence/{file}", typed: url.Values{"verdict": {"verified"}}},

	"POST /delivery/again":      {page: "/delivery/again?reason=" + string(notify.GaveUp) + "&answer=&campaign=C1", form: "main form", ready: failed},
	"POST /delivery/:id/resend": {page: "/delivery/" + failedMail, form: "form[action$='/resend']", typed: url.Values{"email": {"here@example.jp"}, "directory": {"1"}}, ready: failed, entries: 2},
}

// TestASecondClickIsTheFirst presses each button twice at the same moment, as an impatient
// hand does, and once more: each click leads where the first led, says the same there, and
// what is done is done once.
func TestASecondClickIsTheFirst(t *testing.T) {
	a := clickable(t)
	was, windows := a.everything(), []map[string]string{a.owner.Cookies(), a.other.Cookies()}
	for _, r := range a.Web.Routes() {
		route := r.Method + " " + r.Path
		if who := matrix[route]; r.Method != http.MethodPost || who == "public" || who == "link" {
			continue
		}
		row, known := clicks[route]
		if !known {
			t.Errorf("%s has no row in clicks: has its form a key, or why is a second click harmless?", route)
			continue
		}
		t.Run(strings.ReplaceAll(route, "/", "_"), func(t *testing.T) {
			a.restore(was)
			a.owner.SetCookies(windows[0])
			a.other.SetCookies(windows[1])
			row.test(t, a)
		})
	}
}

func (row click) test(t *testing.T, a *clicked) {
	if row.ready != nil {
		row.ready(t, a)
	}
	named := func(s string) string {
		for name, id := range a.ids {
			s = strings.ReplaceAll(s, name, id)
		}
		return s
	}
	at := named(row.page)
	page := a.owner.Page(at)
	form := page.Find(row.form).First()
	if form.Length() == 0 {
		t.Fatalf("%s has no %s", at, row.form)
	}
	if has := form.Find("input[name=once]").AttrOr("value", "") != ""; has == (row.keyless != "") {
		t.Fatalf("its form has a key: %v, and a second click is harmless because %q", has, row.keyless)
	}
	to := named(row.to)
	if to == "" {
		to = form.AttrOr("action", at)
	}
	if strings.HasPrefix(to, "?") {
		to, _, _ = strings.Cut(at, "?")
	}
	press := func(c *apptest.Client) *httptest.ResponseRecorder {
		values := held(form, row.typed)
		if kind, ok := form.Find("button[name=kind]").First().Attr("value"); ok {
			values.Set("kind", kind)
		}
		if row.list != "" {
			return c.Upload(to, values, "file", "一覧.csv", []byte(row.list))
		}
		return c.Post(to, values)
	}
	hands := []*apptest.Client{a.owner, a.other}
	before := a.made(t)
	answers := make([]*httptest.ResponseRecorder, 2, 3)
	var wait sync.WaitGroup
	for i, c := range hands {
		wait.Go(func() { answers[i] = press(c) })
	}
	wait.Wait()
	if row.ends || row.shows {
		row.without(t, answers)
		return
	}
	after := a.made(t)
	answers = append(answers, press(a.owner))
	if again := a.made(t); again != after {
		t.Errorf("after the third click there are %+v, before it %+v", again, after)
	}
	said := map[string]bool{}
	for i, res := range answers {
		if res.Code != http.StatusSeeOther || res.Header().Get("Location") != answers[0].Header().Get("Location") {
			t.Fatalf("click %d: %d to %q, the first to %q: %s", i, res.Code, res.Header().Get("Location"), answers[0].Header().Get("Location"),
				strings.Join(strings.Fields(apptest.Parse(t, res).Find("main").Text()), " "))
		}
		said[flash(res)] = true
	}
	if len(said) != 1 {
		t.Errorf("the clicks say different things: %v", said)
	}
	if row.keyless == "" {
		if want := max(row.entries, 0) + btoi(row.entries == 0); after.entries-before.entries != want {
			t.Errorf("%d entries of what was done, want %d", after.entries-before.entries, want)
		}
	}
}

// without is what must hold for clicks that end the session, or only show something.
func (row click) without(t *testing.T, answers []*httptest.ResponseRecorder) {
	led := row.shows
	for i, res := range answers {
		led = led || res.Code == http.StatusSeeOther
		late := row.ends && res.Code == http.StatusUnauthorized // the session had ended when it came
		if ok := res.Code == http.StatusSeeOther || late || row.shows && res.Code == http.StatusOK; !ok {
			t.Errorf("click %d: %d", i, res.Code)
		}
	}
	if !led {
		t.Error("no click has led on")
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// flash is what an answer leaves to be said on the next page.
func flash(res *httptest.ResponseRecorder) string {
	for _, cookie := range res.Result().Cookies() {
		if strings.Contains(cookie.Name, "notice") {
			return cookie.Value
		}
	}
	return ""
}

// held are all the fields of a form as a browser would send them, and what is typed.
func held(form *goquery.Selection, typed url.Values) url.Values {
	out := url.Values{}
	form.Find("input[name], textarea[name], select[name]").Each(func(_ int, f *goquery.Selection) {
		kind, value := f.AttrOr("type", ""), f.AttrOr("value", "")
		switch {
		case kind == "file", (kind == "radio" || kind == "checkbox") && !f.Is("[checked]"):
			return
		case f.Is("textarea"):
			value = strings.TrimPrefix(f.Text(), "\n")
		case f.Is("select"):
			chosen := f.Find("option[selected]")
			if chosen.Length() == 0 {
				chosen = f.Find("option").First()
			}
			value = chosen.AttrOr("value", chosen.Text())
		case kind == "checkbox" && value == "":
			value = "on"
		}
		out.Add(f.AttrOr("name", ""), value)
	})
	for name, values := range typed {
		out[name] = values
	}
	return out
}

// making counts what a click may make.
type making struct{ entries, mails, jobs, campaigns, suppliers, imports, documents, invitations int }

func (a *clicked) made(t *testing.T) making {
	n := func(collection string) int { return a.kept(t, collection, bson.D{}) }
	entries := a.kept(t, "audit", bson.D{{Key: "action", Value: bson.D{{Key: "$nin", Value: bson.A{org.ActionSignedIn, campaign.ActionShown}}}}})
	return making{entries, n("outbox"), n("jobs"), n("campaigns"), n("suppliers"), n("imports"), n("documents"), n("invitations")}
}
