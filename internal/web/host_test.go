package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"tsunagi/internal/app"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/demo"
)

// caller is how a request reaches us.
type caller struct {
	base, host, from string // from: the address of whoever connects
	proxies          []string
	header           http.Header
}

func (c caller) env(t *testing.T) *apptest.Env {
	return apptest.NewWith(t, func(cfg *app.Config) {
		cfg.Base, _ = url.Parse(c.base)
		cfg.TrustedProxies = c.proxies
	})
}

func (c caller) send(env *apptest.Env, method, path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Host, r.RemoteAddr = c.host, c.from
	for name, values := range c.header {
		r.Header[name] = values
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	env.Web.ServeHTTP(w, r)
	return w
}

const (
	public = "https://tsunagi.example.jp"
	abroad = "203.0.113.9:5000"
	here   = "127.0.0.1:5000"
)

// TestOtherHostsAreMisdirected: we answer by our own name alone, whoever asks; health
// answers by any. A proxy may rewrite the name when it is trusted or on this machine.
func TestOtherHostsAreMisdirected(t *testing.T) {
	forwarded := func(host string) http.Header { return http.Header{"X-Forwarded-Host": {host}} }
	for _, group := range []struct {
		base    string
		proxies []string
		cases   []caller
		right   bool
	}{
		{public, []string{"10.1.0.0/16"}, []caller{
			{host: "tsunagi.example.jp", from: abroad}, {host: "TSUNAGI.example.jp.", from: abroad}, {host: "tsunagi.example.jp:443", from: abroad},
			{host: "tsunagi:8080", from: "10.1.2.3:9"}, {host: "upstream", from: "10.1.2.3:9", header: forwarded("tsunagi.example.jp")},
			{host: "127.0.0.1:8080", from: here}, {host: "localhost:8080", from: "[::1]:9", header: forwarded("tsunagi.example.jp, inner")},
		}, true},
		{public, []string{"10.1.0.0/16"}, []caller{
			{host: "evil.example.com", from: abroad}, {host: "203.0.113.1", from: abroad}, {host: "localhost", from: abroad}, {host: "", from: abroad},
			{host: "evil.example.com", from: here}, {host: "tsunagi.example.jp.evil.example.com", from: abroad},
			{host: "upstream", from: "10.1.2.3:9", header: forwarded("evil.example.com")},
			{host: "evil.example.com", from: abroad, header: forwarded("tsunagi.example.jp")},
		}, false},
		{"http://localhost:8080", nil, []caller{
			{host: "localhost:8080", from: here}, {host: "127.0.0.1:8080", from: here}, {host: "[::1]:8080", from: "[::1]:9"}, {host: "127.0.0.1:8080", from: abroad},
		}, true},
		{"http://localhost:8080", nil, []caller{{host: "evil.example.com:8080", from: here}, {host: "192.0.2.1:8080", from: abroad}}, false},
	} {
		env := caller{base: group.base, proxies: group.proxies}.env(t)
		for _, c := range group.cases {
			for _, path := range []string{"/sign-in", "/nothing", "/static/x/app.js"} {
				if got := c.send(env, http.MethodGet, path, nil).Code == http.StatusMisdirectedRequest; got == group.right {
					t.Errorf("%s: %q from %s %v: GET %s is misdirected: %t", group.base, c.host, c.from, c.header, path, got)
				}
			}
			for _, path := range []string{"/healthz", "/readyz"} {
				if code := c.send(env, http.MethodGet, path, nil).Code; code != http.StatusOK {
					t.Errorf("%s: %q from %s: GET %s %d", group.base, c.host, c.from, path, code)
				}
			}
		}
	}
	res := caller{host: "evil.example.com", from: abroad}.send(caller{base: public}.env(t), http.MethodGet, "/", nil)
	if text := res.Body.String(); !strings.Contains(text, public) || res.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("whoever came by another name is told %q", text)
	}
	// The names of this machine lead nobody else to us: then the setting is missing.
	res = caller{host: "192.0.2.1:8080", from: abroad}.send(caller{base: "http://localhost:8080"}.env(t), http.MethodGet, "/", nil)
	if text := res.Body.String(); !strings.Contains(text, "--base-url") || strings.Contains(text, "http://localhost:8080 を開いて") {
		t.Errorf("where no base address is set, whoever comes from elsewhere is told %q", text)
	}
}

// TestOriginIsHeldAgainstTheBase, with and without Sec-Fetch-Site, also where a proxy
// rewrites Host.
func TestOriginIsHeldAgainstTheBase(t *testing.T) {
	origin := func(values ...string) http.Header {
		h := http.Header{}
		for i, name := range []string{"Origin", "Sec-Fetch-Site"} {
			if i < len(values) && values[i] != "" {
				h.Set(name, values[i])
			}
		}
		return h
	}
	plain := "http://tsunagi.example.jp"
	for _, group := range []struct {
		base    string
		host    string
		headers []http.Header
		taken   bool
	}{
		{plain, "127.0.0.1:8080", []http.Header{origin(plain), origin(plain + ":80"), origin("HTTP://TSUNAGI.example.jp")}, true},
		{public, "127.0.0.1:8080", []http.Header{origin(public, "same-origin"), origin("", "same-origin"), origin("", "none"), origin(public), origin("null", "same-origin")}, true},
		{public, "tsunagi.example.jp", []http.Header{origin(), origin("null"), origin("https://evil.example.com"), origin("http://tsunagi.example.jp"),
			origin(public + ":8443"), origin("https://evil.example.com", "same-origin"), origin(public, "cross-site"), origin("", "cross-site"), origin("", "same-site"),
			origin("https://tsunagi.example.jp.evil.example.com"), origin("https://127.0.0.1:8080"), origin("%zz")}, false},
		{"http://localhost:8080", "127.0.0.1:8080", []http.Header{origin("http://127.0.0.1:8080"), origin("http://[::1]:8080"), origin("http://localhost:8080")}, true},
		{"http://localhost:8080", "127.0.0.1:8080", []http.Header{origin("http://127.0.0.1:9090"), origin("https://localhost:8080")}, false},
	} {
		env := caller{base: group.base}.env(t)
		for _, header := range group.headers {
			form := url.Values{"email": {"owner@example.jp"}, "password": {demo.Password}}
			res := caller{host: group.host, from: here, header: header}.send(env, http.MethodPost, "/sign-in", form)
			if got := res.Code == http.StatusSeeOther; got != group.taken {
				t.Errorf("%s behind %s, %v: %d, taken %t, want %t", group.base, group.host, header, res.Code, got, group.taken)
			}
		}
	}
}

// TestHEADAnswersLikeGET on every route, over a real connection.
func TestHEADAnswersLikeGET(t *testing.T) {
	t.Parallel()
	a := ask(t)
	server := httptest.NewServer(a.Web)
	defer server.Close()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	paths := []string{"/nothing", a.link("C1:S1"), a.link("C1:S1") + "x"}
	for _, r := range a.Web.Routes() {
		if r.Method == http.MethodGet {
			paths = append(paths, at(r.Path, unknownID))
		}
	}
	for _, path := range paths {
		get, err := client.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = get.Body.Close()
		head, err := client.Head(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = head.Body.Close()
		for _, name := range []string{"Location", "Content-Type", "Cache-Control", "Content-Security-Policy"} {
			if head.Header.Get(name) != get.Header.Get(name) {
				t.Errorf("%s: %s is %q by HEAD and %q by GET", path, name, head.Header.Get(name), get.Header.Get(name))
			}
		}
		if head.StatusCode != get.StatusCode {
			t.Errorf("%s: HEAD %d, GET %d", path, head.StatusCode, get.StatusCode)
		}
	}
}

// TestNextIsALocalPath: after signing in nobody is led to another site.
func TestNextIsALocalPath(t *testing.T) {
	t.Parallel()
	env := apptest.New(t)
	tidied := map[string]string{"/a\x00b": "/ab", "/a\u202eb": "/ab"} // posted text loses such signs before
	for next, want := range map[string]string{
		"/campaigns?page=2": "/campaigns?page=2", "": "/", "https://evil.example.com": "/", "//evil.example.com": "/", "/\\evil.example.com": "/",
		"\\\\evil.example.com": "/", "/\t/evil.example.com": "/", "/\r\nSet-Cookie: x=1": "/", "/a\x00b": "/", "/\u0085": "/", "/a\u2028b": "/",
		"javascript:alert(1)": "/", " /campaigns": "/", "/a\u202eb": "/", "/%2f%2fevil.example.com": "/%2f%2fevil.example.com",
	} {
		page := env.Browser().Page("/sign-in?" + url.Values{"next": {next}}.Encode())
		if got := page.Find("input[name=next]").AttrOr("value", ""); got != want {
			t.Errorf("next=%q is kept as %q, want %q", next, got, want)
		}
		res := env.Browser().Post("/sign-in", url.Values{"email": {"owner@example.jp"}, "password": {demo.Password}, "next": {next}})
		if posted, ok := tidied[next]; ok {
			want = posted
		}
		if got := res.Header().Get("Location"); got != want {
			t.Errorf("next=%q leads to %q, want %q", next, got, want)
		}
	}
}
