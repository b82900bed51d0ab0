package web_test

import (
	"net/http"
	"strings"
	"testing"

	"tsunagi/internal/access"
	"tsunagi/internal/app"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/supplier"
)

// TestMetricsNeedTheToken: without one that is set the page does not exist; with another
// one nobody reads it, whoever is signed in; and what is read names no firm.
func TestMetricsNeedTheToken(t *testing.T) {
	t.Parallel()
	const token = "a-token-of-some-length"
	env := apptest.NewWith(t, func(cfg *app.Config) { cfg.MetricsToken, cfg.Version = token, "v9" })
	without := apptest.New(t)
	one, err := env.Suppliers.Save(t.Context(), env.Owner, supplier.Supplier{Code: "G1", Name: "架空精工株式会社", Email: "g1@example.jp"})
	if err != nil {
		t.Fatal(err)
	}
	owner := env.As(access.Owner)
	owner.Get("/suppliers/edit/" + one.ID)
	owner.Get("/no-such-page/" + one.ID)
	for name, tc := range map[string]struct {
		client *apptest.Client
		header string
		want   int
	}{
		"no token is set":       {without.As(access.Owner), "Bearer ", http.StatusNotFound},
		"no token is given":     {owner, "", http.StatusUnauthorized},
		"an empty one":          {owner, "Bearer ", http.StatusUnauthorized},
		"another one":           {owner, "Bearer a-token-of-some-lengtH", http.StatusUnauthorized},
		"without its kind":      {owner, token, http.StatusUnauthorized},
		"by a stranger with it": {env.Browser(), "Bearer " + token, http.StatusOK},
	} {
		asking := tc.client.Tab()
		if tc.header != "" {
			asking.Header.Set("Authorization", tc.header)
		}
		res := asking.Get("/metrics")
		if res.Code != tc.want || tc.want != http.StatusOK && strings.Contains(res.Body.String(), "tsunagi_") {
			t.Errorf("%s: %d, want %d\n%s", name, res.Code, tc.want, res.Body)
		}
		details := strings.Contains(asking.Get("/readyz").Body.String(), "components")
		if details != (tc.want == http.StatusOK) {
			t.Errorf("%s: /readyz gives details: %v", name, details)
		}
		if tc.want != http.StatusOK {
			continue
		}
		text := res.Body.String()
		if !strings.Contains(text, `tsunagi_http_requests_total{class="2xx",method="GET",route="/suppliers/edit/:id"} 1`) || !strings.Contains(text, `version="v9"`) {
			t.Errorf("what happened is not told:\n%s", text)
		}
		for _, secret := range []string{one.ID, one.Name, one.Email, env.Owner.Org, env.Owner.User, "owner@example.jp", "no-such-page", token} {
			if strings.Contains(text, secret) {
				t.Errorf("it tells of %s", secret)
			}
		}
	}
}
