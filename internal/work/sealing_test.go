package work

import (
	"context"
	"errors"
	"testing"
	"time"

	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
)

// contested is a trail that refuses what the tests say.
type contested struct {
	SealStore

	keys  audit.Keys
	seals []error // what each seal meets
	done  func()
}

func (s *contested) Refused(context.Context, int) ([]audit.Entry, error) { return nil, nil }

func (s *contested) Unsealed(context.Context, int, []string) (audit.Head, []audit.Entry, error) {
	return audit.Head{Org: "o"}, s.keys.Sign([]audit.Entry{{ID: "e", Org: "o"}}), nil
}

func (s *contested) Seal(context.Context, audit.Head, audit.Head, []audit.Entry, []audit.Entry) error {
	err := s.seals[0]
	if s.seals = s.seals[1:]; len(s.seals) == 0 {
		s.done()
	}
	return err
}

// TestSealersOfOneTrailTellNoErrors: of two processes that seal one trail, the slower one
// has done nothing wrong; one that is never the faster, or meets anything else, says so.
func TestSealersOfOneTrailTellNoErrors(t *testing.T) {
	faster, away := fault.New(fault.Conflict, "fault.conflict"), fault.New(fault.Unavailable, "fault.unavailable")
	times := func(n int, err error) []error {
		out := make([]error, n)
		for i := range out {
			out[i] = err
		}
		return out
	}
	for name, c := range map[string]struct {
		seals []error
		want  int
	}{
		"the other one is faster":        {append(times(3, faster), nil, faster, nil, nil), 0},
		"in turns for long":              {append(append(times(maxBeaten, faster), nil), times(maxBeaten, faster)...), 0},
		"always":                         {times(maxBeaten+2, faster), 2},
		"the database is away":           {[]error{away, nil, nil}, 1},
		"away, and faster now and then":  {[]error{faster, away, faster, away, nil}, 2},
		"one that nobody else has moved": {[]error{errors.New("?"), nil}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			store := &contested{keys: audit.Keys{{ID: "k", Secret: []byte("a key of the trail, for tests :-)")}}, seals: append(c.seals, nil), done: cancel}
			told := 0
			w := Sealing{Store: store, Keys: store.keys, Now: time.Now}
			w.Run(ctx, time.Microsecond, func(error) { told++ })
			if told != c.want {
				t.Errorf("%d errors were told, want %d", told, c.want)
			}
		})
	}
}
