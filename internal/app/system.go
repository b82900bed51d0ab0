package app

import (
	"context"
	"net"
	"strconv"

	"tsunagi/internal/mail"
	"tsunagi/internal/watch"
)

// System is what whoever sees to the installation is shown of it. What the database does
// not tell is left out: the page is needed most when something is wrong.
func (a *App) System(ctx context.Context) watch.System {
	g := a.Gauges(ctx)
	s := watch.System{At: a.Now(), Health: a.Health(ctx), Data: a.DB.Shapes().Newest(), Free: g.Free, Mailbox: a.mailbox(),
		Figures: g.Figures, Counted: g.Counted, Errors: a.Errors.Last()}
	if a.MailServer != nil {
		s.MailServer = net.JoinHostPort(a.MailServer.Host, strconv.Itoa(a.MailServer.Port))
	}
	if !g.Up {
		return s
	}
	if version, outdated, err := a.DB.ServerVersion(ctx); err == nil {
		s.MongoDB, s.Ended = version, outdated != ""
	}
	if size, err := a.DB.Size(ctx); err == nil {
		s.Size, s.SizeKnown = size, true
	}
	return s
}

// TestMail sends a test mail, and tells what the mail server says where it refuses it.
func (a *App) TestMail(ctx context.Context, to string) error {
	return a.TestMailBy(ctx, *a.MailServer, a.MailFrom, to)
}

// TestMailBy is TestMail through a server that is tried before it is set.
func (a *App) TestMailBy(ctx context.Context, server mail.Server, from, to string) error {
	ja, en, host := a.Catalog.For("ja"), a.Catalog.For("en"), a.Base.Host
	return server.SendTest(ctx, from, to, "check."+NewID(),
		ja.T("mail.test.subject", "Host", host)+" / "+en.T("mail.test.subject", "Host", host),
		ja.T("mail.test.text", "Host", host)+"\n\n"+en.T("mail.test.text", "Host", host)+"\n", a.Now())
}
