package web_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/app"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/campaign"
	"tsunagi/internal/mail"
	"tsunagi/internal/mongod/mongodtest"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/notify"
	"tsunagi/internal/supplier"
	"tsunagi/internal/web"
)

// post sends what the outbox owes; without a mail server it lands in the mailbox.
func post(t *testing.T, env *apptest.Env) {
	t.Helper()
	for {
		n, err := env.Sender.Once(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func TestMailboxShowsMailsWhoseLinksWork(t *testing.T) {
	t.Parallel()
	env := apptest.New(t)
	owner := env.As(access.Owner)
	owner.Post("/users/invite", url.Values{"name": {"新 人"}, "email": {"new@example.jp"}, "role": {"buyer"}})
	owner.Post("/forgot", url.Values{"email": {"buyer@example.jp"}})
	post(t, env)
	guest := env.Browser()
	list := guest.Page("/mailbox")
	if n := list.Find("tbody tr").Length(); n < 2 {
		t.Fatalf("%d mails, want the invitation and the reset", n)
	}
	found := guest.Page("/mailbox?to=new%40example.jp")
	if n := found.Find("tbody tr").Length(); n != 1 {
		t.Fatalf("%d mails to new@example.jp, want 1", n)
	}
	href := found.Find("tbody a").AttrOr("href", "")
	page := guest.Page(href)
	if got := page.Find("h1").Text(); !strings.Contains(got, "サンプル電機株式会社") {
		t.Errorf("the mail's subject is %q", got)
	}
	link := page.Find(".mail-link").AttrOr("href", "")
	if !strings.HasPrefix(link, apptest.Base+"/invite/") {
		t.Fatalf("the mail's link is %q", link)
	}
	if got := guest.Get(strings.TrimPrefix(link, apptest.Base)).Code; got != http.StatusOK {
		t.Errorf("the link answers %d, want the invitation", got)
	}
	if !strings.Contains(page.Find(".mail-text").Text(), link) {
		t.Error("the plain text lacks the link")
	}
	frame := guest.Get(page.Find("iframe").AttrOr("src", ""))
	policy := frame.Header().Get("Content-Security-Policy")
	if frame.Code != http.StatusOK || !strings.Contains(policy, "sandbox") || strings.Contains(policy, "allow-scripts") || strings.Contains(policy, "allow-same-origin") {
		t.Errorf("the frame: %d, policy %q; want it boxed in", frame.Code, policy)
	}
	if got := apptest.Parse(t, frame).Find(`a[target="_top"]`).First().AttrOr("href", ""); got != link {
		t.Errorf("the frame's link is %q, want %q", got, link)
	}
	if a, b := guest.Get("/mailbox/no-such"), guest.Get("/mailbox/no-such/html"); a.Code != http.StatusNotFound || b.Code != http.StatusNotFound {
		t.Errorf("unknown mail: %d, %d, want 404", a.Code, b.Code)
	}
	for _, query := range []string{"to", "q"} {
		if got := env.Browser().Page("/mailbox?" + query + "=nobody").Find(".empty").Length(); got != 1 {
			t.Errorf("%s: an empty mailbox does not say so", query)
		}
	}
}

// TestMailboxIsGoneWhereMailLeaves is the promise that links sent by mail are
// never shown to whoever finds the page.
func TestMailboxIsGoneWhereMailLeaves(t *testing.T) {
	t.Parallel()
	base, _ := url.Parse("https://tsunagi.example.jp")
	for name, change := range map[string]func(*app.Config){
		"mail leaves by SMTP": func(c *app.Config) {
			c.Mode, c.MailServer = web.Demo, &mail.Server{Host: "mail.example.jp", Port: 587, TLS: mail.StartTLS}
		},
		"production":                      func(c *app.Config) { c.Mode = web.Production },
		"development, seen from far away": func(c *app.Config) { c.Mode = web.Development },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := app.Config{DatabaseURI: mongodtest.URI(t), DatabaseName: "w" + app.NewID(), Base: base, ServerKey: make([]byte, 32), TrailKeys: dbtest.Keys,
				MailFrom: "tsunagi@example.com", Now: app.Now, Log: quietLog()}
			change(&cfg)
			a, err := app.New(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = a.DB.Drop(t.Context()); _ = a.Close(t.Context()) }()
			for _, path := range []string{"/mailbox", "/mailbox/x", "/mailbox/x/html"} {
				if got := get(a, base.Host, path); got != http.StatusNotFound {
					t.Errorf("%s answers %d, want 404", path, got)
				}
			}
		})
	}
}

func TestDeliveryLedgerAndResend(t *testing.T) {
	t.Parallel()
	env := apptest.New(t)
	buyer := env.As(access.Buyer)
	if got := buyer.Page("/delivery?state=failed").Find(".empty").Length(); got != 1 {
		t.Error("nothing failed, and the page does not say so")
	}
	m := failedRequest(t, env)
	row := buyer.Page("/delivery").Find("tbody tr").FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.Contains(s.Text(), "wrong@example.jp") })
	for _, want := range []string{"青葉精密", "不達", "宛先のアドレスがありません", "550 5.1.1 no such user", "2026年度 情報セキュリティ調査"} {
		if !strings.Contains(row.Text(), want) {
			t.Errorf("the ledger's row lacks %q: %s", want, row.Text())
		}
	}
	if got := buyer.Page("/delivery?state=failed&campaign=" + m.Campaign).Find("tbody tr").Length(); got != 1 {
		t.Errorf("%d failed mails of the campaign, want 1", got)
	}
	path := "/delivery/" + m.ID
	bad := buyer.Post(path+"/resend", url.Values{"email": {"まちがい"}})
	page := apptest.Parse(t, bad)
	if bad.Code != http.StatusUnprocessableEntity || page.Find("#email-error").Length() != 1 || page.Find("#email").AttrOr("value", "") != "まちがい" {
		t.Errorf("a wrong address: %d, told %d times, kept as %q", bad.Code, page.Find("#email-error").Length(), page.Find("#email").AttrOr("value", ""))
	}
	if res := buyer.Post(path+"/resend", url.Values{"email": {"right@example.jp"}}); res.Code != http.StatusSeeOther {
		t.Fatalf("resend: %d %s", res.Code, res.Body)
	}
	if res := buyer.Post(path+"/resend", url.Values{"email": {"right@example.jp"}}); res.Code != http.StatusConflict {
		t.Errorf("resend twice: %d, want 409", res.Code)
	}
	if got := buyer.Page(path).Find("form[action$=resend]").Length(); got != 0 {
		t.Error("the page still offers to send it again")
	}
	post(t, env)
	mails := env.Browser().Page("/mailbox?to=right%40example.jp")
	if got := mails.Find("tbody tr").Length(); got != 1 {
		t.Fatalf("%d mails to the corrected address, want 1", got)
	}
	if got := env.As(access.Owner).Page("/trail").Find("tbody").Text(); !strings.Contains(got, "宛先を直して送り直し") || !strings.Contains(got, "メールが不達") {
		t.Error("the trail does not tell of the failure and the correction")
	}
	for _, role := range []access.Role{access.Reviewer, access.Auditor} {
		c := env.As(role)
		if a, b := c.Get(path).Code, c.Post(path+"/resend", url.Values{"email": {"x@example.jp"}}).Code; a != http.StatusForbidden || b != http.StatusForbidden {
			t.Errorf("%s: %d, %d, want 403", role, a, b)
		}
	}
	if got := buyer.Get("/delivery/no-such").Code; got != http.StatusNotFound {
		t.Errorf("unknown message: %d, want 404", got)
	}
}

func TestLedgerIsReadableInEnglish(t *testing.T) {
	t.Parallel()
	env := apptest.New(t)
	failedRequest(t, env)
	buyer := env.As(access.Buyer)
	if got := buyer.Page("/delivery?lang=en").Find("h1").Text(); got != "Delivery" {
		t.Errorf("h1 = %q", got)
	}
	if got := env.Browser().Page("/mailbox?lang=en").Find("h1").Text(); got != "Mail that was sent" {
		t.Errorf("h1 = %q", got)
	}
}

// failedRequest puts a request into the installation that the mail server refused.
func failedRequest(t *testing.T, env *apptest.Env) notify.Message {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(env.DatabaseURI))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Disconnect(context.WithoutCancel(t.Context())) }()
	db := client.Database(env.DatabaseName)
	now := app.Now()
	c := campaign.Campaign{ID: "c1", Org: orgOf(t, env), Name: "2026年度 情報セキュリティ調査", Purpose: "確認のため", Necessity: "図面をお預けしているため",
		State: campaign.Open, DueAt: now.AddDate(0, 0, 20), ClosesAt: now.AddDate(0, 0, 30)}
	a, m := campaign.Assign(c, supplier.Supplier{ID: "s1", Org: c.Org, Code: "A1", Name: "株式会社青葉精密", Email: "wrong@example.jp", Lang: "ja"}, now)
	for name, doc := range map[string]any{"campaigns": c, "assignments": a, "outbox": m[0]} {
		if _, err := db.Collection(name).InsertOne(t.Context(), doc); err != nil {
			t.Fatal(err)
		}
	}
	outbox := env.DB.Outbox()
	claimed, err := outbox.Claim(t.Context(), 100, now, now.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range claimed {
		if got.ID == m[0].ID {
			err = outbox.Settle(t.Context(), []notify.Outcome{{Message: got, State: notify.Failed, Attempts: 1, Reply: "550 5.1.1 no such user", At: now}})
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return m[0]
}

func quietLog() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// get asks from far away: the test's address is not this machine's.
func get(h http.Handler, host, path string) int {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Host = host
	h.ServeHTTP(w, r)
	return w.Code
}

// TestEveryAnswerOfAMailServerHasWords: in both languages, as every cause why sending
// stands still.
func TestEveryAnswerOfAMailServerHasWords(t *testing.T) {
	t.Parallel()
	env := apptest.New(t)
	keys := []string{}
	for _, told := range notify.ToldAll() {
		keys = append(keys, "delivery.told."+string(told))
	}
	for _, cause := range []notify.Cause{notify.CauseConnect, notify.CauseSignIn, notify.CauseSender, notify.CauseQuota, notify.CauseBusy,
		notify.CauseSilent, notify.CauseRefused} {
		keys = append(keys, "sending.cause."+string(cause), "sending.do."+string(cause))
	}
	said := map[string]string{}
	for _, key := range keys {
		for _, lang := range []string{"ja", "en"} {
			words := env.Catalog.For(lang).T(key)
			if !env.Catalog.Has(key) || words == "" || words == key || said[words] != "" {
				t.Errorf("%s in %s says %q, as %s does", key, lang, words, said[words])
			}
			said[words] = key
		}
	}
}
