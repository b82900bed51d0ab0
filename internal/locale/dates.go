package locale

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"tsunagi/internal/calendar"
	"tsunagi/internal/fault"
)

func faultKey(err error) (string, fault.Args) {
	var e *fault.Error
	if errors.As(err, &e) {
		return e.Key, e.Args
	}
	return "", nil
}

var weekdays = [...]string{"日", "月", "火", "水", "木", "金", "土"}

// Date is 2026年12月10日（木）, or Thu, 10 December 2026.
func (p *Printer) Date(t time.Time) string {
	t = t.In(calendar.Tokyo)
	if p.Lang == "en" {
		return t.Format("Mon, 2 January 2006")
	}
	return t.Format("2006年1月2日") + "（" + weekdays[t.Weekday()] + "）"
}

// ShortDate is 12/10（木）, or Thu, 10 Dec.
func (p *Printer) ShortDate(t time.Time) string {
	t = t.In(calendar.Tokyo)
	if p.Lang == "en" {
		return t.Format("Mon, 2 Jan")
	}
	return t.Format("1/2") + "（" + weekdays[t.Weekday()] + "）"
}

// zone is said wherever a time is, and how far off it is wherever a day is: who reads
// English may be abroad.
const (
	zone   = " JST"
	offset = " (UTC+9)"
)

// Deadline is the day until whose end something may be done: 2026年12月10日（木）, or
// Thu, 10 December 2026, 23:59 JST (UTC+9).
func (p *Printer) Deadline(t time.Time) string {
	if p.Lang == "en" {
		return p.Date(t) + ", " + p.Time(t) + offset
	}
	return p.Date(t)
}

// DateTime is 2026年12月10日 10:42, or 10 December 2026, 10:42 JST (UTC+9).
func (p *Printer) DateTime(t time.Time) string {
	t = t.In(calendar.Tokyo)
	if p.Lang == "en" {
		return t.Format("2 January 2006, 15:04") + zone + offset
	}
	return t.Format("2006年1月2日 15:04")
}

// Time is 10:42, or 10:42 JST.
func (p *Printer) Time(t time.Time) string {
	clock := t.In(calendar.Tokyo).Format("15:04")
	if p.Lang == "en" {
		return clock + zone
	}
	return clock
}

// Month is 2028年3月, or March 2028.
func (p *Printer) Month(t time.Time) string {
	t = t.In(calendar.Tokyo)
	if p.Lang == "en" {
		return t.Format("January 2006")
	}
	return t.Format("2006年1月")
}

// Day is 2026/12/10, for tables.
func (p *Printer) Day(t time.Time) string { return t.In(calendar.Tokyo).Format("2006/01/02") }

// FormDate is a date as a form shows it: 2026/4/1.
func FormDate(t time.Time) string { return t.In(calendar.Tokyo).Format("2006/1/2") }

// EraDate is 令和8年12月10日, "" in English, which has no such form.
func (p *Printer) EraDate(t time.Time) string {
	if p.Lang != "ja" {
		return ""
	}
	t = t.In(calendar.Tokyo)
	for _, e := range eras {
		if !t.Before(e.first) {
			year := strconv.Itoa(t.Year() - e.first.Year() + 1)
			if year == "1" {
				year = "元"
			}
			return fmt.Sprintf("%s%s年%d月%d日", e.name, year, int(t.Month()), t.Day())
		}
	}
	return p.Date(t)
}

// DaysLeft is あと17日, 本日まで or 3日過ぎています, counted in days of the calendar.
func (p *Printer) DaysLeft(now, due time.Time) string {
	days := calendar.Days(now, due)
	switch {
	case days > 0:
		return p.T("common.days-left", "Count", days)
	case days == 0:
		return p.T("common.due-today")
	}
	return p.T("common.days-over", "Count", -days)
}

// Number is 1,667.
func (p *Printer) Number(n int) string {
	s := strconv.Itoa(n)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// FileSize is 1.2 MB.
func (p *Printer) FileSize(bytes int64) string {
	switch {
	case bytes >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(bytes)/(1<<30))
	case bytes >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(bytes)/(1<<20))
	case bytes >= 1<<10:
		return fmt.Sprintf("%d KB", (bytes+1023)/1024)
	}
	return fmt.Sprintf("%d B", bytes)
}
