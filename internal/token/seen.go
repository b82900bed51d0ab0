package token

import (
	"strings"
	"sync"
)

// maxSeen is how many sessions stay proven, twice: some 5 MB when as many suppliers
// answer at once.
const maxSeen = 4_000

// seen are link sessions that were proven, by their cookies: a browser that saves answer
// after answer is proven once, which was a tenth of what a save cost the program. Whether
// a session has ended, or its link, is asked each time all the same. The zero value is
// ready.
type seen struct {
	mu           sync.Mutex
	recent, rest map[string]LinkSession
}

func (s *seen) get(cookie string) (LinkSession, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.recent[cookie]
	if !ok {
		if one, ok = s.rest[cookie]; ok {
			s.keep(cookie, one)
		}
	}
	return one, ok
}

func (s *seen) put(cookie string, one LinkSession) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keep(cookie, one)
}

// keep forgets those that were not asked for since as many others were. Of the header that
// the cookie came in nothing is kept: that may be long.
func (s *seen) keep(cookie string, one LinkSession) {
	if s.recent == nil || len(s.recent) >= maxSeen {
		s.rest, s.recent = s.recent, map[string]LinkSession{}
	}
	s.recent[strings.Clone(cookie)] = one
}
