package locale

import (
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/jp"
)

// Calendar tells business days: not weekends, national holidays, the turn of the
// year (29 December to 3 January), or the buyer's own closed days.
type Calendar struct {
	holidays *cal.BusinessCalendar
	closed   map[string]bool
}

// NewCalendar takes the buyer's closed days as 2006-01-02.
func NewCalendar(closed []string) *Calendar {
	c := &Calendar{holidays: cal.NewBusinessCalendar(), closed: map[string]bool{}}
	c.holidays.AddHoliday(jp.Holidays...)
	for _, day := range closed {
		c.closed[day] = true
	}
	return c
}

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
	actual, observed, _ := c.holidays.IsHoliday(t)
	return !actual && !observed
}

// Add is the n-th business day after t's day, at midnight in Tokyo.
func (c *Calendar) Add(t time.Time, n int) time.Time {
	day := startOfDay(t)
	for n > 0 {
		day = day.AddDate(0, 0, 1)
		if c.Business(day) {
			n--
		}
	}
	return day
}

// Next is t's day, or the next business day when it is none.
func (c *Calendar) Next(t time.Time) time.Time {
	day := startOfDay(t)
	for !c.Business(day) {
		day = day.AddDate(0, 0, 1)
	}
	return day
}

// Between counts the business days after from, up to and including to.
func (c *Calendar) Between(from, to time.Time) int {
	n := 0
	end := startOfDay(to)
	for day := startOfDay(from).AddDate(0, 0, 1); !day.After(end) && n < 400; day = day.AddDate(0, 0, 1) {
		if c.Business(day) {
			n++
		}
	}
	return n
}
