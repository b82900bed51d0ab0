package web_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/emersion/go-smtp"

	"tsunagi/internal/access"
	"tsunagi/internal/app"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/org"
	"tsunagi/internal/supplier"
	"tsunagi/internal/web"
)

// TestTheAdministratorsPage: it is for who has the mark, and for no owner of another
// organisation; it tells how everything is, and of no firm; its test mail goes to the own
// address alone, says what the mail server said, and is budgeted.
func TestTheAdministratorsPage(t *testing.T) {
	inbox, away := &inbox{}, atomic.Bool{}
	env := apptest.NewWith(t, func(cfg *app.Config) {
		cfg.MailServer, cfg.Version = inbox.start(t), "v9.9"
		cfg.Free = func() (int64, error) { return 5 << 30, nil }
		cfg.Trouble = func() error {
			if away.Load() {
				return errors.New("away")
			}
			return nil
		}
	})
	if _, err := env.Suppliers.Save(t.Context(), env.Owner, supplier.Supplier{Code: "G1", Name: "架空精工株式会社", Email: "g1@example.jp"}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := env.Accounts.CreateOwner(t.Context(), org.NewOwner{Organization: "別会社株式会社", Name: "別 人", Email: "other@example.jp",
		Password: "別の会社の長いパスワードです"}); err != nil {
		t.Fatal(err)
	}
	other := env.Browser()
	other.Post("/sign-in", url.Values{"email": {"other@example.jp"}, "password": {"別の会社の長いパスワードです"}})
	if res := other.Get("/users"); res.Code != http.StatusOK || strings.Contains(res.Body.String(), "/system") {
		t.Errorf("an owner of another organisation is offered the page, or is no owner: %d", res.Code)
	}
	for _, res := range []int{other.Get("/system").Code, other.Post("/system/mail", url.Values{}).Code} {
		if res != http.StatusForbidden {
			t.Errorf("an owner of another organisation: %d, want 403", res)
		}
	}

	owner := env.As(access.Owner)
	away.Store(true)
	reference := owner.Get("/suppliers").Header().Get("X-Request-Id")
	away.Store(false)
	page := owner.Page("/system").Find("main")
	for _, want := range []string{"v9.9", "6.0", "サポート終了", "5.0 GB", "127.0.0.1:", "owner@example.jp", reference, "/suppliers", "まだありません"} {
		if !strings.Contains(page.Text(), want) {
			t.Errorf("the page lacks %q:\n%s", want, page.Text())
		}
	}
	for _, firm := range []string{"架空精工", "g1@example.jp", "別会社", "サンプル電機", "other@example.jp"} {
		if strings.Contains(page.Text(), firm) {
			t.Errorf("the page tells of %s", firm)
		}
	}
	if text := owner.Page("/users").Find("tr:contains('owner@example.jp') .tag").Text(); !strings.Contains(text, "システム管理者") {
		t.Errorf("the list of users does not say who sees to the installation: %q", text)
	}

	press := func() string {
		t.Helper()
		form := owner.Page("/system").Find("form[action='/system/mail']")
		owner.Post("/system/mail", url.Values{"once": {form.Find("input[name=once]").AttrOr("value", "")}, "email": {"stranger@example.com"}})
		return owner.Page("/system").Find("main, .notice").Text()
	}
	if text := press(); inbox.taken() != 1 || inbox.to[0] != "owner@example.jp" || !strings.Contains(text, "確認メールを受け付けました") {
		t.Errorf("%d mails, to %v: %s", inbox.taken(), inbox.to, text)
	}
	inbox.set(&smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "policy says no"})
	if text := press(); inbox.taken() != 1 || !strings.Contains(text, "policy says no") {
		t.Errorf("a refusal: %s", text)
	}
	inbox.set(nil)
	for range 20 {
		owner.Post("/system/mail", url.Values{})
	}
	if n := inbox.taken(); n != 9 {
		t.Errorf("%d mails were sent, want the 9 of the budget that were not refused", n)
	}
	trail := owner.Page("/trail").Find("main").Text()
	if !strings.Contains(trail, "確認メールの送信") {
		t.Error("the trail does not have the test mail")
	}
}

// TestNoTestMailIsPromised where none can leave: the demo's button says so, and without a
// server there is no button.
func TestNoTestMailIsPromised(t *testing.T) {
	t.Parallel()
	for mode, tc := range map[web.Mode]struct {
		buttons   int
		says, own string
	}{
		web.Demo:       {1, "メールは外へ送らず", "確認メールは送信していません"},
		web.Production: {0, "送信待ちのまま残ります", "送信待ちのまま残ります"},
	} {
		owner := apptest.NewWith(t, func(cfg *app.Config) { cfg.Mode = mode }).As(access.Owner)
		page := owner.Page("/system")
		if n := page.Find("form[action='/system/mail']").Length(); n != tc.buttons {
			t.Errorf("%s: %d buttons, want %d", mode, n, tc.buttons)
		}
		if part := page.Find("main tr:contains('メール')").First().Text(); !strings.Contains(part, tc.says) {
			t.Errorf("%s: the part says %q", mode, part)
		}
		owner.Post("/system/mail", url.Values{})
		if text := owner.Page("/system").Find(".notice-error").Text(); !strings.Contains(text, tc.own) {
			t.Errorf("%s: pressed, the page says %q", mode, text)
		}
	}
}
