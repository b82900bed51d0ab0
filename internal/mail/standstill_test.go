package mail

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"tsunagi/internal/notify"
)

// drive sends for the given time as one sender does, and gives how often it tried
// to reach the server while nothing went out.
func drive(t *testing.T, s *Sender, c *clock, d, step time.Duration) {
	t.Helper()
	for end := c.now().Add(d); c.now().Before(end); c.forward(step) {
		for once(t, s) > 0 {
		}
	}
}

// spoilt fails when a mail was given up or burnt attempts.
func spoilt(t *testing.T, q *memory, ids []string) {
	t.Helper()
	for _, id := range ids {
		if m := q.get(id); m.State == notify.Failed || m.State == notify.Cancelled {
			t.Fatalf("%s is %s (%s, %q), want it queued or sent", id, m.State, m.Reason, m.Reply)
		}
	}
}

// TestWhatIsOurFaultSpoilsNoMail: a server that refuses us, in the ways that real
// ones do, for two days; then it is mended, and every mail leaves.
func TestWhatIsOurFaultSpoilsNoMail(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		cause notify.Cause
		set   func(m *mailServer, refuse func() error)
		line  error
	}{
		{"not owned by user, at RCPT", notify.CauseRefused, atRcptOf, says(553, [3]int{5, 7, 1}, "<tsunagi@example.com>: Sender address rejected: not owned by user survey")},
		{"relaying, at RCPT", notify.CauseRefused, atRcptOf, says(554, [3]int{5, 7, 1}, "<x@example.jp>: Relay access denied")},
		{"HELO, at RCPT", notify.CauseRefused, atRcptOf, says(504, [3]int{5, 5, 2}, "<localhost>: Helo command rejected: need fully-qualified hostname")},
		{"client host for now, at RCPT", notify.CauseBusy, atRcptOf, says(450, [3]int{4, 7, 1}, "Client host rejected: cannot find your hostname")},
		{"its own settings, at RCPT", notify.CauseBusy, atRcptOf, says(451, [3]int{4, 3, 5}, "Server configuration error")},
		{"its disk, after DATA", notify.CauseBusy, atDataOf, says(452, [3]int{4, 3, 1}, "Insufficient system storage")},
		{"quota, at RCPT", notify.CauseQuota, atRcptOf, says(550, [3]int{5, 4, 5}, "Daily user sending quota exceeded. test - gsmtp")},
		{"quota, at MAIL", notify.CauseQuota, atMailOf, says(550, [3]int{5, 1, 90}, "reached your daily limit for message recipients")},
		{"not now, at MAIL", notify.CauseBusy, atMailOf, says(450, [3]int{4, 3, 2}, "System not accepting network messages")},
		{"sender, at MAIL", notify.CauseSender, atMailOf, says(553, [3]int{5, 1, 8}, "sender not allowed")},
		{"quota, after DATA", notify.CauseQuota, atDataOf, says(554, [3]int{5, 2, 0}, "STOREDRV.Submission.Exception:SubmissionQuotaExceededException")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			broken := true
			server := &mailServer{}
			tc.set(server, func() error {
				if broken {
					return tc.line
				}
				return nil
			})
			startMail(t, server, false)
			q, c := newMemory(), newClock()
			ids := q.owe(30)
			var log bytes.Buffer
			s := testSender(t, q, server.client(NoTLS), c, func(cfg *SenderConfig) { cfg.Log = slog.New(slog.NewTextHandler(&log, nil)) })
			drive(t, s, c, 48*time.Hour, time.Hour)
			spoilt(t, q, ids)
			if p := q.pause; !p.On() || p.Cause != tc.cause || !p.Since.Equal(noon) || strings.Contains(p.Words, "@") || p.Code < 400 {
				t.Errorf("the pause is %+v, want one since the beginning because of %q, in words without an address", p, tc.cause)
			}
			broken = false
			drive(t, s, c, 20*time.Minute, time.Minute)
			if got := q.states()[notify.Sent]; got != len(ids) || q.pause.On() {
				t.Errorf("once it was mended %d of %d left, pause %+v", got, len(ids), q.pause)
			}
			for _, want := range []string{"sending pauses", "class=" + string(tc.cause), "sending goes on"} {
				if !strings.Contains(log.String(), want) {
					t.Errorf("the log lacks %q", want)
				}
			}
			if strings.Contains(log.String(), "@") {
				t.Errorf("the log has an address:\n%.600s", log.String())
			}
		})
	}
}

func atRcptOf(m *mailServer, refuse func() error) { m.onRcpt = func(string) error { return refuse() } }
func atMailOf(m *mailServer, refuse func() error) { m.onMail = func(string) error { return refuse() } }
func atDataOf(m *mailServer, refuse func() error) { m.onData = func(int) error { return refuse() } }

// TestOneRefusedMailDelaysNobody: one recipient's server does not want us.
func TestOneRefusedMailDelaysNobody(t *testing.T) {
	tries := 0
	server := startMail(t, &mailServer{onRcpt: func(to string) error {
		if strings.HasPrefix(to, "s050") {
			tries++
			return says(550, [3]int{5, 7, 1}, "<"+to+">: we do not want this")
		}
		return nil
	}}, false)
	q, c := newMemory(), newClock()
	ids := q.owe(100)
	s := testSender(t, q, server.client(NoTLS), c)
	once(t, s)
	if got := q.states()[notify.Sent]; got != 99 || q.pause.On() {
		t.Fatalf("%d sent at once, pause %+v; want 99 and none", got, q.pause)
	}
	if m := q.get(ids[50]); m.State != notify.Queued || m.Refusals != 1 || m.Reason != notify.Refused {
		t.Fatalf("the refused one is %s (%s), %d refusals; want it queued", m.State, m.Reason, m.Refusals)
	}
	drive(t, s, c, 23*time.Hour, 10*time.Minute)
	if m := q.get(ids[50]); m.State != notify.Queued || tries < 5 {
		t.Fatalf("after 23 hours it is %s after %d tries, want it queued", m.State, tries)
	}
	drive(t, s, c, 3*time.Hour, 10*time.Minute)
	if m := q.get(ids[50]); m.State != notify.Failed || m.Reason != notify.Refused || !strings.Contains(m.Reply, "we do not want this") || q.pause.On() {
		t.Errorf("after a day it is %s (%s, %q), pause %v; want failed with the server's words", m.State, m.Reason, m.Reply, q.pause.On())
	}
}

// TestSomeRefusedInARowHoldUpNobody: the first recipients are refused for
// themselves; the probe goes to somebody else, and the rest leaves.
func TestSomeRefusedInARowHoldUpNobody(t *testing.T) {
	server := startMail(t, &mailServer{onRcpt: func(to string) error {
		if to < "s005" {
			return says(550, [3]int{5, 7, 1}, "we do not want this")
		}
		return nil
	}}, false)
	q, c := newMemory(), newClock()
	ids := q.owe(100)
	s := testSender(t, q, server.client(NoTLS), c, func(c *SenderConfig) { c.Connections = 1 })
	once(t, s)
	if !q.pause.On() || q.pause.Cause != notify.CauseRefused {
		t.Fatalf("three of the same in a row, and the pause is %+v", q.pause)
	}
	drive(t, s, c, 5*time.Minute, 5*time.Second)
	if got := q.states()[notify.Sent]; got != 95 || q.pause.On() {
		t.Errorf("%d of the others left within minutes, pause %+v; want 95 and none", got, q.pause)
	}
	drive(t, s, c, 30*time.Hour, 10*time.Minute)
	for _, id := range ids[:5] {
		if m := q.get(id); m.State != notify.Failed || m.Reason != notify.Refused {
			t.Errorf("%s after a day is %s (%s), want failed (refused)", id, m.State, m.Reason)
		}
	}
}

// TestBadAddressesInARowPauseNothing: a list full of old addresses.
func TestBadAddressesInARowPauseNothing(t *testing.T) {
	server := startMail(t, &mailServer{onRcpt: func(to string) error {
		if to < "s020" {
			return says(550, [3]int{5, 1, 1}, "no such mailbox")
		}
		return nil
	}}, false)
	q := newMemory()
	q.owe(40)
	once(t, testSender(t, q, server.client(NoTLS), newClock()))
	if got := q.states(); got[notify.Failed] != 20 || got[notify.Sent] != 20 || q.pause.On() {
		t.Errorf("states %v, pause %+v; want 20 failed, 20 sent, none", got, q.pause)
	}
}

// TestGreylistingHoldsUpNobody: the server lets every recipient's first mail wait.
// Where it says so nothing pauses; where it does not, a mail that has waited soon
// shows that the way is free. An answer of the class 4.7 costs no attempt.
func TestGreylistingHoldsUpNobody(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		line     error
		pause    bool
		attempts int // of a mail that has waited and then left
	}{
		{"named", says(450, [3]int{4, 2, 0}, "Recipient address rejected: Greylisted"), false, 2},
		{"named, as policy", says(450, [3]int{4, 7, 1}, "Recipient address rejected: Greylisted"), false, 1},
		{"not named", says(450, [3]int{4, 2, 0}, "come back in five minutes"), true, 1},
		{"not named, as policy", says(451, [3]int{4, 7, 1}, "come back in five minutes"), true, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newClock()
			first := map[string]time.Time{}
			server := startMail(t, &mailServer{onRcpt: func(to string) error {
				if at, known := first[to]; known && c.now().Sub(at) >= 5*time.Minute {
					return nil
				} else if !known {
					first[to] = c.now()
				}
				return tc.line
			}}, false)
			q := newMemory()
			ids := q.owe(30)
			s := testSender(t, q, server.client(NoTLS), c, func(cfg *SenderConfig) { cfg.Connections = 1 })
			once(t, s)
			if q.pause.On() != tc.pause {
				t.Fatalf("the pause is %+v, want one: %v", q.pause, tc.pause)
			}
			drive(t, s, c, 3*time.Hour, time.Minute)
			if got := q.states()[notify.Sent]; got != len(ids) || q.pause.On() {
				t.Fatalf("after three hours %d of %d left, pause %+v", got, len(ids), q.pause)
			}
			if m := q.get(ids[len(ids)-1]); !tc.pause && m.Attempts < tc.attempts || m.Attempts > max(tc.attempts, 4) {
				t.Errorf("%s took %d attempts, want about %d", m.ID, m.Attempts, tc.attempts)
			}
		})
	}
}

// TestPolicyForNowCostsNoAttempt: one recipient is refused by policy for days,
// while others leave.
func TestPolicyForNowCostsNoAttempt(t *testing.T) {
	t.Parallel()
	for _, words := range []string{"Greylisted, try again", "Client host rejected for now"} {
		t.Run(words, func(t *testing.T) {
			tries := 0
			server := startMail(t, &mailServer{onRcpt: func(to string) error {
				if strings.HasPrefix(to, "s001") {
					tries++
					return says(450, [3]int{4, 7, 1}, words)
				}
				return nil
			}}, false)
			q, c := newMemory(), newClock()
			ids := q.owe(3)
			drive(t, testSender(t, q, server.client(NoTLS), c), c, 96*time.Hour, 30*time.Minute)
			if m := q.get(ids[1]); m.State != notify.Queued || m.Attempts != 0 || tries < 100 || q.pause.On() {
				t.Errorf("after four days and %d tries it is %s with %d attempts, pause %+v; want it queued with none", tries, m.State, m.Attempts, q.pause)
			}
		})
	}
}

// TestOneProbeAmongSenders: while sending stands still, several processes send one
// mail between them when it is time.
func TestOneProbeAmongSenders(t *testing.T) {
	offered := 0
	server := startMail(t, &mailServer{onMail: func(string) error {
		offered++
		return says(550, [3]int{5, 7, 60}, "not permitted to send as this sender")
	}}, false)
	q, c := newMemory(), newClock()
	q.owe(50)
	one := func(c *SenderConfig) { c.Connections = 1 }
	senders := []*Sender{testSender(t, q, server.client(NoTLS), c, one), testSender(t, q, server.client(NoTLS), c, one)}
	once(t, senders[0])
	for range 10 {
		before := offered
		c.forward(notify.MaxPause)
		for _, s := range senders {
			once(t, s)
		}
		if offered != before+1 {
			t.Fatalf("%d mails were offered in a probe, want 1", offered-before)
		}
	}
	// A restart probes soon, not after the whole wait.
	senders[1].hurry(t.Context())
	c.forward(20 * time.Second)
	if once(t, senders[1]) != 1 {
		t.Error("a process that starts does not probe soon")
	}
}

func TestWithoutAServerNothingIsSaidToBeSent(t *testing.T) {
	q := newMemory()
	ids := q.owe(3)
	c := newClock()
	s := testSender(t, q, nil, c)
	if n := once(t, s); n != 0 || q.states()[notify.Queued] != len(ids) {
		t.Fatalf("claimed %d, states %v; want everything queued", n, q.states())
	}
	server := startMail(t, &mailServer{}, false)
	once(t, testSender(t, q, server.client(NoTLS), c))
	if got := q.states()[notify.Sent]; got != len(ids) {
		t.Errorf("%d left once a server was named, want %d", got, len(ids))
	}
}

func TestStreak(t *testing.T) {
	to := func(n int) notify.Message {
		return notify.Message{To: notify.Recipient{Email: fmt.Sprintf("a%d@example.jp", n)}}
	}
	var s streak
	for i, tc := range []struct {
		likeness string
		m        notify.Message
		want     bool
	}{
		{"x", to(1), false}, {"x", to(1), false}, {"x", to(2), false}, {"y", to(3), false}, {"x", to(4), false}, {"x", to(5), false},
		{"x", notify.Message{To: to(6).To, RefusedAt: noon}, false}, {"x", to(7), true}, {"x", to(8), true},
	} {
		if got := s.add(tc.likeness, tc.m); got != tc.want {
			t.Errorf("step %d: add(%s, %s) = %v, want %v", i, tc.likeness, tc.m.To.Email, got, tc.want)
		}
	}
}
