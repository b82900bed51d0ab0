package mail

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"tsunagi/internal/notify"
)

// puppet is a mail server that is played line by line: answer tells what it says to what it
// was told at a stage, and silence means that it hangs from then on.
type puppet struct {
	answer func(stage, line string) string
	mu     sync.Mutex
	taken  []string // recipients of the mails that it took
}

const silence = ""

// usual is what a server that takes everything says.
func usual(stage, _ string) string {
	return map[string]string{"CONNECT": "220 mx.example.jp ESMTP", "EHLO": "250-mx.example.jp\r\n250 8BITMIME", "DATA": "354 go on",
		"CONTENT": "250 2.0.0 queued", "QUIT": "221 bye"}[stage]
}

// hangsAt is usual up to a stage, and silent from there on.
func hangsAt(at string) func(stage, line string) string {
	return func(stage, line string) string {
		if stage == at {
			return silence
		}
		if s := usual(stage, line); s != "" {
			return s
		}
		return "250 ok"
	}
}

// start gives the server as a client finds it.
func (p *puppet) start(t *testing.T) *Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.play(c)
		}
	}()
	return &Server{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: NoTLS, Helo: "client.example.jp"}
}

func (p *puppet) play(c net.Conn) {
	defer func() { _ = c.Close() }()
	in := bufio.NewReader(c)
	say := func(stage, line string) bool {
		words := p.answer(stage, line)
		if words == silence {
			_, _ = in.WriteTo(nowhere{}) // until the other side hangs up
			return false
		}
		_, err := fmt.Fprintf(c, "%s\r\n", words)
		return err == nil && !strings.HasPrefix(words, "421") && stage != "QUIT"
	}
	if !say("CONNECT", "") {
		return
	}
	to := ""
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		stage := strings.ToUpper(strings.TrimSpace(line[:min(4, len(line))]))
		if stage == "RCPT" {
			to = strings.TrimSpace(line)
		}
		if !say(stage, line) {
			return
		}
		if stage == "DATA" {
			for body := ""; body != ".\r\n"; {
				if body, err = in.ReadString('\n'); err != nil {
					return
				}
			}
			if !say("CONTENT", to) {
				return
			}
			p.mu.Lock()
			p.taken = append(p.taken, to)
			p.mu.Unlock()
		}
	}
}

type nowhere struct{}

func (nowhere) Write(b []byte) (int, error) { return len(b), nil }

// TestAHangingServerKeepsNoProcessFromEnding: whatever the server was told when it fell
// silent, a sender that is stopped ends after its grace and hands every mail back as it was.
func TestAHangingServerKeepsNoProcessFromEnding(t *testing.T) {
	for _, stage := range []string{"CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "CONTENT"} {
		for _, probing := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, probing %v", stage, probing), func(t *testing.T) {
				t.Parallel()
				hangs := make(chan struct{}, 9)
				p := &puppet{}
				p.answer = func(at, line string) string {
					said := hangsAt(stage)(at, line)
					if said == silence {
						hangs <- struct{}{}
					}
					return said
				}
				q, c := newMemory(), newClock()
				ids := q.owe(20)
				if probing {
					q.pause = notify.Pause{}.Again(notify.CauseBusy, "mail", 450, "450 later", noon.Add(-time.Hour))
				}
				s := testSender(t, q, p.start(t), c, func(cfg *SenderConfig) { cfg.Grace = 10 * time.Millisecond })
				ctx, stop := context.WithCancel(t.Context())
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					s.Run(ctx)
				}()
				<-hangs
				stop()
				select {
				case <-ended:
				case <-time.After(20 * time.Second):
					t.Fatal("the sender does not end")
				}
				spoilt(t, q, ids)
				free, err := q.Claim(context.Background(), 99, s.Now(), s.Now().Add(time.Minute))
				if err != nil || len(free) != len(ids) {
					t.Errorf("%d mails can be claimed at once, %v; want all %d", len(free), err, len(ids))
				}
				if q.pause.On() != probing || q.pause.Tries > 1 {
					t.Errorf("the pause is %+v: our own end says nothing about the server", q.pause)
				}
			})
		}
	}
}

// TestAHangingServerPausesTheSender: from the first mail in which the server falls silent,
// nothing more is sent but probes; each with another mail, so that one that the server
// chokes on keeps nothing back. When it answers again every mail leaves.
func TestAHangingServerPausesTheSender(t *testing.T) {
	for _, stage := range []string{"MAIL", "RCPT", "DATA", "CONTENT"} {
		t.Run(stage, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			hanging, hung := true, 0
			p := &puppet{}
			p.answer = func(at, line string) string {
				mu.Lock()
				defer mu.Unlock()
				if at == stage && hanging {
					hung++
					return silence
				}
				return hangsAt("never")(at, line)
			}
			tries := func() int {
				mu.Lock()
				defer mu.Unlock()
				return hung
			}
			server := p.start(t)
			server.Patience = 250 * time.Millisecond
			q, c := newMemory(), newClock()
			ids := q.owe(20)
			s := testSender(t, q, server, c, func(cfg *SenderConfig) { cfg.Connections = 1 })
			once(t, s)
			if !q.pause.On() || q.pause.Cause != notify.CauseSilent || tries() != 1 {
				t.Fatalf("after %d mails in which it hangs the pause is %+v", tries(), q.pause)
			}
			drive(t, s, c, time.Hour, time.Minute)
			if !q.pause.On() || tries() > 20 {
				t.Errorf("an hour later it was tried %d times, the pause is %+v", tries(), q.pause)
			}
			spoilt(t, q, ids)
			mu.Lock()
			hanging = false
			mu.Unlock()
			drive(t, s, c, 2*time.Hour, time.Minute)
			for _, id := range ids {
				if m := q.get(id); m.State != notify.Sent {
					t.Errorf("%s is %s afterwards (%q)", id, m.State, m.Reply)
				}
			}
		})
	}
}

// TestTheOnlyMailIsNotTriedForEver: nothing else waits that could show whether the server
// hangs at every mail or at this one. It is probed for two days, and then it has failed, in
// words that say why. The next mail finds out.
func TestTheOnlyMailIsNotTriedForEver(t *testing.T) {
	for _, stage := range []string{"MAIL", "RCPT", "DATA", "CONTENT"} {
		t.Run(stage, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			hanging := true
			p := &puppet{}
			p.answer = func(at, line string) string {
				mu.Lock()
				defer mu.Unlock()
				if at == stage && hanging {
					return silence
				}
				return hangsAt("never")(at, line)
			}
			server := p.start(t)
			server.Patience = 20 * time.Millisecond
			q, c := newMemory(), newClock()
			id := q.owe(1)[0]
			s := testSender(t, q, server, c)
			drive(t, s, c, 47*time.Hour, time.Hour)
			if m := q.get(id); m.State != notify.Queued || m.Attempts > 1 || !q.pause.On() {
				t.Fatalf("within two days it is %s after %d attempts, pause %v", m.State, m.Attempts, q.pause.On())
			}
			drive(t, s, c, 3*time.Hour, time.Hour)
			if m := q.get(id); m.State != notify.Failed || m.Reason != notify.GaveUp || m.Told() != notify.ToldSilent {
				t.Errorf("after two days it is %s (%s), and tells %q", m.State, m.Reason, m.Told())
			}
			mu.Lock()
			hanging = false
			mu.Unlock()
			a := testAssignment("later")
			next := a.ID + ":request"
			q.mu.Lock()
			q.assignments[a.ID], q.messages[next] = a, messageTo(a, next, notify.Request)
			q.mu.Unlock()
			drive(t, s, c, time.Hour, time.Minute)
			if m := q.get(next); m.State != notify.Sent || q.pause.On() {
				t.Errorf("the next mail is %s, pause %v", m.State, q.pause.On())
			}
		})
	}
}

// TestOneMailAtWhichTheServerHangs: the others leave, and it is given up in the end.
func TestOneMailAtWhichTheServerHangs(t *testing.T) {
	t.Parallel()
	p := &puppet{}
	p.answer = func(at, line string) string {
		if at == "CONTENT" && strings.Contains(line, "s000@") {
			return silence
		}
		return hangsAt("never")(at, line)
	}
	server := p.start(t)
	server.Patience = 50 * time.Millisecond
	q, c := newMemory(), newClock()
	ids := q.owe(5)
	s := testSender(t, q, server, c)
	drive(t, s, c, time.Hour, time.Minute)
	for _, id := range ids[1:] {
		if m := q.get(id); m.State != notify.Sent {
			t.Errorf("%s is %s: one mail holds up the rest", id, m.State)
		}
	}
	for day := range 20 { // each day brings another mail
		a := testAssignment(fmt.Sprintf("t%03d", day))
		id := a.ID + ":request"
		q.mu.Lock()
		q.assignments[a.ID], q.messages[id] = a, messageTo(a, id, notify.Request)
		q.mu.Unlock()
		drive(t, s, c, 24*time.Hour, time.Hour)
		if m := q.get(id); m.State != notify.Sent {
			t.Errorf("a mail of day %d is %s", day, m.State)
		}
	}
	if m := q.get(ids[0]); m.State != notify.Failed || m.Told() != notify.ToldSilent {
		t.Errorf("the mail itself is %s after %d attempts, and tells %q", m.State, m.Attempts, m.Told())
	}
}
