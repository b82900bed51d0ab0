// Package reply judges what a mail server answers: whether a refusal is about the
// address, the mail, or us.
package reply

import (
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"regexp"
	"strings"

	"tsunagi/internal/notify"
	"tsunagi/internal/token"
)

// Stage is what we had said when the server replied.
type Stage string

// The stages of an exchange.
const (
	AtConnect Stage = "connect" // nothing yet, HELO, or STARTTLS
	AtSignIn  Stage = "sign-in"
	AtMail    Stage = "mail"
	AtRcpt    Stage = "rcpt"
	AtData    Stage = "data"
	AtContent Stage = "content" // the whole mail
)

// Reply is a refusal of the mail server, as far as its own text tells. The library
// names the enhanced code only to servers that offered it; many write it all the same.
type Reply struct {
	Stage    Stage
	Code     int    // 0 when the connection broke instead
	Enhanced string // RFC 3463: "5.7.1"; empty when the text has none
	Words    string // code and text, or our own words for a broken connection, on one line
	Silent   bool   // the connection stood, and nothing came
}

// Read makes a reply out of what went wrong at a stage. The words may quote the
// mail, and its link is taken out of them before they are kept or shown anywhere.
func Read(at Stage, err error) Reply {
	if said := new(textproto.Error); errors.As(err, &said) {
		return Reply{Stage: at, Code: said.Code, Enhanced: enhancedCode(said.Code, said.Msg), Words: notify.OneLine(token.Hide(fmt.Sprintf("%03d %s", said.Code, said.Msg)), 500)}
	}
	var slow net.Error
	silent := errors.As(err, &slow) && slow.Timeout()
	return Reply{Stage: at, Silent: silent, Words: notify.OneLine(token.Hide(err.Error()), 500)}
}

// enhanced finds a status code of RFC 3463 that stands by itself: neither a part
// of an IP address nor of a longer number.
var enhanced = regexp.MustCompile(`(?:^|[^0-9.])([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:$|[^0-9.]|\.(?:$|[^0-9]))`)

// enhancedCode is the first status code in a reply's text that is of the reply's
// own class: a 550 does not mean what it quotes of a 4.4.1.
func enhancedCode(code int, text string) string {
	for rest := text; ; {
		at := enhanced.FindStringSubmatchIndex(rest)
		if at == nil {
			return ""
		}
		if found := rest[at[2]:at[3]]; int(found[0]-'0') == code/100 {
			return found
		}
		rest = rest[at[3]:]
	}
}

// Sense is what a reply means for us.
type Sense int

// The senses of a reply.
const (
	Accepted   Sense = iota
	BadAddress       // no mail will ever arrive at this address
	AboutUs          // it refuses us, so every mail: sending pauses
	Refused          // this mail is not taken; others may be
	NotNow           // it wants nothing from us for the moment; no fault of the mail
	Later            // it may take this mail later
	Greylisted       // it lets the first mail to each recipient wait; no fault of ours
	Broken           // no reply: nobody knows what became of the mail
)

// String is the sense as the log has it.
func (s Sense) String() string {
	return [...]string{"accepted", "bad-address", "about-us", "refused", "not-now", "later", "greylisted", "broken"}[s]
}

// Judge tells what a reply means, and for what concerns us its cause.
func Judge(r Reply) (Sense, notify.Cause) {
	switch {
	case r.Stage == AtConnect:
		return AboutUs, notify.CauseConnect
	case r.Stage == AtSignIn:
		return AboutUs, notify.CauseSignIn
	case r.Silent:
		return Broken, notify.CauseSilent
	case r.Code < 400:
		return Broken, notify.CauseConnect
	case r.Code < 500:
		return judgeDelay(r)
	case r.Enhanced == "5.4.5" || r.Enhanced == "5.2.0" && quotaWords.MatchString(r.Words):
		return AboutUs, notify.CauseQuota
	case r.Stage == AtMail && quotaWords.MatchString(r.Words):
		return AboutUs, notify.CauseQuota
	case r.Stage == AtMail:
		return AboutUs, notify.CauseSender
	case r.Stage == AtRcpt && saysAddress(r):
		return BadAddress, ""
	}
	return Refused, notify.CauseRefused
}

// judgeDelay judges a 4xx. Greylisting asks each recipient's mail to come again
// and says nothing about us; any other may be about us, and is held to be when
// several recipients in a row get it.
func judgeDelay(r Reply) (Sense, notify.Cause) {
	switch {
	case r.Code == 421, r.Stage == AtMail && r.Code >= 450 && r.Code <= 459:
		return NotNow, notify.CauseBusy
	case greylisting.MatchString(r.Words):
		return Greylisted, ""
	case r.Policy():
		return NotNow, notify.CauseBusy
	}
	return Later, notify.CauseBusy
}

// Policy tells whether a 4xx is for safety or policy, and so nothing that the mail
// or its recipient could be blamed for.
func (r Reply) Policy() bool { return strings.HasPrefix(r.Enhanced, "4.7.") }

// saysAddress tells whether a 5xx at RCPT says that the address is bad. 5.1.7 and
// 5.1.8 speak of the sender's address, 5.1.90 of the number of recipients.
func saysAddress(r Reply) bool {
	switch r.Enhanced {
	case "5.1.7", "5.1.8", "5.1.90":
		return false
	case "5.2.1", "5.4.1":
		return true
	case "":
		return r.Code == 550 && !ourFault.MatchString(r.Words)
	}
	return strings.HasPrefix(r.Enhanced, "5.1.")
}

// Words by which servers name what concerns us, where their codes do not tell.
var (
	quotaWords  = regexp.MustCompile(`(?i)quota|limit|exceed|too (?:many|much)`)
	greylisting = regexp.MustCompile(`(?i)gr[ea]y-? ?list`)
	ourFault    = regexp.MustCompile(`(?i)\brelay|\bquota\b|authenticat|not owned by|sender (?:address )?(?:rejected|denied|verif)|\bhelo\b|\behlo\b|blocked|blacklist|blocklist|spamhaus`)
)

// Likeness is equal for refusals that are the same answer: by command and codes, and
// without an enhanced code by the words too, less the digits and addresses that name
// one mail.
func (r Reply) Likeness() string {
	if r.Code == 0 {
		return string(r.Stage)
	}
	key := string(r.Stage) + " " + r.Words[:min(3, len(r.Words))] + " " + r.Enhanced
	if r.Enhanced != "" {
		return key
	}
	return key + strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return -1
		}
		return c
	}, WithoutAddresses(r.Words))
}

var addressLike = regexp.MustCompile(`\S*@\S*`)

// WithoutAddresses takes every mail address out of a server's words, for the log
// and for pages that more people read than may know the recipient.
func WithoutAddresses(words string) string { return addressLike.ReplaceAllString(words, "…") }
