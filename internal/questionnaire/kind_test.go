package questionnaire

import (
	"math"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tsunagi/internal/fault"
)

// given is one way to fill in a question, and what must come of it.
type given struct {
	name   string
	typed  []string // the field's values
	common string   // わからない or 該当しない, ticked beside the field
	fault  string   // "" when the answer is right
	ja, en string   // the answer in words, when it is right
	share  float64
	counts bool
}

// judge parses, checks, scores and words each of them.
func judge(t *testing.T, q Question, tests []given) {
	t.Helper()
	for _, tt := range tests {
		a, beside := Parse(q, url.Values{"f": tt.typed, "f.common": {tt.common}}, "f")
		key, _ := check(q, a)
		if err := Beside(q, beside); err != nil {
			key = fault.FieldsOf(err)[0].Key
		}
		if key != tt.fault {
			t.Errorf("%s: %q is judged %q, want %q", tt.name, tt.typed, key, tt.fault)
		}
		if tt.fault != "" {
			continue
		}
		if ja, en := AnswerText(q, a, "ja"), AnswerText(q, a, "en"); ja != tt.ja || en != tt.en {
			t.Errorf("%s: worded %q and %q, want %q and %q", tt.name, ja, en, tt.ja, tt.en)
		}
		if share, counts := Kinds[q.Kind].Score(q, a); share != tt.share || counts != tt.counts {
			t.Errorf("%s: scored %v (%v), want %v (%v)", tt.name, share, counts, tt.share, tt.counts)
		}
	}
}

func options(scores ...float64) []Option {
	var out []Option
	for i, s := range scores {
		key := string(rune('x' + i))
		out = append(out, Option{Key: key, Label: Text{JA: "選択" + key, EN: "choice " + key}, Score: &s})
	}
	return out
}

// kindConstant finds the names of kinds in the source.
var kindConstant = regexp.MustCompile(`(?m)^const \w+ KindName = "([a-z-]+)"$`)

// TestEveryKindIsListed: a kind that has a file has its name there and its rules in
// Kinds, and a test of its own.
func TestEveryKindIsListed(t *testing.T) {
	files, err := filepath.Glob("kind_*.go")
	if err != nil {
		t.Fatal(err)
	}
	named := map[KindName]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := kindConstant.FindAllSubmatch(raw, -1)
		if len(found) != 1 {
			t.Errorf("%s names %d kinds, want one", file, len(found))
			continue
		}
		name := KindName(found[0][1])
		if named[name] = true; Kinds[name] == nil {
			t.Errorf("kind %q has a name but no rules", name)
		}
		if own := strings.TrimSuffix(file, ".go") + "_test.go"; !slices.Contains(files, own) {
			t.Errorf("kind %q has no test: %s is missing", name, own)
		}
	}
	if len(Kinds) != len(named) {
		t.Errorf("%d kinds are listed, %d have files", len(Kinds), len(named))
	}
}

// sampleQuestion is one of a kind, with all that its traits let it have.
func sampleQuestion(name KindName) Question {
	q, least, most := Question{Key: "k", Kind: name, Weight: 4}, -1000.0, 1e9
	if q.Traits().Choices {
		q.Options = options(0.75, 0.75)
	}
	if q.Traits().Bounds {
		q.Min, q.Max = &least, &most
	}
	return q
}

// TestNothingBesideATickIsDropped: whatever is typed or chosen beside わからない or 該当しない,
// and both of these at once, is handed back, on every kind that takes it.
func TestNothingBesideATickIsDropped(t *testing.T) {
	for name, kind := range Kinds {
		q, sample := sampleQuestion(name), kind.Traits().Sample
		page := func(more ...string) url.Values { // the boxes stand apart, or among the choices
			return url.Values{"f": append(append(slices.Clone(sample.Values), sample.Value), more...), "f.common": more}
		}
		for _, ticks := range [][]string{{Unknown}, {NA}, {Unknown, NA}} {
			a, beside := Parse(q, page(ticks...), "f")
			switch {
			case kind.Traits().Files: // files stay attached
			case name == Maturity || name == Single: // a browser sends one of them
			case !a.Common() || Beside(q, beside) == nil:
				t.Errorf("%s: %v beside %+v is read as %+v and %+v", name, ticks, sample, a, beside)
			case !slices.Equal(beside.Values, sample.Values) || sample.Value != "" && beside.Value != sample.Value:
				t.Errorf("%s: %+v is handed back as %+v", name, sample, beside)
			}
		}
	}
}

func TestWhatAnAnswerLacks(t *testing.T) {
	q := Question{Key: "k", Number: 9, Kind: Maturity}
	for key, a := range map[string]Answer{"fault.answer.missing": {}, "fault.answer.reason": {Value: NA}} {
		if got := Lacks(q, a); got.Key != key || got.Name != "q.k" || got.Args["Number"] != 9 || complete(q, a) {
			t.Errorf("%+v lacks %+v, want %s", a, got, key)
		}
	}
	if a := (Answer{Value: NA, Note: "倉庫なし"}); a.LacksReason() || !complete(q, a) {
		t.Error("the reason is given, and not seen")
	}
	if CheckAside(q, Answer{Value: "何でも"}) != nil || CheckAside(q, Answer{Value: strings.Repeat("字", maxValue+1)}) == nil {
		t.Error("what is set aside may say anything, and be no larger than an answer")
	}
}

// TestSamplesHold: the sample of every kind is right, complete and worded in both
// languages, and marked and scored within bounds; わからない and 該当しない are taken.
func TestSamplesHold(t *testing.T) {
	for name, kind := range Kinds {
		t.Run(string(name), func(t *testing.T) {
			q, traits := sampleQuestion(name), kind.Traits()
			if traits.Seconds <= 0 {
				t.Error("answering takes no time")
			}
			for _, common := range []string{Unknown, NA} {
				a, beside := Parse(q, url.Values{"f": {common}, "f.common": {common}, "f.note": {"理由"}}, "f")
				if a.Value != common || !beside.Empty() || !complete(q, a) {
					t.Errorf("%s is read as %+v", common, a)
				}
			}
			a := traits.Sample
			if traits.Files {
				if !a.Empty() {
					t.Error("a kind that is answered by files has another answer as sample")
				}
				return
			}
			form := url.Values{"f": slices.Clone(a.Values), "f.note": {a.Note}}
			if a.Value != "" {
				form["f"] = append(form["f"], a.Value)
			}
			if got, beside := Parse(q, form, "f"); !got.Same(a) || !beside.Empty() || !complete(q, got) {
				t.Errorf("the sample %+v is read back as %+v", a, got)
			}
			for _, lang := range []string{"ja", "en"} {
				if strings.TrimSpace(AnswerText(q, a, lang)) == "" {
					t.Errorf("the sample has no words in %s", lang)
				}
			}
		})
	}
}

func TestLimits(t *testing.T) {
	q := Question{Key: "k", Kind: FreeText}
	tests := []struct {
		name   string
		answer Answer
		want   string
	}{
		{"longest text", Answer{Value: strings.Repeat("字", maxValue)}, ""},
		{"text too long", Answer{Value: strings.Repeat("字", maxValue+1)}, "fault.answer.long"},
		{"longest note", Answer{Value: "x", Note: strings.Repeat("字", maxNote)}, ""},
		{"note too long", Answer{Value: "x", Note: strings.Repeat("字", maxNote+1)}, "fault.answer.note-long"},
		{"too many values", Answer{Values: make([]string, maxValues+1)}, "fault.answer.many"},
		{"broken text", Answer{Value: "\xff"}, "fault.answer.text"},
		{"broken note", Answer{Value: "x", Note: "\xff"}, "fault.answer.text"},
		{"broken value", Answer{Values: []string{"\xff"}}, "fault.answer.text"},
		{"nothing", Answer{}, ""},
	}
	for _, tt := range tests {
		if got, _ := check(q, tt.answer); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// FuzzParse: whatever a form holds, no kind panics; what is found right can be
// worded and scored within bounds; and judging it again says the same.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"done", "x", "２０２６/４/１", "-1,000.5", "\xff", "unknown", "", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "1e308", "=1+1"} {
		f.Add(seed, "y", "na", "理由")
	}
	kinds := map[KindName]Question{}
	for name := range Kinds {
		kinds[name] = sampleQuestion(name)
	}
	f.Fuzz(func(t *testing.T, one, two, common, note string) {
		form := url.Values{"f": {one, two}, "f.common": {common}, "f.note": {note}}
		for name, q := range kinds {
			a, _ := Parse(q, form, "f")
			if Check(q, a) != nil {
				continue
			}
			share, counts := Kinds[name].Score(q, a)
			if counts && (math.IsNaN(share) || share < 0 || share > 1) {
				t.Errorf("%s: %+v scores %v", name, a, share)
			}
			if !a.Empty() && strings.TrimSpace(AnswerText(q, a, "ja")) == "" {
				t.Errorf("%s: %+v is right but has no words", name, a)
			}
			again, _ := Parse(q, url.Values{"f": append(slices.Clone(a.Values), a.Value), "f.common": {a.Value}, "f.note": {a.Note}}, "f")
			if a.Value != "" && again.Value != a.Value {
				t.Errorf("%s: %+v is read again as %+v", name, a, again)
			}
		}
	})
}
