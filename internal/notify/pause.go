package notify

import "time"

// Cause is why sending stands still. Its words are "sending.cause." + cause, and
// what to do about it "sending.do." + cause.
type Cause string

// The causes.
const (
	CauseConnect Cause = "connect" // the mail server cannot be reached, or refuses the connection
	CauseSignIn  Cause = "sign-in" // it refuses our user or password
	CauseSender  Cause = "sender"  // it refuses our own address, so every mail
	CauseQuota   Cause = "quota"   // we have sent as much as it lets us send for now
	CauseBusy    Cause = "busy"    // it wants nothing from us for the moment
	CauseSilent  Cause = "silent"  // it fell silent in the middle of a mail
	CauseRefused Cause = "refused" // it gave several recipients in a row the same answer
)

// Pause says that nothing is sent, because the mail server answers about us and
// not about one mail. It is one for all processes, and outlives them. The zero
// value says that sending goes on.
type Pause struct {
	Since      time.Time `bson:"since"`
	Until      time.Time `bson:"until"` // then one mail probes
	Tries      int       `bson:"tries"` // how often the server has refused us in a row
	Cause      Cause     `bson:"cause"`
	Stage      string    `bson:"stage"` // the command that it answered
	Code       int       `bson:"code"`  // 0 when it answered nothing
	Words      string    `bson:"words"` // its words on one line, without addresses
	ProbeUntil time.Time `bson:"probe_until,omitempty"`
}

// On tells whether sending stands still.
func (p Pause) On() bool { return !p.Since.IsZero() }

// pauses is how long to wait after the n-th refusal in a row. A restart of the
// server is hardly noticed; a day's quota is probed six times an hour.
var pauses = []time.Duration{15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, MaxPause}

// MaxPause is the longest wait between two probes.
const MaxPause = 10 * time.Minute

// Again is the pause after one more refusal: it keeps the time since when nothing is
// sent, and waits longer for the next probe.
func (p Pause) Again(cause Cause, stage string, code int, words string, now time.Time) Pause {
	next := Pause{Since: p.Since, Tries: p.Tries + 1, Cause: cause, Stage: stage, Code: code, Words: words}
	if !p.On() {
		next.Since = now
	}
	next.Until = now.Add(pauses[min(next.Tries, len(pauses))-1])
	return next
}

// RefusedFirst tells whether the next probe is a mail that was refused before. A mail
// that never was shows best whether the server takes mail again. But a server with
// greylisting takes only mails that it has refused once, so while it says "not now"
// every second probe is one of those.
func (p Pause) RefusedFirst() bool { return p.Cause == CauseBusy && p.Tries%2 == 0 }

// Sooner is the pause with a probe not later than the first wait from now: when a
// process starts, its mail settings may have been corrected.
func (p Pause) Sooner(now time.Time) Pause {
	if first := now.Add(pauses[0]); first.Before(p.Until) {
		p.Until = first
	}
	return p
}

// Probed is the pause after a probe from which nothing could be learnt: the next
// mail may probe at once.
func (p Pause) Probed(now time.Time) Pause {
	p.Until, p.ProbeUntil = now, time.Time{}
	return p
}
