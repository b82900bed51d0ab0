package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/oklog/ulid/v2"

	"tsunagi/internal/mongod/mongodtest"
)

// mailServer notes what a client said, and refuses a sender when told to.
type mailServer struct {
	mu     sync.Mutex
	said   []string
	bodies int
	refuse error
}

func (m *mailServer) note(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.said = append(m.said, fmt.Sprintf(format, args...))
}

func (m *mailServer) heard() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Join(m.said, "\n")
}

// NewSession implements smtp.Backend.
func (m *mailServer) NewSession(c *smtp.Conn) (smtp.Session, error) {
	m.note("HELO %s", c.Hostname())
	return &session{m}, nil
}

type session struct{ *mailServer }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.note("MAIL %s", from)
	return s.refuse
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.note("RCPT %s", to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	s.note("DATA of %d bytes", len(raw))
	s.bodies++
	return err
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

func (m *mailServer) start(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(m)
	server.Domain = "mail.example.jp"
	go func() {
		if err := server.Serve(listener); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Log(err)
		}
	}()
	t.Cleanup(func() { _ = server.Close() })
	return fmt.Sprintf("smtp://%s?tls=none", listener.Addr())
}

// TestCheckTriesTheMailServer: connection, sender and recipient, and a mail only
// when one is asked for.
func TestCheckTriesTheMailServer(t *testing.T) {
	check := func(m *mailServer, more ...string) (string, string, int) {
		t.Helper()
		return command(t, append([]string{"check", "--mongodb-uri", mongodtest.URI(t), "--mongodb-name", "k" + ulid.Make().String(), "--data", t.TempDir(),
			"--base-url", "https://survey.example.jp", "--smtp-url", m.start(t)}, more...)...)
	}
	t.Run("nothing is sent", func(t *testing.T) {
		m := &mailServer{}
		stdout, stderr, code := check(m, "--mail-from", "survey@example.jp")
		if !regexp.MustCompile(`(?m)^(－|○) MongoDB \d+\.\d+\.\d+ gets (no )?security fixes`).MatchString(stdout) {
			t.Errorf("it does not tell whether MongoDB is supported:\n%s", stdout)
		}
		if want := "HELO survey.example.jp\nMAIL survey@example.jp\nRCPT survey@example.jp"; code != 0 || m.heard() != want || m.bodies != 0 {
			t.Errorf("exit %d, the server heard\n%s\nwant\n%s\n%s%s", code, m.heard(), want, stdout, stderr)
		}
	})
	t.Run("a test mail", func(t *testing.T) {
		m := &mailServer{}
		stdout, stderr, code := check(m, "--mail-from", "survey@example.jp", "--mail-helo", "out.example.jp", "--send-test", "me@example.jp")
		if code != 0 || m.bodies != 1 || !strings.Contains(m.heard(), "HELO out.example.jp") || !strings.Contains(m.heard(), "RCPT me@example.jp") {
			t.Errorf("exit %d, %d mails, the server heard\n%s\n%s%s", code, m.bodies, m.heard(), stdout, stderr)
		}
	})
	t.Run("a sender that is refused", func(t *testing.T) {
		m := &mailServer{refuse: &smtp.SMTPError{Code: 553, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "not owned by user"}}
		stdout, stderr, code := check(m, "--mail-from", "other@example.jp")
		if code == 0 || !strings.Contains(stderr, "refuses the sender other@example.jp (--mail-from): 553 5.7.1 not owned by user") || m.bodies != 0 {
			t.Errorf("exit %d\n%s%s", code, stdout, stderr)
		}
	})
	t.Run("no sender", func(t *testing.T) {
		m := &mailServer{}
		_, stderr, code := check(m)
		if code == 0 || !strings.Contains(stderr, "--mail-from is not set") || m.heard() != "" {
			t.Errorf("exit %d, the server heard %q\n%s", code, m.heard(), stderr)
		}
	})
}

func TestTheSenderIsAnAddress(t *testing.T) {
	for _, from := range []string{"調達部 <survey@example.jp>", "survey", "a@b\nc"} {
		s := Settings{Listen: "127.0.0.1:8080", BaseURL: "https://survey.example.jp", SMTPURL: "smtp://mail.example.jp", MailFrom: from}
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), "--mail-from") {
			t.Errorf("--mail-from %q: %v", from, err)
		}
	}
}

func TestHeloName(t *testing.T) {
	for _, tc := range []struct{ set, host, want string }{
		{"", "survey.example.jp", "survey.example.jp"}, {"out.example.jp", "survey.example.jp", "out.example.jp"},
		{"", "127.0.0.1", "[127.0.0.1]"}, {"", "::1", "[IPv6:::1]"},
	} {
		if got := heloName(tc.set, tc.host); got != tc.want {
			t.Errorf("heloName(%q, %q) = %q, want %q", tc.set, tc.host, got, tc.want)
		}
	}
}
