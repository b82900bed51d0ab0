package mail

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tsunagi/internal/campaign"
	"tsunagi/internal/notify"
	"tsunagi/internal/watch"
)

// clock is a clock that tests move.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.at.Store(noon.UnixMilli())
	return c
}
func (c *clock) now() time.Time          { return time.UnixMilli(c.at.Load()).UTC() }
func (c *clock) forward(d time.Duration) { c.at.Add(d.Milliseconds()) }

func testSender(t *testing.T, q Queue, server *Server, c *clock, change ...func(*SenderConfig)) *Sender {
	t.Helper()
	cfg := SenderConfig{Server: server, Now: c.now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Idle: 5 * time.Millisecond}
	for _, f := range change {
		f(&cfg)
	}
	return NewSender(q, testRenderer(t), cfg)
}

func once(t *testing.T, s *Sender) int {
	t.Helper()
	n, err := s.Once(context.Background())
	if err != nil {
		t.Fatalf("Once: %v", err)
	}
	return n
}

func TestSenderSendsAndReusesTheConnection(t *testing.T) {
	server := startMail(t, &mailServer{}, false)
	q := newMemory()
	ids := q.owe(10)
	s := testSender(t, q, server.client(NoTLS), newClock(), func(c *SenderConfig) { c.Connections = 1 })
	if n := once(t, s); n != len(ids) {
		t.Fatalf("Once claimed %d, want %d", n, len(ids))
	}
	if got := q.states()[notify.Sent]; got != len(ids) {
		t.Errorf("%d sent, want %d: %v", got, len(ids), q.states())
	}
	if len(server.mails()) != len(ids) || server.connections != 1 {
		t.Errorf("the server took %d mails over %d connections, want %d over 1", len(server.mails()), server.connections, len(ids))
	}
}

// TestNothingLeavesAfterARestore: until somebody confirms, and everything that waits then.
func TestNothingLeavesAfterARestore(t *testing.T) {
	server := startMail(t, &mailServer{}, false)
	q := newMemory()
	ids := q.owe(3)
	q.held = true
	s := testSender(t, q, server.client(NoTLS), newClock())
	for range 3 {
		if n := once(t, s); n != 0 {
			t.Fatalf("Once claimed %d while mail is held", n)
		}
	}
	q.mu.Lock()
	q.held = false
	q.mu.Unlock()
	if n := once(t, s); n != len(ids) || len(server.mails()) != len(ids) {
		t.Errorf("Once claimed %d, and %d arrived; want %d", n, len(server.mails()), len(ids))
	}
}

func TestSenderTriesAgainAfter4xx(t *testing.T) {
	tries := 0
	server := startMail(t, &mailServer{onRcpt: func(string) error {
		if tries++; tries == 1 {
			return says(450, [3]int{4, 2, 0}, "greylisted, come back later")
		}
		return nil
	}}, false)
	q, c := newMemory(), newClock()
	id := q.owe(1)[0]
	s := testSender(t, q, server.client(NoTLS), c)
	once(t, s)
	m := q.get(id)
	if m.State != notify.Queued || m.Attempts != 1 || !strings.Contains(m.Reply, "greylisted") {
		t.Fatalf("after 450: %s, %d attempts, %q; want queued, 1, the server's words", m.State, m.Attempts, m.Reply)
	}
	if n := once(t, s); n != 0 {
		t.Errorf("tried again at once")
	}
	c.forward(2 * time.Minute)
	once(t, s)
	if m := q.get(id); m.State != notify.Sent || m.Reply != "" {
		t.Errorf("after the second try: %s, %q; want sent", m.State, m.Reply)
	}
}

func TestSenderGivesUpAfterTwoDays(t *testing.T) {
	server := startMail(t, &mailServer{onRcpt: func(string) error { return says(451, [3]int{4, 3, 0}, "try later") }}, false)
	q, c := newMemory(), newClock()
	id := q.owe(1)[0]
	s := testSender(t, q, server.client(NoTLS), c)
	for range 100 {
		once(t, s)
		if q.get(id).State != notify.Queued {
			break
		}
		c.forward(time.Hour)
	}
	if m := q.get(id); m.State != notify.Failed || m.Reason != notify.GaveUp || !strings.Contains(m.Reply, "try later") {
		t.Errorf("got %s (%s, %q), want failed (gave-up) with the server's words", m.State, m.Reason, m.Reply)
	}
}

func TestSenderStopsAt5xxWithTheServersWords(t *testing.T) {
	server := startMail(t, &mailServer{onRcpt: func(to string) error {
		if strings.HasPrefix(to, "s001") {
			return says(550, [3]int{5, 1, 1}, "no such mailbox here")
		}
		return nil
	}}, false)
	q := newMemory()
	ids := q.owe(3)
	var told sync.Map // what is measured of it
	once(t, testSender(t, q, server.client(NoTLS), newClock(), func(c *SenderConfig) {
		c.Told = func(verdict string) {
			n, _ := told.LoadOrStore(verdict, new(atomic.Int64))
			n.(*atomic.Int64).Add(1)
		}
	}))
	for verdict, want := range map[string]int64{watch.Sent: 2, "bad-address": 1} {
		if n, ok := told.Load(verdict); !ok || n.(*atomic.Int64).Load() != want {
			t.Errorf("told of %v mails that are %s, want %d", n, verdict, want)
		}
	}
	if m := q.get(ids[1]); m.State != notify.Failed || !strings.Contains(m.Reply, "550") || !strings.HasSuffix(m.Reply, "no such mailbox here") {
		t.Errorf("refused mail: %s, %q; want failed with the server's words alone", m.State, m.Reply)
	}
	if got := q.states()[notify.Sent]; got != 2 {
		t.Errorf("%d others sent, want 2", got)
	}
}

func TestSenderPausesWhileTheServerIsDown(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().(*net.TCPAddr)
	_ = listener.Close() // nobody listens there now
	q, c := newMemory(), newClock()
	ids := q.owe(20)
	s := testSender(t, q, &Server{Host: "127.0.0.1", Port: addr.Port, TLS: NoTLS}, c)
	claims := 0
	for range 120 { // an hour
		if once(t, s) > 0 {
			claims++
		}
		c.forward(30 * time.Second)
	}
	if claims == 0 || claims > 15 {
		t.Errorf("claimed %d times within the hour, want a few probes", claims)
	}
	for _, id := range ids {
		if m := q.get(id); m.State != notify.Queued || m.Attempts != 0 || m.Reason != notify.Unreachable && m.Reason != notify.Held {
			t.Fatalf("%s: %s, %d attempts, reason %q; want queued, none burnt, unreachable or held", id, m.State, m.Attempts, m.Reason)
		}
	}
	server := startMail(t, &mailServer{}, false) // it is up again
	s.Server = server.client(NoTLS)
	c.forward(notify.MaxPause)
	once(t, s) // the probe
	once(t, s)
	if got := q.states()[notify.Sent]; got != len(ids) {
		t.Errorf("%d sent once the server was back, want %d", got, len(ids))
	}
}

func TestSenderPausesWhenItsOwnAddressIsRefused(t *testing.T) {
	server := startMail(t, &mailServer{onMail: func(string) error { return says(553, [3]int{5, 1, 8}, "sender not allowed") }}, false)
	q := newMemory()
	ids := q.owe(5)
	s := testSender(t, q, server.client(NoTLS), newClock())
	once(t, s)
	for _, id := range ids {
		if m := q.get(id); m.State != notify.Queued || m.Attempts != 0 || m.Reason != notify.Held {
			t.Fatalf("%s: %s (%q); want queued: it is not the recipient's fault", id, m.State, m.Reply)
		}
	}
	if !s.paused() {
		t.Error("the sender goes on although its own address is refused")
	}
}

func TestSenderSurvivesAClosedConnection(t *testing.T) {
	server := &mailServer{}
	closed := false
	server.onData = func(n int) error {
		if n == 1 && !closed {
			closed = true
			return says(421, [3]int{4, 4, 2}, "closing the connection")
		}
		return nil
	}
	startMail(t, server, false)
	q, c := newMemory(), newClock()
	q.owe(1)
	s := testSender(t, q, server.client(NoTLS), c, func(c *SenderConfig) { c.Connections = 1 })
	once(t, s)
	if q.states()[notify.Sent] != 1 {
		t.Fatalf("first mail: %v", q.states())
	}
	q.mu.Lock()
	a := testAssignment("later")
	q.assignments[a.ID] = a
	q.messages["later"] = messageTo(a, "later", notify.Request)
	q.mu.Unlock()
	once(t, s)
	if m := q.get("later"); m.State != notify.Queued || m.Attempts != 0 || !strings.Contains(m.Reply, "421") {
		t.Errorf("after 421 on a new connection: %s, %d attempts, %q; want queued, none burnt", m.State, m.Attempts, m.Reply)
	}
	c.forward(time.Minute)
	once(t, s)
	if m := q.get("later"); m.State != notify.Sent || m.Attempts != 1 {
		t.Errorf("once the server takes mail again: %s, %d attempts; want sent at the first", m.State, m.Attempts)
	}
	if s.paused() {
		t.Error("one broken exchange stopped the whole sender")
	}
}

func TestSenderSecuresTheConnection(t *testing.T) {
	cert, pool := selfSigned(t)
	for _, tc := range []struct {
		name   string
		way    TLS
		direct bool
	}{{"starttls", StartTLS, false}, {"tls", DirectTLS, true}} {
		t.Run(tc.name, func(t *testing.T) {
			server := startMail(t, &mailServer{auth: map[string]string{"sender": "p:w/ö"}, trust: pool}, tc.direct, withTLS(cert))
			q := newMemory()
			q.owe(2)
			client := server.client(tc.way)
			client.User, client.Password = "sender", "p:w/ö"
			once(t, testSender(t, q, client, newClock()))
			mails := server.mails()
			if len(mails) != 2 || mails[0].user != "sender" {
				t.Fatalf("got %d mails, states %v; want 2 as user sender", len(mails), q.states())
			}
			if tc.way == StartTLS && !mails[0].tls {
				t.Error("the mail came without TLS")
			}
		})
	}
	t.Run("a server without STARTTLS gets nothing", func(t *testing.T) {
		server := startMail(t, &mailServer{}, false)
		q := newMemory()
		q.owe(1)
		once(t, testSender(t, q, server.client(StartTLS), newClock()))
		if len(server.mails()) != 0 || q.states()[notify.Queued] != 1 {
			t.Errorf("got %d mails, states %v; want none in the open", len(server.mails()), q.states())
		}
	})
	t.Run("an unknown certificate gets nothing", func(t *testing.T) {
		server := startMail(t, &mailServer{}, false, withTLS(cert))
		q := newMemory()
		q.owe(1)
		once(t, testSender(t, q, server.client(StartTLS), newClock()))
		if len(server.mails()) != 0 || q.states()[notify.Queued] != 1 {
			t.Errorf("got %d mails, states %v; want none", len(server.mails()), q.states())
		}
	})
	t.Run("a wrong password pauses", func(t *testing.T) {
		server := startMail(t, &mailServer{auth: map[string]string{"sender": "right"}, trust: pool}, false, withTLS(cert))
		q := newMemory()
		id := q.owe(1)[0]
		client := server.client(StartTLS)
		client.User, client.Password = "sender", "wrong"
		s := testSender(t, q, client, newClock())
		once(t, s)
		if m := q.get(id); m.State != notify.Queued || m.Attempts != 0 || strings.Contains(m.Reply, "wrong") || !s.paused() {
			t.Errorf("got %s, %d attempts, %q, paused %v; want queued, 0, no password, paused", m.State, m.Attempts, m.Reply, s.paused())
		}
	})
}

func TestSenderCancelsWhatHasLostItsReason(t *testing.T) {
	server := startMail(t, &mailServer{}, false)
	q := newMemory()
	ids := q.owe(3)
	for i, state := range []campaign.Response{campaign.Submitted, campaign.Withdrawn} {
		a := q.assignments[q.messages[ids[i]].Assignment]
		a.Response = state
		q.assignments[a.ID] = a
	}
	orphan := messageTo(testAssignment("nobody"), "orphan", notify.Request)
	q.messages["orphan"] = orphan
	once(t, testSender(t, q, server.client(NoTLS), newClock()))
	for id, want := range map[string]notify.Reason{ids[0]: notify.Answered, ids[1]: notify.Withdrawn, "orphan": notify.RecordMissing} {
		if m := q.get(id); m.State != notify.Cancelled || m.Reason != want {
			t.Errorf("%s: %s (%s), want cancelled (%s)", id, m.State, m.Reason, want)
		}
	}
	if len(server.mails()) != 1 {
		t.Errorf("%d mails left, want 1", len(server.mails()))
	}
}

func TestSenderSendsAgainWithTheSameMessageIDAfterACrash(t *testing.T) {
	server := startMail(t, &mailServer{}, false)
	q, c := newMemory(), newClock()
	id := q.owe(1)[0]
	q.broken = errGone // the mail leaves, and the process dies before noting it
	short := func(c *SenderConfig) { c.Lease = time.Minute }
	dying := testSender(t, q, server.client(NoTLS), c, short)
	dying.Lease = 300 * time.Millisecond // how long it tries to note it
	batch, err := q.Claim(context.Background(), 1, c.now(), c.now().Add(time.Minute))
	if err != nil || len(batch) != 1 {
		t.Fatalf("Claim = %d messages, %v", len(batch), err)
	}
	letters, err := collect(context.Background(), q, batch)
	if err != nil {
		t.Fatal(err)
	}
	dying.deliver(context.Background(), letters)
	q.mu.Lock()
	q.broken = nil
	q.mu.Unlock()

	heir := testSender(t, q, server.client(NoTLS), c, short)
	if n := once(t, heir); n != 0 {
		t.Fatalf("another sender claimed %d within the lease, want 0", n)
	}
	c.forward(2 * time.Minute)
	once(t, heir)
	mails := server.mails()
	if len(mails) != 2 || q.get(id).State != notify.Sent {
		t.Fatalf("%d mails, %s; want 2 and sent", len(mails), q.get(id).State)
	}
	if a, b := mails[0].header.Get("Message-Id"), mails[1].header.Get("Message-Id"); a != b || a == "" {
		t.Errorf("Message-ID %q and then %q, want the same", a, b)
	}
	// What the dead sender says late changes nothing: the fence has risen.
	late := outcome(batch[0], notify.Failed, c.now())
	if err := q.Settle(context.Background(), []notify.Outcome{late}); err != nil || q.get(id).State != notify.Sent {
		t.Errorf("late outcome: %v, %s; want it left out", err, q.get(id).State)
	}
}

func TestParallelSendersSendOnce(t *testing.T) {
	server := startMail(t, &mailServer{}, false)
	q := newMemory()
	const n = 60
	q.owe(n)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var senders sync.WaitGroup
	for range 3 {
		s := testSender(t, q, server.client(NoTLS), newClock(), func(c *SenderConfig) { c.Connections = 2; c.Rate = 500 })
		senders.Go(func() { s.Run(ctx) })
	}
	for q.states()[notify.Sent] < n && ctx.Err() == nil {
		time.Sleep(5 * time.Millisecond)
	}
	stop()
	senders.Wait()
	seen := map[string]int{}
	for _, m := range server.mails() {
		seen[m.header.Get("Message-Id")]++
	}
	if len(seen) != n || len(server.mails()) != n {
		t.Errorf("%d mails with %d ids, want %d of each", len(server.mails()), len(seen), n)
	}
}

func TestSenderHandsBackWhenStopped(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	server := &mailServer{}
	server.onData = func(n int) error {
		if n == 2 {
			stop()
		}
		return nil
	}
	startMail(t, server, false)
	q := newMemory()
	q.owe(20)
	s := testSender(t, q, server.client(NoTLS), newClock(), func(c *SenderConfig) { c.Connections = 1 })
	s.Run(ctx)
	states := q.states()
	if states[notify.Sent] != len(server.mails()) || states[notify.Sent] != 3 {
		t.Errorf("%d noted as sent, %d left; want 3 of both", states[notify.Sent], len(server.mails()))
	}
	again, err := q.Claim(context.Background(), 100, s.Now(), s.Now().Add(time.Minute))
	if err != nil || len(again) != 17 {
		t.Errorf("%d can be claimed at once after the stop (%v), want 17", len(again), err)
	}
}

func TestSenderKeepsToTheRate(t *testing.T) {
	s := testSender(t, newMemory(), &Server{}, newClock(), func(c *SenderConfig) { c.Rate = 2; c.Connections = 4 })
	if s.limit.Limit() != 2 || s.limit.Burst() != 1 {
		t.Errorf("limiter %v with burst %d, want 2 a second, one at a time", s.limit.Limit(), s.limit.Burst())
	}
	// A batch must end within its lease.
	if n := s.batchSize(); float64(n)/2 > s.Lease.Seconds()/2 {
		t.Errorf("a batch of %d at 2 a second does not fit into a lease of %s", n, s.Lease)
	}
	// What is withdrawn or readdressed is taken by then: it must not wait for long.
	if n := s.batchSize(); n > 6 {
		t.Errorf("%d mails are taken at once at 2 a second, want what leaves within three seconds", n)
	}
}

func TestWithoutAServerMailGoesToTheMailbox(t *testing.T) {
	q := newMemory()
	ids := q.owe(3)
	bad := q.messages[ids[0]]
	bad.To.Email = "not an address"
	a := q.assignments[bad.Assignment]
	a.Email = bad.To.Email
	q.messages[ids[0]], q.assignments[a.ID] = bad, a
	once(t, testSender(t, q, nil, newClock(), func(c *SenderConfig) { c.Mailbox = true }))
	if s := q.states(); s[notify.Sent] != 2 || s[notify.Failed] != 1 {
		t.Errorf("states %v, want 2 sent and 1 failed", s)
	}
	mail, err := Reader{Records: q, Renderer: testRenderer(t), Now: newClock().now}.Read(context.Background(), q.get(ids[1]))
	if err != nil || !strings.Contains(mail.Text, mail.Link) {
		t.Errorf("Read: %v; want the mail with its link", err)
	}
}

func TestNothingGetsOutOfHeadersAndAddresses(t *testing.T) {
	server := startMail(t, &mailServer{}, false)
	q := newMemory()
	a := testAssignment("evil")
	a.Name = "悪い会社\r\nBcc: victim@example.com"
	a.Person = "Eve\r\nX-Evil: 1\r\n\r\nbody"
	m := messageTo(a, "evil\r\nX-Evil: 2", notify.Request)
	q.assignments[a.ID], q.messages[m.ID] = a, m
	b := testAssignment("address")
	b.Email = "x@example.jp>\r\nRCPT TO:<victim@example.com"
	n := messageTo(b, "address", notify.Request)
	q.assignments[b.ID], q.messages[n.ID] = b, n
	once(t, testSender(t, q, server.client(NoTLS), newClock()))
	mails := server.mails()
	if len(mails) != 1 {
		t.Fatalf("%d mails, want 1", len(mails))
	}
	for _, name := range []string{"Bcc", "X-Evil"} {
		if v := mails[0].header.Get(name); v != "" {
			t.Errorf("header %s = %q got in", name, v)
		}
	}
	if m := q.get("address"); m.State != notify.Failed || m.Reason != notify.BadAddress {
		t.Errorf("address with a line end: %s (%s), want failed (bad-address)", m.State, m.Reason)
	}
}

func TestSettleIsTriedAgain(t *testing.T) {
	q := newMemory()
	id := q.owe(1)[0]
	server := startMail(t, &mailServer{onData: func(int) error { return nil }}, false)
	q.broken = errors.New("away for a moment")
	time.AfterFunc(50*time.Millisecond, func() { q.mu.Lock(); q.broken = nil; q.mu.Unlock() })
	once(t, testSender(t, q, server.client(NoTLS), newClock()))
	if m := q.get(id); m.State != notify.Sent {
		t.Errorf("%s, want sent once the database was back", m.State)
	}
}

// TestAStoppingSenderDoesNotWaitForADatabaseThatEnded: the process has to end so
// that it can be started anew.
func TestAStoppingSenderDoesNotWaitForADatabaseThatEnded(t *testing.T) {
	q := newMemory()
	q.owe(1)
	q.broken = errors.New("gone")
	s := testSender(t, q, nil, newClock(), func(cfg *SenderConfig) {
		cfg.Mailbox, cfg.Lease, cfg.Grace = true, time.Hour, time.Millisecond
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { s.Run(ctx); close(ended) }()
	time.Sleep(20 * time.Millisecond) // it may be anywhere when it is stopped
	stop()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Fatal("it still waits for the database")
	}
}
