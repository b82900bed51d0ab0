package web_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/org"
)

// Who may come in: o owner, b buyer, r reviewer, a auditor, e reader. Who is buyer and
// reviewer comes in where either does.
const (
	all     = "obrae"
	writers = "ob"
)

// matrix says, route by route, who may come in. It is written by hand, apart from
// the permission table, so that a slip in either shows.
var matrix = rows(map[string]string{
	"GET /healthz": "public", "GET /readyz": "public", "GET /metrics": "public", "GET /static/:hash/*path": "public",
	"GET /sign-in": "public", "POST /sign-in": "public", "GET /forgot": "public", "POST /forgot": "public",
	"GET /reset/:token": "public", "POST /reset/:token": "public", "GET /invite/:token": "public", "POST /invite/:token": "public",
	"GET /setup/:token": "public", "POST /setup/:token": "public", "GET /r/:token": "public", "POST /r/:token/start": "public",
	"GET /mailbox": "public", "GET /mailbox/:id": "public", "GET /mailbox/:id/html": "public",
	"POST /sign-out": all, "POST /switch": all, "GET /account": all, "POST /account": all, "POST /account/password": all,
	"GET /": all, "GET /help": all,
	"GET /users": "o", "GET /users/invite": "o", "POST /users/invite": "o", "POST /users/invitations/:id/resend": "o",
	"POST /users/invitations/:id/revoke": "o", "GET /users/members/:id": "o", "POST /users/members/:id": "o",
	"POST /users/members/:id/remove": "o", "GET /settings": "o", "POST /settings": "o",
	"GET /system": "o", "POST /system/mail": "o", // the demo's owner is the first, and so has the mark
	"GET /trail": "oa",

	"GET /trail/export": "oa",
	"GET /delivery":     writers, "GET /delivery/again": writers, "POST /delivery/again": writers, "GET /delivery/:id": writers, "POST /delivery/:id/resend": writers,
	"GET /suppliers": "obre", "GET /suppliers/edit/:id": "obre",
	"GET /campaigns": all, "GET /suppliers/export": "obre", "GET /campaigns/:id": all, "GET /campaigns/:id/questions": all, "GET /jobs/:id": all, "GET /assignments/:id": all,
	"GET /review/:id": all, "GET /evidence/:id/file": all, "GET /evidence/:id/pages": all, "GET /evidence/:id/pages/:page": all,
	"GET /campaigns/:id/export": all, "POST /campaigns/:id/documents": all, "GET /review/:id/sheet.pdf": all,
	"GET /documents": all, "POST /documents": all, "GET /documents/:id": all, "GET /documents/:id/file": all,
	"POST /review/:id/comment": "or", "POST /review/:id/comment/:comment/remove": "or", "POST /review/:id/accept": "or", "POST /review/:id/take-back": "or",
	"POST /review/:id/return": "or", "POST /review/:id/evidence/:evidence": "or",
})

// rows adds the long lists of alike rows.
func rows(matrix map[string]string) map[string]string {
	for _, row := range []string{"GET /campaigns/new", "POST /campaigns/new", "GET /campaigns/:id/edit", "POST /campaigns/:id/edit",
		"GET /campaigns/:id/rehearsal", "POST /campaigns/:id/except", "POST /campaigns/:id/issue", "GET /campaigns/:id/remind",
		"POST /campaigns/:id/remind", "POST /assignments/:id/extend", "POST /assignments/:id/revoke", "POST /assignments/:id/withdraw",
		"POST /assignments/:id/link", "POST /assignments/:id/allow", "GET /suppliers/new", "POST /suppliers/new", "GET /suppliers/import", "POST /suppliers/import",
		"GET /suppliers/import/:id", "POST /suppliers/import/:id/mapping", "POST /suppliers/import/:id/start", "GET /suppliers/import/:id/faulty",
		"POST /suppliers/import/:id/undo", "POST /suppliers/import/:id/carry-over", "GET /suppliers/import/:id/result",
		"POST /suppliers/edit/:id", "POST /suppliers/edit/:id/carry-over", "GET /campaigns/audience", "GET /questionnaires/:key", "GET /campaigns/:id/pick", "POST /campaigns/:id/pick",
		"GET /campaigns/:id/coverage", "GET /campaigns/:id/delete", "POST /campaigns/:id/delete", "POST /campaigns/:id/coverage", "GET /campaigns/:id/extend", "POST /campaigns/:id/extend",
		"GET /campaigns/:id/close", "POST /campaigns/:id/close", "POST /assignments/:id/readdress", "POST /assignments/:id/send",
		"POST /assignments/:id/handed", "POST /campaigns/:id/resume"} {
		matrix[row] = writers
	}
	for _, row := range []string{"GET /tasks", "GET /sections/:section", "POST /sections/:section", "POST /answers/:question", "GET /decline",
		"POST /decline", "POST /resume", "GET /not-ours", "POST /not-ours", "GET /delegate", "POST /delegate", "POST /delegate/undo", "GET /copies", "POST /copies", "POST /copies/remove", "GET /evidence",
		"GET /evidence/new", "POST /evidence/new", "POST /evidence/:id/remove", "POST /evidence/:id/replace", "GET /evidence/:id/file",
		"GET /evidence/:id/pages", "GET /evidence/:id/pages/:page", "GET /check", "POST /submit", "GET /receipt", "GET /submitted", "GET /copy.pdf"} {
		method, path, _ := strings.Cut(row, " ")
		matrix[method+" /a/:assignment"+path] = "link"
	}
	return matrix
}

var params = regexp.MustCompile(`[:*][a-z]+`)

const unknownID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"

func at(path, id string) string { return params.ReplaceAllString(path, id) }

// TestRoutesAndRoles walks every route with nobody, every role, and a supplier's
// place in mind: whoever may not come in is told so before anything is read.
func TestRoutesAndRoles(t *testing.T) {
	t.Parallel()
	env := apptest.New(t)
	clients := map[string]*apptest.Client{"o": env.As(access.Owner), "b": env.As(access.Buyer), "r": env.As(access.Reviewer), "a": env.As(access.Auditor),
		"e": env.As(access.Reader), "br": env.As("both")}
	for _, r := range env.Web.Routes() {
		row := r.Method + " " + r.Path
		who, ok := matrix[row]
		if !ok {
			t.Errorf("%s has no row in the matrix", row)
			continue
		}
		if r.Guard.Public() != (who == "public") || r.Guard.Link() != (who == "link") {
			t.Errorf("%s: guard and matrix (%s) differ", row, who)
			continue
		}
		if who == "public" || r.Path == "/sign-out" || r.Path == "/account/password" {
			continue // both would end the sessions of this test
		}
		path := at(r.Path, unknownID)
		if res := env.Browser().Do(r.Method, path, "", nil); res.Code != http.StatusUnauthorized && !toSignIn(res.Header().Get("Location")) {
			t.Errorf("%s without a session: %d", row, res.Code)
		}
		for letter, client := range clients {
			res := client.Do(r.Method, path, "application/x-www-form-urlencoded", strings.NewReader(""))
			switch {
			case who == "link":
				if res.Code != http.StatusUnauthorized {
					t.Errorf("%s as %s: %d, want 401: accounts do not open suppliers' sheets", row, letter, res.Code)
				}
			case strings.ContainsAny(who, letter):
				if res.Code == http.StatusForbidden || res.Code == http.StatusUnauthorized || res.Code >= 500 {
					t.Errorf("%s as %s: %d, want it let in", row, letter, res.Code)
				}
			case res.Code != http.StatusForbidden:
				t.Errorf("%s as %s: %d, want 403", row, letter, res.Code)
			}
		}
	}
	for row := range matrix {
		found := false
		for _, r := range env.Web.Routes() {
			found = found || r.Method+" "+r.Path == row
		}
		if !found {
			t.Errorf("the matrix has a row for %s, which is no route", row)
		}
	}
}

func toSignIn(location string) bool { return strings.HasPrefix(location, "/sign-in") }

// TestForeignEqualsUnknown: the records of another organisation answer exactly as
// ids that do not exist.
func TestForeignEqualsUnknown(t *testing.T) {
	t.Parallel()
	env := apptest.New(t)
	ctx := context.Background()
	stranger, other, err := env.Accounts.CreateOwner(ctx, org.NewOwner{Organization: "別会社株式会社", Name: "別 人", Email: "other@example.jp",
		Password: "別の会社の長いパスワードです", Lang: "ja"})
	if err != nil {
		t.Fatal(err)
	}
	v := access.Viewer{Kind: access.Member, Org: other.ID, User: stranger.ID, Name: stranger.Name, Roles: []access.Role{access.Owner}}
	foreign, err := env.Campaigns.Create(ctx, v, campaign.Campaign{Name: "別会社の調査", Purpose: "目的", Necessity: "理由",
		Contact: org.Contact{Department: "総務部", Phone: "000-0000-0000", Email: "other@example.jp"}, Questionnaire: env.Questionnaires[0],
		DueAt: calendar.EndOfDay(calendar.New(nil).Add(env.Now(), calendar.DefaultDays)), Audience: campaign.Audience{All: true}})
	if err != nil {
		t.Fatal(err)
	}
	invitation, err := env.Accounts.Invite(ctx, v, org.Invitation{Name: "招待 者", Email: "guest@example.jp", Roles: []access.Role{access.Buyer}})
	if err != nil {
		t.Fatal(err)
	}
	owner := env.As(access.Owner)
	for _, id := range []string{foreign.ID, invitation.ID, stranger.ID, other.ID, campaign.AssignmentID(foreign.ID, unknownID)} {
		for _, r := range env.Web.Routes() {
			if !strings.Contains(r.Path, ":") || r.Guard.Public() || r.Guard.Link() {
				continue
			}
			form := "application/x-www-form-urlencoded"
			a := owner.Do(r.Method, at(r.Path, url.PathEscape(id)), form, strings.NewReader(""))
			b := owner.Do(r.Method, at(r.Path, unknownID), form, strings.NewReader(""))
			if a.Code != b.Code || a.Body.String() != b.Body.String() {
				t.Errorf("%s %s: a foreign id answers %d, an unknown one %d", r.Method, r.Path, a.Code, b.Code)
			}
		}
	}
	for _, path := range []string{"/campaigns/" + foreign.ID, "/users/members/" + stranger.ID} {
		if res := owner.Get(path); res.Code != http.StatusNotFound {
			t.Errorf("GET %s: %d, want 404", path, res.Code)
		}
	}
}
