package web_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"tsunagi/internal/access"
)

// TestAPageThatShowsALinkIsNotPacked: the buyer's page of a request is packed, and is not
// once it shows the link.
func TestAPageThatShowsALinkIsNotPacked(t *testing.T) {
	t.Parallel()
	a := ask(t)
	buyer := a.As(access.Buyer)
	buyer.Header.Set("Accept-Encoding", "gzip")
	plain := buyer.Get("/assignments/C1:S1")
	if got := plain.Header().Get("Content-Encoding"); plain.Code != http.StatusOK || got != "gzip" {
		t.Fatalf("without the link: %d, packed as %q", plain.Code, got)
	}
	shown := buyer.Post("/assignments/C1:S1/link", nil)
	body, err := io.ReadAll(shown.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := shown.Header().Get("Content-Encoding"); got != "" || !strings.Contains(string(body), "/r/") {
		t.Errorf("with the link: %d, packed as %q", shown.Code, got)
	}
	if got := shown.Header().Get("No-Gzip-Compression"); got != "" {
		t.Errorf("our own word leaves the house: %q", got)
	}
}
