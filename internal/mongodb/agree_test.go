package mongodb_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/supplier"
)

// emails are addresses of every kind: right, wrong in each way, and none.
var emails = []string{"", "a@example.jp", "shared@example.jp", "a..b@example.jp", ".a@example.jp", "a.@example.jp", "a@example", "a@example.", "a@.jp",
	"a b@example.jp", "a@b@example.jp", "o'neil+x@mail.example.co.jp", "名前@例え.jp", "a@example.jp\n", "a,b@example.jp", "<a@example.jp>", "a", "@example.jp"}

func number(i int) string { return fmt.Sprintf("%04d", i) }

// moment is a time around today, at the borders that rules know, or none.
func moment(t *rapid.T, name string) time.Time {
	year := calendar.FiscalYearStart(issueDay)
	border := rapid.SampledFrom([]time.Time{{}, issueDay, year, calendar.RestedBefore(issueDay), calendar.ExpiringBefore(issueDay), issueDay.AddDate(0, 0, 20)}).Draw(t, name)
	if border.IsZero() {
		return border
	}
	return border.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, name+" beside")) * time.Millisecond)
}

var anySupplier = rapid.Custom(func(t *rapid.T) supplier.Supplier {
	return supplier.Supplier{Email: rapid.SampledFrom(emails).Draw(t, "email"), Lane: rapid.SampledFrom(supplier.Lanes).Draw(t, "lane"),
		Tags: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"図面", "金型", "物流"}), 0, 3, rapid.ID).Draw(t, "tags"),
		Tier: rapid.SampledFrom(supplier.Tiers).Draw(t, "tier"), AskedAt: moment(t, "asked"), AskedUntil: moment(t, "until")}
})

var anyAssignment = rapid.Custom(func(t *rapid.T) campaign.Assignment {
	return campaign.Assignment{Email: rapid.SampledFrom(emails).Draw(t, "email"), Delivery: rapid.SampledFrom(campaign.Deliveries).Draw(t, "delivery"),
		Response: rapid.SampledFrom(campaign.Responses).Draw(t, "response"), DueAt: moment(t, "due"), RemindedAt: moment(t, "reminded"),
		SubmittedAt: moment(t, "submitted")}
})

var anyAudience = rapid.Custom(func(t *rapid.T) campaign.Audience {
	some := rapid.SampledFrom([]string{"o1-0001", "o1-0002", "o1-0003", "o1-0104"})
	return campaign.Audience{All: rapid.Bool().Draw(t, "all"), Picked: rapid.IntRange(0, 3).Draw(t, "picked") == 0, NotAsked: rapid.Bool().Draw(t, "not asked"),
		Tags:  rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"図面", "金型"}), 0, 2, rapid.ID).Draw(t, "tags"),
		Tiers: rapid.SliceOfNDistinct(rapid.SampledFrom(supplier.Tiers), 0, 2, rapid.ID).Draw(t, "tiers"),
		Only:  rapid.SliceOfNDistinct(some, 0, 4, rapid.ID).Draw(t, "only"), Except: rapid.SliceOfNDistinct(some, 0, 2, rapid.ID).Draw(t, "except")}
})

// TestSuppliersByRuleAndByFilter: whom an audience means, who can be mailed and what is
// a problem are rules and filters; over random suppliers both say the same.
func TestSuppliersByRuleAndByFilter(t *testing.T) {
	store, rules := campaigns(t)
	year := calendar.FiscalYearStart(issueDay)
	rows := make([]supplier.Supplier, 300)
	for i := range rows {
		rows[i] = anySupplier.Example(i)
		rows[i].ID, rows[i].Org, rows[i].Code = "o1-"+number(i), "o1", number(i)
	}
	if _, err := store.Raw("suppliers").InsertMany(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		a := anyAudience.Example(i)
		boxes, want := map[string]int{}, 0
		for _, s := range rows {
			if a.Meets(s, year) {
				boxes[s.Email]++
				want++
			}
		}
		if got, err := rules.AudienceSize(t.Context(), mailOwner, a, year); err != nil || got != want {
			t.Errorf("%+v means %d by the filter, %d by the rule (%v)", a, got, want, err)
		}
		mailed, problems := 0, map[campaign.Problem]int{}
		for _, s := range rows {
			if !a.Meets(s, year) {
				continue
			}
			if campaign.Reachable(s) {
				mailed++
			}
			found := campaign.ProblemsOf(s, func(email string) bool { return boxes[email] > 1 }, year, issueDay)
			for _, p := range found {
				problems[p]++
			}
			if len(found) > 0 {
				problems[campaign.AnyProblem]++
			}
		}
		got, err := rules.Rehearse(t.Context(), mailOwner, campaign.Campaign{Audience: a}, campaign.RehearsalFilter{Page: 1, Size: 1, Year: year, Now: issueDay})
		if err != nil || got.Total != want || got.Mailed != mailed {
			t.Errorf("%+v: %d and %d by mail by the filter, %d and %d by the rule (%v)", a, got.Total, got.Mailed, want, mailed, err)
		}
		for _, p := range append(slices.Clone(campaign.Problems), campaign.AnyProblem) {
			if got.Counts[p] != problems[p] {
				t.Errorf("%+v: %s is found %d times by the filter, %d times by the rule", a, p, got.Counts[p], problems[p])
			}
		}
	}
}

// numbersAgree holds every number of the campaign page against its list and the rule.
func numbersAgree(t *testing.T, rules *campaign.Service, counts campaign.Counts, count func(func(campaign.Assignment) bool) int) {
	t.Helper()
	agree := func(name string, number int, f campaign.Filter, holds func(campaign.Assignment) bool) {
		f.Campaign, f.Page, f.Size, f.Now = "c1", 1, 300, issueDay
		listed, _, err := rules.Assignments(t.Context(), mailOwner, f)
		found, err2 := rules.Found(t.Context(), mailOwner, f)
		if want := count(holds); err != nil || err2 != nil || number != want || len(listed) != want || found != want {
			t.Errorf("%s: the number is %d, %d are listed, %d found, %d by the rule (%v, %v)", name, number, len(listed), found, want, err, err2)
		}
	}
	for _, part := range campaign.Parts {
		agree(part.Key, counts.In(part.States), campaign.Filter{Responses: part.States}, func(a campaign.Assignment) bool { return slices.Contains(part.States, a.Response) })
	}
	for name, group := range map[string][]campaign.Delivery{"arrived": campaign.Arrived, "lost": campaign.Lost, "pending": {campaign.DeliveryPending}} {
		n := 0
		for _, d := range group {
			n += counts.Delivery[d]
		}
		agree(name, n, campaign.Filter{Delivery: group}, func(a campaign.Assignment) bool { return slices.Contains(group, a.Delivery) })
	}
	agree("answered", counts.Answered(), campaign.Filter{Given: true}, func(a campaign.Assignment) bool { return !a.SubmittedAt.IsZero() })
	left, err := rules.InHandsOf(t.Context(), mailOwner, []string{"c1"})
	if err != nil || left["c1"] != counts.ToReview() {
		t.Errorf("%d wait for a verdict, %d by the count of the campaign (%v)", left["c1"], counts.ToReview(), err)
	}
}

// TestNumbersWhileAJobRuns: whatever moment one looks at, the parts are the whole.
func TestNumbersWhileAJobRuns(t *testing.T) {
	store, rules := campaigns(t)
	directory(t, store, "o1", 1500, nil)
	c := draftOf(t, rules, mailOwner, campaign.Audience{All: true})
	if err := rules.Issue(t.Context(), mailOwner, c.ID, 1500, 1500); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); bothProcesses(t, store) }()
	for last, over := 0, false; !over; {
		select {
		case <-done:
			over = true
		default:
		}
		counts, err := rules.Counts(t.Context(), mailOwner, c.ID, issueDay)
		if err != nil {
			t.Error(err)
			<-done
			return
		}
		parts, deliveries := 0, 0
		for _, part := range campaign.Parts {
			parts += counts.In(part.States)
		}
		for _, n := range counts.Delivery {
			deliveries += n
		}
		if parts != counts.Total || deliveries != counts.Total || counts.Total < last || over && counts.Total != 1500 {
			t.Errorf("%d by state, %d by delivery, of %d after %d", parts, deliveries, counts.Total, last)
		}
		last = counts.Total
	}
}

// TestRequestsByRuleAndByFilter: who is overdue, due before a day, and reminded are
// rules and filters; over random requests both say the same.
func TestRequestsByRuleAndByFilter(t *testing.T) {
	store, rules := campaigns(t)
	rows := make([]campaign.Assignment, 300)
	for i := range rows {
		rows[i] = anyAssignment.Example(i)
		rows[i].ID, rows[i].Org, rows[i].Campaign = "c1:"+number(i), "o1", "c1"
	}
	if _, err := store.Raw("assignments").InsertMany(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	count := func(holds func(campaign.Assignment) bool) (n int) {
		for _, a := range rows {
			if holds(a) {
				n++
			}
		}
		return n
	}
	overdue := count(func(a campaign.Assignment) bool { return a.Overdue(issueDay) })
	listed, _, err := rules.Assignments(t.Context(), mailOwner, campaign.Filter{Campaign: "c1", Overdue: true, Page: 1, Size: 300, Now: issueDay})
	if err != nil || len(listed) != overdue {
		t.Errorf("%d are listed as overdue, %d are by the rule (%v)", len(listed), overdue, err)
	}
	counts, err := rules.Counts(t.Context(), mailOwner, "c1", issueDay)
	if err != nil || counts.Overdue != overdue {
		t.Errorf("%d are counted as overdue, %d are by the rule (%v)", counts.Overdue, overdue, err)
	}
	numbersAgree(t, rules, counts, count)
	for _, due := range []time.Time{{}, issueDay, issueDay.AddDate(0, 0, 20)} {
		want := count(func(a campaign.Assignment) bool { return campaign.DueBefore(a, due) })
		if got, err := rules.Waiting(t.Context(), mailOwner, "c1", due); err != nil || got != want {
			t.Errorf("%d wait and are due before %s, %d by the rule (%v)", got, due, want, err)
		}
	}
	since := calendar.RestedBefore(issueDay)
	remind, err := rules.RemindCounts(t.Context(), mailOwner, "c1", since)
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range campaign.Remindable {
		in := []campaign.Response{state}
		all := count(func(a campaign.Assignment) bool { return campaign.Reminder{States: in}.Meets(a) })
		fresh := count(func(a campaign.Assignment) bool { return campaign.Reminder{States: in, Before: since}.Meets(a) })
		none := count(func(a campaign.Assignment) bool { return a.Response == state && !campaign.Mailable(a) })
		if want := (campaign.RemindCount{Fresh: fresh, Recent: all - fresh, NoMail: none}); remind[state] != want {
			t.Errorf("%s: %+v by the filter, %+v by the rule", state, remind[state], want)
		}
	}
}
