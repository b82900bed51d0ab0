// Package notify holds what we owe whom: messages queued in the transaction of
// the change that caused them, rendered only when they are sent.
package notify

import "time"

// State is where a message stands.
type State string

// The states: queued → sent, or failed for good, or cancelled because there is
// no longer a reason to send it (withdrawn, already submitted).
const (
	Queued    State = "queued"
	Sent      State = "sent"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// States lists the states in the order in which they are shown.
var States = []State{Queued, Sent, Failed, Cancelled}

// Recipient is where a message goes, and how its first line addresses them.
type Recipient struct {
	Email      string `bson:"email"`
	Company    string `bson:"company,omitempty"`
	Department string `bson:"department,omitempty"`
	Name       string `bson:"name,omitempty"` // a person: 様; without one the company gets 御中
}

// Message is one message owed.
type Message struct {
	ID         string            `bson:"_id"`
	Org        string            `bson:"org_id"`
	Kind       Kind              `bson:"kind"`
	To         Recipient         `bson:"to"`
	Lang       string            `bson:"lang"`                    // "ja" or "en"
	Campaign   string            `bson:"campaign_id,omitempty"`   // read again when sent
	Assignment string            `bson:"assignment_id,omitempty"` // read again when sent
	Generation int               `bson:"generation,omitempty"`    // of the link that it was queued for; 0 from before that was noted
	Copy       bool              `bson:"copy,omitempty"`          // goes to who reads along, beside the person asked; never decides the fate of the request
	Params     map[string]string `bson:"params,omitempty"`        // small facts of this message; never a token or password
	State      State             `bson:"state"`
	Attempts   int               `bson:"attempts"`
	NextAt     time.Time         `bson:"next_at"`               // not before
	LeaseUntil time.Time         `bson:"lease_until,omitempty"` // a sender holds it until then
	Fence      int64             `bson:"fence"`                 // raised with every claim: a late sender cannot overwrite
	Reply      string            `bson:"reply,omitempty"`       // the mail server's last words
	Reason     Reason            `bson:"reason,omitempty"`      // our own reason for failing or cancelling
	Refusals   int               `bson:"refusals,omitempty"`    // times that the server refused this mail and took others
	RefusedAt  time.Time         `bson:"refused_at,omitempty"`  // when it last refused it, for good or for now, whatever the reason
	HungAt     time.Time         `bson:"hung_at,omitempty"`     // when the server first fell silent in the middle of it
	Replaced   string            `bson:"replaced,omitempty"`    // the message that went out in place of a failed one
	CreatedAt  time.Time         `bson:"created_at"`
	SentAt     time.Time         `bson:"sent_at,omitempty"`
}

// LinkGeneration is the generation of the link that the message leads to, whatever has
// become of its record: the one that it was queued for. present is the record's now. A
// message from before generations were noted carries the first link of its request: a
// later one may have been made to lock its reader out. Other links of that time are
// short-lived, and it carries the present one.
func (m Message) LinkGeneration(present int) int {
	switch {
	case m.Generation > 0:
		return m.Generation
	case m.Kind.Traits().About == AboutRequest:
		return min(present, 1)
	}
	return present
}

// For tells whether the link that the message was queued for is the present one.
func (m Message) For(present int) bool { return m.LinkGeneration(present) == present }

// IsQueued tells whether it still waits to leave.
func (m Message) IsQueued() bool { return m.State == Queued }

// Deferred tells whether it leaves later on purpose: what it tells can be taken back
// until then.
func (m Message) Deferred() bool {
	return m.IsQueued() && m.Attempts == 0 && m.LeaseUntil.IsZero() && m.NextAt.After(m.CreatedAt)
}

// The parameters that messages may carry; the rows of kinds say which. Whatever can be read from the
// records when the message is sent is not kept here.
const (
	ParamUser       = "user"       // reset: the user's id
	ParamInvitation = "invitation" // invite: the invitation's id
	ParamReceipt    = "receipt"    // receipt: the receipt number
	ParamRevision   = "revision"   // receipt, returned, accepted: of the submission
	ParamReason     = "reason"     // returned, declined: why; else the assignment's reason is told
	ParamRejected   = "rejected"   // returned: the certificates that were not accepted, see Rejected
	ParamBy         = "by"         // delegated, copied, handed-over: who named the new person
	ParamTo         = "to"         // handed-over: the new person
	ParamHead       = "head"       // head: the line of the anchor, as files and papers have it
)

// Reason is why a message failed or was cancelled when the mail server did not
// say so. Its message key is "delivery.reason." + reason.
type Reason string

// The reasons.
const (
	NoReason      Reason = ""
	Withdrawn     Reason = "withdrawn"      // the request was withdrawn
	Answered      Reason = "answered"       // the supplier answered meanwhile
	Ended         Reason = "closed"         // answers are no longer taken
	LinkChanged   Reason = "link-changed"   // the link was revoked; a new one goes out by itself
	OtherAddress  Reason = "other-address"  // the address was corrected meanwhile
	AskedNow      Reason = "asked-now"      // a copy: its reader is the person asked now, and gets the mails themselves
	LinkSpent     Reason = "link-spent"     // the invitation or reset was used, revoked or has expired
	RecordMissing Reason = "record-missing" // what it was about is gone
	BadAddress    Reason = "bad-address"    // not an address that mail can be sent to
	GaveUp        Reason = "gave-up"        // tried for two days
	Refused       Reason = "refused"        // the mail server refuses it, and does not say that the address is bad
	Unreachable   Reason = "unreachable"    // the mail server could not be reached; tried again without counting
	Held          Reason = "held"           // sending stands still; it leaves once that is over
	TakenBack     Reason = "taken-back"     // what it would have told was taken back before it left
	Unwritable    Reason = "unwritable"     // the mail could not be made from the records
)

// ahead is how much earlier an urgent message stands in the queue, so that a
// password reset does not wait behind ten thousand requests: by more than sending
// those takes. A NextAt in the past is due at once.
const ahead = 24 * time.Hour

// New is a message queued now. What one person waits for overtakes what goes out
// in bulk.
func New(id, org string, kind Kind, to Recipient, lang string, now time.Time) Message {
	m := Message{ID: id, Org: org, Kind: kind, To: to, Lang: lang, State: Queued, CreatedAt: now}
	m.NextAt = m.InLine(now)
	return m
}

// InLine is where a message stands in the queue when it is put there now.
func (m Message) InLine(now time.Time) time.Time {
	if m.Kind.Traits().Bulk {
		return now
	}
	return now.Add(-ahead)
}

// Outcome is what became of one attempt to send a claimed message.
type Outcome struct {
	Message  Message // as it was claimed: its fence must still hold
	State    State   // Queued when it is tried again at NextAt
	Attempts int
	Refusals int
	Refused  time.Time // when the server last refused it; zero when it did not
	Hung     time.Time // when the server first fell silent in the middle of it; zero when it did not
	NextAt   time.Time
	Reason   Reason
	Reply    string // the mail server's words, one line
	At       time.Time
}

// Mail is a message in words, as it leaves.
type Mail struct {
	From, To, ReplyTo string // "name <address>" as people read it; ReplyTo may be empty
	Subject           string
	Text              string
	HTML              string // a whole document without scripts and without anything from outside
	Link              string // the link in it, empty when it has none
}

// backoff is how long to wait after the n-th failure that may pass (SMTP 4xx,
// no connection): minutes at first, so that a short outage is hardly noticed,
// and hours later; two days in all.
var backoff = []time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute,
	40 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 12 * time.Hour, 18 * time.Hour}

// Retry tells when to try again after the given number of attempts, and false
// when it is time to give up.
func Retry(attempts int, now time.Time) (time.Time, bool) {
	if attempts < 1 || attempts > len(backoff) {
		return time.Time{}, attempts < 1
	}
	return now.Add(backoff[attempts-1]), true
}

// waits is how long a mail waits after its n-th refusal that is about this mail
// alone, while others leave: a day in all.
var waits = []time.Duration{10 * time.Minute, 20 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 8 * time.Hour}

// Wait tells when to try a mail again after the given number of refusals, and
// false when it is time to give up.
func Wait(refusals int, now time.Time) (time.Time, bool) {
	if refusals < 1 || refusals > len(waits) {
		return time.Time{}, refusals < 1
	}
	return now.Add(waits[refusals-1]), true
}

// tried is how long a mail is tried whose failure may pass.
const tried = 48 * time.Hour

// Hangs gives since when the server falls silent in the middle of a mail, as it does now,
// and false when that is so long that the mail is given up: where it is the only one that
// waits, no other can show that it alone is why.
func (m Message) Hangs(now time.Time) (since time.Time, again bool) {
	if m.HungAt.IsZero() {
		return now, true
	}
	return m.HungAt, now.Before(m.HungAt.Add(tried))
}

// Filter narrows the delivery ledger. The zero value of a field does not narrow.
type Filter struct {
	State      State
	Campaign   string
	Assignment string
	Recipient  string // part of the address or the company's name; for the mailbox only
	Page       int    // from 1
	Size       int    // rows a page
}
