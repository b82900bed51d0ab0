package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/campaign"
	"tsunagi/internal/jobs"
	"tsunagi/internal/mongod/mongodtest"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/notify"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
	"tsunagi/internal/supplier"
	"tsunagi/internal/token"
	"tsunagi/internal/work"
)

func TestMain(m *testing.M) { mongodtest.Run(m) }

// The data that the last build without versions left: testdata/README.md tells what
// they hold.
const (
	schema0    = "testdata/schema-0.tar.gz"
	schema0Sum = "c824d84cd5e86825243b552c9d5bd6d592203cdab262fa73a12a379148be4a8f"
)

// dumped is when they were written; the tests go on from the next morning.
var dumped = time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)

// walk is an installation that was upgraded, with people who use it.
type walk struct {
	*apptest.Env
	raw *mongo.Database
	t   *testing.T
	now time.Time
}

// TestTheStoryOnOldData walks everything that people do over data of the build before
// there were versions: each finds its own, and goes on where it was.
func TestTheStoryOnOldData(t *testing.T) {
	old := apptest.Restore(t, schema0, schema0Sum)
	w := &walk{raw: old.DB, t: t, now: dumped}
	w.Env = old.Open(func() time.Time { return w.now })
	w.everyPage()
	w.unfinishedWork()
	w.mails()
	w.supplierGoesOn()
	w.returnedSheet()
	w.asksNewSuppliers()
	w.trailHolds()
	w.everyPage()
}

// all lists what a campaign asked for.
func (w *walk) all(c campaign.Campaign, states ...campaign.Response) []campaign.Assignment {
	w.t.Helper()
	rows, _, err := w.Campaigns.Assignments(w.t.Context(), w.Owner, campaign.Filter{Campaign: c.ID, Responses: states, Sort: "code", Page: 1, Size: 500, Now: w.now})
	if err != nil {
		w.t.Fatal(err)
	}
	return rows
}

// named is the campaign whose name begins so.
func (w *walk) named(name string) campaign.Campaign {
	w.t.Helper()
	all, _, err := w.Campaigns.List(w.t.Context(), w.Owner, 1, 50)
	if err != nil {
		w.t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(c campaign.Campaign) bool { return strings.HasPrefix(c.Name, name) })
	if i < 0 {
		w.t.Fatalf("no campaign %s", name)
	}
	c, err := w.Campaigns.Get(w.t.Context(), w.Owner, all[i].ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// survey is the campaign that the demo plays.
func (w *walk) survey() campaign.Campaign { return w.named("2026年度") }

// everyPage opens what each role sees, and every sheet there is.
func (w *walk) everyPage() {
	w.t.Helper()
	c := w.survey()
	for role, paths := range map[access.Role][]string{
		access.Owner:    {"/", "/users", "/settings", "/trail", "/account"},
		access.Buyer:    {"/", "/campaigns", "/campaigns/" + c.ID, "/campaigns/" + c.ID + "/remind", "/suppliers", "/delivery", "/delivery?state=failed", "/documents"},
		access.Reviewer: {"/", "/campaigns/" + c.ID},
		access.Auditor:  {"/", "/trail", "/documents"},
	} {
		browser := w.As(role)
		for _, path := range paths {
			browser.Page(path)
		}
	}
	reviewer, buyer, sheets := w.As(access.Reviewer), w.As(access.Buyer), 0
	for _, a := range w.all(c) {
		buyer.Page("/assignments/" + a.ID)
		if a.Revision > 0 {
			sheets++
			reviewer.Page("/review/" + a.ID)
		}
	}
	if sheets < 15 {
		w.t.Errorf("%d sheets to review", sheets)
	}
}

// work runs what waits until nothing does.
func (w *walk) work() {
	w.t.Helper()
	for range 200 {
		worked, err := w.Jobs.Once(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		if !worked {
			return
		}
	}
	w.t.Fatalf("the jobs do not end\n%s", w.Log)
}

// unfinishedWork goes on: two campaigns that were being asked, a list that waited,
// dates to be moved, reminders of which two waited for the same suppliers.
func (w *walk) unfinishedWork() {
	w.t.Helper()
	before := map[string]campaign.Assignment{}
	for _, a := range w.all(w.survey()) {
		before[a.ID] = a
	}
	w.work()
	for name, want := range map[string]int{"途中で止まった調査": 5, "順番を待つ調査": 3} {
		if c := w.named(name); c.State != campaign.Open || len(w.all(c)) != want {
			w.t.Errorf("%s is %s and asks %d, want %d\n%s", name, c.State, len(w.all(c)), want, w.Log)
		}
	}
	survey := w.survey()
	for _, a := range w.all(survey) {
		if a.Response.Waits() && !a.DueAt.Equal(survey.DueAt) {
			w.t.Errorf("%s is due %s, the campaign %s", a.Name, a.DueAt, survey.DueAt)
		}
		if more := a.Reminders - before[a.ID].Reminders; more > 1 || a.Response == campaign.Answering && a.Email != "" && more != 1 {
			w.t.Errorf("%s, %s, got %d reminders", a.Name, a.Response, more)
		}
	}
	rows, _, err := w.Suppliers.List(w.t.Context(), w.Owner, supplier.Filter{Search: supplier.ParseQuery("N0030"), Page: 1, Size: 50})
	if err != nil || len(rows) != 1 {
		w.t.Errorf("%d suppliers of the list that waited (%v)", len(rows), err)
	}
	w.failedWork()
}

// failedWork is what had been given up: it stays so, until somebody takes it up.
func (w *walk) failedWork() {
	w.t.Helper()
	states := map[jobs.State]int{}
	cursor, err := w.raw.Collection("jobs").Find(w.t.Context(), bson.D{})
	if err != nil {
		w.t.Fatal(err)
	}
	var all []jobs.Job
	if err := cursor.All(w.t.Context(), &all); err != nil {
		w.t.Fatal(err)
	}
	for _, j := range all {
		if states[j.State]++; j.State == jobs.Failed && j.Kind != "import" {
			w.t.Errorf("%s of %s failed: %s", j.Kind, j.Subject, j.Error)
		}
	}
	if states[jobs.Waiting]+states[jobs.Running] > 0 || states[jobs.Failed] != 1 {
		w.t.Errorf("jobs: %v", states)
	}
}

// mails leave that waited, and what failed stays in the ledger.
func (w *walk) mails() {
	w.t.Helper()
	for range 200 {
		n, err := w.Sender.Once(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	counts, err := w.DB.Outbox().DeliveryCounts(w.t.Context(), w.Owner, "")
	if err != nil || counts[notify.Queued] != 0 || counts[notify.Failed] != 2 || counts[notify.Sent] < 130 {
		w.t.Errorf("mails: %v (%v)", counts, err)
	}
}

// supplier opens the link of a request, which was made before the upgrade.
func (w *walk) supplier(a campaign.Assignment) *apptest.Client {
	w.t.Helper()
	browser := w.Browser()
	link := "/r/" + w.Keys.Link(token.Answer, a.ID, a.Generation)
	browser.Page(link)
	if res := browser.Post(link+"/start", nil); res.Code != http.StatusSeeOther {
		w.t.Fatalf("start the request of %s: %d\n%s", a.Name, res.Code, w.Log)
	}
	browser.Page("/a/" + a.ID + "/tasks")
	return browser
}

// supplierGoesOn with a sheet that was half filled in, to the end; a reviewer accepts.
func (w *walk) supplierGoesOn() {
	w.t.Helper()
	c := w.survey()
	a := w.all(c, campaign.Answering)[0]
	browser, base := w.supplier(a), "/a/"+a.ID
	draft := w.draft(a.ID)
	if len(draft.Answers) == 0 {
		w.t.Error("nothing is left of the answers")
	}
	for _, section := range c.Questionnaire.Sections {
		browser.Page(base + "/sections/" + section.Key)
		for _, q := range section.Questions {
			body := fmt.Sprintf(`{"value":%q,"n":%d}`, questionnaire.Done, draft.Answers[q.Key].Count)
			if res := browser.JSON(http.MethodPost, base+"/answers/"+q.Key, body); res.Code != http.StatusOK {
				w.t.Fatalf("answer %s: %d %s", q.Key, res.Code, res.Body)
			}
		}
	}
	w.submit(browser, a)
	reviewer := w.As(access.Reviewer)
	reviewer.Page("/review/" + a.ID)
	if res := reviewer.Post("/review/"+a.ID+"/accept", nil); res.Code != http.StatusSeeOther {
		w.t.Fatalf("accept: %d\n%s", res.Code, w.Log)
	}
	if got := w.again(a); got.Response != campaign.Accepted || got.Revision != 1 {
		w.t.Errorf("after the review %s is %s, revision %d", got.Name, got.Response, got.Revision)
	}
}

// returnedSheet was given back before the upgrade; it is corrected and comes in again.
func (w *walk) returnedSheet() {
	w.t.Helper()
	a := w.all(w.survey(), campaign.Returned)[0]
	browser := w.supplier(a)
	if n := len(w.draft(a.ID).Flagged); n == 0 {
		w.t.Error("nothing is flagged on the returned sheet")
	}
	w.submit(browser, a)
	if got := w.again(a); got.Response != campaign.Submitted || got.Revision != a.Revision+1 {
		w.t.Errorf("%s is %s, revision %d after %d", got.Name, got.Response, got.Revision, a.Revision)
	}
}

func (w *walk) submit(browser *apptest.Client, a campaign.Assignment) {
	w.t.Helper()
	browser.Page("/a/" + a.ID + "/check")
	res := browser.Post("/a/"+a.ID+"/submit", url.Values{"name": {"架空 花子"}, "role": {"総務部長"}, "agreed": {"1"}})
	if !strings.HasSuffix(res.Header().Get("Location"), "/receipt") {
		w.t.Fatalf("submit: %d %s\n%s", res.Code, apptest.Parse(w.t, res).Find(".summary").Text(), w.Log)
	}
}

func (w *walk) again(a campaign.Assignment) campaign.Assignment {
	w.t.Helper()
	now, err := w.Campaigns.Assignment(w.t.Context(), w.Owner, a.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return now
}

func (w *walk) draft(id string) response.Draft {
	w.t.Helper()
	var d response.Draft
	if err := w.raw.Collection("drafts").FindOne(w.t.Context(), bson.D{{Key: "_id", Value: id}}).Decode(&d); err != nil {
		w.t.Fatal(err)
	}
	return d
}

// asksNewSuppliers adds one, and issues the draft that lay there.
func (w *walk) asksNewSuppliers() {
	w.t.Helper()
	buyer := w.As(access.Buyer)
	res := buyer.Post("/suppliers/new", url.Values{"code": {"N9000"}, "name": {"移行後見本株式会社"}, "kana": {"イコウゴミホン"}, "lang": {"ja"}, "lane": {"mail"},
		"email": {"n9000@example.jp"}})
	if res.Code != http.StatusSeeOther {
		w.t.Fatalf("add a supplier: %d %s", res.Code, apptest.Parse(w.t, res).Find(".summary").Text())
	}
	draft := w.named("下書きの調査")
	n, err := w.Campaigns.AudienceSize(w.t.Context(), w.Owner, draft.Audience, dumped.AddDate(0, -8, 0))
	if err != nil {
		w.t.Fatal(err)
	}
	buyer.Page("/campaigns/" + draft.ID + "/rehearsal")
	expected := fmt.Sprint(n)
	if res := buyer.Post("/campaigns/"+draft.ID+"/issue", url.Values{"expected": {expected}, "confirm": {expected}}); res.Code != http.StatusSeeOther {
		w.t.Fatalf("issue: %d %s", res.Code, apptest.Parse(w.t, res).Find(".summary").Text())
	}
	w.work()
	if c := w.named("下書きの調査"); c.State != campaign.Open || c.Asked != n || n < 60 {
		w.t.Errorf("%s is %s and asks %d, want %d", c.Name, c.State, c.Asked, n)
	}
}

// trailHolds: what was sealed before, and what was added since.
func (w *walk) trailHolds() {
	w.t.Helper()
	trail := mongodb.Audit{DB: w.DB}
	before, err := trail.Verify(w.t.Context(), w.Owner.Org)
	if err != nil || before.Rows < 150 || before.Old != before.Rows {
		w.t.Errorf("%+v before anything is sealed: %v", before, err)
	}
	for sealed := 1; sealed > 0; {
		if sealed, err = (&work.Sealing{Store: w.DB.Chains(), Keys: dbtest.Keys, Now: w.Now}).Once(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
	after, err := trail.Verify(w.t.Context(), w.Owner.Org)
	if err != nil || after.Rows <= before.Rows || after.Old != before.Old || after.Waiting != 0 || len(after.Apart) > 0 {
		w.t.Errorf("%+v, before %+v: %v", after, before, err)
	}
}

// TestAnUpgradeKeepsEveryRecord counts them before and after.
func TestAnUpgradeKeepsEveryRecord(t *testing.T) {
	old := apptest.Restore(t, schema0, schema0Sum)
	count := func() map[string]int64 {
		names, err := old.DB.ListCollectionNames(t.Context(), bson.D{})
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]int64{}
		for _, name := range names {
			if out[name], err = old.DB.Collection(name).CountDocuments(t.Context(), bson.D{}); err != nil {
				t.Fatal(err)
			}
		}
		return out
	}
	before := count()
	before["marks"] += 2 // that the trail is proven from now on, and with which key links are made
	before["audit"]++    // the owner signs in, and the trail says so
	old.Open(func() time.Time { return dumped })
	after := count()
	for name, n := range before {
		if name != "sessions" && after[name] != n { // the owner signed in
			t.Errorf("%s had %d records and has %d", name, n, after[name])
		}
	}
}
