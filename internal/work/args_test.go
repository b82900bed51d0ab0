package work_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/jobs"
	"tsunagi/internal/work"
)

var day = time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)

func onDay() time.Time { return day }

func newID() string { return "id" }

// people is a store of those who are to be reminded and moved. It refuses more than
// so many at once, and notes what it was asked.
type people struct {
	all     []string
	most    int
	who     campaign.Reminder
	move    campaign.Move
	written []string
	told    []campaign.Told
	parts   int
}

func (p *people) after(after string, n int) ([]campaign.Assignment, error) {
	var out []campaign.Assignment
	for _, id := range p.all {
		if id > after && len(out) < n {
			out = append(out, campaign.Assignment{ID: id, Org: "o1", Campaign: "c1", Email: id + "@example.jp"})
		}
	}
	return out, nil
}

func (p *people) write(batch []campaign.Assignment, decide func(campaign.Assignment) campaign.Told) error {
	if len(batch) > p.most {
		return fmt.Errorf("write: %w", jobs.ErrTooLarge)
	}
	p.parts++
	for _, a := range batch {
		p.written = append(p.written, a.ID)
		p.told = append(p.told, decide(a))
	}
	return nil
}

func (p *people) Remindable(_ context.Context, _ access.Viewer, _ string, r campaign.Reminder, after string, n int) ([]campaign.Assignment, error) {
	p.who = r
	return p.after(after, n)
}

func (p *people) Remind(_ context.Context, _ jobs.Job, _ campaign.Reminder, batch []campaign.Assignment, _ time.Time, decide func(campaign.Assignment) campaign.Told) error {
	return p.write(batch, decide)
}

func (p *people) Movable(_ context.Context, _ access.Viewer, _ string, m campaign.Move, _ time.Time, after string, n int) ([]campaign.Assignment, error) {
	p.move = m
	return p.after(after, n)
}

func (p *people) Move(_ context.Context, _ jobs.Job, _ campaign.Move, batch []campaign.Assignment, decide func(campaign.Assignment) campaign.Told) error {
	return p.write(batch, decide)
}

func many(n int) *people {
	p := &people{most: n}
	for i := range n {
		p.all = append(p.all, fmt.Sprintf("c1:s%05d", i))
	}
	return p
}

// Whatever the store takes at once, everybody is reminded once, in order.
func TestEverybodyIsRemindedOnceHoweverLittlePasses(t *testing.T) {
	for _, most := range []int{1, 7, 499, 500, 5000} {
		t.Run(fmt.Sprint(most), func(t *testing.T) {
			p := many(1203)
			p.most = most
			job := jobs.Job{ID: "j", Org: "o1", Subject: "c1", CreatedAt: day, Params: jobs.Encode(work.Remind{States: campaign.Remindable})}
			if err := work.RemindWork(p, onDay, newID).Work(t.Context(), job); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(p.written, p.all) {
				t.Errorf("%d of %d in %d parts, or not in order", len(p.written), len(p.all), p.parts)
			}
			if m := p.told[0].Messages; len(m) != 1 || m[0].ID != "remind:j:c1:s00000" {
				t.Errorf("the first was told %+v", m)
			}
		})
	}
}

// Reminded are those whom the click meant, also where it was stored by a version
// before; without a day it is the click itself since which nobody was reminded.
func TestWhoIsReminded(t *testing.T) {
	before := day.AddDate(0, 0, -3)
	for name, tc := range map[string]struct {
		params map[string]string
		states []campaign.Response
		before time.Time
	}{
		"all again": {jobs.Encode(work.Remind{States: campaign.Remindable}), campaign.Remindable, day},
		"rested":    {jobs.Encode(work.Orders{}.Remind(campaign.Reminder{States: []campaign.Response{campaign.Answering}, Before: before})), []campaign.Response{campaign.Answering}, before},
		"older": {map[string]string{"answering": "1", "before": before.Format(time.RFC3339Nano)},
			[]campaign.Response{campaign.Answering}, before},
		"older, again": {map[string]string{"not-started": "1"}, []campaign.Response{campaign.NotStarted}, day},
	} {
		t.Run(name, func(t *testing.T) {
			p := many(3)
			job := jobs.Job{ID: "j", Org: "o1", Subject: "c1", CreatedAt: day, Params: tc.params}
			if err := work.RemindWork(p, onDay, newID).Work(t.Context(), job); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(p.who.States, tc.states) || !p.who.Before.Equal(tc.before) {
				t.Errorf("reminded %+v, want %v before %s", p.who, tc.states, tc.before)
			}
		})
	}
}

func TestWhatMoves(t *testing.T) {
	due, closes := day.AddDate(0, 0, 10), day.AddDate(0, 0, 20)
	for name, tc := range map[string]struct {
		params map[string]string
		want   campaign.Move
	}{
		"later":     {jobs.Encode(work.Orders{}.Reschedule(campaign.Campaign{State: campaign.Open, DueAt: due, ClosesAt: closes})), campaign.Move{DueAt: due, ClosesAt: closes}},
		"end":       {jobs.Encode(work.Orders{}.Reschedule(campaign.Campaign{State: campaign.Closed, DueAt: due, ClosesAt: day})), campaign.Move{ClosesAt: day}},
		"older":     {map[string]string{"due": due.Format(time.RFC3339Nano), "closes": closes.Format(time.RFC3339Nano)}, campaign.Move{DueAt: due, ClosesAt: closes}},
		"older end": {map[string]string{"closes": day.Format(time.RFC3339Nano)}, campaign.Move{ClosesAt: day}},
	} {
		t.Run(name, func(t *testing.T) {
			p := many(2)
			if err := work.RescheduleWork(p, onDay, newID).Work(t.Context(), jobs.Job{ID: "j", Org: "o1", Subject: "c1", CreatedAt: day, Params: tc.params}); err != nil {
				t.Fatal(err)
			}
			if !p.move.DueAt.Equal(tc.want.DueAt) || !p.move.ClosesAt.Equal(tc.want.ClosesAt) || len(p.written) != 2 {
				t.Errorf("moved %+v, want %+v", p.move, tc.want)
			}
		})
	}
}

// What cannot be read does nothing at all: an unreadable date once meant everybody.
func TestUnreadableArgumentsTouchNobody(t *testing.T) {
	for name, params := range map[string]map[string]string{
		"remind: a date":          {"args": `{"states":["answering"],"before":"2026-13-01"}`},
		"remind: nobody":          {"args": `{"states":[]}`},
		"remind: another state":   {"args": `{"states":["submitted"]}`},
		"remind: another name":    {"args": `{"states":["answering"],"all":true}`},
		"remind: an older date":   {"answering": "1", "before": "yesterday"},
		"remind: nothing":         nil,
		"reschedule: a date":      {"args": `{"due":"x","closes":"2026-12-01T00:00:00Z"}`},
		"reschedule: no end":      {"args": `{"due":"2026-12-01T00:00:00Z"}`},
		"reschedule: nothing":     nil,
		"reschedule: older date":  {"due": "x", "closes": "2026-12-01T00:00:00Z"},
		"reschedule: older, none": {"due": "2026-12-01T00:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			p := many(3)
			r := work.RemindWork(p, onDay, newID)
			if strings.HasPrefix(name, "reschedule") {
				r = work.RescheduleWork(p, onDay, newID)
			}
			err := r.Work(t.Context(), jobs.Job{ID: "j", Org: "o1", Subject: "c1", CreatedAt: day, Params: params})
			if !errors.Is(err, jobs.ErrHopeless) || len(p.written) != 0 {
				t.Errorf("%v, and %d were touched; want that it is hopeless", err, len(p.written))
			}
		})
	}
}

// Every job that a change may ask for can be written, read, and told from the others.
func TestOrdersAreOfDifferentKinds(t *testing.T) {
	o := work.Orders{}
	seen := map[jobs.Kind]bool{}
	for _, args := range []jobs.Args{o.Issue(), o.Remind(campaign.Reminder{States: campaign.Remindable}),
		o.Reschedule(campaign.Campaign{State: campaign.Closed, ClosesAt: day}), o.Import(), o.Undo(), o.Carry(true), o.Document(), o.Look()} {
		if seen[args.Kind()] || args.Check() != nil {
			t.Errorf("%s: seen %v, %v", args.Kind(), seen[args.Kind()], args.Check())
		}
		seen[args.Kind()] = true
	}
	p := many(1)
	if _, err := jobs.NewRunner(nil, []jobs.Registration{work.RemindWork(p, onDay, newID), work.RescheduleWork(p, onDay, newID)}, onDay, slog.Default()); err != nil {
		t.Error(err)
	}
}
