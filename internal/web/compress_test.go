package web

import (
	"bufio"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestCompression: pages, styles, scripts and JSON are packed for who can unpack them, and
// nothing else is; a packed page does not tell how long it is, and one that holds the secret
// of its link is not packed at all.
func TestCompression(t *testing.T) {
	body := strings.Repeat("情報セキュリティ", 1000)
	answer := func(kind string, length int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Content-Security-Policy", policy)
			_, _ = io.WriteString(w, body[:length])
		}
	}
	for _, tt := range []struct {
		name, kind, path, accept string
		length                   int
		packed                   bool
	}{
		{"a page", "text/html; charset=utf-8", "/suppliers", "br, gzip", len(body), true},
		{"JSON", "application/json; charset=utf-8", "/a/x/answers", "gzip", len(body), true},
		{"a picture of lines", "image/svg+xml", "/chart", "gzip", len(body), true},
		{"who asks for nothing", "text/html", "/suppliers", "", len(body), false},
		{"who refuses", "text/html", "/suppliers", "gzip;q=0", len(body), false},
		{"a short answer", "text/html", "/suppliers", "gzip", 300, false},
		{"a paper", "application/pdf", "/copy.pdf", "gzip", len(body), false},
		{"a table", "text/csv", "/suppliers/export", "gzip", len(body), false},
		{"a workbook", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "/suppliers/export", "gzip", len(body), false},
		{"a request", "text/html", "/r/x.y", "gzip", len(body), false},
		{"an invitation", "text/html", "/invite/x.y", "gzip", len(body), false},
		{"a reset", "text/html", "/reset/x.y", "gzip", len(body), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, err := compress(answer(tt.kind, tt.length))
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest(http.MethodGet, tt.path, nil)
			r.Header.Set("Accept-Encoding", tt.accept)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if got := w.Header().Get("Content-Encoding") == "gzip"; got != tt.packed {
				t.Fatalf("packed: %v, want %v", got, tt.packed)
			}
			if w.Header().Get("Content-Type") != tt.kind || w.Header().Get("Content-Security-Policy") != policy {
				t.Errorf("headers: %v", w.Header())
			}
			if !tt.packed {
				if w.Body.String() != body[:tt.length] {
					t.Error("what is not packed is another text")
				}
				return
			}
			packed := w.Body.Len()
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(z); err != nil || string(got) != body {
				t.Errorf("unpacked: %d bytes, %v", len(got), err)
			}
			if z.Comment == "" || packed >= len(body)/2 || w.Header().Get("Vary") != "Accept-Encoding" {
				t.Errorf("%d bytes, padding %q, Vary %q", packed, z.Comment, w.Header().Get("Vary"))
			}
		})
	}
}

// TestCompressionStreams: what is flushed arrives although the answer goes on.
func TestCompressionStreams(t *testing.T) {
	read := make(chan struct{})
	h, err := compress(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, strings.Repeat("first ", 500)+"\n")
		_ = http.NewResponseController(w).Flush()
		<-read
		_, _ = io.WriteString(w, "second\n")
	}))
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	defer s.Close()
	res, err := s.Client().Get(s.URL) // unpacks by itself
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	lines := bufio.NewReader(res.Body)
	if line, err := lines.ReadString('\n'); err != nil || !strings.HasPrefix(line, "first") || !res.Uncompressed {
		t.Errorf("before the end: %.20q, %v, packed %v", line, err, res.Uncompressed)
	}
	close(read)
	if line, err := lines.ReadString('\n'); err != nil || line != "second\n" {
		t.Errorf("then: %q, %v", line, err)
	}
}

func TestAcceptsGzip(t *testing.T) {
	for accept, want := range map[string]bool{
		"": false, "gzip": true, "br, GZIP": true, "gzip;q=0": false, "gzip; q=0.0": false, "gzip;q=0.5, br": true, "identity": false, "gzip;q=x": false,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Encoding", accept)
		if got := acceptsGzip(r); got != want {
			t.Errorf("%q: %v", accept, got)
		}
	}
}
