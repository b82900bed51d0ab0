package evidence

import (
	"slices"
	"strconv"
	"time"

	"tsunagi/internal/fault"
)

// Field names a field of a certificate: in the form, and in what is wrong.
type Field string

// The fields.
const (
	Number        Field = "number"
	Standard      Field = "standard"
	Body          Field = "body"
	Accreditation Field = "accreditation"
	Holder        Field = "holder"
	Scope         Field = "scope"
	Covers        Field = "covers"
	Stars         Field = "stars"
	Issued        Field = "issued"
	Expires       Field = "expires"
)

// Control is how the form asks for a field.
type Control string

// The controls. The zero value is a line of text.
const (
	Text   Control = "textarea"
	Select Control = "select"
	Radios Control = "radios"
	Date   Control = "date"
)

// Choice is something to choose: what is posted, and the message key of its label;
// without one the label is what is posted.
type Choice struct{ Value, Key string }

// maxNumber bounds numbers that have no form.
const maxNumber = 40

// row is what holds for a field, whichever kind asks for it.
type row struct {
	control Control
	limit   int
	choices []Choice
	missing string // the message when it is required and not given
	get     func(e *Evidence) string
	set     func(e *Evidence, typed string)
	day     func(e *Evidence) **time.Time // where a date is kept, which pages read and set themselves
	judge   func(e *Evidence, now time.Time) string
}

const required = "fault.required"

var rows = map[Field]row{
	Number:        text(maxNumber, func(e *Evidence) *string { return &e.Number }),
	Standard:      chosen(Select, standards, 60, func(e *Evidence) *string { return &e.Standard }),
	Body:          text(100, func(e *Evidence) *string { return &e.Body }),
	Accreditation: chosen(Select, accreditations, 0, func(e *Evidence) *string { return &e.Accreditation }),
	Holder:        text(100, func(e *Evidence) *string { return &e.Holder }),
	Scope:         paragraph(500, func(e *Evidence) *string { return &e.Scope }),
	Covers: {control: Radios, missing: "fault.choose", choices: []Choice{{"yes", "evidence.covers-yes"}, {"no", "evidence.covers-no"}},
		get: func(e *Evidence) string {
			switch {
			case e.CoversWork == nil:
				return ""
			case *e.CoversWork:
				return "yes"
			}
			return "no"
		},
		set: func(e *Evidence, typed string) {
			yes := typed == "yes"
			if e.CoversWork = nil; yes || typed == "no" {
				e.CoversWork = &yes
			}
		}},
	Stars: {control: Radios, missing: "fault.choose", choices: []Choice{{"1", "evidence.star1"}, {"2", "evidence.star2"}},
		get: func(e *Evidence) string {
			if e.Stars == 0 {
				return ""
			}
			return strconv.Itoa(e.Stars)
		},
		set: func(e *Evidence, typed string) {
			if e.Stars = 0; typed == "1" || typed == "2" {
				e.Stars = int(typed[0] - '0')
			}
		}},
	Issued: date(func(e *Evidence) **time.Time { return &e.IssuedOn }, func(e *Evidence, now time.Time) string {
		if e.IssuedOn != nil && e.IssuedOn.After(now.AddDate(0, 0, 1)) {
			return "fault.evidence.issued-later"
		}
		return ""
	}),
	Expires: date(func(e *Evidence) **time.Time { return &e.ExpiresOn }, func(e *Evidence, now time.Time) string {
		switch {
		case e.Expired(now):
			return "fault.evidence.expired"
		case e.ExpiresOn != nil && e.ExpiresOn.After(now.AddDate(6, 0, 0)):
			return "fault.evidence.expires-far"
		}
		return ""
	}),
}

func text(limit int, at func(*Evidence) *string) row {
	return row{limit: limit, missing: required,
		get: func(e *Evidence) string { return *at(e) },
		set: func(e *Evidence, typed string) { *at(e) = typed }}
}

func paragraph(limit int, at func(*Evidence) *string) row {
	r := text(limit, at)
	r.control = Text
	return r
}

// chosen is one of several choices. With a limit, another text up to that many
// characters holds too: an older form offered it.
func chosen(c Control, choices []Choice, limit int, at func(*Evidence) *string) row {
	r := text(limit, at)
	r.control, r.choices, r.missing = c, choices, "fault.choose"
	return r
}

func date(day func(*Evidence) **time.Time, judge func(*Evidence, time.Time) string) row {
	return row{control: Date, missing: required, day: day, judge: judge, set: func(*Evidence, string) {},
		get: func(e *Evidence) string {
			if at := *day(e); at != nil {
				return at.Format(time.DateOnly)
			}
			return ""
		}}
}

// row gives what holds for the field; a field without one is a mistake in the program.
func (f Field) row() row {
	r, ok := rows[f]
	if !ok {
		panic("evidence: no field " + string(f))
	}
	return r
}

// Control is how the form asks for the field.
func (f Field) Control() Control { return f.row().control }

// Choices are what the form offers.
func (f Field) Choices() []Choice { return f.row().choices }

// Day is where a date is kept; nil for other fields. Pages read dates, since people
// write them in many ways.
func (f Field) Day(e *Evidence) **time.Time {
	if day := f.row().day; day != nil {
		return day(e)
	}
	return nil
}

// Value gives a field as the form posts it; a date as 2006-01-02.
func (e *Evidence) Value(f Field) string { return f.row().get(e) }

// Put sets a field to what was typed, but for dates.
func (e *Evidence) Put(f Field, typed string) { f.row().set(e, typed) }

// check judges the value of a field; an empty one is judged by Evidence.Check.
func (r row) check(field Field, e *Evidence, now time.Time, f *fault.Fields) {
	value := r.get(e)
	if r.limit > 0 {
		f.AtMost(string(field), value, r.limit)
	} else if len(r.choices) > 0 && value != "" && !slices.ContainsFunc(r.choices, func(c Choice) bool { return c.Value == value }) {
		f.Add(string(field), "fault.choose")
	}
	if r.judge == nil {
		return
	}
	if wrong := r.judge(e, now); wrong != "" {
		f.Add(string(field), wrong)
	}
}
