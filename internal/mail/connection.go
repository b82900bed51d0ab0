package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// timeout bounds each exchange with the mail server.
const timeout = 30 * time.Second

// connection is an open connection to the mail server, used for several mails.
type connection struct {
	client *gomail.Client
	smtp   *smtp.Client
}

// dial connects, secures the connection and signs in.
func dial(ctx context.Context, s Server) (*connection, error) {
	options := []gomail.Option{gomail.WithPort(s.Port), gomail.WithTimeout(timeout), gomail.WithoutSMTPUTF8()}
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
		return nil, fmt.Errorf("prepare the connection to the mail server: %w", err)
	}
	c, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to the mail server %s: %w", s, err)
	}
	return &connection{client: client, smtp: c}, nil
}

// Check connects to the server as the sender would, and leaves again.
func (s Server) Check(ctx context.Context) error {
	c, err := dial(ctx, s)
	if err != nil {
		return err
	}
	return c.close()
}

func (c *connection) close() error { return c.client.CloseWithSMTPClient(c.smtp) }

// verdict is what the server said of one mail.
type verdict int

const (
	delivered verdict = iota
	refused           // 5xx: this mail will never be taken
	later             // 4xx: it may be taken later
	broken            // the connection failed in the middle: nobody knows
	stale             // the connection had ended before: nothing was sent
	unwelcome         // the server refuses us as the sender, so every mail
)

// send hands one mail over and tells what came of it, in the server's words.
func (c *connection) send(msg *gomail.Msg) (verdict, string) {
	err := c.client.SendWithSMTPClient(c.smtp, msg)
	if err == nil || msg.IsDelivered() {
		return delivered, ""
	}
	var failed *gomail.SendError
	if !errors.As(err, &failed) {
		return broken, serverWords(err)
	}
	return judge(failed.Reason, failed.ErrorCode()), serverWords(failed)
}

func judge(step gomail.SendErrReason, code int) verdict {
	switch {
	case step == gomail.ErrConnCheck:
		return stale
	case code >= 500 && step == gomail.ErrSMTPMailFrom:
		return unwelcome
	case code >= 500:
		return refused
	case code == 421: // the server closes the connection (RFC 5321 §3.8)
		return broken
	case code >= 400:
		return later
	}
	return broken
}

// serverWords is what the server said, without what the library wraps around it.
func serverWords(err error) string {
	words := err.Error()
	for _, tail := range []string{", affected recipient(s): ", ", affected message ID: "} {
		words, _, _ = strings.Cut(words, tail)
	}
	for _, step := range []gomail.SendErrReason{gomail.ErrSMTPMailFrom, gomail.ErrSMTPRcptTo, gomail.ErrSMTPData,
		gomail.ErrSMTPDataClose, gomail.ErrWriteContent, gomail.ErrConnCheck} {
		words = strings.TrimPrefix(words, step.String()+": ")
	}
	if code, quoted, ok := strings.Cut(words, ` "`); ok && len(code) == 3 {
		words = code + " " + strings.TrimSuffix(quoted, `"`)
	}
	return oneLine(words, 500)
}
