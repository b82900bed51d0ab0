package web_test

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"tsunagi/internal/access"
	"tsunagi/internal/app"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/mail"
	"tsunagi/internal/notify"
	"tsunagi/internal/web"
)

// inbox is a real SMTP server that counts what it takes, and says at RCPT what the
// test wants.
type inbox struct {
	mu     sync.Mutex
	to     []string
	refuse error
}

func (i *inbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &visit{inbox: i}, nil }
func (i *inbox) taken() int                                  { i.mu.Lock(); defer i.mu.Unlock(); return len(i.to) }
func (i *inbox) set(err error)                               { i.mu.Lock(); defer i.mu.Unlock(); i.refuse = err }
func (v *visit) Mail(string, *smtp.MailOptions) error        { return nil }
func (v *visit) Reset()                                      {}
func (v *visit) Logout() error                               { return nil }

type visit struct {
	inbox *inbox
	to    string
}

func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.inbox.mu.Lock()
	defer v.inbox.mu.Unlock()
	v.to = to
	return v.inbox.refuse
}

func (v *visit) Data(r io.Reader) error {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return err
	}
	v.inbox.mu.Lock()
	defer v.inbox.mu.Unlock()
	v.inbox.to = append(v.inbox.to, v.to)
	return nil
}

func (i *inbox) start(t *testing.T) *mail.Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(i)
	server.Domain = "mail.example.jp"
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return &mail.Server{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, TLS: mail.NoTLS}
}

// TestWithoutAServerNobodyIsToldThatMailWasSent: an installation without
// --smtp-url, then the same data with a server.
func TestWithoutAServerNobodyIsToldThatMailWasSent(t *testing.T) {
	t.Parallel()
	var cfg app.Config
	a := directoryIn(t, apptest.NewWith(t, func(c *app.Config) { c.Mode = web.Production; cfg = *c }), 10)
	base := a.created(nil)
	if got := a.buyer.Page(base + "/rehearsal").Find("main").Text(); !strings.Contains(got, "取引先には届きません") {
		t.Error("the rehearsal does not say that nothing would leave")
	}
	a.issued(10)
	post(t, a.Env)
	for _, path := range []string{"/", "/campaigns", "/suppliers", "/delivery", "/account", "/help"} {
		if got := a.buyer.Page(path).Find(".standstill").Text(); !strings.Contains(got, "メールは送信されません") {
			t.Errorf("%s has no banner: %q", path, got)
		}
	}
	counts := a.deliveryCounts()
	if counts[notify.Sent] != 0 || counts[notify.Queued] == 0 {
		t.Fatalf("without a server the ledger says %v, want nothing sent", counts)
	}
	in := &inbox{}
	cfg.MailServer = in.start(t)
	cfg.DatabaseName = a.DatabaseName
	served, err := app.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = served.Close(t.Context()) }()
	post(t, &apptest.Env{App: served, T: t})
	// The other mails of the ledger are invitations that were taken up meanwhile.
	if got := a.deliveryCounts(); in.taken() != 9 || got[notify.Sent] != 9 || got[notify.Queued] != 0 {
		t.Errorf("once a server was named it took %d, the ledger says %v; want the 9 requests sent", in.taken(), got)
	}
}

// TestWithoutAServerNothingIsPromisedSoon: what pages say after somebody has caused
// a mail is true also while none leaves.
func TestWithoutAServerNothingIsPromisedSoon(t *testing.T) {
	t.Parallel()
	a := directoryIn(t, apptest.NewWith(t, func(c *app.Config) { c.Mode = web.Production }), 10)
	a.issued(10)
	owner := a.As(access.Owner)
	owner.Post("/users/invite", url.Values{"name": {"例 二郎"}, "email": {"two@example.jp"}, "role": {"reviewer"}})
	forgot := apptest.Parse(t, a.Browser().Post("/forgot", url.Values{"email": {"buyer@example.jp"}}))
	said := map[string]string{
		"after an invitation": owner.Page("/users").Find("main").Text(),
		"after a reset":       forgot.Find("main").Text(),
		"the delivery ledger": a.buyer.Page("/delivery").Find("main").Text(),
	}
	for where, text := range said {
		for _, untrue := range []string{"送りました", "まもなく送信"} {
			if strings.Contains(text, untrue) {
				t.Errorf("%s: no mail leaves, and the page says %q", where, untrue)
			}
		}
	}
	for _, want := range []string{"two@example.jp への招待を送信待ちに入れました", "送信待ち", "送れるようになりしだい送信"} {
		if !strings.Contains(said["after an invitation"], want) {
			t.Errorf("after an invitation nothing says %q", want)
		}
	}
	if !strings.Contains(said["the delivery ledger"], "送れるようになりしだい送信") {
		t.Error("a mail that waits for a server does not say so")
	}
}

func (a *asking) deliveryCounts() map[notify.State]int {
	a.T.Helper()
	counts, err := a.DB.Outbox().DeliveryCounts(a.T.Context(), a.Owner, "")
	if err != nil {
		a.T.Fatal(err)
	}
	return counts
}

// TestTheBannerQuotesTheServer while sending stands still, and goes by itself.
func TestTheBannerQuotesTheServer(t *testing.T) {
	t.Parallel()
	in := &inbox{}
	clock := &struct {
		sync.Mutex
		ahead time.Duration
	}{}
	now := func() time.Time {
		clock.Lock()
		defer clock.Unlock()
		return app.Now().Add(clock.ahead)
	}
	a := directoryIn(t, apptest.NewWith(t, func(c *app.Config) {
		c.Mode, c.MailServer, c.Now = web.Production, in.start(t), now
	}), 10)
	in.set(&smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 4, 5}, Message: "Daily user sending quota exceeded for tsunagi@example.com"})
	base := a.issued(10)
	post(t, a.Env)
	for _, path := range []string{"/", "/delivery", base, "/campaigns"} {
		banner := a.buyer.Page(path).Find(".standstill")
		for _, want := range []string{"送信を止めています", "550 5.4.5 Daily user sending quota exceeded for …", "上限に達しました", "1通を送って確かめます", "失われません"} {
			if !strings.Contains(banner.Text(), want) {
				t.Errorf("the banner of %s lacks %q: %s", path, want, banner.Text())
			}
		}
	}
	if got := a.buyer.Page("/suppliers").Find(".standstill").Length(); got != 0 {
		t.Error("the pause is told on a page that has to do with no mail")
	}
	a.buyer.Header.Set("Accept-Language", "en")
	if got := a.buyer.Page("/?lang=en").Find(".standstill").Text(); !strings.Contains(got, "Sending is paused") || !strings.Contains(got, "550 5.4.5") {
		t.Errorf("the banner in English: %s", got)
	}
	in.set(nil)
	clock.Lock()
	clock.ahead = time.Minute
	clock.Unlock()
	post(t, a.Env)
	counts := a.deliveryCounts()
	if got := a.buyer.Page("/delivery").Find(".standstill").Length(); got != 0 || counts[notify.Failed] != 0 || counts[notify.Queued] != 0 {
		t.Errorf("once the quota was lifted: banner %d times, %v; want none, everything sent", got, counts)
	}
	for _, want := range []string{"sending pauses", "class=quota", "stage=rcpt", "code=550", "sending goes on"} {
		if !strings.Contains(fmt.Sprint(a.Log), want) {
			t.Errorf("the log lacks %q", want)
		}
	}
}
