// Package budget says how much somebody may do of what costs others: guesses at a
// password, mails in somebody's name. Each actor has a bucket of each kind; it is full
// at first, and fills again evenly. Spending is one write to the database, so that
// requests at the same moment and several processes share what is left.
package budget

import (
	"math"
	"net/netip"
	"time"

	"tsunagi/internal/fault"
)

// Kind is what is spent.
type Kind string

// The kinds, with whose bucket it is.
const (
	SignIn      Kind = "sign-in"     // guesses at a password from browsers that are not known; an address of mail and a network
	Account     Kind = "account"     // the same from everywhere together; an address of mail
	Device      Kind = "device"      // the same, from a browser that signed in before; that browser
	Network     Kind = "network"     // guesses from one place, whatever the account; a network
	Reset       Kind = "reset"       // mails with a reset link; an address of mail
	ResetFrom   Kind = "reset-from"  // the same, from one place; a network
	Present     Kind = "present"     // guesses at the present password; a user
	Joining     Kind = "joining"     // guesses at a password with an invitation; the invitation
	Uploads     Kind = "uploads"     // files that a link stores, also those it takes back; a request
	Pictures    Kind = "pictures"    // pictures of pages, and texts, that are made of a request's files; the request, or one of the buyer's people in it
	LinkMails   Kind = "link-mails"  // mails that a link causes; a request
	DeskMails   Kind = "desk-mails"  // mails to the buyer's own contact that a link causes; a request
	Recipients  Kind = "recipients"  // addresses that a link writes to for the first time; a request
	Lists       Kind = "lists"       // lists that are sent in; an organisation
	Documents   Kind = "documents"   // reports that are asked for; a user
	Comments    Kind = "comments"    // comments on answers; a reviewer
	Invitations Kind = "invitations" // mails that invite; an organisation
	TestMails   Kind = "test-mails"  // mails that try the mail server; a user
)

// Traits say how much a bucket holds, in how long an empty one is full again, and how
// it is worded that it is empty: with Max, and with Minutes until there is some again.
type Traits struct {
	Most  int
	Per   time.Duration
	Fault string
}

const day = 24 * time.Hour

var kinds = map[Kind]Traits{
	SignIn:      {10, 15 * time.Minute, "fault.org.guesses"},
	Account:     {100, 15 * time.Minute, "fault.org.guesses"},
	Device:      {10, 15 * time.Minute, "fault.org.guesses"},
	Network:     {50, 15 * time.Minute, "fault.org.guesses"},
	Reset:       {5, 15 * time.Minute, "fault.org.resets"},
	ResetFrom:   {50, 15 * time.Minute, "fault.org.too-many"},
	Present:     {10, 15 * time.Minute, "fault.org.too-many"},
	Joining:     {10, 15 * time.Minute, "fault.org.too-many"},
	Uploads:     {80, day, "fault.evidence.uploads"},
	Pictures:    {400, day, "fault.evidence.shown-day"},
	LinkMails:   {30, day, "fault.answer.mails"},
	DeskMails:   {10, day, "fault.answer.mails"},
	Recipients:  {5, day, "fault.answer.recipients"},
	Lists:       {200, day, "fault.import.lists"},
	Documents:   {200, day, "fault.document.day"},
	Comments:    {300, time.Hour, "fault.review.comments"},
	Invitations: {100, day, "fault.org.invitations"},
	TestMails:   {10, time.Hour, "fault.org.test-mails"},
}

// Traits are those of a kind. One that does not exist holds nothing.
func (k Kind) Traits() Traits { return kinds[k] }

// Spending is one token of an actor's bucket.
type Spending struct {
	Kind  Kind
	Actor string
}

// By is one token of a kind from an actor's bucket.
func (k Kind) By(actor string) Spending { return Spending{k, actor} }

// Leaks is how much of what was spent comes back in each millisecond.
func (t Traits) Leaks() float64 { return float64(t.Most) / float64(t.Per.Milliseconds()) }

// Empty is the fault of a bucket of which so much is spent that no token is left.
func (k Kind) Empty(spent float64) error {
	t := k.Traits()
	wait := time.Minute
	if t.Most > 0 {
		wait = time.Duration(math.Max(0, spent+1-float64(t.Most)) / t.Leaks() * float64(time.Millisecond))
	}
	return fault.New(fault.TooMany, t.Fault).With("Max", t.Most).With("Minutes", max(1, int(math.Ceil(wait.Minutes()))))
}

// Place is the network that an address belongs to: of IPv6 the /64 that one line is
// given, since whoever has it may use any address of it. What is no address is its own.
func Place(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap().WithZone(""); ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}
