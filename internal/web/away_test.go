package web_test

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"tsunagi/internal/access"
	"tsunagi/internal/app"
	"tsunagi/internal/app/apptest"
)

// TestPagesWhileTheDatabaseIsAway walks every route while the managed database is started
// again: each says so at once, and health tells why.
func TestPagesWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	var why atomic.Pointer[error]
	env := apptest.NewWith(t, func(cfg *app.Config) {
		cfg.Trouble = func() error {
			if err := why.Load(); err != nil {
				return *err
			}
			return nil
		}
	})
	owner := env.As(access.Owner)
	away := errors.New("the database process ended: Fatal assertion: No space left on device")
	why.Store(&away)
	for _, r := range env.Web.Routes() {
		path := strings.ReplaceAll(r.Path, ":", "x")
		path = strings.ReplaceAll(path, "*path", "app.css")
		want := http.StatusServiceUnavailable
		switch r.Path {
		case "/healthz":
			want = http.StatusOK
		case "/static/:hash/*path", "/metrics":
			want = http.StatusNotFound // there is no such file, and no token
		}
		for _, c := range []*apptest.Client{owner, env.Browser()} {
			if res := c.Do(r.Method, path, "", nil); res.Code != want {
				t.Errorf("%s %s: %d, want %d", r.Method, path, res.Code, want)
			}
		}
		if res := owner.JSON(r.Method, path, "{}"); res.Code != want {
			t.Errorf("%s %s by a script: %d, want %d", r.Method, path, res.Code, want)
		}
	}
	if res := owner.Get("/suppliers"); !strings.Contains(res.Body.String(), "1分ほどたってから") || strings.Contains(res.Body.String(), "Fatal") {
		t.Errorf("the page does not say what to do, or tells strangers of our disk:\n%s", res.Body)
	}
	if d := apptest.Details(t, owner.Inside("/readyz")); d.Status != "not ready" || !strings.Contains(d.Sentence(), "database is failing ("+away.Error()) {
		t.Errorf("/readyz: %+v, want the database's own words", d)
	}
	why.Store(nil)
	if res := owner.Get("/readyz"); res.Code != http.StatusOK {
		t.Errorf("/readyz with the database back: %d %s", res.Code, res.Body)
	}
	if res := owner.Get("/suppliers"); res.Code != http.StatusOK {
		t.Errorf("a page with the database back: %d", res.Code)
	}
}
