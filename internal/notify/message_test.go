package notify

import (
	"testing"
	"time"
)

var monday = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

func TestRetryGoesOnForTwoDaysAndThenStops(t *testing.T) {
	at, last := monday, time.Duration(0)
	attempts := 0
	for {
		attempts++
		next, ok := Retry(attempts, at)
		if !ok {
			break
		}
		if pause := next.Sub(at); pause < last {
			t.Errorf("pause after attempt %d is %s, shorter than the one before (%s)", attempts, pause, last)
		} else {
			last = pause
		}
		at = next
		if attempts > 100 {
			t.Fatal("Retry never gives up")
		}
	}
	if whole := at.Sub(monday); whole < 40*time.Hour || whole > 60*time.Hour {
		t.Errorf("Retry gives up after %s, want about two days", whole)
	}
}

func TestUrgentMessagesOvertakeBulk(t *testing.T) {
	for _, kind := range Kinds {
		m := New("1", "org", kind, Recipient{}, "ja", monday)
		bulk := kind.Traits().Bulk
		if got := m.NextAt.Equal(monday); got != bulk {
			t.Errorf("%s: NextAt = %s, waits in line = %v, want %v", kind, m.NextAt, got, bulk)
		}
		if m.State != Queued || !m.CreatedAt.Equal(monday) {
			t.Errorf("%s: got state %q, created %s", kind, m.State, m.CreatedAt)
		}
	}
}

func TestWhatLeavesLaterOnPurpose(t *testing.T) {
	now := time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		change func(*Message)
		want   bool
	}{
		"at once":           {func(*Message) {}, false},
		"in a day":          {func(m *Message) { m.NextAt = now.Add(24 * time.Hour) }, true},
		"tried again":       {func(m *Message) { m.NextAt, m.Attempts = now.Add(time.Hour), 1 }, false},
		"a sender holds it": {func(m *Message) { m.NextAt, m.LeaseUntil = now.Add(time.Hour), now.Add(time.Hour) }, false},
		"it has left":       {func(m *Message) { m.NextAt, m.State = now.Add(time.Hour), Sent }, false},
	} {
		for _, kind := range []Kind{Accepted, Request} {
			m := New("m", "o", kind, Recipient{}, "ja", now)
			tt.change(&m)
			if m.Deferred() != tt.want {
				t.Errorf("%s %s: %v", kind, name, m.Deferred())
			}
		}
	}
}

// TestAMailLeadsToTheLinkOfItsDay: which link a message leads to, and whether that is the
// present one, by what was noted when it was queued.
func TestAMailLeadsToTheLinkOfItsDay(t *testing.T) {
	for _, tt := range []struct {
		name           string
		noted, present int
		kind           Kind
		leads          int
		is             bool
	}{
		{"as it was queued", 2, 2, Request, 2, true},
		{"revoked since", 1, 2, Request, 1, false},
		{"of before, never revoked", 0, 1, Request, 1, true},
		{"of before, revoked", 0, 3, Request, 1, false},
		{"of before, about an account", 0, 3, Reset, 3, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := Message{Generation: tt.noted, Kind: tt.kind}
			if leads, is := m.LinkGeneration(tt.present), m.For(tt.present); leads != tt.leads || is != tt.is {
				t.Errorf("it leads to %d, the present one: %v; want %d, %v", leads, is, tt.leads, tt.is)
			}
		})
	}
}

// TestAMailThatHangsIsGivenUpInTheEnd: since when it hangs stays, and after two days no
// more is tried.
func TestAMailThatHangsIsGivenUpInTheEnd(t *testing.T) {
	now := time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)
	if since, again := (Message{}).Hangs(now); !since.Equal(now) || !again {
		t.Errorf("the first time: since %v, again %v", since, again)
	}
	for age, want := range map[time.Duration]bool{time.Minute: true, 48*time.Hour - time.Second: true, 48 * time.Hour: false} {
		if since, again := (Message{HungAt: now.Add(-age)}).Hangs(now); !since.Equal(now.Add(-age)) || again != want {
			t.Errorf("after %v: since %v, again %v, want %v", age, since, again, want)
		}
	}
}
