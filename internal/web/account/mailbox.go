package account

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/web"
)

// mailboxPages show what would have been sent. They are open: suppliers have no
// account, and read their mail here in the demo.
type mailboxPages struct {
	*web.Frame
	mailbox mailboxReader
	mails   mails
}

// routes gives no route where mail leaves by SMTP, or in production.
func (s mailboxPages) routes() []web.Route {
	if !s.MailboxOn() {
		return nil
	}
	return []web.Route{
		web.Get("/mailbox", web.Open(), s.showMailbox),
		web.Get("/mailbox/:id", web.Open(), s.showMail),
		web.Get("/mailbox/:id/html", web.Open(), s.showMailHTML),
	}
}

// mailboxReader reads every message, whoever's it is. The mailbox exists only
// where no mail leaves.
type mailboxReader interface {
	Mailbox(ctx context.Context, f notify.Filter) ([]notify.Message, bool, error)
	MailboxMessage(ctx context.Context, id string) (notify.Message, error)
}

// mails puts messages into words.
type mails interface {
	Read(ctx context.Context, m notify.Message) (notify.Mail, error)
	Subjects(ctx context.Context, messages []notify.Message) ([]string, error)
}

// requireNearby lets the demo's visitors in, and in development only requests from the
// machine itself: the mails hold links that sign people in. NotFound for others.
func (s mailboxPages) requireNearby(c *gin.Context) error {
	if ip := net.ParseIP(c.ClientIP()); s.Mode == web.Demo || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fault.New(fault.NotFound, "fault.not-found")
}

// mailRow is one mail of the list; Subject is empty when a record it was about
// is gone.
type mailRow struct {
	notify.Message
	Subject string
}

type mailboxPage struct {
	Rows  []mailRow
	To    string
	Page  int
	More  bool
	Query string
}

func (s mailboxPages) showMailbox(c *gin.Context) error {
	if err := s.requireNearby(c); err != nil {
		return err
	}
	data := mailboxPage{To: strings.TrimSpace(cmp.Or(c.Query("to"), c.Query("q"))), Page: web.PageNumber(c), Query: c.Request.URL.RawQuery}
	if runes := []rune(data.To); len(runes) > web.MaxSought {
		data.To = string(runes[:web.MaxSought])
	}
	messages, more, err := s.mailbox.Mailbox(c.Request.Context(), notify.Filter{Recipient: data.To, Page: data.Page, Size: web.PageSize})
	if err != nil {
		return err
	}
	subjects, err := s.mails.Subjects(c.Request.Context(), messages)
	if err != nil {
		return err
	}
	for i, m := range messages {
		data.Rows = append(data.Rows, mailRow{m, subjects[i]})
	}
	data.More = more
	return s.RenderPlain(c, "mailbox/list", data)
}

type mailPage struct {
	notify.Message
	Mail notify.Mail
}

func (s mailboxPages) readMail(c *gin.Context) (mailPage, error) {
	if err := s.requireNearby(c); err != nil {
		return mailPage{}, err
	}
	m, err := s.mailbox.MailboxMessage(c.Request.Context(), c.Param("id"))
	if err != nil {
		return mailPage{}, err
	}
	mail, err := s.mails.Read(c.Request.Context(), m)
	return mailPage{m, mail}, err
}

func (s mailboxPages) showMail(c *gin.Context) error {
	data, err := s.readMail(c)
	if err != nil {
		return err
	}
	return s.RenderPlain(c, "mailbox/show", data)
}

// mailPolicy lets a mail show its own style and nothing else; what it links to
// opens in place of the whole page.
const mailPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; " +
	"sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"

// showMailHTML serves the HTML of a mail for the frame on its page, as a mail
// program would show it.
func (s mailboxPages) showMailHTML(c *gin.Context) error {
	data, err := s.readMail(c)
	if err != nil {
		return err
	}
	c.Header("Content-Security-Policy", mailPolicy)
	// Links of a mail open a new window in mail programs; here the whole page.
	html := strings.ReplaceAll(data.Mail.HTML, "<a href=", `<a target="_top" href=`)
	c.Data(http.StatusOK, "text/html; charset=utf-8", []byte(html))
	return nil
}
