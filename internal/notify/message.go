// Package notify holds what we owe whom: messages queued in the transaction of
// the change that caused them, rendered only when they are sent.
package notify

import "time"

// Kind is what a message is about. Its templates are templates/mail/<kind>.*,
// its subject the message key "mail.<kind>.subject".
type Kind string

// The kinds of message.
const (
	Request   Kind = "request"   // a supplier is asked
	Reminder  Kind = "reminder"  // a supplier that has not answered is asked again
	Receipt   Kind = "receipt"   // a submission has arrived
	Returned  Kind = "returned"  // a submission was returned with a reason
	Accepted  Kind = "accepted"  // a submission was accepted
	Invite    Kind = "invite"    // a user is invited to an organisation
	Reset     Kind = "reset"     // a password reset was asked for
	Delegated Kind = "delegated" // the person in charge was changed; the new one gets the link
	Extended  Kind = "extended"  // the due date was moved
)

// Kinds lists every kind; a test checks that each has its templates.
var Kinds = []Kind{Request, Reminder, Receipt, Returned, Accepted, Invite, Reset, Delegated, Extended}

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
	Params     map[string]string `bson:"params,omitempty"`        // small facts of this message; never a token or password
	State      State             `bson:"state"`
	Attempts   int               `bson:"attempts"`
	NextAt     time.Time         `bson:"next_at"`               // not before
	LeaseUntil time.Time         `bson:"lease_until,omitempty"` // a sender holds it until then
	Fence      int64             `bson:"fence"`                 // raised with every claim: a late sender cannot overwrite
	Reply      string            `bson:"reply,omitempty"`       // the server's last words, or why it was cancelled
	CreatedAt  time.Time         `bson:"created_at"`
	SentAt     time.Time         `bson:"sent_at,omitempty"`
}

// New is a message queued now.
func New(id, org string, kind Kind, to Recipient, lang string, now time.Time) Message {
	return Message{ID: id, Org: org, Kind: kind, To: to, Lang: lang, State: Queued, NextAt: now, CreatedAt: now}
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
