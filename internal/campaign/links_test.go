package campaign

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
)

// shelf keeps requests; others change one of them meanwhile.
type shelf struct {
	Store
	requests []Assignment
	changes  map[string]Change
	busy     int // how often a change finds that somebody was faster
}

func (s *shelf) Linked(_ context.Context, _ access.Viewer, which Linked, after string, n int) ([]Assignment, error) {
	var out []Assignment
	for _, a := range s.requests {
		if a.ID > after && a.Response != Withdrawn && (which.Campaign == "" || which.Campaign == a.Campaign) && len(out) < n {
			out = append(out, a)
		}
	}
	return out, nil
}

func (s *shelf) Assignment(_ context.Context, _ access.Viewer, id string) (Assignment, error) {
	return s.requests[slices.IndexFunc(s.requests, func(a Assignment) bool { return a.ID == id })], nil
}

func (s *shelf) Change(_ context.Context, _ access.Viewer, decided ...Decided) error {
	if s.busy > 0 {
		s.busy--
		return fault.New(fault.Conflict, "fault.conflict")
	}
	for _, d := range decided {
		entries.Note(d.Entry)
		s.changes[d.Assignment.ID] = d.Change
		i := slices.IndexFunc(s.requests, func(a Assignment) bool { return a.ID == d.Assignment.ID })
		s.requests[i] = d.Change.apply(d.Assignment)
	}
	return nil
}

// several are a request in each of the states that differ for links, and many more of the
// first kind.
func several(more int) *shelf {
	s := &shelf{changes: map[string]Change{}}
	add := func(id string, change func(*Assignment)) {
		a := waiting(change)
		a.ID = id
		s.requests = append(s.requests, a)
	}
	add("a-answering", nil)
	add("b-accepted", func(a *Assignment) { a.Response = Accepted })
	add("c-over", func(a *Assignment) { a.ClosesAt = today.Add(-time.Hour) })
	add("d-paper", func(a *Assignment) { a.Email, a.Delivery = "", DeliveryPrinted })
	add("e-queued", func(a *Assignment) { a.Delivery = DeliveryQueued })
	add("f-opened", func(a *Assignment) { a.Delivery = DeliveryOpened })
	add("g-withdrawn", func(a *Assignment) { a.Response = Withdrawn })
	for range more {
		add("h"+strings.Repeat("x", len(s.requests)), nil)
	}
	return s
}

func TestManyLinksEnd(t *testing.T) {
	administrator := access.System("o", access.Administrator)
	for _, c := range []struct {
		name string
		do   func(*Links) (LinkCount, error)
		more int
		busy int
		want LinkCount
		sent string // ids of those who get a mail
		gen  int    // of the links that there are then
	}{
		{name: "ended", do: func(l *Links) (LinkCount, error) {
			return l.Revoke(t.Context(), administrator, Linked{Campaign: "c"}, false, func(LinkCount) {})
		}, want: LinkCount{Links: 6, Open: 4}, gen: 2},
		{name: "ended and sent again", do: func(l *Links) (LinkCount, error) {
			return l.Revoke(t.Context(), administrator, Linked{}, true, func(LinkCount) {})
		}, want: LinkCount{Links: 6, Open: 4, Sent: 3}, sent: "a-answering e-queued f-opened", gen: 2},
		{name: "while somebody changes one", busy: 3, do: func(l *Links) (LinkCount, error) {
			return l.Revoke(t.Context(), administrator, Linked{}, false, func(LinkCount) {})
		}, want: LinkCount{Links: 6, Open: 4}, gen: 2},
		{name: "more than a batch", more: 2 * linkBatch, do: func(l *Links) (LinkCount, error) {
			return l.Revoke(t.Context(), administrator, Linked{}, false, func(LinkCount) {})
		}, want: LinkCount{Links: 6 + 2*linkBatch, Open: 4 + 2*linkBatch}, gen: 2},
		{name: "sent again", do: func(l *Links) (LinkCount, error) {
			return l.SendAgain(t.Context(), administrator, Linked{}, func(LinkCount) {})
		}, want: LinkCount{Links: 6, Open: 4, Sent: 2}, sent: "a-answering f-opened", gen: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := several(c.more)
			s.busy = c.busy
			n := 0
			service := NewService(s, nil, func() time.Time { return today }, func() string { n++; return "id" })
			got, err := c.do(NewLinks(service, s))
			if err != nil || got != c.want {
				t.Fatalf("%+v, %v; want %+v", got, err, c.want)
			}
			var sent []string
			for _, a := range s.requests {
				if a.Response != Withdrawn && a.Generation != c.gen || a.Response == Withdrawn && a.Generation != 1 {
					t.Errorf("%s has generation %d, want %d", a.ID, a.Generation, c.gen)
				}
				for _, m := range s.changes[a.ID].Messages {
					if m.Kind != notify.Request || m.Generation != c.gen {
						t.Errorf("%s: %s of generation %d", a.ID, m.Kind, m.Generation)
					}
					sent = append(sent, a.ID)
				}
			}
			if got := strings.Join(sent, " "); got != c.sent {
				t.Errorf("sent to %s, want %s", got, c.sent)
			}
		})
	}
	s := several(0)
	s.busy = 99
	service := NewService(s, nil, func() time.Time { return today }, func() string { return "id" })
	if got, err := NewLinks(service, s).Revoke(t.Context(), administrator, Linked{}, false, func(LinkCount) {}); err == nil || got.Links != 0 {
		t.Errorf("where it never works: %+v %v", got, err)
	}
}
