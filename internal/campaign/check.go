package campaign

import (
	"slices"
	"strings"
	"time"

	"tsunagi/internal/calendar"
	"tsunagi/internal/fault"
)

// Complete fills in what the clerk left to the rules: late answers are taken for
// calendar.GraceDays, and kept as calendar.KeepUntil has it, unless another day is given.
func Complete(c Campaign, days *calendar.Calendar) Campaign {
	if c.ClosesAt.IsZero() && !c.DueAt.IsZero() {
		c.ClosesAt = calendar.EndOfDay(days.Add(c.DueAt, calendar.GraceDays))
	}
	if c.KeepUntil.IsZero() && !c.ClosesAt.IsZero() {
		c.KeepUntil = calendar.KeepUntil(c.ClosesAt)
	}
	return c
}

// The longest texts of a campaign, in characters and in each language.
const (
	maxTitle     = 100
	maxPurpose   = 400
	maxNecessity = 800
)

// Check judges a draft, when it is written and again when it is issued. f are faults
// found before, while its form was read; they are answered together with its own.
// Purpose and necessity are asked of every request: METI and the JFTC (guidance of
// 2022-10-28) hold that demands for security measures be explained, not merely made.
func Check(c Campaign, days *calendar.Calendar, now time.Time, f fault.Fields) error {
	f = slices.Clone(f)
	f.Required("name", strings.TrimSpace(c.Name), maxTitle)
	f.Required("purpose", strings.TrimSpace(c.Purpose), maxPurpose)
	f.Required("necessity", strings.TrimSpace(c.Necessity), maxNecessity)
	if strings.ContainsAny(c.Name, "\r\n") {
		f.Add("name", "fault.one-line")
	}
	f.OneLine("name_en", c.NameEN, maxTitle)
	f.AtMost("purpose_en", c.PurposeEN, maxPurpose)
	f.AtMost("necessity_en", c.NecessityEN, maxNecessity)
	c.Contact.Check(&f)
	if c.Questionnaire.Key == "" {
		f.Add("questionnaire", "fault.choose")
	}
	checkDates(c, days, now, &f)
	checkKeeping(c, &f)
	a := c.Audience
	if !a.All && !a.Picked && len(a.Tags) == 0 && len(a.Tiers) == 0 && !a.NotAsked {
		f.Add("audience", "fault.campaign.audience")
	}
	return f.Err()
}

// checkDates judges the due date, which must be a business day with enough of them
// before it, and until when late answers are taken. What could not be read is not
// judged again.
func checkDates(c Campaign, days *calendar.Calendar, now time.Time, f *fault.Fields) {
	switch {
	case slices.ContainsFunc(*f, func(x fault.Field) bool { return x.Name == "due" || x.Name == "closes" }):
	case c.DueAt.IsZero():
		f.Add("due", "fault.required")
	case days.Between(now, c.DueAt) < calendar.LeastDays:
		f.Add("due", "fault.campaign.due-soon", fault.Args{"Min": calendar.LeastDays, "Date": days.Add(now, calendar.LeastDays)})
	case c.DueAt.After(calendar.Latest(now)):
		f.Add("due", "fault.campaign.due-far")
	case !days.Business(c.DueAt):
		f.Add("due", "fault.campaign.due-closed", fault.Args{"Date": days.Next(c.DueAt)})
	case c.ClosesAt.Before(c.DueAt):
		f.Add("closes", "fault.campaign.closes-before")
	case c.ClosesAt.After(calendar.Latest(c.DueAt)):
		f.Add("closes", "fault.campaign.due-far")
	}
}

// checkKeeping judges until when answers are kept. Drafts of older versions say nothing of it.
func checkKeeping(c Campaign, f *fault.Fields) {
	switch {
	case c.KeepUntil.IsZero() || c.ClosesAt.IsZero():
	case c.KeepUntil.Before(c.ClosesAt):
		f.Add("keep", "fault.campaign.keep-before")
	case c.KeepUntil.After(calendar.LatestKeeping(c.ClosesAt)):
		f.Add("keep", "fault.campaign.keep-far", fault.Args{"Years": calendar.MostKeepYears})
	}
}

// checkDue judges a due date that is moved: the supplier has been at it for a while,
// so it may be any day to come.
func checkDue(due, now time.Time) (f fault.Fields) {
	if !due.After(now) {
		f.Add("due", "fault.date-past")
	} else if due.After(calendar.Latest(now)) {
		f.Add("due", "fault.campaign.due-far")
	}
	return f
}

// Edit puts what was typed over a draft. Conflict when it is no draft any more, or
// somebody changed it since it was read.
func Edit(now, typed Campaign) (Campaign, error) {
	switch {
	case now.State != Draft:
		return now, fault.New(fault.Conflict, "fault.campaign.issued")
	case now.Revision != typed.Revision:
		return now, fault.New(fault.Conflict, "fault.conflict")
	}
	now.Name, now.Purpose, now.Necessity, now.Contact = typed.Name, typed.Purpose, typed.Necessity, typed.Contact
	now.NameEN, now.PurposeEN, now.NecessityEN = typed.NameEN, typed.PurposeEN, typed.NecessityEN
	now.Questionnaire, now.Coverage, now.StandIn = typed.Questionnaire, typed.Coverage, typed.StandIn
	now.DueAt, now.ClosesAt, now.KeepUntil, now.Audience = typed.DueAt, typed.ClosesAt, typed.KeepUntil, typed.Audience
	now.Revision++
	return now, nil
}

// confirmAbove is the number of recipients above which it must be typed.
const confirmAbove = 1000

// NeedsConfirmation tells whether issuing to so many asks for the number typed.
func NeedsConfirmation(recipients int) bool { return recipients > confirmAbove }

// Issue decides to ask n recipients. expected is the number that the person saw in
// the rehearsal, typed the number that must be typed above 1,000. Conflict when it is
// no draft; Invalid when Check refuses it now, nobody would be asked, the audience has
// changed since the rehearsal, or the typed number is another one.
func Issue(c Campaign, n, expected, typed int, days *calendar.Calendar, now time.Time) (Campaign, error) {
	if c.State != Draft {
		return c, fault.New(fault.Conflict, "fault.campaign.issued")
	}
	if err := Check(c, days, now, nil); err != nil {
		return c, err
	}
	var f fault.Fields
	switch {
	case n == 0:
		f.Add("confirm", "fault.campaign.nobody")
	case n != expected:
		f.Add("confirm", "fault.campaign.changed", fault.Args{"Count": n})
	case NeedsConfirmation(n) && typed != n:
		f.Add("confirm", "fault.campaign.confirm", fault.Args{"Count": n})
	}
	if err := f.Err(); err != nil {
		return c, err
	}
	c.Questionnaire.Scale = c.Scale() // for good: what is asked keeps its rule
	c.Asked, c.State, c.IssuedAt = n, Issuing, now
	return c, nil
}
