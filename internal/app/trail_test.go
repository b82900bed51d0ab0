package app

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tsunagi/internal/audit"
)

// Processes that start at the same moment on one folder of secrets prove with one key,
// and a key that is added meanwhile is kept.
func TestTrailKeysAreMadeOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "secrets")
	var (
		all   sync.WaitGroup
		mu    sync.Mutex
		first = map[string]bool{}
	)
	for range 20 {
		all.Go(func() {
			keys, err := TrailKeys(dir)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			first[keys[0].ID] = true
		})
	}
	for range 5 {
		all.Go(func() {
			if _, err := AddTrailKey(dir); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	keys, err := TrailKeys(dir)
	if err != nil || len(first) != 1 || !first[keys[0].ID] || len(keys) != 6 {
		t.Errorf("%d first keys were used, %d are kept, %v", len(first), len(keys), err)
	}
}

// A line that was torn off costs that line: what is noted later is read.
func TestATornAnchorCostsItsLineAlone(t *testing.T) {
	s := anchors{filepath.Join(t.TempDir(), "trail.anchors"), slog.New(slog.NewTextHandler(io.Discard, nil))}
	note := func(seq int64) {
		t.Helper()
		if err := s.Add(audit.Anchor{At: time.Unix(seq, 0), Org: "o1", Seq: seq, Hash: strings.Repeat("a", 64)}); err != nil {
			t.Fatal(err)
		}
	}
	note(1)
	if err := os.WriteFile(s.path, append(must(os.ReadFile(s.path)), "2026-11-26T00:00:0"...), 0o600); err != nil {
		t.Fatal(err)
	}
	note(2)
	note(3)
	var read []int64
	visit := func(a audit.Anchor) error { read = append(read, a.Seq); return nil }
	if err := s.Each(visit); err != nil || len(read) != 3 || read[2] != 3 {
		t.Errorf("read %v, %v", read, err)
	}
	if err := EachAnchor(s.path, visit); err == nil {
		t.Error("nobody is told of the torn line")
	}
}

func must(raw []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return raw
}
