package mail

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"mime"
	"net"
	netmail "net/mail"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// received is a mail that the test's server took.
type received struct {
	from, to string
	raw      []byte
	header   netmail.Header
	tls      bool
	user     string
}

func (r received) subject() string {
	s, err := new(mime.WordDecoder).DecodeHeader(r.header.Get("Subject"))
	if err != nil {
		return err.Error()
	}
	return s
}

// mailServer is a real SMTP server on loopback that says what the test wants.
type mailServer struct {
	mu          sync.Mutex
	got         []received
	connections int
	auth        map[string]string // user → password; nil: no authentication
	onRcpt      func(to string) error
	onMail      func(from string) error
	onData      func(n int) error // n mails were taken before
	server      *smtp.Server
	addr        *net.TCPAddr
	trust       *x509.CertPool
}

type serverOption func(*smtp.Server)

func withTLS(cert tls.Certificate) serverOption {
	return func(s *smtp.Server) { s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}} }
}

// startMail runs a server until the test ends. With direct, TLS begins at once.
func startMail(t *testing.T, m *mailServer, direct bool, options ...serverOption) *mailServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.addr = listener.Addr().(*net.TCPAddr)
	m.server = smtp.NewServer(m)
	m.server.Domain, m.server.ReadTimeout, m.server.WriteTimeout = "mail.example.jp", 10*time.Second, 10*time.Second
	m.server.ErrorLog = quiet{}
	for _, o := range options {
		o(m.server)
	}
	if direct {
		listener = tls.NewListener(listener, m.server.TLSConfig)
	}
	go func() { _ = m.server.Serve(listener) }()
	t.Cleanup(func() { _ = m.server.Close() })
	return m
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

func (m *mailServer) mails() []received {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]received(nil), m.got...)
}

// client is how the sender reaches this server.
func (m *mailServer) client(way TLS) *Server {
	s := &Server{Host: "127.0.0.1", Port: m.addr.Port, TLS: way}
	if m.trust != nil {
		s.Trust = &tls.Config{RootCAs: m.trust}
	}
	return s
}

// NewSession implements smtp.Backend.
func (m *mailServer) NewSession(c *smtp.Conn) (smtp.Session, error) {
	m.mu.Lock()
	m.connections++
	m.mu.Unlock()
	_, secure := c.TLSConnectionState()
	return &session{server: m, secure: secure}, nil
}

type session struct {
	server *mailServer
	secure bool
	user   string
	from   string
	to     string
}

func (s *session) AuthMechanisms() []string {
	if s.server.auth == nil {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if want, ok := s.server.auth[user]; !ok || want != password {
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "authentication failed"}
		}
		s.user = user
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.server.auth != nil && s.user == "" {
		return smtp.ErrAuthRequired
	}
	s.from = from
	if s.server.onMail != nil {
		return s.server.onMail(from)
	}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	if s.server.onRcpt != nil {
		return s.server.onRcpt(to)
	}
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m := s.server
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.onData != nil {
		if err := m.onData(len(m.got)); err != nil {
			return err
		}
	}
	msg, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	m.got = append(m.got, received{from: s.from, to: s.to, raw: raw, header: msg.Header, tls: s.secure, user: s.user})
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// says is a refusal in the server's words.
func says(code int, enhanced [3]int, words string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode(enhanced), Message: words}
}

// selfSigned is a certificate for the test's server, and who trusts it.
func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

var errGone = errors.New("the database is away")
