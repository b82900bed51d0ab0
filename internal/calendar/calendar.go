// Package calendar knows days: the business days of Japan and of one buyer, its
// fiscal year, and every number of days that a rule counts.
package calendar

import (
	"sync"
	"time"
	_ "time/tzdata" // Tokyo must be known on a machine without time zones

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/jp"
)

// Tokyo is the time zone in which every date is shown and meant.
var Tokyo = tokyo()

func tokyo() *time.Location {
	loc, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		return time.FixedZone("JST", 9*60*60) // Japan has had no summer time since 1951
	}
	return loc
}

// StartOfDay is the first moment of t's day in Tokyo.
func StartOfDay(t time.Time) time.Time {
	t = t.In(Tokyo)
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, Tokyo)
}

// EndOfDay is the last moment of t's day in Tokyo, in whole milliseconds.
func EndOfDay(t time.Time) time.Time {
	return StartOfDay(t).AddDate(0, 0, 1).Add(-time.Millisecond).UTC()
}

// Days counts the days of the calendar from one moment's day to another's: 1 for
// tomorrow, negative for the past.
func Days(from, to time.Time) int {
	return int(StartOfDay(to).Sub(StartOfDay(from)).Hours() / 24)
}

// FiscalYear is the year in which t's fiscal year (April to March) began.
func FiscalYear(t time.Time) int {
	t = t.In(Tokyo)
	if t.Month() < time.April {
		return t.Year() - 1
	}
	return t.Year()
}

// FiscalYearStart is the first moment of t's fiscal year.
func FiscalYearStart(t time.Time) time.Time {
	return time.Date(FiscalYear(t), time.April, 1, 0, 0, 0, 0, Tokyo).UTC()
}

// Calendar tells business days: not weekends, national holidays, the turn of the
// year (29 December to 3 January), or the buyer's own closed days.
type Calendar struct {
	holidays *cal.BusinessCalendar
	closed   map[string]bool
}

// New takes the buyer's closed days as 2006-01-02.
func New(closed []string) *Calendar {
	c := &Calendar{holidays: cal.NewBusinessCalendar(), closed: map[string]bool{}}
	c.holidays.AddHoliday(jp.Holidays...)
	for _, day := range closed {
		c.closed[day] = true
	}
	return c
}

// asking guards the calls of the library: its rules for Japan's holidays keep results
// in variables that every calendar shares.
var asking sync.Mutex

// Business tells whether people work on t's day.
func (c *Calendar) Business(t time.Time) bool {
	t = t.In(Tokyo)
	_, month, day := t.Date()
	if month == time.December && day >= 29 || month == time.January && day <= 3 {
		return false
	}
	if w := t.Weekday(); w == time.Saturday || w == time.Sunday || c.closed[t.Format(time.DateOnly)] {
		return false
	}
	asking.Lock()
	defer asking.Unlock()
	actual, observed, _ := c.holidays.IsHoliday(t)
	return !actual && !observed
}

// horizon bounds every walk over days: two years. A buyer that closes longer than
// that gets the day on which the walk ended.
const horizon = 2 * 366

// Add is the n-th business day after t's day, at midnight in Tokyo.
func (c *Calendar) Add(t time.Time, n int) time.Time {
	day := StartOfDay(t)
	for steps := 0; n > 0 && steps < horizon; steps++ {
		day = day.AddDate(0, 0, 1)
		if c.Business(day) {
			n--
		}
	}
	return day
}

// Next is t's day, or the next business day when it is none.
func (c *Calendar) Next(t time.Time) time.Time {
	day := StartOfDay(t)
	for steps := 0; !c.Business(day) && steps < horizon; steps++ {
		day = day.AddDate(0, 0, 1)
	}
	return day
}

// Between counts the business days after from's day, up to and including to's; none
// when to is not later.
func (c *Calendar) Between(from, to time.Time) int {
	n, end := 0, StartOfDay(to)
	for day, steps := StartOfDay(from).AddDate(0, 0, 1), 0; !day.After(end) && steps < horizon; day, steps = day.AddDate(0, 0, 1), steps+1 {
		if c.Business(day) {
			n++
		}
	}
	return n
}
