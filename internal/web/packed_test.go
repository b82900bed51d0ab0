package web_test

import (
	"compress/gzip"
	"io"
	"strings"
	"testing"
)

// TestPagesAndFilesArePacked: the whole server packs its pages, and gives style sheets as
// they were packed at the start; both unpack to what others are given.
func TestPagesAndFilesArePacked(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	style := c.Page(s1+"/sections/basic").Find("link[rel=stylesheet]").First().AttrOr("href", "")
	for path, mark := range map[string]string{s1 + "/sections/basic": "質問 update", style: "{"} {
		plain := c.Get(path)
		c.Header.Set("Accept-Encoding", "gzip")
		packed := c.Get(path)
		c.Header.Del("Accept-Encoding")
		if plain.Header().Get("Content-Encoding") != "" || packed.Header().Get("Content-Encoding") != "gzip" || packed.Header().Get("Vary") != "Accept-Encoding" {
			t.Fatalf("%s: %v and %v", path, plain.Header(), packed.Header())
		}
		z, err := gzip.NewReader(packed.Body)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(z)
		if err != nil || !strings.Contains(string(got), mark) || len(got) != plain.Body.Len() {
			t.Errorf("%s: %d bytes unpacked, %d unpacked, %v", path, len(got), plain.Body.Len(), err)
		}
		if path == style && string(got) != plain.Body.String() {
			t.Error("the style sheet is another when packed")
		}
	}
	if res := c.Get(style); !strings.Contains(res.Header().Get("Cache-Control"), "immutable") || res.Header().Get("Vary") != "Accept-Encoding" {
		t.Errorf("a file that is kept for ever: %v", res.Header())
	}
}
