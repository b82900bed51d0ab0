package response

import (
	"errors"
	"strings"
	"testing"

	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
)

func TestWords(t *testing.T) {
	a := request(campaign.InReview)
	a.Certificates = []campaign.CertificateBrief{{ID: "isms"}}
	for _, tt := range []struct {
		name  string
		words Words
		kind  fault.Kind // 0: they are kept
		want  Comment
	}{
		{"on a question", Words{Subject: "b", Text: " 頻度は？ ", Flag: true}, 0, Comment{Question: "b", Text: "頻度は？", Flag: true, Count: 1}},
		{"nothing any more", Words{Subject: "b", Text: " ", Flag: true, Seen: 3}, 0, Comment{Question: "b", Count: 4}},
		{"on no question", Words{Subject: "nothing", Text: "x"}, fault.NotFound, Comment{}},
		{"why it goes back", Words{Subject: Reason, Text: "二点", Flag: true}, 0, Comment{Question: Reason, Text: "二点", Count: 1}},
		{"why a certificate is rejected", Words{Subject: RejectionOf("isms"), Text: "範囲"}, 0, Comment{Question: RejectionOf("isms"), Text: "範囲", Count: 1}},
		{"another sheet's certificate", Words{Subject: RejectionOf("other"), Text: "範囲"}, fault.NotFound, Comment{}},
		{"as long as it may be", Words{Subject: "a", Text: strings.Repeat("長", 1000)}, 0, Comment{Question: "a", Text: strings.Repeat("長", 1000), Count: 1}},
		{"too long", Words{Subject: "a", Text: strings.Repeat("長", 1001)}, fault.Invalid, Comment{}},
		{"a rejection too long", Words{Subject: RejectionOf("isms"), Text: strings.Repeat("長", 501)}, fault.Invalid, Comment{}},
	} {
		got, err := Write(sheet(), a, tt.words)
		if (err == nil) != (tt.kind == 0) || err != nil && fault.KindOf(err) != tt.kind || got != tt.want {
			t.Errorf("%s: %+v, %v", tt.name, got, err)
		}
		if f := fault.FieldsOf(err); len(f) == 1 && f[0].Name != Field(tt.words.Subject) {
			t.Errorf("%s: the fault stands at %s", tt.name, f[0].Name)
		}
	}
}

// TestWordsFollowEachOther: a page's words take the place of its own earlier ones,
// whatever became of the replies, and of nobody else's.
func TestWordsFollowEachOther(t *testing.T) {
	m, s := office()
	m.a.Response, m.a.Revision, m.review = campaign.InReview, 1, Review{ID: "c:s:1", Comments: []Comment{{ID: "old", Question: "a", Text: "以前"}}}
	colleague := reviewer
	colleague.User = "u2"
	for _, step := range []struct {
		name, text, page string
		seen, n          int // n: the counter that is answered, −1 for a refusal
		saved            string
	}{
		{"the first", "いつ", "p.1", 0, 1, "いつ"},
		{"typed on", "いつまで", "p.2", 1, 2, "いつまで"},
		{"its reply was lost", "いつまでに", "p.3", 1, 3, "いつまでに"},
		{"one that arrives late is not called saved", "いつま", "p.2", 1, -1, "いつまでに"},
		{"sent again", "いつまでに", "p.3", 2, 3, "いつまでに"},
		{"another window", "別の文", "q.1", 1, -1, "いつまでに"},
		{"another window that has seen it", "別の文", "q.2", 3, 4, "別の文"},
		{"the same words", "別の文", "r.1", 0, 4, "別の文"},
		{"nothing any more", "", "q.3", 4, 0, ""},
		{"anew", "また", "q.4", 0, 1, "また"},
	} {
		n, err := s.Write(t.Context(), reviewer, "c:s", Words{Subject: "a", Text: step.text, Seen: step.seen, Page: step.page})
		if step.n >= 0 && (err != nil || n != step.n) {
			t.Errorf("%s: %d, %v; want %d", step.name, n, err, step.n)
		}
		other := new(Reworded)
		if step.n < 0 && (!errors.As(err, &other) || !fault.Judged(err) || fault.FieldsOf(err)[0].Name != "comment.a" || other.Saved.Text != step.saved) {
			t.Errorf("%s: %v", step.name, err)
		}
		if got := m.review.Own(reviewer, "a").Text; got != step.saved {
			t.Errorf("%s: %q stands there, want %q", step.name, got, step.saved)
		}
		if m.review.Comments[0].Text != "以前" || m.review.Own(colleague, "a").Text != "" {
			t.Errorf("%s: somebody else's are touched", step.name)
		}
	}
}

// TestAWordAtTheMomentOfTheVerdict is part of it.
func TestAWordAtTheMomentOfTheVerdict(t *testing.T) {
	m, s := office()
	m.a.Response, m.a.Revision, m.subs = campaign.InReview, 1, []Submission{{ID: "c:s:1", Revision: 1}}
	m.review = Review{ID: "c:s:1", Comments: []Comment{{ID: "w", Question: Reason, User: "u", Text: "書きかけ"}}}
	m.happens = func() error {
		m.review.Comments = append(m.review.Comments, Comment{ID: "late", Question: "a", Text: "直前に", Flag: true})
		return fault.New(fault.Conflict, "fault.conflict")
	}
	if err := s.Return(t.Context(), reviewer, "c:s", Correction{Reason: "ご確認ください"}); err != nil {
		t.Fatal(err)
	}
	if len(m.review.Comments) != 1 || m.review.Comments[0].ID != "late" || m.flags[0].Text != "直前に" {
		t.Errorf("returned with %+v, flagged %+v", m.review.Comments, m.flags)
	}
}
