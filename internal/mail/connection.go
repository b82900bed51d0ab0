package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"regexp"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"tsunagi/internal/mail/reply"
)

// timeout bounds each exchange with the mail server, unless that says otherwise.
const timeout = 30 * time.Second

// patience is how long an exchange with the server may take.
func (s Server) patience() time.Duration { return cmp.Or(s.Patience, timeout) }

// connection is an open connection to the mail server, used for several mails.
type connection struct {
	client *gomail.Client
	smtp   *smtp.Client
	within time.Duration // each exchange
	keep   func() bool   // ends the watch that breaks it off
}

// unreached says that there is no connection, with what the server said if it
// said anything.
type unreached struct {
	reply.Reply
	err error
}

func (u *unreached) Error() string { return u.err.Error() }
func (u *unreached) Unwrap() error { return u.err }

// signingIn finds the library's errors of authentication, which it does not mark.
var signingIn = regexp.MustCompile(`(?i)\bauth`)

// errBrokenOff says that we ended an exchange ourselves, and it tells nothing of the server.
var errBrokenOff = errors.New("broken off, because this process stops")

// dial connects, secures the connection and signs in. Its errors are unreached. When the
// context ends the connection breaks off, whatever it waits for.
func dial(ctx context.Context, s Server) (*connection, *unreached) {
	type dialled struct {
		conn *connection
		err  *unreached
	}
	done := make(chan dialled, 1)
	go func() { // the library waits for a greeting whatever the context says
		conn, err := connect(ctx, s)
		done <- dialled{conn, err}
	}()
	select {
	case d := <-done:
		if d.conn != nil {
			d.conn.keep = context.AfterFunc(ctx, d.conn.breakOff)
		}
		return d.conn, d.err
	case <-ctx.Done():
		return nil, &unreached{reply.Read(reply.AtConnect, errBrokenOff), errBrokenOff}
	}
}

// breakOff ends the connection at once, also while it waits for an answer.
func (c *connection) breakOff() { _ = c.smtp.Text.Close() }

func connect(ctx context.Context, s Server) (*connection, *unreached) {
	options := []gomail.Option{gomail.WithPort(s.Port), gomail.WithTimeout(s.patience()), gomail.WithoutSMTPUTF8()}
	if s.Helo != "" {
		options = append(options, gomail.WithHELO(s.Helo))
	}
	config := s.Trust
	if config == nil {
		config = &tls.Config{}
	}
	config = config.Clone()
	config.ServerName, config.MinVersion = s.Host, tls.VersionTLS12
	options = append(options, gomail.WithTLSConfig(config))
	switch s.TLS {
	case DirectTLS:
		options = append(options, gomail.WithSSL())
	case NoTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.User != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.User), gomail.WithPassword(s.Password))
	}
	client, err := gomail.NewClient(s.Host, options...)
	if err != nil {
		return nil, &unreached{reply.Read(reply.AtConnect, err), fmt.Errorf("prepare the connection to the mail server: %w", err)}
	}
	c, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		at := reply.AtConnect
		if s.User != "" && signingIn.MatchString(err.Error()) {
			at = reply.AtSignIn
		}
		return nil, &unreached{reply.Read(at, err), fmt.Errorf("connect to the mail server %s: %w", s, err)}
	}
	return &connection{client: client, smtp: c, within: s.patience()}, nil
}

func (c *connection) close() error {
	c.keep()
	return c.client.CloseWithSMTPClient(c.smtp)
}

// send hands one mail over. ok is false when the server did not take it, and the
// reply tells why.
func (c *connection) send(msg *gomail.Msg, from, to string) (r reply.Reply, ok bool) {
	if r, ok := c.offer(from, to); !ok {
		return r, false
	}
	w, err := c.smtp.Data()
	if err != nil {
		return c.reset(reply.Read(reply.AtData, err)), false
	}
	if _, err := msg.WriteTo(w); err != nil {
		return reply.Read(reply.AtContent, err), false
	}
	if err := c.smtp.UpdateDeadline(c.within); err != nil { // it may look into the mail first
		return reply.Read(reply.AtContent, err), false
	}
	if err := w.Close(); err != nil {
		return reply.Read(reply.AtContent, err), false
	}
	return reply.Reply{}, true
}

// offer names sender and recipient, and goes no further.
func (c *connection) offer(from, to string) (r reply.Reply, ok bool) {
	if err := c.smtp.UpdateDeadline(c.within); err != nil {
		return reply.Read(reply.AtMail, err), false
	}
	if err := c.smtp.Mail("<" + from + ">"); err != nil {
		return reply.Read(reply.AtMail, err), false
	}
	if err := c.smtp.Rcpt("<" + to + ">"); err != nil {
		return c.reset(reply.Read(reply.AtRcpt, err)), false
	}
	return reply.Reply{}, true
}

// reset ends a mail that was begun and refused, so that the connection serves the
// next one.
func (c *connection) reset(r reply.Reply) reply.Reply {
	if r.Code >= 400 && r.Code != 421 {
		_ = c.smtp.Reset() // when it fails, the next command shows it
	}
	return r
}
