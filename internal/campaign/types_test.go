package campaign

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tsunagi/internal/supplier"
)

// Whatever sequence of steps people and jobs attempt, only legal steps happen, and
// what is promised of the states holds.
func TestResponseStatesStayLegal(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		state, revisions := NotStarted, 0
		path := []Response{state}
		for range 30 {
			next := Responses[r.IntN(len(Responses))]
			if !state.CanBecome(next) {
				continue
			}
			if !slices.Contains(From(next), state) {
				t.Fatalf("From(%s) lacks %s, from which it may follow", next, state)
			}
			if next == Submitted {
				revisions++
			}
			state = next
			path = append(path, state)
			if (state == InReview || state == Accepted || state == Returned) && revisions == 0 {
				t.Fatalf("%v: %s without a submission", path, state)
			}
		}
		if i := slices.Index(path, Withdrawn); i >= 0 && i != len(path)-1 {
			t.Fatalf("%v: something follows a withdrawal", path)
		}
	}
}

// TestThePartsAreTheWhole: whatever the states, the numbers of a campaign add up, and
// what was answered is history: no step of a reviewer makes it less.
func TestThePartsAreTheWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		c := Counts{Response: map[Response]int{}}
		for range r.IntN(40) {
			c.Response[Responses[r.IntN(len(Responses))]]++
			c.Total++
		}
		whole := 0
		for _, part := range Parts {
			whole += c.In(part.States)
		}
		if whole != c.Total {
			t.Fatalf("%v: the parts are %d, the whole is %d", c.Response, whole, c.Total)
		}
	}
}

func TestFromListsExactlyTheLegalSteps(t *testing.T) {
	for _, next := range Responses {
		for _, state := range Responses {
			if got, want := slices.Contains(From(next), state), state.CanBecome(next); got != want {
				t.Errorf("From(%s) holds %s = %v, want %v", next, state, got, want)
			}
		}
	}
}

func TestOnlyWhoWaitsIsRemindedOrOverdue(t *testing.T) {
	now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for _, state := range Responses {
		late := Assignment{Response: state, DueAt: now.Add(-time.Minute)}
		if got := late.Overdue(now); got != state.Waits() {
			t.Errorf("%s past its date: overdue = %v", state, got)
		}
		if slices.Contains(Remindable, state) && !state.Waits() {
			t.Errorf("%s may be reminded though nobody waits for it", state)
		}
	}
}

func TestProblemsOf(t *testing.T) {
	year := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	now := year.AddDate(0, 8, 0)
	shared := func(email string) bool { return email == "shared@example.jp" }
	for _, tc := range []struct {
		name string
		s    supplier.Supplier
		want []Problem
	}{
		{"none", supplier.Supplier{Email: "a@example.jp"}, nil},
		{"no address", supplier.Supplier{}, []Problem{NoAddress}},
		{"bad address", supplier.Supplier{Email: "a@@example"}, []Problem{BadAddress}},
		{"paper needs no address", supplier.Supplier{Lane: supplier.LanePaper}, []Problem{OnPaper}},
		{"shared", supplier.Supplier{Email: "shared@example.jp"}, []Problem{SameBox}},
		{"asked on the first day of the year", supplier.Supplier{Email: "a@example.jp", AskedAt: year}, []Problem{AskedNow}},
		{"asked last year", supplier.Supplier{Email: "a@example.jp", AskedAt: year.Add(-time.Second)}, nil},
		{"asked last year and still open", supplier.Supplier{Email: "a@example.jp", AskedAt: year.Add(-time.Second), AskedUntil: now.Add(time.Hour)}, []Problem{AskedNow}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := ProblemsOf(tc.s, shared, year, now); !slices.Equal(got, tc.want) {
				t.Errorf("ProblemsOf = %v, want %v", got, tc.want)
			}
			if got, want := Reachable(tc.s), tc.s.Lane != supplier.LanePaper && !slices.Contains(tc.want, NoAddress) && !slices.Contains(tc.want, BadAddress); got != want {
				t.Errorf("Reachable = %v, want %v", got, want)
			}
		})
	}
}

func TestScoreBandsTileTheScale(t *testing.T) {
	for percent := 0; percent <= 100; percent++ {
		n := 0
		for _, b := range []ScoreBand{LowScore, MidScore, HighScore} {
			if from, below := b.Bounds(); percent >= from && percent < below {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d%% is in %d bands", percent, n)
		}
	}
}

func TestRequestNumbersAreShortAndDiffer(t *testing.T) {
	seen := map[string]bool{}
	for i := range 2000 {
		id := AssignmentID("c", string(rune('a'+i%26))+time.Duration(i).String())
		n := RequestNumber(id)
		if len(n) != 9 || n[4] != '-' || seen[n] {
			t.Fatalf("RequestNumber(%s) = %q", id, n)
		}
		seen[n] = true
	}
}

// TestInEnglish: what was given in English is said in English, each text by itself, and
// what was not, as old campaigns have none, in Japanese.
func TestInEnglish(t *testing.T) {
	old := draft(nil)
	if got := old.In("en"); got.Name != old.Name || got.Purpose != old.Purpose || got.Necessity != old.Necessity || got.Contact != old.Contact {
		t.Errorf("a campaign without English says %+v", got)
	}
	c := draft(func(c *Campaign) {
		c.PurposeEN, c.Contact.DepartmentEN, c.Contact.Hours = "We check.", "Procurement", "平日"
	})
	if got := c.In("en"); got.Purpose != "We check." || got.Necessity != c.Necessity || got.Contact.Department != "Procurement" || got.Contact.Hours != "平日" {
		t.Errorf("in English: %+v", got)
	}
	if got := c.In("ja"); got.Purpose != c.Purpose || got.Contact != c.Contact {
		t.Errorf("in Japanese: %+v", got)
	}
}
