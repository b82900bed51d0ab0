package locale

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"tsunagi/internal/calendar"
)

type era struct {
	name, letter string
	first        time.Time
}

// eras from the newest back (Era Name Act; cabinet orders of 1989 and 2019).
var eras = []era{
	{"令和", "R", time.Date(2019, 5, 1, 0, 0, 0, 0, calendar.Tokyo)},
	{"平成", "H", time.Date(1989, 1, 8, 0, 0, 0, 0, calendar.Tokyo)},
	{"昭和", "S", time.Date(1926, 12, 25, 0, 0, 0, 0, calendar.Tokyo)},
}

// errDate says that a text is not a date that exists.
var errDate = errors.New("not a date")

var (
	westernDate = regexp.MustCompile(`^(\d{4})[年/.\-](\d{1,2})[月/.\-](\d{1,2})日?$`)
	eraDate     = regexp.MustCompile(`^(令和|平成|昭和|[RHS])(\d{1,2}|元)[年/.\-](\d{1,2})[月/.\-](\d{1,2})日?$`)
	plainDate   = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})$`)
	weekdayTail = regexp.MustCompile(`\([日月火水木金土]\)$`)
)

// ParseDate reads a date as people in Japan write it: 2026/4/1, 2026-04-01,
// 2026年4月1日, 令和8年4月1日, R8.4.1, 20260401, in full width and with spaces too.
// It gives midnight in Tokyo. errDate when it is none, or does not exist.
func ParseDate(s string) (time.Time, error) {
	if len(s) > 100 {
		return time.Time{}, errDate
	}
	s = strings.ToUpper(strings.Join(strings.Fields(norm.NFKC.String(s)), ""))
	s = weekdayTail.ReplaceAllString(strings.ReplaceAll(s, "−", "-"), "")
	if m := eraDate.FindStringSubmatch(s); m != nil {
		return parseEra(m)
	}
	m := westernDate.FindStringSubmatch(s)
	if m == nil {
		m = plainDate.FindStringSubmatch(s)
	}
	if m == nil {
		return time.Time{}, errDate
	}
	return date(number(m[1]), number(m[2]), number(m[3]))
}

func parseEra(m []string) (time.Time, error) {
	year := 1
	if m[2] != "元" {
		year = number(m[2])
	}
	for i, e := range eras {
		if m[1] != e.name && m[1] != e.letter {
			continue
		}
		t, err := date(e.first.Year()+year-1, number(m[3]), number(m[4]))
		if err != nil || year < 1 || t.Before(e.first) || i > 0 && !t.Before(eras[i-1].first) {
			return time.Time{}, errDate
		}
		return t, nil
	}
	return time.Time{}, errDate
}

// date refuses 31 April, which time.Date would turn into 1 May.
func date(year, month, day int) (time.Time, error) {
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, calendar.Tokyo)
	if year < 1900 || year > 2199 || int(t.Month()) != month || t.Day() != day {
		return time.Time{}, errDate
	}
	return t, nil
}

func number(s string) int {
	n, _ := strconv.Atoi(s) // the expression let only digits through
	return n
}
