package campaign

import (
	"strings"
	"testing"
	"time"

	"tsunagi/internal/calendar"
	"tsunagi/internal/fault"
	"tsunagi/internal/org"
	"tsunagi/internal/questionnaire"
)

func on(year, month, day int) time.Time {
	return time.Date(year, time.Month(month), day, 10, 0, 0, 0, calendar.Tokyo)
}

// today is a Tuesday in November, with two weeks of business days behind it.
var today = on(2026, 11, 24)

func due(day time.Time) time.Time { return calendar.EndOfDay(day) }

func draft(change func(*Campaign)) Campaign {
	c := Campaign{ID: "c", Org: "o", Name: "調査", Purpose: "確認のため", Necessity: "図面をお預けしているため", State: Draft, Revision: 1,
		Contact: org.Contact{Department: "調達部", Phone: "000-0000-0000", Email: "ask@example.jp"}, Audience: Audience{All: true},
		Questionnaire: questionnaire.Questionnaire{Key: "basic25"}, DueAt: due(on(2026, 12, 15)), ClosesAt: due(on(2026, 12, 28))}
	if change != nil {
		change(&c)
	}
	return c
}

// faults words what is wrong as "field key".
func faults(err error) string {
	var out []string
	for _, f := range fault.FieldsOf(err) {
		out = append(out, f.Name+" "+f.Key)
	}
	return strings.Join(out, ", ")
}

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*Campaign)
		want   string
	}{
		{"as it should be", nil, ""},
		{"nothing said", func(c *Campaign) { c.Name, c.Purpose, c.Necessity = " ", "", "" },
			"name fault.required, purpose fault.required, necessity fault.required"},
		{"two lines in the name", func(c *Campaign) { c.Name = "a\nb" }, "name fault.one-line"},
		{"English is optional, and bounded", func(c *Campaign) {
			c.NameEN, c.PurposeEN, c.NecessityEN = "a\nb", strings.Repeat("a", 401), strings.Repeat("a", 801)
		}, "name_en fault.one-line, purpose_en fault.too-long, necessity_en fault.too-long"},
		{"a contact in English on two lines", func(c *Campaign) { c.Contact.DepartmentEN = "a\nb" }, "contact_department_en fault.one-line"},
		{"kept until answers are taken", func(c *Campaign) { c.KeepUntil = c.ClosesAt }, ""},
		{"kept for less", func(c *Campaign) { c.KeepUntil = c.DueAt }, "keep fault.campaign.keep-before"},
		{"kept for ever", func(c *Campaign) { c.KeepUntil = due(on(2099, 3, 31)) }, "keep fault.campaign.keep-far"},
		{"no questionnaire", func(c *Campaign) { c.Questionnaire.Key = "" }, "questionnaire fault.choose"},
		{"nobody to ask", func(c *Campaign) { c.Audience = Audience{} }, "audience fault.campaign.audience"},
		{"no due date", func(c *Campaign) { c.DueAt = time.Time{} }, "due fault.required"},
		{"five business days", func(c *Campaign) { c.DueAt = due(on(2026, 12, 1)) }, ""},
		{"five days of the calendar are too few", func(c *Campaign) { c.DueAt = due(on(2026, 11, 30)) }, "due fault.campaign.due-soon"},
		{"New Year's Day", func(c *Campaign) { c.DueAt, c.ClosesAt = due(on(2027, 1, 1)), due(on(2027, 2, 1)) }, "due fault.campaign.due-closed"},
		{"a Sunday", func(c *Campaign) { c.DueAt = due(on(2026, 12, 13)) }, "due fault.campaign.due-closed"},
		{"the buyer's closed day", func(c *Campaign) { c.DueAt = due(on(2026, 12, 11)) }, "due fault.campaign.due-closed"},
		{"in two years", func(c *Campaign) { c.DueAt = due(on(2028, 12, 11)) }, "due fault.campaign.due-far"},
		{"closed before it is due", func(c *Campaign) { c.ClosesAt = due(on(2026, 12, 14)) }, "closes fault.campaign.closes-before"},
		{"open for ever", func(c *Campaign) { c.ClosesAt = due(on(2028, 12, 14)) }, "closes fault.campaign.due-far"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			days := calendar.New([]string{"2026-12-11"})
			if got := faults(Check(draft(tt.change), days, today, nil)); got != tt.want {
				t.Errorf("Check = %q, want %q", got, tt.want)
			}
			// Whatever does not hold when it is written does not hold when it is issued.
			if _, err := Issue(draft(tt.change), 3, 3, 0, days, today); faults(err) != tt.want {
				t.Errorf("Issue = %q, want %q", faults(err), tt.want)
			}
		})
	}
}

// TestAnOldDraftIsTold which day would do: the words need it.
func TestAnOldDraftIsTold(t *testing.T) {
	later := on(2026, 12, 11)
	_, err := Issue(draft(nil), 3, 3, 0, calendar.New(nil), later)
	f := fault.FieldsOf(err)
	if len(f) != 1 || f[0].Args["Min"] != calendar.LeastDays {
		t.Fatalf("Issue two days before = %v", err)
	}
	if day, ok := f[0].Args["Date"].(time.Time); !ok || !day.Equal(calendar.StartOfDay(on(2026, 12, 18))) {
		t.Errorf("the day that would do is %v, want 18 December", f[0].Args["Date"])
	}
}

func TestWhatCouldNotBeReadIsNotJudgedAgain(t *testing.T) {
	wrong := fault.Fields{{Name: "due", Key: "fault.date"}}
	if got := faults(Check(draft(func(c *Campaign) { c.DueAt, c.Name = time.Time{}, "" }), calendar.New(nil), today, wrong)); got != "due fault.date, name fault.required" {
		t.Errorf("Check = %q", got)
	}
}

func TestComplete(t *testing.T) {
	days := calendar.New(nil)
	c := Complete(draft(func(c *Campaign) { c.ClosesAt = time.Time{} }), days)
	if want := calendar.EndOfDay(on(2027, 1, 4)); !c.ClosesAt.Equal(want) { // 16 Dec to 28 Dec are nine business days
		t.Errorf("closes %s, want %s: ten business days later", c.ClosesAt, want)
	}
	if c := Complete(draft(nil), days); !c.ClosesAt.Equal(draft(nil).ClosesAt) {
		t.Error("a day that was given is changed")
	}
}

func TestIssue(t *testing.T) {
	for _, tt := range []struct {
		name               string
		state              State
		n, expected, typed int
		want               string
		kind               fault.Kind
	}{
		{"as rehearsed", Draft, 3, 3, 0, "", 0},
		{"nobody left", Draft, 0, 0, 0, "confirm fault.campaign.nobody", fault.Invalid},
		{"changed since", Draft, 4, 3, 0, "confirm fault.campaign.changed", fault.Invalid},
		{"many, not typed", Draft, 1001, 1001, 0, "confirm fault.campaign.confirm", fault.Invalid},
		{"many, typed", Draft, 1001, 1001, 1001, "", 0},
		{"twice", Issuing, 3, 3, 0, "", fault.Conflict},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Issue(draft(func(c *Campaign) { c.State = tt.state }), tt.n, tt.expected, tt.typed, calendar.New(nil), today)
			if faults(err) != tt.want || err != nil && fault.KindOf(err) != tt.kind {
				t.Fatalf("Issue = %v, want %s %q", err, tt.kind, tt.want)
			}
			if err == nil && c.Questionnaire.Scale != questionnaire.DefaultScale {
				t.Errorf("issued with the scale %q", c.Questionnaire.Scale)
			}
			if err == nil && (tt.kind != 0 || c.State != Issuing || c.Asked != tt.n || !c.IssuedAt.Equal(today)) {
				t.Errorf("issued = %+v", c)
			}
		})
	}
}

func TestEdit(t *testing.T) {
	typed := draft(func(c *Campaign) { c.Name, c.Org, c.State = "別の名前", "somebody else's", Open })
	c, err := Edit(draft(nil), typed)
	if err != nil || c.Name != "別の名前" || c.Org != "o" || c.State != Draft || c.Revision != 2 {
		t.Errorf("Edit = %+v, %v; want the name changed, and neither organisation nor state", c, err)
	}
	typed.Revision = 7
	if _, err := Edit(draft(nil), typed); fault.KindOf(err) != fault.Conflict {
		t.Errorf("typed over another revision: %v", err)
	}
	typed.Revision = 1
	if _, err := Edit(draft(func(c *Campaign) { c.State = Open }), typed); fault.KindOf(err) != fault.Conflict {
		t.Errorf("issued meanwhile: %v", err)
	}
}

func TestPickAndTakeOut(t *testing.T) {
	picked := draft(func(c *Campaign) { c.Audience = Audience{Picked: true, Only: []string{"a", "b"}} })
	c, err := Pick(picked, []string{"c", "a", ""}, []string{"b"})
	if got := strings.Join(c.Audience.Only, ""); err != nil || got != "ac" || c.Revision != 2 || len(picked.Audience.Only) != 2 {
		t.Errorf("Pick = %q, %v", got, err)
	}
	if _, err := Pick(draft(nil), []string{"a"}, nil); fault.KindOf(err) != fault.Conflict {
		t.Errorf("picking for an audience by conditions: %v", err)
	}
	many := strings.Fields(strings.Repeat("x ", maxPicked+1))
	for i := range many {
		many[i] += time.Duration(i).String()
	}
	if _, err := Pick(picked, many, nil); faults(err) != "supplier fault.campaign.too-many-picked" {
		t.Errorf("picking too many: %v", err)
	}
	out, err := TakeOut(draft(nil), "a", true)
	if err != nil || len(out.Audience.Except) != 1 {
		t.Errorf("TakeOut = %v, %v", out.Audience.Except, err)
	}
	if back, err := TakeOut(out, "a", false); err != nil || len(back.Audience.Except) != 0 {
		t.Errorf("put in again = %v, %v", back.Audience.Except, err)
	}
	if _, err := TakeOut(draft(func(c *Campaign) { c.State = Open }), "a", true); fault.KindOf(err) != fault.Conflict {
		t.Errorf("taking out after issuing: %v", err)
	}
}

func TestExtendAllAndClose(t *testing.T) {
	open := draft(func(c *Campaign) { c.State = Open })
	later := due(on(2026, 12, 22))
	c, err := ExtendAll(open, later, today)
	if err != nil || !c.DueAt.Equal(later) || c.ClosesAt.Sub(c.DueAt) != open.ClosesAt.Sub(open.DueAt) || c.Revision != 2 {
		t.Errorf("ExtendAll = %s to %s, %v", c.DueAt, c.ClosesAt, err)
	}
	for name, tt := range map[string]struct {
		c    Campaign
		due  time.Time
		want string
	}{
		"earlier":     {open, due(on(2026, 12, 14)), "due fault.campaign.due-earlier"},
		"in the past": {open, today, "due fault.date-past"},
		"too far":     {open, due(on(2028, 1, 5)), "due fault.campaign.due-far"},
		"a draft":     {draft(nil), later, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := ExtendAll(tt.c, tt.due, today); err == nil || faults(err) != tt.want {
				t.Errorf("ExtendAll = %v, want %q", err, tt.want)
			}
		})
	}
	if c, err := Close(open, today); err != nil || c.State != Closed || !c.ClosesAt.Equal(today) {
		t.Errorf("Close = %+v, %v", c, err)
	}
	if _, err := Close(draft(nil), today); fault.KindOf(err) != fault.Conflict {
		t.Errorf("closing a draft: %v", err)
	}
}

func told(n int) *int { return &n }

func TestRemind(t *testing.T) {
	open := draft(func(c *Campaign) { c.State = Open })
	counts := map[Response]RemindCount{NotStarted: {Fresh: 2}, Answering: {Recent: 3}, Returned: {NoMail: 4}}
	for _, tt := range []struct {
		name string
		c    Campaign
		r    Reminder
		want string
		kind fault.Kind
	}{
		{"who has not begun", open, Reminder{States: []Response{NotStarted}}, "", 0},
		{"nobody chosen", open, Reminder{}, "states fault.choose", fault.Invalid},
		{"who has submitted", open, Reminder{States: []Response{Submitted}}, "states fault.choose", fault.Invalid},
		{"all reminded lately", open, Reminder{States: []Response{Answering}}, "again fault.campaign.all-recent", fault.Invalid},
		{"all reminded lately, and again", open, Reminder{States: []Response{Answering}, Again: true}, "", 0},
		{"nobody by mail", open, Reminder{States: []Response{Returned}}, "states fault.campaign.nobody-to-remind", fault.Invalid},
		{"as many as was said", open, Reminder{States: []Response{NotStarted, Answering}, Again: true, Told: told(5)}, "", 0},
		{"fewer than was said", open, Reminder{States: []Response{NotStarted}, Told: told(5)}, "", 0},
		{"more than was said", open, Reminder{States: []Response{NotStarted, Answering}, Again: true, Told: told(2)}, "states fault.campaign.remind-more", fault.Invalid},
		{"nobody was said", open, Reminder{States: []Response{NotStarted}, Told: told(0)}, "states fault.campaign.remind-more", fault.Invalid},
		{"a draft", draft(nil), Reminder{States: []Response{NotStarted}}, "", fault.Conflict},
		{"after the end", draft(func(c *Campaign) { c.State, c.ClosesAt = Open, today }), Reminder{States: []Response{NotStarted}}, "", fault.Conflict},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Remind(tt.c, tt.r, counts, today)
			if faults(err) != tt.want || (err == nil) != (tt.kind == 0) || err != nil && fault.KindOf(err) != tt.kind {
				t.Fatalf("Remind = %v, want %q", err, tt.want)
			}
			if err == nil && r.Before.IsZero() != tt.r.Again {
				t.Errorf("left alone since %s", r.Before)
			}
		})
	}
}

// TestKept: answers are kept to the end of the fiscal year five years on, unless the clerk
// says otherwise, never for less than they are taken, and old campaigns promise nothing.
func TestKept(t *testing.T) {
	c := Complete(draft(nil), calendar.New(nil)) // closes on 28 December 2026
	if want := due(on(2032, 3, 31)); !c.KeepUntil.Equal(want) {
		t.Errorf("kept until %s, want %s", c.KeepUntil, want)
	}
	own := draft(func(c *Campaign) { c.KeepUntil = due(on(2027, 3, 31)) })
	if c := Complete(own, calendar.New(nil)); !c.KeepUntil.Equal(own.KeepUntil) {
		t.Errorf("what the clerk said became %s", c.KeepUntil)
	}
	for closes, want := range map[time.Time]time.Time{due(on(2026, 12, 28)): own.KeepUntil, due(on(2027, 6, 1)): due(on(2027, 6, 1))} {
		if got := own.KeptUntil(Assignment{ClosesAt: closes}); !got.Equal(want) {
			t.Errorf("taken until %s, kept until %s", closes, got)
		}
	}
	if got := (Campaign{}).KeptUntil(Assignment{ClosesAt: due(on(2027, 6, 1))}); !got.IsZero() {
		t.Errorf("an old campaign promises %s", got)
	}
}
