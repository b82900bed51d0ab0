package notify

import (
	"regexp"
	"slices"
)

// Told is what a mail server's answer means, for who asked for the mail and knows no codes.
// Its words are "delivery.told." + told; the answer itself stands behind them.
type Told string

// What servers tell.
const (
	ToldGreylisted  Told = "greylisted"  // it lets first mails wait
	ToldFull        Told = "full"        // the recipient's mailbox is full
	ToldTooLarge    Told = "too-large"   // the mail is too large for it
	ToldQuota       Told = "quota"       // we have sent as much as it lets us
	ToldSender      Told = "sender"      // it does not let us send from our address
	ToldRelay       Told = "relay"       // it sends nothing on for us, or wants us to sign in
	ToldAddress     Told = "address"     // there is no such address
	ToldDisabled    Told = "disabled"    // the address takes no mail any more
	ToldBlocked     Told = "blocked"     // it holds the mail for unwanted, or us for suspicious
	ToldOtherSilent Told = "other-quiet" // the recipient's mail server does not answer it
	ToldLater       Told = "later"       // it takes nothing for the moment
	ToldRefused     Told = "refused"     // it refuses the mail, and does not say why
	ToldSilent      Told = "silent"      // it did not answer us
	ToldAway        Told = "away"        // it cannot be reached
	ToldInsecure    Told = "insecure"    // the connection to it cannot be made safe
	ToldBroken      Told = "broken"      // the connection broke
)

// answers are what servers say, the first that fits counts. Codes stand before words:
// "5.1.1" after the code of the reply's own class.
var answers = []struct {
	told  Told
	words *regexp.Regexp
}{
	{ToldGreylisted, regexp.MustCompile(`(?i)^4\d\d .*gr[ea]y-? ?list`)},
	{ToldSender, regexp.MustCompile(`(?i)^5\d\d\W* 5\.1\.[78]\b|^5\d\d .*(not owned by|sender (address )?(rejected|denied|verif|not allowed)|bad sender)`)},
	{ToldQuota, regexp.MustCompile(`(?i)^[45]\d\d .*([45]\.4\.5\b|5\.1\.90\b|SubmissionQuota|daily (user )?(sending )?(limit|quota)|too many (mails|messages|recipients)|sending (quota|limit))`)},
	{ToldFull, regexp.MustCompile(`(?i)^[45]\d\d .*(\b[45]\.2\.2\b|mailbox (is )?full|over ?quota|quota exceeded)`)},
	{ToldTooLarge, regexp.MustCompile(`(?i)^5\d\d .*(\b5\.(2\.3|3\.4)\b|too (large|big)|size limit|exceeds? .*size)`)},
	{ToldRelay, regexp.MustCompile(`(?i)^53[045]\b|^5\d\d .*(\brelay|authenticat)|^50\d\b.*\b(helo|ehlo)\b`)},
	{ToldDisabled, regexp.MustCompile(`(?i)^5\d\d\W+5\.2\.1\b|^5\d\d .*(mailbox|account|user) (is )?(disabled|inactive|suspended)`)},
	{ToldBlocked, regexp.MustCompile(`(?i)^5\d\d .*(spam|virus|black ?list|block ?list|blocked|spamhaus|reputation|dmarc|\bspf\b|\bdkim\b)`)},
	{ToldAddress, regexp.MustCompile(`(?i)^5\d\d .*(\b5\.1\.(0|1|2|3|4|6|10)\b|\b5\.4\.1\b|(unknown|no such|invalid) (user|recipient|mailbox)|user (unknown|not found)|does not exist)`)},
	{ToldAddress, regexp.MustCompile(`^55[01] [^#0-9]`)}, // without a code of its own that is what it says
	{ToldBlocked, regexp.MustCompile(`^5\d\d\W+5\.7\.`)},
	{ToldOtherSilent, regexp.MustCompile(`(?i)^4\d\d .*(\b4\.4\.[0-9]+\b|timed? ?out|no route|unreachable)`)},
	{ToldLater, regexp.MustCompile(`^4\d\d\b`)},
	{ToldRefused, regexp.MustCompile(`^[0-9]{3}\b`)},
	{ToldSilent, regexp.MustCompile(`(?i)time[d ]*out|deadline`)},
	{ToldAway, regexp.MustCompile(`(?i)refused|no such host|lookup|unreachable|no route`)},
	{ToldInsecure, regexp.MustCompile(`(?i)\btls\b|x509|certificate`)},
	{ToldBroken, regexp.MustCompile(`.`)},
}

// Tells says what a server's words mean; nothing where it said nothing.
func Tells(words string) Told {
	for _, a := range answers {
		if a.words.MatchString(words) {
			return a.told
		}
	}
	return ""
}

// ToldAll are all that servers may tell.
func ToldAll() []Told {
	out := []Told{}
	for _, a := range answers {
		if !slices.Contains(out, a.told) {
			out = append(out, a.told)
		}
	}
	return out
}

// Told is what the mail server's last words about the message mean.
func (m Message) Told() Told { return Tells(m.Reply) }

// Told is what the mail server said to the mails of the group.
func (g FailureGroup) Told() Told { return Tells(g.Words) }
