package mail

import (
	"fmt"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// compose makes the MIME message: plain text with an HTML alternative, UTF-8 in
// lines that every server takes.
func compose(id string, r rendered, now time.Time) (*gomail.Msg, error) {
	encoding := gomail.EncodingB64 // Japanese would triple in quoted-printable
	if isASCII(r.text) {
		encoding = gomail.EncodingQP
	}
	msg := gomail.NewMsg(gomail.WithCharset(gomail.CharsetUTF8), gomail.WithEncoding(encoding), gomail.WithNoDefaultUserAgent())
	from, to := r.from, r.to
	msg.FromMailAddress(&from)
	msg.ToMailAddress(&to)
	if r.replyTo.Address != "" {
		replyTo := r.replyTo
		msg.ReplyToMailAddress(&replyTo)
	}
	if err := msg.EnvelopeFrom(from.Address); err != nil {
		return nil, fmt.Errorf("compose mail %s: %w", id, err)
	}
	msg.Subject(r.subject)
	msg.SetDateWithValue(now)
	msg.SetMessageIDWithValue(messageID(id, from.Address))
	// RFC 3834 §5: no holiday notices in answer; the second is Exchange's own way.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "OOF, AutoReply")
	msg.SetBodyString(gomail.TypeTextPlain, r.text)
	msg.AddAlternativeString(gomail.TypeTextHTML, r.html)
	return msg, nil
}

// messageID derives the Message-ID from the message's own id: a repeat after a
// crash carries the same, so that servers and readers recognise it.
func messageID(id, from string) string {
	_, domain, _ := strings.Cut(from, "@")
	local := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '_' {
			return r
		}
		return '.'
	}, id)
	return strings.Trim(local, ".") + "@" + domain
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
