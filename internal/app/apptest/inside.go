package apptest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"tsunagi/internal/watch"
)

// Inside asks as this machine itself does, by no proxy.
func (c *Client) Inside(path string) *httptest.ResponseRecorder {
	own := c.Tab()
	own.From = "127.0.0.1:999"
	return own.Do(http.MethodGet, path, "", nil)
}

// Details reads how the parts of an installation are.
func Details(t testing.TB, res *httptest.ResponseRecorder) (d watch.Details) {
	t.Helper()
	if err := json.Unmarshal(res.Body.Bytes(), &d); err != nil {
		t.Fatalf("/readyz: %d %s: %v", res.Code, res.Body, err)
	}
	return d
}
