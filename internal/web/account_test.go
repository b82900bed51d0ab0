package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/demo"
	"tsunagi/internal/mongod/mongodtest"
	"tsunagi/internal/picture/sandbox"
	"tsunagi/internal/token"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	mongodtest.Run(m)
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	env := apptest.New(t)
	c := env.Browser()
	if got := c.Get("/users"); got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/sign-in?next=%2Fusers" {
		t.Fatalf("a stranger at /users: %d %s, want the sign-in page", got.Code, got.Header().Get("Location"))
	}
	res := c.Post("/sign-in", url.Values{"email": {"owner@example.jp"}, "password": {"wrong"}, "next": {"/users"}})
	page := apptest.Parse(t, res)
	if res.Code != http.StatusUnprocessableEntity || page.Find("#email").AttrOr("value", "") != "owner@example.jp" {
		t.Errorf("wrong password: %d, address kept %q", res.Code, page.Find("#email").AttrOr("value", ""))
	}
	if !strings.HasPrefix(page.Find("title").Text(), "エラー: ") || page.Find(".summary[data-focus]").Length() != 1 {
		t.Error("a problem is not told in the title and the summary")
	}
	unknown := c.Post("/sign-in", url.Values{"email": {"nobody@example.jp"}, "password": {"wrong"}})
	if a, b := apptest.Parse(t, unknown).Find(".summary").Text(), page.Find(".summary").Text(); a != b {
		t.Errorf("the answer tells who has an account: %q / %q", a, b)
	}
	res = c.Post("/sign-in", url.Values{"email": {" Owner@Example.JP "}, "password": {demo.Password}, "next": {"/users"}})
	if res.Code != http.StatusSeeOther || res.Header().Get("Location") != "/users" {
		t.Fatalf("sign in: %d %s", res.Code, res.Header().Get("Location"))
	}
	if got := c.Page("/users").Find("tbody tr").Length(); got != 6 {
		t.Errorf("%d users listed, want 6", got)
	}
	c.Post("/sign-out", nil)
	if got := c.Get("/users"); got.Code != http.StatusSeeOther {
		t.Errorf("signed out, and /users answers %d", got.Code)
	}
}

func TestSignInNeverLeavesTheSite(t *testing.T) {
	t.Parallel()
	env := apptest.New(t)
	for _, next := range []string{"https://evil.example.com/", "//evil.example.com", "/\\evil.example.com",
		"/\t/evil.example.com", "/\n/evil.example.com", "/\x00/evil.example.com", "javascript:alert(1)"} {
		res := env.Browser().Post("/sign-in", url.Values{"email": {"owner@example.jp"}, "password": {demo.Password}, "next": {next}})
		if got := res.Header().Get("Location"); got != "/" {
			t.Errorf("next=%s leads to %s", next, got)
		}
	}
}

func TestTooManySignIns(t *testing.T) {
	t.Parallel()
	env := apptest.New(t)
	c := env.Browser()
	for range 10 {
		c.Post("/sign-in", url.Values{"email": {"owner@example.jp"}, "password": {"wrong"}})
	}
	res := c.Post("/sign-in", url.Values{"email": {"owner@example.jp"}, "password": {demo.Password}})
	if res.Code != http.StatusTooManyRequests {
		t.Errorf("the right password after ten wrong ones: %d, want 429", res.Code)
	}
}

func TestCrossSiteRequestsAreRefused(t *testing.T) {
	t.Parallel()
	env := apptest.New(t)
	c := env.As(access.Owner)
	for _, header := range []http.Header{{"Sec-Fetch-Site": {"cross-site"}}, {"Origin": {"https://evil.example.com"}, "Sec-Fetch-Site": {"cross-site"}}} {
		c.Header = header
		if res := c.Post("/account", url.Values{"name": {"x"}, "lang": {"ja"}}); res.Code != http.StatusForbidden {
			t.Errorf("%v: %d, want 403", header, res.Code)
		}
	}
}

func TestInvitation(t *testing.T) {
	t.Parallel()
	env := apptest.New(t)
	owner := env.As(access.Owner)
	form := url.Values{"name": {"新 人"}, "email": {"new@example.jp"}, "role": {"auditor"}}
	page := apptest.Parse(t, owner.Post("/users/invite", form))
	if page.Find("#until-error").Length() != 1 || page.Find("#name").AttrOr("value", "") != "新 人" {
		t.Error("an auditor without an end date is not asked for one, or what was typed is lost")
	}
	form.Set("until", "令和9年3月31日")
	if res := owner.Post("/users/invite", form); res.Code != http.StatusSeeOther {
		t.Fatalf("invite: %d %s", res.Code, res.Body)
	}
	v := access.Viewer{Kind: access.Member, Org: orgOf(t, env), User: "x", Roles: []access.Role{access.Owner}}
	invitations, err := env.Accounts.Invitations(context.Background(), v)
	if err != nil {
		t.Fatal(err)
	}
	i := invitations[0]
	link := "/invite/" + env.Keys.Link(token.Invite, i.ID, i.Generation)
	if got := env.Browser().Get("/invite/" + env.Keys.Link(token.Reset, i.ID, i.Generation)); got.Code != http.StatusGone {
		t.Errorf("a link of another purpose: %d, want 410", got.Code)
	}
	guest := env.Browser()
	if got := guest.Page(link).Find("h1").Text(); !strings.Contains(got, "サンプル電機") {
		t.Errorf("invitation page is headed %q", got)
	}
	short := apptest.Parse(t, guest.Post(link, url.Values{"name": {"新 人"}, "password": {"short"}}))
	if short.Find("#password-error").Length() != 1 {
		t.Error("a short password is taken")
	}
	if res := guest.Post(link, url.Values{"name": {"新 人"}, "password": {"長い文のパスワードです2026"}}); res.Code != http.StatusSeeOther {
		t.Fatalf("accept: %d %s", res.Code, res.Body)
	}
	if got := guest.Page("/trail").Find("tbody tr").Length(); got == 0 {
		t.Error("the auditor sees no trail")
	}
	if got := guest.Get("/users").Code; got != http.StatusForbidden {
		t.Errorf("the auditor at /users: %d, want 403", got)
	}
	if got := env.Browser().Get(link).Code; got != http.StatusGone {
		t.Errorf("a used invitation: %d, want 410", got)
	}
}

func orgOf(t *testing.T, env *apptest.Env) string {
	t.Helper()
	c := env.Browser()
	res := c.Post("/sign-in", url.Values{"email": {"owner@example.jp"}, "password": {demo.Password}})
	account, err := env.Accounts.Authenticate(context.Background(), res.Result().Cookies()[0].Value)
	if err != nil {
		t.Fatal(err)
	}
	return account.Organization.ID
}

func TestRemovedMemberIsOutAtOnce(t *testing.T) {
	t.Parallel()
	env := apptest.New(t)
	owner, buyer := env.As(access.Owner), env.As(access.Buyer)
	href, _ := owner.Page("/users").Find("tr:contains('buyer@example.jp') a").Attr("href")
	if res := owner.Post(href+"/remove", nil); res.Code != http.StatusSeeOther {
		t.Fatalf("remove: %d", res.Code)
	}
	if got := buyer.Get("/account").Code; got != http.StatusSeeOther {
		t.Errorf("removed, and /account still answers %d", got)
	}
	last, _ := owner.Page("/users").Find("tr:contains('owner@example.jp') a").Attr("href")
	owner.Post(last+"/remove", nil)
	if got := owner.Page("/users").Find(".notice-error").Length(); got != 1 {
		t.Error("the last owner was removed, or nobody says why not")
	}
}

func TestEnglishIsComplete(t *testing.T) {
	t.Parallel()
	env := apptest.New(t)
	c := env.As(access.Owner)
	for _, path := range []string{"/users", "/users/invite", "/settings", "/account", "/trail"} {
		page := c.Page(path + "?lang=en")
		if got := page.Find("html").AttrOr("lang", ""); got != "en" {
			t.Errorf("%s?lang=en is in %q", path, got)
		}
	}
}
