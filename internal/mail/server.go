package mail

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// TLS is how the connection to the mail server is protected.
type TLS string

// The ways.
const (
	StartTLS  TLS = "starttls" // begun in the open, TLS demanded before anything else
	DirectTLS TLS = "tls"      // TLS from the first byte
	NoTLS     TLS = "none"     // in the open, for a server on a trusted network
)

// Server is the mail server that takes our mail.
type Server struct {
	Host     string
	Port     int
	User     string // empty: no authentication
	Password string
	TLS      TLS
	// Helo is how we introduce ourselves; empty leaves it to the machine's name.
	Helo string
	// Patience is how long each exchange may take; 0: half a minute.
	Patience time.Duration
	// Trust replaces the system's certificates; nil in production.
	Trust *tls.Config
}

var defaultPorts = map[TLS]int{StartTLS: 587, DirectTLS: 465, NoTLS: 25}

// errURL begins every complaint about --smtp-url. The password is never repeated.
var errURL = errors.New("the mail server's address must look like smtp://user@mail.example.com:587?tls=starttls " +
	"(tls is starttls, tls or none)")

// ParseURL reads smtp://user:password@host:port?tls=starttls|tls|none. The scheme
// smtps means tls=tls. Without a port it is 587, 465 or 25. A password given
// separately, so that it stands in no command line, wins; it must not be given
// twice. Errors say what is expected and never repeat the password.
func ParseURL(raw, password string) (Server, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil { // the error would show the whole address
		return Server{}, fmt.Errorf("%w: it cannot be read; write special characters of the password as %%XX", errURL)
	}
	s := Server{Host: u.Hostname()}
	if s.TLS, err = tlsOf(u); err != nil {
		return Server{}, err
	}
	if s.Host == "" {
		return Server{}, fmt.Errorf("%w: the host is missing", errURL)
	}
	if strings.Contains(s.Host, ":") && !strings.HasPrefix(u.Host, "[") {
		return Server{}, fmt.Errorf("%w: there is a colon too many; an IPv6 address stands in [ ]", errURL)
	}
	if u.Path != "" && u.Path != "/" || u.Fragment != "" {
		return Server{}, fmt.Errorf("%w: nothing may follow the port but ?tls=…", errURL)
	}
	s.Port = defaultPorts[s.TLS]
	if p := u.Port(); p != "" {
		if s.Port, err = strconv.Atoi(p); err != nil || s.Port < 1 || s.Port > 65535 {
			return Server{}, fmt.Errorf("%w: the port must be 1 to 65535, not %q", errURL, p)
		}
	}
	return s.withCredentials(u.User, password)
}

func tlsOf(u *url.URL) (TLS, error) {
	way := StartTLS
	switch u.Scheme {
	case "smtp":
	case "smtps":
		way = DirectTLS
	default:
		return "", fmt.Errorf("%w: it must begin with smtp:// or smtps://", errURL)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "", fmt.Errorf("%w: the part after ? cannot be read", errURL)
	}
	for key, values := range query {
		if key != "tls" || len(values) != 1 {
			return "", fmt.Errorf("%w: unknown or repeated setting %q", errURL, key)
		}
		given := TLS(values[0])
		if _, ok := defaultPorts[given]; !ok {
			return "", fmt.Errorf("%w: tls=%s is unknown", errURL, given)
		}
		if u.Scheme == "smtps" && given != DirectTLS {
			return "", fmt.Errorf("%w: smtps:// means tls=tls, not tls=%s", errURL, given)
		}
		way = given
	}
	return way, nil
}

func (s Server) withCredentials(user *url.Userinfo, password string) (Server, error) {
	inURL, twice := user.Password()
	switch {
	case twice && password != "" && inURL != password:
		return Server{}, fmt.Errorf("%w: the password is given both there and separately; leave one out", errURL)
	case password == "":
		password = inURL
	}
	s.User, s.Password = user.Username(), password
	switch {
	case s.User == "" && s.Password != "":
		return Server{}, fmt.Errorf("%w: there is a password but no user", errURL)
	case s.User != "" && s.Password == "":
		return Server{}, fmt.Errorf("%w: there is a user but no password", errURL)
	case s.User != "" && s.TLS == NoTLS:
		return Server{}, fmt.Errorf("%w: with tls=none the password would travel unprotected; use starttls or tls", errURL)
	}
	return s, nil
}

// String is the address without the password, for logs and `tsunagi config`.
func (s Server) String() string {
	user := ""
	if s.User != "" {
		user = s.User + "@"
	}
	return fmt.Sprintf("smtp://%s%s:%d?tls=%s", user, s.Host, s.Port, s.TLS)
}
