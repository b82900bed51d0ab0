package evidence

import (
	"os"
	"slices"
	"testing"

	"tsunagi/internal/questionnaire"
)

// Each kind's sample holds; without what it requires it is refused at that field.
func TestEveryKind(t *testing.T) {
	until := now.AddDate(2, 0, 0)
	seen := map[Kind]bool{}
	for _, traits := range kinds {
		t.Run(string(traits.Kind), func(t *testing.T) {
			if traits.Kind == "" || seen[traits.Kind] {
				t.Fatal("a kind without a name of its own")
			}
			seen[traits.Kind] = true
			sample := func() Evidence { return traits.Kind.Sample(7, "見本精工", until) }
			e := sample()
			if err := e.Check(now, traits.NeedsFile); err != nil {
				t.Fatalf("the sample is refused at %s", wrong(err))
			}
			if again := sample(); again.Number != e.Number {
				t.Errorf("the number %q is kept as %q", again.Number, e.Number)
			}
			for _, ask := range traits.Asks {
				if ask.Label == "" || (ask.Field == Number) != (ask.Field == Number && traits.Number != nil) {
					t.Errorf("%s is not asked for wholly: %+v", ask.Field, ask)
				}
				without := sample()
				without.Put(ask.Field, "")
				if day := ask.Field.Day(&without); day != nil {
					*day = nil
				}
				if got := wrong(without.Check(now, true)); (got == string(ask.Field)) != ask.Required {
					t.Errorf("without %s: wrong is %q, required %v", ask.Field, got, ask.Required)
				}
				filled := sample()
				for _, choice := range ask.Field.Choices() {
					if filled.Put(ask.Field, choice.Value); filled.Value(ask.Field) != choice.Value || filled.Check(now, true) != nil {
						t.Errorf("%s: the choice %q is not taken", ask.Field, choice.Value)
					}
				}
			}
			if err := e.Check(now, false); (err != nil) != traits.NeedsFile {
				t.Errorf("without its document: %v", err)
			}
		})
	}
}

// What stands in for answers is what the coverage data know.
func TestWhatStandsInIsCovered(t *testing.T) {
	coverage, err := questionnaire.LoadCoverage(os.DirFS("../../templates"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[Kind]bool{}
	for ref, by := range coverage {
		for kind := range by {
			if found[Kind(kind)] = true; !slices.Contains(Standing, Kind(kind)) {
				t.Errorf("%s: %s stands in, which no kind does", ref, kind)
			}
		}
	}
	for _, kind := range Standing {
		if !found[kind] {
			t.Errorf("%s stands in for no answer", kind)
		}
	}
}

func TestNotes(t *testing.T) {
	for _, c := range []struct {
		name string
		e    Evidence
		want []Note
	}{
		{"nothing", ISMS.Sample(1, "見本", now.AddDate(1, 0, 0)), nil},
		{"outside, and an old edition", Evidence{Kind: ISMS, CoversWork: truth(false), Standard: "JIS Q 27001:2014"},
			[]Note{{"warning", "evidence.outside"}, {"warning", "evidence.old-edition"}}},
		{"expired, and not accepted", Evidence{Kind: PMark, ExpiresOn: in(-1), Validity: Rejected},
			[]Note{{"warning", "evidence.why-rejected"}, {"warning", "evidence.why-expired"}}},
		{"unaccredited", Evidence{Kind: ISMS, Accreditation: "none"}, []Note{{"warning", "evidence.why-unaccredited"}}},
		{"a file that nobody can open", Evidence{Kind: PMark, File: found(Locked)}, []Note{{"warning", WhyUnreadable}}},
		{"a policy of old", Evidence{Kind: Policy, ExpiresOn: in(-1)}, nil},
		{"a self-declaration", SecurityAction.Sample(1, "見本", now), []Note{{"", "evidence.action-note"}}},
		{"a kind that nobody knows", Evidence{Kind: "other"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.e.Notes(now); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
