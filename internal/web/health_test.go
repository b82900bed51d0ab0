package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"tsunagi/internal/org"
	"tsunagi/internal/watch"
)

// hanging are accounts of a database that gives no answer.
type hanging struct {
	accounts
	asked int
}

func (h *hanging) Authenticate(context.Context, string) (org.Account, error) {
	h.asked++
	return org.Account{}, context.DeadlineExceeded
}

// TestHealthWaitsForNobody: what needs no database looks up nobody in it, also not whose
// session the browser brings along. A health check of two seconds took half a minute.
func TestHealthWaitsForNobody(t *testing.T) {
	base, _ := url.Parse("http://survey.example.jp")
	users := &hanging{}
	s, err := New(NewFrame(Config{Base: base, Now: time.Now, NewID: func() string { return "01ARZ3NDEKTSV4RRFFQ69G5FAV" }, Log: slog.New(slog.DiscardHandler), Health: func(context.Context) watch.Health { return watch.Health{} }}), users, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Host = base.Host
		r.AddCookie(&http.Cookie{Name: CookieUser, Value: "somebody's session"})
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusOK || users.asked != 0 {
			t.Errorf("%s: %d %s, %d looks into the database", path, w.Code, w.Body, users.asked)
		}
	}
	for _, r := range s.Routes() {
		if r.noData && !r.Guard.Public() {
			t.Errorf("%s needs no database, but somebody's right", r.Path)
		}
	}
}

// TestStrangersAreToldLittle: how each part is, only this machine itself is told, and no
// proxy on it, which passes on what strangers ask.
func TestStrangersAreToldLittle(t *testing.T) {
	base, _ := url.Parse("https://survey.example.jp")
	ill := watch.Health{Version: "v9", Parts: []watch.Part{{Name: watch.Database, State: watch.Failing, Words: "10.1.2.3:27017 refuses"}}}
	s, err := New(NewFrame(Config{Base: base, Now: time.Now, NewID: func() string { return "01ARZ3NDEKTSV4RRFFQ69G5FAV" }, Log: slog.New(slog.DiscardHandler), TrustedProxies: []string{"127.0.0.1"},
		Health: func(context.Context) watch.Health { return ill }}), &hanging{}, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		from, host, header string
		details            bool
	}{
		"this machine":          {"127.0.0.1:999", "127.0.0.1:8080", "", true},
		"this machine, by IPv6": {"[::1]:999", "[::1]:8080", "", true},
		"by its name":           {"127.0.0.1:999", "localhost:8080", "", true},
		"another machine":       {"10.9.8.7:999", "10.1.1.1:8080", "", false},
		"it says it is this":    {"10.9.8.7:999", "127.0.0.1", "", false},
		"a proxy":               {"127.0.0.1:999", "127.0.0.1:8080", "X-Forwarded-For", false},
		"a proxy of few words":  {"127.0.0.1:999", "127.0.0.1:8080", "X-Real-IP", false},
		"its own name":          {"127.0.0.1:999", "survey.example.jp", "", false},
		"no address":            {"", "127.0.0.1:8080", "", false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/readyz", nil)
		r.RemoteAddr, r.Host = tc.from, tc.host
		if tc.header != "" {
			r.Header.Set(tc.header, "203.0.113.9")
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		short, long := `{"status":"not ready"}`, `{"status":"not ready","version":"v9","components":[{"name":"database","state":"failing","words":"10.1.2.3:27017 refuses"}]}`
		want := short
		if tc.details {
			want = long
		}
		if w.Code != http.StatusServiceUnavailable || w.Body.String() != want {
			t.Errorf("%s: %d %s, want %s", name, w.Code, w.Body, want)
		}
	}
}
