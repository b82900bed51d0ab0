package response

import (
	"testing"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/calendar"
)

// TestWhatLeavesTheHouse: of a review in each state a supplier is given the verdict once
// it is told, and the comments that the sheet went back with.
func TestWhatLeavesTheHouse(t *testing.T) {
	said := []Comment{{Question: "a", Text: "直して", Flag: true, By: "確 認太", User: "u1"}, {Question: "a", Text: "覚え"}, {Question: Reason, Text: "下書き", Flag: true},
		{Question: RejectionOf("e"), Text: "下書き"}}
	for _, tt := range []struct {
		verdict  Verdict
		now      time.Time
		told     bool
		comments int
	}{
		{Undecided, day, false, 0}, {Accept, day, false, 0}, {Accept, calendar.UndoUntil(day), true, 0}, {Return, day, true, 1},
	} {
		m, s := office()
		s.now = func() time.Time { return tt.now }
		m.review = Review{ID: "c:s:1", Revision: 1, Verdict: tt.verdict, Reason: "理由", DecidedBy: "確 認太", DecidedAt: day, Comments: said}
		r, err := s.Review(t.Context(), link, "c:s", 1)
		if err != nil || (r.Verdict == tt.verdict) != (tt.told || tt.verdict == Undecided) || (r.Reason != "") != tt.told || len(r.Comments) != tt.comments || r.DecidedBy != "" {
			t.Errorf("%q at %s: %+v, %v", tt.verdict, tt.now, r, err)
		}
		for _, c := range r.Comments {
			if c.By != "" || c.User != "" || c.Text != "直して" {
				t.Errorf("%q: %+v", tt.verdict, c)
			}
		}
		all, err := s.Reviews(t.Context(), link, "c:s")
		if err != nil || len(all) != 1 || len(all[0].Comments) != tt.comments {
			t.Errorf("%q: all of them are %+v, %v", tt.verdict, all, err)
		}
		if in, err := s.Review(t.Context(), reviewer, "c:s", 1); err != nil || len(in.Comments) != len(said) || reviewer.Kind != access.Member {
			t.Errorf("%q: colleagues are given %+v, %v", tt.verdict, in, err)
		}
	}
}
