package mail

import (
	"strings"
	"testing"
)

func TestParseURL(t *testing.T) {
	for _, tc := range []struct {
		raw, password string
		want          Server
	}{
		{"smtp://mail.example.com", "", Server{Host: "mail.example.com", Port: 587, TLS: StartTLS}},
		{" smtp://mail.example.com:2525/ ", "", Server{Host: "mail.example.com", Port: 2525, TLS: StartTLS}},
		{"smtps://mail.example.com", "", Server{Host: "mail.example.com", Port: 465, TLS: DirectTLS}},
		{"smtp://mail.example.com?tls=tls", "", Server{Host: "mail.example.com", Port: 465, TLS: DirectTLS}},
		{"smtp://mail.example.com?tls=none", "", Server{Host: "mail.example.com", Port: 25, TLS: NoTLS}},
		{"smtp://u%40example.com:p%3Aw@mail.example.com", "", Server{Host: "mail.example.com", Port: 587, TLS: StartTLS, User: "u@example.com", Password: "p:w"}},
		{"smtp://u@mail.example.com", "secret", Server{Host: "mail.example.com", Port: 587, TLS: StartTLS, User: "u", Password: "secret"}},
		{"smtp://[::1]:25?tls=none", "", Server{Host: "::1", Port: 25, TLS: NoTLS}},
	} {
		got, err := ParseURL(tc.raw, tc.password)
		if err != nil || got != tc.want {
			t.Errorf("ParseURL(%q) = %+v, %v, want %+v", tc.raw, got, err, tc.want)
		}
	}
}

func TestParseURLSaysWhatIsExpectedAndKeepsTheSecret(t *testing.T) {
	for _, tc := range []struct{ raw, password, want string }{
		{"", "", "begin with smtp://"},
		{"mail.example.com:587", "", "smtp://"},
		{"http://mail.example.com", "", "begin with smtp://"},
		{"smtp://", "", "host is missing"},
		{"smtp://mail.example.com:0", "", "port"},
		{"smtp://mail.example.com:587:9", "", "a colon"},
		{"smtp://::1", "", "a colon"},
		{"smtp://mail.example.com:99999", "", "port"},
		{"smtp://mail.example.com/box", "", "nothing may follow"},
		{"smtp://mail.example.com?tls=ssl", "", "tls=ssl is unknown"},
		{"smtp://mail.example.com?TLS=none", "", "unknown or repeated setting"},
		{"smtps://mail.example.com?tls=none", "", "means tls=tls"},
		{"smtp://u:hunter2@mail.example.com?tls=none", "", "unprotected"},
		{"smtp://u:hunter2@mail.example.com", "other-hunter2", "given both"},
		{"smtp://u@mail.example.com", "", "no password"},
		{"smtp://:hunter2@mail.example.com", "", "no user"},
		{"smtp://u:hunter2%zz@mail.example.com", "", "cannot be read"},
	} {
		_, err := ParseURL(tc.raw, tc.password)
		if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "smtp://user@") {
			t.Errorf("ParseURL(%q) = %v, want %q and an example", tc.raw, err, tc.want)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("ParseURL(%q) repeats the password: %v", tc.raw, err)
		}
	}
	if s := (Server{Host: "h", Port: 25, TLS: StartTLS, User: "u", Password: "hunter2"}).String(); strings.Contains(s, "hunter2") {
		t.Errorf("String() = %q repeats the password", s)
	}
}
