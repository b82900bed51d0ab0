package campaign

import (
	"slices"
	"testing"
	"time"

	"tsunagi/internal/audit"
	"tsunagi/internal/audit/audittest"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
	"tsunagi/internal/questionnaire"
)

// Whatever is changed in a draft is told with what it was and is, and nothing else.
func TestDifferences(t *testing.T) {
	was := Campaign{Name: "調査", DueAt: today, State: Draft, Audience: Audience{Picked: true, Only: []string{"s1", "s2"}},
		Coverage: questionnaire.Coverage{"IPA5-01": {"isms": questionnaire.StandsFull}}, Questionnaire: questionnaire.Questionnaire{Key: "q", Version: 1}}
	detail := func(key, value string) audit.Detail { return audit.Detail{Key: key, Value: value} }
	for name, tt := range map[string]struct {
		change func(*Campaign)
		want   []audit.Detail
	}{
		"nothing":         {func(*Campaign) {}, nil},
		"its name":        {func(c *Campaign) { c.Name = "秋の調査" }, []audit.Detail{detail("name", "調査 → 秋の調査")}},
		"its purpose":     {func(c *Campaign) { c.Purpose = "p" }, []audit.Detail{detail("purpose", "— → p")}},
		"why":             {func(c *Campaign) { c.Necessity = "n" }, []audit.Detail{detail("necessity", "— → n")}},
		"whom to ask":     {func(c *Campaign) { c.Contact = org.Contact{Phone: "03"} }, []audit.Detail{detail("contact.phone", "— → 03")}},
		"what is asked":   {func(c *Campaign) { c.Questionnaire.Version = 2 }, []audit.Detail{detail("questionnaire", "q v1 → q v2")}},
		"its scale":       {func(c *Campaign) { c.Questionnaire.Scale = questionnaire.ScaleIPA }, []audit.Detail{detail("scale", string(questionnaire.DefaultScale)+" → ipa")}},
		"certificates":    {func(c *Campaign) { c.StandIn = true }, []audit.Detail{detail("stand-in", "no → yes")}},
		"the due date":    {func(c *Campaign) { c.DueAt = today.AddDate(0, 0, 1) }, []audit.Detail{audit.WasAt("due", today, today.AddDate(0, 0, 1))}},
		"its end":         {func(c *Campaign) { c.ClosesAt = today }, []audit.Detail{audit.WasAt("closes", time.Time{}, today)}},
		"who is asked":    {func(c *Campaign) { c.Audience.All = true }, []audit.Detail{detail("audience", "picked → all")}},
		"tags":            {func(c *Campaign) { c.Audience.Tags = []string{"物流"} }, []audit.Detail{detail("tags", "— → 物流")}},
		"tiers":           {func(c *Campaign) { c.Audience.Tiers = []int{1, 2} }, []audit.Detail{detail("tiers", "— → 1、2")}},
		"not asked yet":   {func(c *Campaign) { c.Audience.NotAsked = true }, []audit.Detail{detail("not-asked", "no → yes")}},
		"one picked anew": {func(c *Campaign) { c.Audience.Only = []string{"s1", "s3"} }, []audit.Detail{detail("picked", "2 → 2"), detail("put-in", "1"), detail("taken-out", "1")}},
		"one left out":    {func(c *Campaign) { c.Audience.Except = []string{"s9"} }, []audit.Detail{detail("left-out", "0 → 1"), detail("put-in", "1"), detail("taken-out", "0")}},
		"what stands for it": {func(c *Campaign) { c.Coverage = questionnaire.Coverage{"IPA5-02": {"isms": questionnaire.StandsFull}} },
			[]audit.Detail{detail("coverage", "IPA5-01 isms：  full → —"), detail("coverage", "IPA5-02 isms：  — → full")}},
	} {
		t.Run(name, func(t *testing.T) {
			is := was
			tt.change(&is)
			if got := differences(was, is); !slices.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

// TestEveryPartOfADraftIsTold: a part that no entry tells would not be saved either.
func TestEveryPartOfADraftIsTold(t *testing.T) {
	was := Campaign{DueAt: today, ClosesAt: today, KeepUntil: today}
	for part, is := range audittest.Parts(was, "ID", "Org", "Questionnaire", "Coverage", "State", "Asked", "Revision", "Reminders", "CreatedBy", "CreatedAt", "IssuedAt") {
		if got := differences(was, is); len(got) == 0 {
			t.Errorf("%s is not told", part)
		}
	}
}

// TestTheRestIsTold: what no service of this room composes.
func TestTheRestIsTold(t *testing.T) {
	m := &memory{campaign: draft(nil)}
	s, _ := office(m)
	if err := s.DeleteDraft(t.Context(), buyer, "c"); err != nil || m.last().Detail("campaign") != "draft → deleted" {
		t.Errorf("%v, %+v", err, m.last())
	}
	for action, e := range map[audit.Action]audit.Entry{
		ActionIssued:         IssuedEntry(buyer, Campaign{ID: "c"}, "e", today),
		ActionDeliveryFailed: FailedEntry(notify.Outcome{Message: notify.Message{ID: "m", Campaign: "c"}, At: today, Reply: "550"}, "e"),
		ActionDeliveryAgain:  NewLedger(m, func() time.Time { return today }, func() string { return "e" }).again(buyer, notify.Failure{Campaign: "c"}, 3),
	} {
		if entries.Note(e); e.Action != action || e.Campaign != "c" || !e.At.Equal(today) {
			t.Errorf("%s: %+v", action, e)
		}
	}
}
