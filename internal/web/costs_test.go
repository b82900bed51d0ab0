package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/budget"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
	"tsunagi/internal/token"
)

// cost is what a stranger or a link may cause by posting to a route.
type cost struct {
	spends  []budget.Spending // any of them, when it is spent, refuses
	still   bool              // it takes effect all the same, without its mail
	post    func(t *testing.T, a *asked, c *apptest.Client) *httptest.ResponseRecorder
	nothing bool // it never causes a mail, nor keeps a file
}

func posted(path string, form url.Values) func(*testing.T, *asked, *apptest.Client) *httptest.ResponseRecorder {
	return func(_ *testing.T, _ *asked, c *apptest.Client) *httptest.ResponseRecorder { return c.Post(path, form) }
}

const invitedID = "01KAYNVTED0000000000000001"

// costs has a row for each route that strangers or links may post to: a new one must say
// what bounds it. Saving an answer keeps nothing beside the one before.
var costs = map[string]cost{
	"POST /sign-in": {spends: []budget.Spending{budget.SignIn.By("owner@example.jp 192.0.2.1"), budget.Account.By("owner@example.jp"), budget.Network.By("192.0.2.1")},
		post: posted("/sign-in", url.Values{"email": {"owner@example.jp"}, "password": {"guessed"}})},
	"POST /forgot": {spends: []budget.Spending{budget.Reset.By("owner@example.jp"), budget.ResetFrom.By("192.0.2.1")},
		post: posted("/forgot", url.Values{"email": {"owner@example.jp"}})},
	"POST /invite/:token": {spends: []budget.Spending{budget.Joining.By(invitedID)}, post: func(_ *testing.T, a *asked, c *apptest.Client) *httptest.ResponseRecorder {
		a.insert("invitations", org.Invitation{ID: invitedID, Org: a.Owner.Org, Email: "owner@example.jp", Roles: []access.Role{access.Buyer}, Generation: 1, ExpiresAt: a.Now().Add(time.Hour)})
		return c.Post("/invite/"+a.Keys.Link(token.Invite, invitedID, 1), url.Values{"password": {"guessed"}})
	}},
	"POST /reset/:token": {nothing: true, post: func(_ *testing.T, a *asked, c *apptest.Client) *httptest.ResponseRecorder {
		a.set("users", a.Owner.User, bson.D{{Key: "reset_generation", Value: 3}, {Key: "reset_until", Value: a.Now().Add(time.Hour)}})
		return c.Post("/reset/"+a.Keys.Link(token.Reset, a.Owner.User, 3), url.Values{"password": {"とても長い新しいパスワード"}})
	}},
	"POST /setup/:token":                       {nothing: true, post: posted("/setup/none", nil)}, // once, before there is anything
	"POST /r/:token/start":                     {nothing: true},
	"POST /a/:assignment/sections/:section":    {nothing: true},
	"POST /a/:assignment/answers/:question":    {nothing: true},
	"POST /a/:assignment/evidence/:id/replace": {nothing: true},
	"POST /a/:assignment/evidence/:id/remove":  {nothing: true},
	"POST /a/:assignment/decline":              {spends: []budget.Spending{budget.LinkMails.By("C1:S1"), budget.DeskMails.By("C1:S1")}, still: true},
	"POST /a/:assignment/not-ours":             {spends: []budget.Spending{budget.LinkMails.By("C1:S1"), budget.DeskMails.By("C1:S1")}, still: true},
	"POST /a/:assignment/resume":               {nothing: true},
	"POST /a/:assignment/delegate/undo":        {nothing: true}, // nobody has handed on
	"POST /a/:assignment/delegate":             {spends: []budget.Spending{budget.LinkMails.By("C1:S1"), budget.Recipients.By("C1:S1")}},
	"POST /a/:assignment/copies":               {spends: []budget.Spending{budget.LinkMails.By("C1:S1"), budget.Recipients.By("C1:S1")}},
	"POST /a/:assignment/copies/remove":        {nothing: true}, // nobody reads along
	"POST /a/:assignment/submit":               {spends: []budget.Spending{budget.LinkMails.By("C1:S1")}, still: true},
	"POST /a/:assignment/evidence/new": {spends: []budget.Spending{budget.Uploads.By("C1:S1")}, post: func(_ *testing.T, _ *asked, c *apptest.Client) *httptest.ResponseRecorder {
		return c.Upload(s1+"/evidence/new?kind=policy", url.Values{"kind": {"policy"}}, "file", "方針.pdf", aPDF(1000))
	}},
}

// TestWhatStrangersMayCauseHasABudget posts to every route that is open to strangers and
// links, each once its budget is spent: no mail leaves and no file is kept.
func TestWhatStrangersMayCauseHasABudget(t *testing.T) {
	t.Parallel()
	for _, r := range apptest.New(t).Web.Routes() {
		route := r.Method + " " + r.Path
		if who := matrix[route]; r.Method != http.MethodPost || who != "public" && who != "link" {
			continue
		}
		row, known := costs[route]
		if !known {
			t.Errorf("%s has no row in costs: what may it cause, and which budget bounds it?", route)
			continue
		}
		if row.nothing == (len(row.spends) > 0) {
			t.Errorf("%s: it causes nothing, or has a budget", route)
		}
		for _, spent := range append(row.spends, budget.Spending{})[:max(1, len(row.spends))] {
			t.Run(route+" "+string(spent.Kind), func(t *testing.T) { row.causesNothing(t, r.Path, spent) })
		}
	}
}

func (row cost) causesNothing(t *testing.T, path string, spent budget.Spending) {
	a := ask(t)
	supplier := a.start("C1:S1")
	a.fill(supplier, "C1:S1")
	file, _ := supplier.Page(s1 + "/evidence").Find(".evidence .file a").Attr("href")
	for range spent.Kind.Traits().Most { // some is spent already
		if err := a.App.DB.Spend(t.Context(), spent); err != nil && fault.KindOf(err) != fault.TooMany {
			t.Fatal(err)
		}
	}
	if row.post == nil {
		params := strings.NewReplacer(":assignment", "C1:S1", ":section", "basic", ":question", "update", ":id", strings.Split(file, "/")[4],
			":token", strings.TrimPrefix(a.link("C1:S1"), "/r/"))
		row.post = func(t *testing.T, _ *asked, c *apptest.Client) *httptest.ResponseRecorder {
			return sendTo(t, c, http.MethodPost, path, params.Replace(path))
		}
	}
	paid, told := bson.D{{Key: "kind", Value: bson.D{{Key: "$nin", Value: deskKinds()}}}}, bson.D{{Key: "kind", Value: bson.D{{Key: "$in", Value: deskKinds()}}}}
	if spent.Kind == budget.DeskMails {
		paid, told = told, paid
	}
	mails, others, files := a.kept(t, "outbox", paid), a.kept(t, "outbox", told), a.kept(t, "files.chunks", bson.D{})
	res := row.post(t, a, supplier)
	refused := res.Code == http.StatusTooManyRequests
	if want := len(row.spends) > 0 && !row.still; refused != want || res.Code >= http.StatusInternalServerError {
		t.Errorf("answered %d, refused is %t, want %t", res.Code, refused, want)
	}
	if m, f := a.kept(t, "outbox", paid), a.kept(t, "files.chunks", bson.D{}); m != mails || f > files {
		t.Errorf("%d mails and %d pieces of files were kept", m-mails, f-files)
	}
	tells := spent.Kind == budget.LinkMails && slices.Contains(row.spends, budget.DeskMails.By("C1:S1"))
	if m := a.kept(t, "outbox", told) - others; spent.Kind != budget.DeskMails && (m != 0) != tells || m > 1 {
		t.Errorf("%d mails of the other budget: the buyer is told %t", m, tells)
	}
}

// deskKinds are the mails to the buyer's own contact, which have a budget of their own.
func deskKinds() []notify.Kind {
	return slices.DeleteFunc(slices.Clone(notify.Kinds), func(k notify.Kind) bool { return !k.Traits().Desk })
}
