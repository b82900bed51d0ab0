package calendar

import (
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func on(year, month, day int) time.Time {
	return time.Date(year, time.Month(month), day, 12, 0, 0, 0, Tokyo)
}

func TestBusinessDays(t *testing.T) {
	c := New([]string{"2026-12-11"})
	for _, tt := range []struct {
		why  string
		day  time.Time
		want bool
	}{
		{"a holiday", on(2026, 11, 23), false}, // 勤労感謝の日
		{"a Tuesday", on(2026, 11, 24), true},
		{"a Thursday", on(2026, 12, 10), true},
		{"a closed day", on(2026, 12, 11), false},
		{"a Saturday", on(2026, 12, 12), false},
		{"the year's end", on(2026, 12, 29), false},
		{"New Year's Day", on(2027, 1, 1), false},
		{"the turn of the year", on(2027, 1, 3), false},
		{"the first working day", on(2027, 1, 4), true},
		{"a holiday moved from Sunday", on(2026, 5, 6), false},
	} {
		t.Run(tt.why, func(t *testing.T) {
			if got := c.Business(tt.day); got != tt.want {
				t.Errorf("Business(%s) = %v, want %v", tt.day.Format(time.DateOnly), got, tt.want)
			}
		})
	}
	if got := c.Add(on(2026, 12, 10), 1).Format(time.DateOnly); got != "2026-12-14" {
		t.Errorf("the business day after 12/10 is %s, want 2026-12-14", got)
	}
	if got := c.Next(on(2026, 12, 29)).Format(time.DateOnly); got != "2027-01-04" {
		t.Errorf("the business day from 12/29 on is %s, want 2027-01-04", got)
	}
	if got := c.Between(on(2026, 12, 9), on(2026, 12, 14)); got != 2 {
		t.Errorf("Between = %d, want 2", got)
	}
}

// TestABuyerThatIsAlwaysClosed: a walk ends, whatever was noted as closed.
func TestABuyerThatIsAlwaysClosed(t *testing.T) {
	var closed []string
	for day := on(2026, 1, 1); day.Year() < 2032; day = day.AddDate(0, 0, 1) {
		closed = append(closed, day.Format(time.DateOnly))
	}
	c, start := New(closed), on(2026, 4, 1)
	if c.Add(start, 3).Before(start) || c.Next(start).Before(StartOfDay(start)) || c.Between(start, on(2031, 1, 1)) != 0 {
		t.Error("a calendar without business days gives days of the past")
	}
}

// TestManyAskAtOnce has something to say under the race detector.
func TestManyAskAtOnce(t *testing.T) {
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			c := New(nil)
			for day := range 366 {
				c.Business(on(2026+n%2, 1, 1).AddDate(0, 0, day))
			}
		})
	}
	group.Wait()
}

// TestWalksAgree holds what ties the walks over days together, for any day and any
// closed days.
func TestWalksAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := on(2024, 1, 1).AddDate(0, 0, rapid.IntRange(0, 4*366).Draw(t, "day"))
		var closed []string
		for range rapid.IntRange(0, 5).Draw(t, "closed") {
			closed = append(closed, start.AddDate(0, 0, rapid.IntRange(0, 30).Draw(t, "in")).Format(time.DateOnly))
		}
		c, n := New(closed), rapid.IntRange(1, 40).Draw(t, "n")
		due := c.Add(start, n)
		if !c.Business(due) || c.Between(start, due) != n {
			t.Fatalf("%d business days after %s is %s, with %d between", n, start, due, c.Between(start, due))
		}
		if next := c.Next(start); !c.Business(next) || c.Business(start) && !next.Equal(StartOfDay(start)) {
			t.Fatalf("the business day from %s on is %s", start, next)
		}
		if c.Between(due, start) != 0 {
			t.Fatalf("there are business days between %s and an earlier day", due)
		}
	})
}

func TestDaysAndYears(t *testing.T) {
	late := time.Date(2027, 3, 31, 14, 59, 59, 0, time.UTC) // 23:59 in Tokyo
	for _, tt := range []struct {
		what      string
		got, want any
	}{
		{"fiscal year of March", FiscalYear(late), 2026},
		{"fiscal year a second later", FiscalYear(late.Add(time.Second)), 2027},
		{"its start", FiscalYearStart(late), time.Date(2026, 3, 31, 15, 0, 0, 0, time.UTC)},
		{"end of day", EndOfDay(late), time.Date(2027, 3, 31, 14, 59, 59, 999e6, time.UTC)},
		{"days to tomorrow", Days(late, late.Add(time.Minute)), 1},
		{"days to yesterday", Days(late, late.AddDate(0, 0, -1)), -1},
		{"days to today", Days(late, late.Add(-time.Hour)), 0},
	} {
		t.Run(tt.what, func(t *testing.T) {
			if tt.got != tt.want {
				t.Errorf("got %v, want %v", tt.got, tt.want)
			}
		})
	}
}

func TestNumbers(t *testing.T) {
	now := on(2026, 12, 1)
	days := New([]string{"2026-12-15"})
	for due, want := range map[time.Time]time.Time{
		on(2026, 12, 3): on(2026, 12, 16), // in 14 days, which is closed
		on(2027, 2, 2):  on(2027, 2, 2),   // never earlier than it was
		on(2027, 2, 6):  on(2027, 2, 8),   // nor on a Saturday
	} {
		if got := days.CorrectedBy(due, now); !got.Equal(EndOfDay(want)) || !days.Business(got) {
			t.Errorf("what is due on %s and returned is due on %s, want the end of %s", due, got, want)
		}
	}
	if got := UndoUntil(now); !got.Equal(now.AddDate(0, 0, 1)) {
		t.Errorf("undone until %s", got)
	}
	if got := RestedBefore(now); !got.Equal(now.AddDate(0, 0, -3)) {
		t.Errorf("rested before %s", got)
	}
	if got := ExpiringBefore(now); !got.Equal(now.AddDate(0, 0, 90)) {
		t.Errorf("expiring before %s", got)
	}
	if got := Latest(now); !got.Equal(on(2027, 12, 1)) {
		t.Errorf("latest is %s", got)
	}
}
