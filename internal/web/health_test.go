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
	s, err := New(NewFrame(Config{Base: base, Now: time.Now, Log: slog.New(slog.DiscardHandler), Ready: func(context.Context) error { return nil }}), users, nil, nil, nil)
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
