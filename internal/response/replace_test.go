package response

import (
	"context"
	"errors"
	"testing"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/questionnaire"
)

// certified is a sheet on which an ISMS certificate may stand in for the first question.
type certified struct {
	counted
	given []evidence.Evidence
}

func (m certified) Of(context.Context, access.Viewer, string) ([]evidence.Evidence, error) {
	return m.given, nil
}

func (m certified) Snapshot(context.Context, access.Viewer, string) (campaign.Campaign, error) {
	c := sheet()
	c.StandIn, c.Coverage = true, questionnaire.Coverage{"R1": {string(evidence.ISMS): questionnaire.StandsFull}}
	c.Questionnaire.Sections[0].Questions[0].References = []string{"R1"}
	return c, nil
}

// TestReplace: a certificate takes the place of the answers that it covers, of no
// others, and of none that somebody changes at that moment.
func TestReplace(t *testing.T) {
	tests := []struct {
		name, certificate string
		validity          evidence.Validity
		refuse            error
		cleared           int
		fails             fault.Kind // of what is no conflict
	}{
		{"it holds", "isms", "", nil, 1, 0},
		{"it was rejected", "isms", evidence.Rejected, nil, 0, 0},
		{"somebody else answers", "isms", "", &Conflict{Saved: Saved{Answer: questionnaire.Answer{Value: "partly"}, Count: 5}}, 0, 0},
		{"a file of one question", "file", "", nil, 0, fault.NotFound},
		{"another sheet's", "other", "", nil, 0, fault.NotFound},
	}
	for _, tt := range tests {
		m, _ := office()
		m.draft.Answers = map[string]Saved{"a": {Answer: questionnaire.Answer{Value: "done"}, Count: 3}, "b": {Answer: questionnaire.Answer{Value: "文"}, Count: 1}}
		m.refuse = tt.refuse
		store := certified{counted{m}, []evidence.Evidence{{ID: "isms", Kind: evidence.ISMS, Validity: tt.validity}, {ID: "file", Kind: evidence.Attachment, Question: "f"}}}
		s := NewService(store, store, store, func() time.Time { return day }, func() string { return "id" })
		n, err := s.Replace(t.Context(), link, tt.certificate)
		if other := new(Conflict); n != tt.cleared || errors.As(err, &other) != (tt.refuse != nil) {
			t.Errorf("%s: %d, %v; want %d", tt.name, n, err, tt.cleared)
		}
		if tt.refuse == nil && (err != nil) != (tt.fails != 0) || tt.fails != 0 && fault.KindOf(err) != tt.fails {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.fails)
		}
		if got := m.draft.Answers; got["a"].Empty() != (tt.cleared > 0) || got["b"].Value != "文" {
			t.Errorf("%s leaves %+v", tt.name, got)
		}
	}
}
