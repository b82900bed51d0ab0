package app_test

import (
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tsunagi/internal/app"
	"tsunagi/internal/audit"
)

// TestAnchorsAreFoundInWhatPeopleKeep: a mail in every form in which it is saved or pasted,
// and nothing that was an anchor is passed over in silence.
func TestAnchorsAreFoundInWhatPeopleKeep(t *testing.T) {
	anchor := func(seq int64) string {
		return audit.Anchor{At: time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC), Org: "01K0ORGANISATION", Seq: seq, Hash: strings.Repeat("0a", 32)}.Line()
	}
	one, two := anchor(1), anchor(2)
	text := "架空 花子 様\n\n2026-11-26 のお知らせです。\n\n" + one + "\n\n次の命令で比べます。\n"
	crlf := func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
	based := func(s string) string {
		var wrapped strings.Builder
		for part := range slices.Chunk([]byte(base64.StdEncoding.EncodeToString([]byte(s))), 76) {
			wrapped.WriteString(string(part) + "\n")
		}
		return wrapped.String()
	}
	head := "Date: Thu, 26 Nov 2026 12:00:00 +0900\nMIME-Version: 1.0\n"
	plain := head + "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: base64\n\n" + based(text)
	soft := head + "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: quoted-printable\n\n" + one[:70] + "=\n" + one[70:] + "\n"
	both := head + "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: base64\n\n" +
		based(text) + "\n--b\nContent-Type: text/html\n\n<p>" + two + "</p>\n--b--\n"
	forwarded := head + "Content-Type: multipart/mixed; boundary=c\n\n--c\nContent-Type: text/plain\n\nFYI\n--c\nContent-Type: message/rfc822\n\n" + both + "\n--c--\n"
	for _, tt := range []struct {
		name, file string
		want       []string
		unread     string // what the error says
	}{
		{"a copy of our own file", "# kept\n" + one + "\n" + two + "\n", []string{one, two}, ""},
		{"pasted", text, []string{one}, ""}, {"from Windows, with a mark of order", "\ufeff" + crlf(one+"\n"+text), []string{one, one}, ""},
		{"quoted twice", "> > " + one + "\n>" + two + "\n> ok", []string{one, two}, ""}, {"indented", "\t\u3000" + one, []string{one}, ""},
		{"with headers, pasted", "From: x\nDate: today\n\n" + text, []string{one}, ""},
		{"saved", plain, []string{one}, ""}, {"saved with CRLF", crlf(plain), []string{one}, ""}, {"soft line breaks", soft, []string{one}, ""},
		{"both forms", crlf(both), []string{one}, ""}, {"forwarded as a file", forwarded, []string{one}, ""},
		{"a folder", "From a@b Thu Nov 26\n" + plain + "\nFrom a@b Thu Dec 3\n" + strings.ReplaceAll(soft, " 1 0a", " 2 0a") + "\n", []string{one, two}, ""},
		{"none", "a list of something\n", nil, "no line of the trail's head"}, {"empty", "", nil, "no line of the trail's head"},
		{"a mail without", head + "\nnothing\n", nil, "no line of the trail's head"},
		{"a line that a program broke", "> " + one[:60] + "\n> " + one[60:] + "\n" + two + "\n", []string{two}, one[:60]},
		{"a mail that is cut off", both[:strings.Index(both, "\n--b\nContent-Type: text/html")-20], []string{one}, "read the mail"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "kept")
			if err := os.WriteFile(path, []byte(tt.file), 0o600); err != nil {
				t.Fatal(err)
			}
			var got []string
			err := app.FindAnchors(path, func(a audit.Anchor) error { got = append(got, a.Line()); return nil })
			if !slices.Equal(got, tt.want) || (err != nil) != (tt.unread != "") || err != nil && !strings.Contains(err.Error(), tt.unread) {
				t.Errorf("found %q, %v; want %q and %q", got, err, tt.want, tt.unread)
			}
		})
	}
	own := filepath.Join(t.TempDir(), "trail.anchors")
	if err := os.WriteFile(own, []byte(one+"\nno anchor\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := app.EachAnchor(own, func(audit.Anchor) error { return nil }); !errors.Is(err, app.ErrNoAnchor) || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("our own file: %v", err)
	}
}
