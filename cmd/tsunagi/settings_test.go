package main

import (
	"strings"
	"testing"
)

// TestPagesAnswerWhereItListens holds that whoever moves the program to another port
// alone gets links, and a sign-in, that work there.
func TestPagesAnswerWhereItListens(t *testing.T) {
	for _, tc := range []struct {
		name string
		args []string
		want string
	}{
		{"nothing is said", nil, "http://127.0.0.1:8080"},
		{"another port", []string{"--listen=127.0.0.1:9090"}, "http://127.0.0.1:9090"},
		{"a name", []string{"--listen=localhost:9090"}, "http://localhost:9090"},
		{"every address", []string{"--listen=0.0.0.0:9090"}, "http://127.0.0.1:9090"},
		{"every address, in short", []string{"--listen=:9090"}, "http://127.0.0.1:9090"},
		{"every address of IPv6", []string{"--listen=[::]:9090"}, "http://127.0.0.1:9090"},
		{"loopback of IPv6", []string{"--listen=[::1]:9090"}, "http://[::1]:9090"},
		{"an address is said", []string{"--listen=127.0.0.1:9090", "--base-url=https://survey.example.jp"}, "https://survey.example.jp"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var c cli
			parser, err := newParser(t.Context(), &c)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parser.Parse(append(tc.args, "demo")); err != nil {
				t.Fatal(err)
			}
			if c.BaseURL != tc.want {
				t.Errorf("tsunagi %s: base URL %q, want %q", strings.Join(tc.args, " "), c.BaseURL, tc.want)
			}
		})
	}
	for _, listen := range []string{"8080", "127.0.0.1"} {
		s := Settings{Listen: listen}
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), "--listen") {
			t.Errorf("--listen %q: %v", listen, err)
		}
	}
}

// TestBaseURL: an address that cannot work is refused in a sentence of its own.
func TestBaseURL(t *testing.T) {
	for address, want := range map[string]string{
		"https://survey.example.jp": "", "https://survey.example.jp/": "", "http://127.0.0.1:8080": "", "http://[::1]:8080": "",
		"https://www.example.jp/survey": "a host name of its own", "https://www.example.jp/a/b/": "a host name of its own",
		"survey.example.jp": "want an address", "https://": "want an address", "ftp://survey.example.jp": "want an address", "https://a:b@survey.example.jp": "want an address",
		"https://survey.example.jp?x=1": "want an address", "https://survey.example.jp#x": "want an address", "https://:443": "want an address",
	} {
		if err := checkBase(address); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
}
