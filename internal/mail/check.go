package mail

import (
	"context"
	"fmt"
	"net/mail"
	"time"

	gomail "github.com/wneessen/go-mail"

	"tsunagi/internal/mail/reply"
)

// Check tries what every mail needs: the connection, the sign-in, the sender and a
// recipient. Then it takes both back and leaves: nothing is sent. Its error says
// what the server refuses, in the server's words.
func (s Server) Check(ctx context.Context, from, to string) error {
	c, failed := dial(ctx, s)
	if failed != nil {
		return failed
	}
	r, ok := c.offer(from, to)
	if ok {
		if err := c.smtp.Reset(); err != nil {
			_ = c.close() // the first error tells more
			return fmt.Errorf("take the mail back: %w", err)
		}
		return c.close()
	}
	_ = c.close() // likewise
	return explain(r, from, to)
}

// SendTest sends one mail of plain text.
func (s Server) SendTest(ctx context.Context, from, to, id, subject, text string, now time.Time) error {
	c, failed := dial(ctx, s)
	if failed != nil {
		return failed
	}
	msg := gomail.NewMsg(gomail.WithCharset(gomail.CharsetUTF8), gomail.WithEncoding(gomail.EncodingB64), gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(&mail.Address{Address: from})
	msg.ToMailAddress(&mail.Address{Address: to})
	msg.Subject(subject)
	msg.SetDateWithValue(now)
	msg.SetMessageIDWithValue(messageID(id, from))
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, text)
	r, ok := c.send(msg, from, to)
	if ok {
		return c.close()
	}
	_ = c.close() // what was refused tells more
	return explain(r, from, to)
}

// explain says what was refused, for whoever sets up the server.
func explain(r reply.Reply, from, to string) error {
	meant, _ := reply.Judge(r)
	switch {
	case r.Stage == reply.AtMail:
		return fmt.Errorf("the server refuses the sender %s (--mail-from): %s", from, r.Words)
	case r.Stage == reply.AtRcpt && meant == reply.BadAddress:
		return fmt.Errorf("the server takes mail from %s, but none to %s: %s", from, to, r.Words)
	case r.Stage == reply.AtRcpt:
		return fmt.Errorf("the server refuses mail from %s to %s: %s", from, to, r.Words)
	}
	return fmt.Errorf("the server refuses the mail: %s", r.Words)
}

// ValidAddress tells whether mail can be sent from or to an address.
func ValidAddress(email string) error {
	_, err := parseAddress(email)
	return err
}
