package mail

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"

	"tsunagi/internal/notify"
)

// TestTheAnchorStandsAloneInTheMail as it goes out, unbroken, in the plain text that
// somebody saves or pastes; and a mail without a line that can be compared is not written.
func TestTheAnchorStandsAloneInTheMail(t *testing.T) {
	r, line := testRenderer(t), notify.Head.Traits().Sample[notify.ParamHead]
	for _, lang := range languages {
		l := testLetter(notify.Head, lang)
		out, err := r.render(l, noon, "")
		if err != nil {
			t.Fatal(err)
		}
		msg, err := compose("01K0MESSAGE", out, noon)
		if err != nil {
			t.Fatal(err)
		}
		var sent bytes.Buffer
		if _, err := msg.WriteTo(&sent); err != nil {
			t.Fatal(err)
		}
		if text := plainText(t, &sent); !slices.Contains(strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), line) {
			t.Errorf("%s: the line does not stand alone:\n%s", lang, text)
		}
		for name, spoil := range map[string]func(*Letter){
			"no line":              func(l *Letter) { l.Message.Params = nil },
			"a torn line":          func(l *Letter) { l.Message.Params = map[string]string{notify.ParamHead: line[:60]} },
			"another organisation": func(l *Letter) { l.Message.Org = "o2" },
			"another one's line": func(l *Letter) {
				l.Message.Params = map[string]string{notify.ParamHead: strings.Replace(line, " o1 ", " o2 ", 1)}
			},
			"the organisation is gone": func(l *Letter) { l.Organization.ID = "" },
		} {
			l := testLetter(notify.Head, lang)
			spoil(&l)
			if _, err := r.Render(l, noon); err == nil || l.stillDue(noon) != notify.RecordMissing {
				t.Errorf("%s: written, %q", name, l.stillDue(noon))
			}
		}
		if got := l.stillDue(noon); got != notify.NoReason {
			t.Errorf("not due: %q", got)
		}
	}
}

// plainText is the plain text in a mail as it goes out.
func plainText(t *testing.T, sent io.Reader) string {
	t.Helper()
	m, err := netmail.ReadMessage(sent)
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := multipart.NewReader(m.Body, params["boundary"]).NextRawPart()
	if err != nil || !strings.HasPrefix(p.Header.Get("Content-Type"), "text/plain") || p.Header.Get("Content-Transfer-Encoding") != "base64" {
		t.Fatal(p, err)
	}
	text, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, p))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
