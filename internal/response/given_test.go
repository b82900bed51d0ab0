package response

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"tsunagi/internal/fault"
	"tsunagi/internal/questionnaire"
)

func TestWhoseWordsStandThere(t *testing.T) {
	tests := []struct {
		name, sent, saved string
		want              words
	}{
		{"the same page goes on", "p.2", "p.1", later},
		{"sent twice", "p.2", "p.2", later},
		{"overtaken by its own", "p.1", "p.2", earlier},
		{"numbers, not texts", "p.10", "p.9", later},
		{"a form that counts nothing", "p", "p.9", later},
		{"after a form", "p.1", "p", later},
		{"another page", "q.9", "p.1", foreign},
		{"saved before pages had names", "p.1", "", foreign},
		{"nameless both", "", "", foreign},
	}
	for _, tt := range tests {
		if got := compare(tt.sent, tt.saved); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
	for _, bad := range []string{"a.b", "p.1.2", ".1", "p.", "ペ.1", "p.1234567890123456"} {
		if got := (Given{Page: bad}).page(); got != "" {
			t.Errorf("a page may be called %q", bad)
		}
	}
}

// counted refuses another counter, as the database does.
type counted struct{ *memory }

func (m counted) SaveAnswer(ctx context.Context, s Save) error {
	if saved := m.draft.Answers[s.Question]; saved.Count != s.Given.Seen {
		return &Conflict{Saved: saved}
	}
	return m.memory.SaveAnswer(ctx, s)
}

// TestALostReply: a page that does not know what became of its words sends newer ones.
// They take the place of its own, and of nobody else's.
func TestALostReply(t *testing.T) {
	m, _ := office()
	s := NewService(counted{m}, m, m, func() time.Time { return day }, func() string { return "id" })
	send := func(value, page string, seen int) (int, error) {
		return s.Answer(t.Context(), link, "a", Given{Answer: questionnaire.Answer{Value: value}, Seen: seen, Page: page})
	}
	steps := []struct {
		name, value, page string
		seen, n           int // n: the counter that is answered, 0 for a conflict
		saved             string
	}{
		{"the first", "partly", "p.1", 0, 1, "partly"},
		{"its reply was lost, and more was given", "done", "p.2", 0, 2, "done"},
		{"one that arrives late is not called saved", "not-done", "p.1", 0, 0, "done"},
		{"nor with the counter that stands there now, of another", "not-done", "p.1", 1, 0, "done"},
		{"but when it says the same", "done", "p.1", 0, 2, "done"},
		{"another page", "not-done", "q.1", 1, 0, "done"},
		{"another page has seen it", "not-done", "q.2", 2, 3, "not-done"},
		{"the first page, which has not", "partly", "p.3", 2, 0, "not-done"},
	}
	for _, step := range steps {
		n, err := send(step.value, step.page, step.seen)
		other := new(Conflict)
		if n != step.n || errors.As(err, &other) != (step.n == 0) {
			t.Errorf("%s: %d, %v; want %d", step.name, n, err, step.n)
		}
		if own := strings.HasPrefix(step.page, "p") && strings.HasPrefix(m.draft.Answers["a"].Page, "p"); other.Own != (own && step.n == 0) {
			t.Errorf("%s: own is %v", step.name, other.Own)
		}
		if got := m.draft.Answers["a"].Value; got != step.saved {
			t.Errorf("%s: %s is saved, want %s", step.name, got, step.saved)
		}
	}
}

func TestWhatIsSetAsideIsKeptAndNotSubmitted(t *testing.T) {
	m, s := office()
	aside := questionnaire.Answer{Value: "書きかけの文章"}
	given := Given{Answer: questionnaire.Answer{Value: questionnaire.Unknown}, Aside: aside}
	if _, err := s.Answer(t.Context(), link, "a", given); err != nil {
		t.Fatal(err)
	}
	if got := m.draft.Answers["a"]; !got.SetAside().Same(aside) || !m.draft.Plain()["a"].Same(given.Answer) {
		t.Errorf("kept %+v", got)
	}
	given.Aside.Value = strings.Repeat("字", 5000)
	if _, err := s.Answer(t.Context(), link, "a", given); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a text without end is set aside: %v", err)
	}
}
