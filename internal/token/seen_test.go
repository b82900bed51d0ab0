package token

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestAProvenSessionEndsAllTheSame: that a cookie was proven before says nothing of when
// it ends, nor of one that differs in a character.
func TestAProvenSessionEndsAllTheSame(t *testing.T) {
	k := testKeys(t)
	now := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	cookie, err := k.SignSession(LinkSession{Org: "o", Assignment: "c1:s1", Generation: 2, Person: "p"}, now)
	if err != nil {
		t.Fatal(err)
	}
	first, err := k.ParseSession(cookie, now)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := k.ParseSession(cookie, now.Add(SessionLife-time.Second)); err != nil || again != first {
		t.Errorf("proven again it is %+v, %v; want %+v", again, err, first)
	}
	if _, err := k.ParseSession(cookie, now.Add(SessionLife)); err == nil {
		t.Error("it does not end, once it was proven")
	}
	for i := range len(cookie) - 1 { // the last character has bits that no signature has
		other := []byte(cookie)
		other[i] ^= 1
		if _, err := k.ParseSession(string(other), now); err == nil {
			t.Fatalf("with another character %d it is taken", i)
		}
	}
}

// TestProvenSessionsAreForgotten: many browsers at once take no more memory than is meant,
// and are told apart.
func TestProvenSessionsAreForgotten(t *testing.T) {
	var s seen
	var group sync.WaitGroup
	for w := range 4 {
		group.Go(func() {
			for i := range maxSeen {
				cookie := fmt.Sprint(w, i)
				s.put(cookie, LinkSession{Assignment: cookie})
				if one, ok := s.get(cookie); ok && one.Assignment != cookie {
					t.Errorf("%s is taken for %s", cookie, one.Assignment)
				}
			}
		})
	}
	group.Wait()
	if n := len(s.recent) + len(s.rest); n > 2*maxSeen {
		t.Errorf("%d are kept, want at most %d", n, 2*maxSeen)
	}
}

// TestAProvenSessionKeepsItsCookieAlone: the text of a cookie is a part of the header that
// it came in, which may be as long as a request's may.
func TestAProvenSessionKeepsItsCookieAlone(t *testing.T) {
	const long, all = 64 << 10, 500
	header := func(i int) string { return fmt.Sprintf("%06d", i) + strings.Repeat("x", long) }
	var s seen
	before := held()
	for i := range all {
		s.put(header(i)[:6], LinkSession{})
	}
	s.recent, s.rest = map[string]LinkSession{}, s.recent
	for i := range all { // asked for again
		if _, ok := s.get(header(i)[:6]); !ok {
			t.Fatalf("%d is forgotten", i)
		}
	}
	if grown := held() - before; grown > all*long/4 {
		t.Errorf("%d sessions hold %d bytes", len(s.recent), grown)
	}
}

// held is how much memory is in use.
func held() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
