package web_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"tsunagi/internal/access"
	"tsunagi/internal/app"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/demo"
	"tsunagi/internal/mail"
)

// TestWhatARequestLogs: each request has an id, which the caller is told, and which is the
// reference number on the page of an error; the log has where it came from, through a
// trusted proxy too, and by whose session. Nothing of it is a secret: no password, no
// cookie, no token of a link, no address of anybody.
func TestWhatARequestLogs(t *testing.T) {
	t.Parallel()
	const token, smtp = "a-token-of-some-length", "the password of the mail server"
	var log bytes.Buffer
	var away atomic.Bool
	env := apptest.NewWith(t, func(cfg *app.Config) {
		cfg.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		cfg.TrustedProxies, cfg.MetricsToken = []string{"192.0.2.1"}, token
		cfg.MailServer = &mail.Server{Host: "127.0.0.1", Port: 1, User: "survey", Password: smtp, TLS: mail.StartTLS}
		cfg.Trouble = func() error {
			if away.Load() {
				return errAway
			}
			return nil
		}
	})
	owner := env.As(access.Owner)
	owner.From = "192.0.2.1:5" // the proxy
	owner.Header.Set("X-Forwarded-For", "203.0.113.77")
	res := owner.Get("/suppliers?q=" + url.QueryEscape("架空精工"))
	id := res.Header().Get("X-Request-Id")
	line := regexp.MustCompile(`level=DEBUG msg=request request=` + id + ` method=GET route=/suppliers client=203.0.113.77 user=` + env.Owner.User + ` status=200`)
	if id == "" || !line.MatchString(log.String()) {
		t.Errorf("request %q is not logged:\n%s", id, &log)
	}
	stranger := env.Browser()
	stranger.Header.Set("Authorization", "Bearer "+token)
	stranger.Get("/metrics")
	stranger.Post("/sign-in", url.Values{"email": {"owner@example.jp"}, "password": {"a wrong pass phrase"}})
	stranger.Post("/forgot", url.Values{"email": {"owner@example.jp"}})
	stranger.Get("/r/01ARZ3NDEKTSV4RRFFQ69G5FAV-some-token-of-a-link")
	if _, err := env.Sender.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	away.Store(true)
	res = owner.Get("/suppliers")
	id = res.Header().Get("X-Request-Id")
	if page := apptest.Parse(t, res).Find("main").Text(); res.Code != http.StatusServiceUnavailable || !strings.Contains(page, id) {
		t.Errorf("%d, the page does not give %s as its reference number", res.Code, id)
	}
	if !regexp.MustCompile(`level=ERROR msg="request failed" request=` + id + ` method=GET route=/suppliers client=203.0.113.77`).MatchString(log.String()) {
		t.Errorf("the error is not logged under %s:\n%s", id, &log)
	}
	secrets := []string{token, smtp, demo.Password, "a wrong pass phrase", "some-token-of-a-link", "owner@example.jp", "架空精工", url.QueryEscape("架空精工")}
	for _, value := range owner.Cookies() {
		secrets = append(secrets, value)
	}
	for _, secret := range secrets {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log has %q:\n%s", secret, &log)
		}
	}
}

var errAway = errors.New("the database process ended")

// TestAPanicIsOneError: whoever called has a page with the number under which the log, and
// the administrator's page, have it once, with the place.
func TestAPanicIsOneError(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	env := apptest.NewWith(t, func(cfg *app.Config) {
		cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
		cfg.Free = func() (int64, error) { panic("a fault of ours") } // asked before what takes room
	})
	res := env.As(access.Owner).Post("/suppliers/import", nil)
	page, id := apptest.Parse(t, res).Find("main").Text(), res.Header().Get("X-Request-Id")
	if res.Code != http.StatusInternalServerError || !strings.Contains(page, id) || strings.Contains(page, "a fault of ours") {
		t.Errorf("%d %s", res.Code, page)
	}
	if last := env.Errors.Last(); len(last) != 1 || last[0].Reference != id {
		t.Errorf("the administrator is shown %+v", last)
	}
	if said := log.String(); strings.Count(said, "a fault of ours") != 1 || !strings.Contains(said, "logged_test.go") {
		t.Errorf("the log says\n%s", said)
	}
}
