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
