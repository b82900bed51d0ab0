package campaign

import (
	"os"
	"testing"

	"tsunagi/internal/evidence"
	"tsunagi/internal/questionnaire"
)

// TestReplaces holds the numbers that are told against the rule that counts, for every
// questionnaire that is built in and every kind of certificate.
func TestReplaces(t *testing.T) {
	coverage, err := questionnaire.LoadCoverage(os.DirFS("../../templates"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := questionnaire.Load(os.DirFS("../../templates"))
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range all {
		for _, personal := range []bool{false, true} {
			c := Campaign{Questionnaire: q, Coverage: coverage, StandIn: true}
			told := map[evidence.Kind]int{}
			for _, r := range c.Replaces(personal) {
				told[r.Kind] = r.Count
				if r.Count == 0 {
					t.Errorf("%s: %s is promised to replace nothing", q.Key, r.Kind)
				}
			}
			for _, kind := range evidence.Kinds {
				covered := c.Covered([]questionnaire.Certificate{{ID: "e", Kind: string(kind)}}, personal)
				if told[kind] != len(covered) {
					t.Errorf("%s, %s, personal data %v: %d are told, %d covered", q.Key, kind, personal, told[kind], len(covered))
				}
				for key := range covered {
					if asked, _ := q.Question(key); asked.Critical {
						t.Errorf("%s: %s replaces the critical question %s", q.Key, kind, key)
					}
				}
			}
			if told[evidence.PMark] > 0 && !personal {
				t.Errorf("%s: a P-mark replaces %d questions of a firm without personal data", q.Key, told[evidence.PMark])
			}
			if c.StandIn = false; c.Replaces(personal) != nil {
				t.Errorf("%s: certificates replace answers where they may not", q.Key)
			}
		}
	}
}

// TestScale: what was asked keeps its rule, and a draft has the rule that it will have.
func TestScale(t *testing.T) {
	points := questionnaire.Questionnaire{Sections: []questionnaire.Section{{Questions: []questionnaire.Question{{Key: "a", Weight: 4}}}}}
	for _, tt := range []struct {
		state State
		scale questionnaire.Scale
		want  string
	}{
		{Draft, "", "score.rule.zero"}, {Open, "", "score.rule.ipa"}, {Closed, "", "score.rule.ipa"},
		{Draft, questionnaire.ScaleIPA, "score.rule.ipa"}, {Open, questionnaire.ScaleZero, "score.rule.zero"},
	} {
		points.Scale = tt.scale
		if got := (Campaign{State: tt.state, Questionnaire: points}).PointsRule(); got != tt.want {
			t.Errorf("%s with %q: %s, want %s", tt.state, tt.scale, got, tt.want)
		}
	}
	if got := (Campaign{State: Open}).PointsRule(); got != "" {
		t.Errorf("without points the rule %q is told", got)
	}
}
