package mail

import (
	"errors"
	"fmt"
	"net/textproto"
	"net/url"
	"strings"
	"testing"

	"tsunagi/internal/notify"
	"tsunagi/internal/token"
)

// said is a reply as the library hands it over: lines joined, the code apart.
func said(at stage, line string) reply {
	code, text, _ := strings.Cut(line, " ")
	var n int
	_, _ = fmt.Sscan(code, &n)
	return readReply(at, fmt.Errorf("wrapped: %w", &textproto.Error{Code: n, Msg: text}))
}

func TestJudge(t *testing.T) {
	for _, tc := range []struct {
		name  string
		at    stage
		line  string
		want  sense
		cause notify.Cause
	}{
		{"unknown user", atRcpt, "550 5.1.1 <a@example.jp>: Recipient address rejected: User unknown", badAddress, ""},
		{"unknown user, several lines", atRcpt, "550 5.1.1 The email account that you tried to reach does not exist.\n5.1.1 Try double-checking", badAddress, ""},
		{"unknown domain", atRcpt, "550 5.1.2 Host unknown", badAddress, ""},
		{"moved", atRcpt, "551 5.1.6 moved", badAddress, ""},
		{"null MX", atRcpt, "556 5.1.10 recipient's domain takes no mail", badAddress, ""},
		{"disabled mailbox", atRcpt, "550 5.2.1 mailbox disabled", badAddress, ""},
		{"hosted domain does not know it", atRcpt, "550 5.4.1 Recipient address rejected: Access denied. [AM6EUR05FT003.eop-eur05.prod.protection.outlook.com]", badAddress, ""},
		{"550 without a code", atRcpt, "550 No such user here", badAddress, ""},
		{"550 without a code, an IP address in its words", atRcpt, "550 unknown user (host 5.1.7.25 says)", badAddress, ""},
		{"code after a mark", atRcpt, "550 #5.1.0 Address rejected.", badAddress, ""},

		{"sender's mailbox syntax at RCPT", atRcpt, "553 5.1.7 bad sender", refused, notify.CauseRefused},
		{"sender's domain at RCPT", atRcpt, "550 5.1.8 <x@nowhere.test>: Sender address rejected: Domain not found", refused, notify.CauseRefused},
		{"recipients a day at RCPT", atRcpt, "550 5.1.90 reached your daily limit", refused, notify.CauseRefused},
		{"unknown user after DATA", atContent, "550 5.1.1 unknown", refused, notify.CauseRefused},
		{"550 without a code after DATA", atContent, "550 rejected", refused, notify.CauseRefused},
		{"not ours to send from", atRcpt, "553 5.7.1 <tsunagi@example.com>: Sender address rejected: not owned by user survey", refused, notify.CauseRefused},
		{"relaying", atRcpt, "554 5.7.1 <a@example.jp>: Relay access denied", refused, notify.CauseRefused},
		{"relaying, without a code", atRcpt, "550 relay not permitted", refused, notify.CauseRefused},
		{"HELO", atRcpt, "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname", refused, notify.CauseRefused},
		{"mailbox full", atRcpt, "552 5.2.2 mailbox full", refused, notify.CauseRefused},
		{"spam", atContent, "554 5.7.1 Message rejected as spam", refused, notify.CauseRefused},
		{"5.2.0 without a quota", atContent, "554 5.2.0 STOREDRV.Deliver; delivery failed", refused, notify.CauseRefused},
		{"554 without a code", atRcpt, "554 Transaction failed", refused, notify.CauseRefused},

		{"quota at RCPT", atRcpt, "550 5.4.5 Daily user sending quota exceeded. test - gsmtp", aboutUs, notify.CauseQuota},
		{"quota after DATA", atContent, "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException", aboutUs, notify.CauseQuota},
		{"quota at MAIL", atMail, "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients", aboutUs, notify.CauseQuota},
		{"sender refused", atMail, "553 5.1.8 sender not allowed", aboutUs, notify.CauseSender},
		{"sign-in needed", atMail, "530 5.7.0 Authentication required", aboutUs, notify.CauseSender},
		{"wrong password", atSignIn, "535 5.7.8 authentication failed", aboutUs, notify.CauseSignIn},
		{"door", atConnect, "554 5.7.1 no mail from your network", aboutUs, notify.CauseConnect},
		{"door for now", atConnect, "421 4.3.2 shutting down", aboutUs, notify.CauseConnect},

		{"closing", atData, "421 4.7.0 too many messages in this connection", notNow, notify.CauseBusy},
		{"closing, without a code", atRcpt, "421 bye", notNow, notify.CauseBusy},
		{"policy for now", atRcpt, "450 4.7.1 Client host rejected: cannot find your hostname", notNow, notify.CauseBusy},
		{"policy for now after DATA", atContent, "451 4.7.500 Server busy", notNow, notify.CauseBusy},
		{"45x at MAIL", atMail, "452 4.3.1 insufficient system storage", notNow, notify.CauseBusy},
		{"greylisted", atRcpt, "450 4.7.1 Greylisted, see http://postgrey.example", greylisted, ""},
		{"greylisted, plain", atRcpt, "450 4.2.0 Recipient address rejected: Greylisting in action", greylisted, ""},
		{"mailbox busy", atRcpt, "450 4.2.1 receiving too quickly", later, notify.CauseBusy},
		{"system", atContent, "451 4.3.0 try later", later, notify.CauseBusy},
		{"a fault of its settings", atRcpt, "451 4.3.5 Server configuration error", later, notify.CauseBusy},
		{"without a code", atRcpt, "451 temporary failure", later, notify.CauseBusy},
		{"quotes another class", atRcpt, "450 5.1.1 nonsense", later, notify.CauseBusy},
		{"neither yes nor no", atRcpt, "354 go on", broken, notify.CauseConnect},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, cause := judge(said(tc.at, tc.line))
			if got != tc.want || cause != tc.cause {
				t.Errorf("judge(%s, %q) = %d, %q; want %d, %q", tc.at, tc.line, got, cause, tc.want, tc.cause)
			}
		})
	}
	if got, _ := judge(readReply(atContent, errors.New("read tcp: connection reset by peer"))); got != broken {
		t.Errorf("a connection that breaks = %d, want broken", got)
	}
}

func TestEnhancedCode(t *testing.T) {
	for text, want := range map[string]string{
		"5.7.1 no":                      "5.7.1",
		"<a@example.jp>: 5.1.1 unknown": "5.1.1",
		"rejected (5.7.509)":            "5.7.509",
		"5.1.1: unknown":                "5.1.1",
		"see 5.1.1.":                    "5.1.1",
		"host 5.1.1.2 blocked":          "",
		"15.1.1 and 5.1.1234":           "",
		"4.4.1 first, 5.4.1 then":       "5.4.1",
		"":                              "",
	} {
		if got := enhancedCode(550, text); got != want {
			t.Errorf("enhancedCode(550, %q) = %q, want %q", text, got, want)
		}
	}
}

func TestTheSameAnswer(t *testing.T) {
	a := said(atRcpt, "554 5.7.1 <a@example.jp>: Relay access denied")
	for line, same := range map[string]bool{
		"554 5.7.1 <b@example.jp>: Relay access denied": true,
		"554 5.7.2 <b@example.jp>: Relay access denied": false,
		"550 5.7.1 <b@example.jp>: Relay access denied": false,
	} {
		if got := said(atRcpt, line).likeness() == a.likeness(); got != same {
			t.Errorf("%q is the same as %q: %v, want %v", line, a.Words, got, same)
		}
	}
	if said(atContent, "554 5.7.1 x").likeness() == said(atRcpt, "554 5.7.1 x").likeness() {
		t.Error("the same codes to another command are the same answer")
	}
	if said(atRcpt, "554 id 17 <a@example.jp> no").likeness() != said(atRcpt, "554 id 18 <b@example.jp> no").likeness() {
		t.Error("without an enhanced code, numbers and addresses make an answer another")
	}
}

// TestNoLinkStays: whoever has a link can answer or sign in, and a server that
// quotes the mail, as filters do, must not spread it over log, ledger, trail and banner.
func TestNoLinkStays(t *testing.T) {
	keys, err := token.NewKeys(make([]byte, token.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"01J9ZX4K7Q8W3E5R6T7Y8U9I0P:01J9ZX4K7Q8W3E5R6T7Y8U9I0Q", "01J9ZX4K7Q8W3E5R6T7Y8U9I0P"} {
		link := keys.Link(token.Answer, id, 1)
		proof := link[strings.LastIndex(link, ".")+1:]
		for _, quoted := range []string{
			"554 5.7.1 blocked URL https://survey.example.com/r/" + link + " in the message",
			"554 5.7.1 <https://survey.example.com/r/" + link + ">: see https://help.example/554",
			"554 5.7.1 http%3A%2F%2Fsurvey.example.com%2Fr%2F" + url.QueryEscape(link),
			"550 hxxps://survey[.]example[.]com/r/" + strings.Replace(link, ".", "[.]", 1),
			"550 no " + proof,
			"550 no " + link + "\n" + link,
		} {
			for _, r := range []reply{said(atContent, quoted), readReply(atContent, errors.New(quoted))} {
				if strings.Contains(r.Words, proof) || !strings.Contains(r.Words, "5") {
					t.Errorf("%q stays as %q", quoted, r.Words)
				}
			}
		}
	}
	const help = "550 5.7.26 unauthenticated, see https://support.google.com/mail/?p=UnauthenticatedMail d2e1a72fcca58-7b0b0f0a1b2si123456b3a.12 - gsmtp"
	if got := said(atContent, help).Words; got != help {
		t.Errorf("a server's own words became %q", got)
	}
}

// FuzzReadReply: whatever a server writes is read without a panic, on one line,
// and what goes to the log names nobody.
func FuzzReadReply(f *testing.F) {
	for _, text := range []string{"5.1.1 <a@example.jp> unknown", "5.4.5 quota", "", "#5.7.1", "\r\n5.2.0 limit", "4.7.0\x00", "５.１.１", "5.1.1.1.1", "@ @@ a@"} {
		f.Add(550, text)
	}
	f.Fuzz(func(t *testing.T, code int, text string) {
		for _, at := range []stage{atConnect, atSignIn, atMail, atRcpt, atData, atContent} {
			r := readReply(at, &textproto.Error{Code: code, Msg: text})
			if strings.ContainsAny(r.Words, "\r\n\x00") || len([]rune(r.Words)) > 500 {
				t.Fatalf("words %q", r.Words)
			}
			if r.Enhanced != "" && (int(r.Enhanced[0]-'0') != code/100 || strings.Count(r.Enhanced, ".") != 2) {
				t.Fatalf("enhanced code %q of a %d", r.Enhanced, code)
			}
			if s := withoutAddresses(r.Words); strings.Contains(s, "@") {
				t.Fatalf("an address stays in %q", s)
			}
			if got, cause := judge(r); (got == aboutUs || got == notNow || got == later || got == refused) != (cause != "") && got != broken {
				t.Fatalf("judge(%+v) = %d with cause %q", r, got, cause)
			}
			_ = r.likeness()
		}
	})
}
