package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/demo"
	"tsunagi/internal/org"
	"tsunagi/internal/token"
)

// TestAStrangerKeepsNobodyOut guesses at an account until it takes no more guesses. Who
// signed in with this browser before still gets in, and so does who opens a reset link;
// the cookie of one account helps at no other, and none can be made up.
func TestAStrangerKeepsNobodyOut(t *testing.T) {
	t.Parallel()
	a := ask(t)
	known, other := a.As(access.Owner), a.As(access.Buyer)
	for _, c := range []*apptest.Client{known, other} {
		if res := c.Post("/sign-out", nil); res.Code != http.StatusSeeOther {
			t.Fatalf("sign out: %d", res.Code)
		}
	}
	signIn := func(c *apptest.Client, password string) int {
		return c.Post("/sign-in", url.Values{"email": {"owner@example.jp"}, "password": {password}}).Code
	}
	stranger := a.Browser()
	for range 12 {
		signIn(stranger, "wrong")
	}
	forged := a.Browser()
	forged.Header.Set("Cookie", "tsunagi-device="+org.NewDevice("owner@example.jp", "x")+".AAAAAAAAAAAAAAAAAAAAAAAA")
	for name, c := range map[string]*apptest.Client{"a stranger": stranger, "a browser of another account": other, "a forged cookie": forged} {
		if got := signIn(c, demo.Password); got != http.StatusTooManyRequests {
			t.Errorf("%s with the right password: %d, want 429", name, got)
		}
	}
	elsewhere := a.Browser()
	elsewhere.From = "198.51.100.7:1234"
	if got := signIn(elsewhere, demo.Password); got != http.StatusSeeOther {
		t.Errorf("a new browser in another network: %d, want that it gets in", got)
	}
	for network := range 12 { // strangers everywhere
		stranger.From = fmt.Sprintf("203.0.113.%d:1234", network)
		for range 9 {
			signIn(stranger, "wrong")
		}
	}
	late := a.Browser()
	late.From = "198.51.100.8:1234"
	if res := late.Post("/sign-in", url.Values{"email": {"owner@example.jp"}, "password": {demo.Password}}); res.Code != http.StatusTooManyRequests ||
		!strings.Contains(res.Body.String(), "リンクからなら、待たずに入れます") {
		t.Errorf("a new browser while strangers guess everywhere: %d, want that it is told of the other way", res.Code)
	}
	if got := signIn(known, demo.Password); got != http.StatusSeeOther {
		t.Errorf("a browser that signed in before: %d, want that it gets in", got)
	}
	fresh := a.Browser()
	if res := fresh.Post("/forgot", url.Values{"email": {"owner@example.jp"}}); res.Code != http.StatusOK {
		t.Fatalf("forgot: %d", res.Code)
	}
	var u org.User // and the link that was mailed to its owner
	if err := a.db.Collection("users").FindOne(t.Context(), bson.D{{Key: "email", Value: "owner@example.jp"}}).Decode(&u); err != nil {
		t.Fatal(err)
	}
	for range 6 { // strangers who ask for links make it worthless no more than they use it
		stranger.Post("/forgot", url.Values{"email": {"owner@example.jp"}})
	}
	if res := fresh.Post("/forgot", url.Values{"email": {"owner@example.jp"}}); res.Code != http.StatusTooManyRequests ||
		!strings.Contains(res.Body.String(), "すでにお送りしたメールのリンクが使えます") {
		t.Errorf("the sixth who asks: %d, want to be told that the mail of before is good", res.Code)
	}
	const next = "もう一つの、とても長いパスワード"
	if res := fresh.Post("/reset/"+a.Keys.Link(token.Reset, u.ID, u.ResetGeneration), url.Values{"password": {next}}); res.Code != http.StatusSeeOther {
		t.Fatalf("reset: %d", res.Code)
	}
	if got := signIn(fresh, next); got != http.StatusSeeOther {
		t.Errorf("after a reset: %d, want that it gets in", got)
	}
}

// TestNothingIsKeptOnTheWay: pages, JSON, redirects, refusals and files are no-store; our
// own files, whose address changes with their content, are kept for ever.
func TestNothingIsKeptOnTheWay(t *testing.T) {
	t.Parallel()
	a := ask(t)
	owner, supplier := a.As(access.Owner), a.start("C1:S1")
	static, ok := a.Browser().Page("/sign-in").Find("link[rel=stylesheet]").Attr("href")
	if !ok {
		t.Fatal("a page without a stylesheet")
	}
	for _, tt := range []struct {
		name   string
		header http.Header
		want   string
	}{
		{"a page", owner.Get("/users").Header(), "no-store"},
		{"a redirect to sign in", a.Browser().Get("/users").Header(), "no-store"},
		{"a redirect after a form", owner.Post("/account", url.Values{"name": {"所 有者"}, "lang": {"ja"}}).Header(), "no-store"},
		{"JSON", owner.JSON(http.MethodGet, "/campaigns/audience?who=all", "").Header(), "no-store"},
		{"JSON that refuses", supplier.JSON(http.MethodPost, s1+"/answers/nothing", "{}").Header(), "no-store"},
		{"a page that is not there", owner.Get("/nothing").Header(), "no-store"},
		{"a table", owner.Get("/suppliers/export").Header(), "no-store"},
		{"health", owner.Get("/healthz").Header(), "no-store"},
		{"our own file", owner.Get(static).Header(), "public, max-age=31536000, immutable"},
	} {
		if got := tt.header.Get("Cache-Control"); got != tt.want {
			t.Errorf("%s: Cache-Control %q, want %q", tt.name, got, tt.want)
		}
	}
}
