package response

import (
	"regexp"
	"strings"
	"time"

	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/org"
)

// Handing names the person who takes a request over, or reads along, and who asks for that.
type Handing struct{ Name, Email, By string }

// address is what mail programs would make a link of: it has no place in a name that
// stands in a mail which the buyer sends.
var address = regexp.MustCompile(`(?i:://|www\.)|[/\\@<>]|[\pL\pN-]\.([a-z]{2,}|[A-Z]{2,})([^\pL]|$)`)

// Delegate gives the request with the person who takes it over, and the one who had it.
// Invalid when they cannot be written to, or a name is none.
func Delegate(a campaign.Assignment, h Handing, now time.Time) (campaign.Assignment, error) {
	h, f := h.judged()
	if len(f) == 0 && h.Email == a.Email {
		f.Add("email", "fault.answer.same-person")
	}
	if err := f.Err(); err != nil {
		return a, err
	}
	a.Former = &campaign.Former{Person: a.Person, Email: a.Email, To: h.Email, At: now}
	a.Person, a.Email = h.Name, h.Email
	return a, nil
}

// judged gives a naming as it is kept, and what does not hold of it.
func (h Handing) judged() (Handing, fault.Fields) {
	h.Name, h.Email, h.By = strings.TrimSpace(h.Name), org.FoldEmail(h.Email), strings.TrimSpace(h.By)
	var f fault.Fields
	checkPerson(&f, "name", h.Name)
	if !org.ValidEmail(h.Email) {
		f.Add("email", "fault.email")
	}
	checkPerson(&f, "by", h.By)
	return h, f
}

// checkPerson judges the name of somebody who is named, in the mails that go out then.
func checkPerson(f *fault.Fields, field, name string) {
	switch {
	case strings.ContainsAny(name, "\r\n"):
		f.Add(field, "fault.one-line")
	case address.MatchString(name):
		f.Add(field, "fault.answer.name-address")
	default:
		f.Required(field, name, 80)
	}
}

// HandBack gives the request to the person who had it before. Invalid when nobody had,
// that is too long ago, or the buyer has named somebody else meanwhile.
func HandBack(a campaign.Assignment, now time.Time) (campaign.Assignment, error) {
	if !a.WayBack(now) {
		return a, fault.New(fault.Invalid, "fault.answer.no-way-back").With("Days", calendar.HandBackDays)
	}
	a.Person, a.Email, a.Former = a.Former.Person, a.Former.Email, nil
	return a, nil
}
