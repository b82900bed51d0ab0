package reply

import (
	"errors"
	"fmt"
	"net/textproto"
	"net/url"
	"os"
	"strings"
	"testing"

	"tsunagi/internal/notify"
	"tsunagi/internal/token"
)

// said is a reply as the library hands it over: lines joined, the code apart.
func said(at Stage, line string) Reply {
	code, text, _ := strings.Cut(line, " ")
	var n int
	_, _ = fmt.Sscan(code, &n)
	return Read(at, fmt.Errorf("wrapped: %w", &textproto.Error{Code: n, Msg: text}))
}

func TestJudge(t *testing.T) {
	for _, tc := range []struct {
		name  string
		at    Stage
		line  string
		want  Sense
		cause notify.Cause
	}{
		{"unknown user", AtRcpt, "550 5.1.1 <a@example.jp>: Recipient address rejected: User unknown", BadAddress, ""},
		{"unknown user, several lines", AtRcpt, "550 5.1.1 The email account that you tried to reach does not exist.\n5.1.1 Try double-checking", BadAddress, ""},
		{"unknown domain", AtRcpt, "550 5.1.2 Host unknown", BadAddress, ""},
		{"moved", AtRcpt, "551 5.1.6 moved", BadAddress, ""},
		{"null MX", AtRcpt, "556 5.1.10 recipient's domain takes no mail", BadAddress, ""},
		{"disabled mailbox", AtRcpt, "550 5.2.1 mailbox disabled", BadAddress, ""},
		{"hosted domain does not know it", AtRcpt, "550 5.4.1 Recipient address rejected: Access denied. [AM6EUR05FT003.eop-eur05.prod.protection.outlook.com]", BadAddress, ""},
		{"550 without a code", AtRcpt, "550 No such user here", BadAddress, ""},
		{"550 without a code, an IP address in its words", AtRcpt, "550 unknown user (host 5.1.7.25 says)", BadAddress, ""},
		{"code after a mark", AtRcpt, "550 #5.1.0 Address rejected.", BadAddress, ""},

		{"sender's mailbox syntax at RCPT", AtRcpt, "553 5.1.7 bad sender", Refused, notify.CauseRefused},
		{"sender's domain at RCPT", AtRcpt, "550 5.1.8 <x@nowhere.test>: Sender address rejected: Domain not found", Refused, notify.CauseRefused},
		{"recipients a day at RCPT", AtRcpt, "550 5.1.90 reached your daily limit", Refused, notify.CauseRefused},
		{"unknown user after DATA", AtContent, "550 5.1.1 unknown", Refused, notify.CauseRefused},
		{"550 without a code after DATA", AtContent, "550 rejected", Refused, notify.CauseRefused},
		{"not ours to send from", AtRcpt, "553 5.7.1 <tsunagi@example.com>: Sender address rejected: not owned by user survey", Refused, notify.CauseRefused},
		{"relaying", AtRcpt, "554 5.7.1 <a@example.jp>: Relay access denied", Refused, notify.CauseRefused},
		{"relaying, without a code", AtRcpt, "550 relay not permitted", Refused, notify.CauseRefused},
		{"HELO", AtRcpt, "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname", Refused, notify.CauseRefused},
		{"mailbox full", AtRcpt, "552 5.2.2 mailbox full", Refused, notify.CauseRefused},
		{"spam", AtContent, "554 5.7.1 Message rejected as spam", Refused, notify.CauseRefused},
		{"5.2.0 without a quota", AtContent, "554 5.2.0 STOREDRV.Deliver; delivery failed", Refused, notify.CauseRefused},
		{"554 without a code", AtRcpt, "554 Transaction failed", Refused, notify.CauseRefused},

		{"quota at RCPT", AtRcpt, "550 5.4.5 Daily user sending quota exceeded. test - gsmtp", AboutUs, notify.CauseQuota},
		{"quota after DATA", AtContent, "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException", AboutUs, notify.CauseQuota},
		{"quota at MAIL", AtMail, "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients", AboutUs, notify.CauseQuota},
		{"sender refused", AtMail, "553 5.1.8 sender not allowed", AboutUs, notify.CauseSender},
		{"sign-in needed", AtMail, "530 5.7.0 Authentication required", AboutUs, notify.CauseSender},
		{"wrong password", AtSignIn, "535 5.7.8 authentication failed", AboutUs, notify.CauseSignIn},
		{"door", AtConnect, "554 5.7.1 no mail from your network", AboutUs, notify.CauseConnect},
		{"door for now", AtConnect, "421 4.3.2 shutting down", AboutUs, notify.CauseConnect},

		{"closing", AtData, "421 4.7.0 too many messages in this connection", NotNow, notify.CauseBusy},
		{"closing, without a code", AtRcpt, "421 bye", NotNow, notify.CauseBusy},
		{"policy for now", AtRcpt, "450 4.7.1 Client host rejected: cannot find your hostname", NotNow, notify.CauseBusy},
		{"policy for now after DATA", AtContent, "451 4.7.500 Server busy", NotNow, notify.CauseBusy},
		{"45x at MAIL", AtMail, "452 4.3.1 insufficient system storage", NotNow, notify.CauseBusy},
		{"greylisted", AtRcpt, "450 4.7.1 Greylisted, see http://postgrey.example", Greylisted, ""},
		{"greylisted, plain", AtRcpt, "450 4.2.0 Recipient address rejected: Greylisting in action", Greylisted, ""},
		{"mailbox busy", AtRcpt, "450 4.2.1 receiving too quickly", Later, notify.CauseBusy},
		{"system", AtContent, "451 4.3.0 try later", Later, notify.CauseBusy},
		{"a fault of its settings", AtRcpt, "451 4.3.5 Server configuration error", Later, notify.CauseBusy},
		{"without a code", AtRcpt, "451 temporary failure", Later, notify.CauseBusy},
		{"quotes another class", AtRcpt, "450 5.1.1 nonsense", Later, notify.CauseBusy},
		{"neither yes nor no", AtRcpt, "354 go on", Broken, notify.CauseConnect},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, cause := Judge(said(tc.at, tc.line))
			if got != tc.want || cause != tc.cause {
				t.Errorf("Judge(%s, %q) = %d, %q; want %d, %q", tc.at, tc.line, got, cause, tc.want, tc.cause)
			}
			told := notify.Tells(said(tc.at, tc.line).Words)
			if bad := told == notify.ToldAddress || told == notify.ToldDisabled; got == BadAddress && !bad || bad && got == AboutUs {
				t.Errorf("%q is judged %s, and people are told %q", tc.line, got, told)
			}
		})
	}
	if got, _ := Judge(Read(AtContent, errors.New("read tcp: connection reset by peer"))); got != Broken {
		t.Errorf("a connection that breaks = %d, want broken", got)
	}
	if got, cause := Judge(Read(AtContent, fmt.Errorf("read: %w", os.ErrDeadlineExceeded))); got != Broken || cause != notify.CauseSilent {
		t.Errorf("a server that falls silent = %d, %s; want broken, silent", got, cause)
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
	a := said(AtRcpt, "554 5.7.1 <a@example.jp>: Relay access denied")
	for line, same := range map[string]bool{
		"554 5.7.1 <b@example.jp>: Relay access denied": true,
		"554 5.7.2 <b@example.jp>: Relay access denied": false,
		"550 5.7.1 <b@example.jp>: Relay access denied": false,
	} {
		if got := said(AtRcpt, line).Likeness() == a.Likeness(); got != same {
			t.Errorf("%q is the same as %q: %v, want %v", line, a.Words, got, same)
		}
	}
	if said(AtContent, "554 5.7.1 x").Likeness() == said(AtRcpt, "554 5.7.1 x").Likeness() {
		t.Error("the same codes to another command are the same answer")
	}
	if said(AtRcpt, "554 id 17 <a@example.jp> no").Likeness() != said(AtRcpt, "554 id 18 <b@example.jp> no").Likeness() {
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
			for _, r := range []Reply{said(AtContent, quoted), Read(AtContent, errors.New(quoted))} {
				if strings.Contains(r.Words, proof) || !strings.Contains(r.Words, "5") {
					t.Errorf("%q stays as %q", quoted, r.Words)
				}
			}
		}
	}
	const help = "550 5.7.26 unauthenticated, see https://support.google.com/mail/?p=UnauthenticatedMail d2e1a72fcca58-7b0b0f0a1b2si123456b3a.12 - gsmtp"
	if got := said(AtContent, help).Words; got != help {
		t.Errorf("a server's own words became %q", got)
	}
}

// FuzzRead: whatever a server writes is read without a panic, on one line,
// and what goes to the log names nobody.
func FuzzRead(f *testing.F) {
	for _, text := range []string{"5.1.1 <a@example.jp> unknown", "5.4.5 quota", "", "#5.7.1", "\r\n5.2.0 limit", "4.7.0\x00", "５.１.１", "5.1.1.1.1", "@ @@ a@"} {
		f.Add(550, text)
	}
	f.Fuzz(func(t *testing.T, code int, text string) {
		for _, at := range []Stage{AtConnect, AtSignIn, AtMail, AtRcpt, AtData, AtContent} {
			r := Read(at, &textproto.Error{Code: code, Msg: text})
			if strings.ContainsAny(r.Words, "\r\n\x00") || len([]rune(r.Words)) > 500 {
				t.Fatalf("words %q", r.Words)
			}
			if r.Enhanced != "" && (int(r.Enhanced[0]-'0') != code/100 || strings.Count(r.Enhanced, ".") != 2) {
				t.Fatalf("enhanced code %q of a %d", r.Enhanced, code)
			}
			if s := WithoutAddresses(r.Words); strings.Contains(s, "@") {
				t.Fatalf("an address stays in %q", s)
			}
			if got, cause := Judge(r); (got == AboutUs || got == NotNow || got == Later || got == Refused) != (cause != "") && got != Broken {
				t.Fatalf("Judge(%+v) = %d with cause %q", r, got, cause)
			}
			_ = r.Likeness()
		}
	})
}
