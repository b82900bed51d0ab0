package questionnaire

import (
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
)

// sample is a small questionnaire with every kind and a chain of conditions.
const sample = `
key: sample
version: 1
order: 1
title: {ja: 見本, en: Sample}
lead: {ja: 見本です, en: A sample}
source: {ja: '', en: ''}
sections:
- key: s1
  title: {ja: 一, en: One}
  questions:
  - {key: a, kind: maturity, weight: 4, critical: true, references: [IPA5-01], text: &t {ja: 問, en: Q}, help: &h {why: *t, yes: *t, example: *t, unknown: *t}}
  - {key: b, kind: maturity, weight: 4, references: [IPA5-02], text: *t, help: *h, show_if: {question: a, in: [done, partly]}}
  - {key: c, kind: maturity, weight: 4, text: *t, help: *h, show_if: {question: b, in: [done]}}
  - {key: d, kind: single, weight: 2, text: *t, help: *h, options: [{key: x, label: *t, score: 1}, {key: y, label: *t, score: 0}]}
  - {key: e, kind: multiple, weight: 2, text: *t, help: *h, options: [{key: x, label: *t, score: 0.5}, {key: y, label: *t, score: 0.5}]}
  - {key: f, kind: number, text: *t, help: *h, min: 0, max: 100, optional: true}
  - {key: g, kind: date, text: *t, help: *h, optional: true}
`

func read(t testing.TB) Questionnaire {
	t.Helper()
	q, err := readYAML([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestScore(t *testing.T) {
	q := read(t)
	tests := []struct {
		name    string
		answers Answers
		covered map[string]string
		want    int
		scored  bool
	}{
		{"nothing", Answers{}, nil, 0, false},
		{"all done", Answers{"a": {Value: Done}, "b": {Value: Done}, "c": {Value: Done}, "d": {Value: "x"}, "e": {Values: []string{"x", "y"}}}, nil, 100, true},
		{"half", Answers{"a": {Value: Partly}}, nil, 50, true},
		{"unknown never goes below 0", Answers{"a": {Value: Unknown}}, nil, 0, true},
		{"unknown reaches nothing", Answers{"a": {Value: Done}, "b": {Value: Unknown}}, nil, 50, true},
		{"not applicable does not count", Answers{"a": {Value: Done}, "b": {Value: NA, Note: "なし"}}, nil, 100, true},
		{"hidden does not count", Answers{"a": {Value: NotDone}, "b": {Value: Done}}, nil, 0, true},
		{"hidden by a hidden one", Answers{"a": {Value: NotDone}, "b": {Value: Done}, "c": {Value: Done}}, nil, 0, true},
		{"covered does not count", Answers{"a": {Value: Done}}, map[string]string{"b": "cert"}, 100, true},
		{"covered but answered counts", Answers{"a": {Value: Done}, "b": {Value: NotDone}}, map[string]string{"b": "cert"}, 50, true},
		{"options add up", Answers{"e": {Values: []string{"x"}}}, nil, 50, true},
	}
	for _, tt := range tests {
		if got := q.Score(tt.answers, tt.covered); got.Percent != tt.want || got.Scored != tt.scored {
			t.Errorf("%s: Score = %d%% (%v), want %d%% (%v)", tt.name, got.Percent, got.Scored, tt.want, tt.scored)
		}
	}
	for scale, want := range map[Scale]int{"": 38, ScaleIPA: 38, ScaleZero: 50} {
		q.Scale = scale
		if got := q.Score(Answers{"a": {Value: Done}, "b": {Value: Unknown}}, nil); got.Percent != want || got.Unknown != 1 {
			t.Errorf("scale %q: %d%% and %d unknown, want %d%% and one", scale, got.Percent, got.Unknown, want)
		}
	}
}

func TestMissing(t *testing.T) {
	q := read(t)
	keys := func(qs []Question) string {
		var out []string
		for _, q := range qs {
			out = append(out, q.Key)
		}
		return strings.Join(out, " ")
	}
	tests := []struct {
		name    string
		answers Answers
		covered map[string]string
		want    string
	}{
		{"nothing given", Answers{}, nil, "a d e"},
		{"condition shows more", Answers{"a": {Value: Done}}, nil, "b d e"},
		{"covered", Answers{}, map[string]string{"a": "cert", "d": "cert"}, "e"},
		{"no reason for not applicable", Answers{"a": {Value: NA}, "d": {Value: "x"}, "e": {Value: Unknown}}, nil, "a"},
		{"optional, but wrong", Answers{"a": {Value: NotDone}, "d": {Value: "x"}, "e": {Values: []string{"x"}}, "f": {Value: "101"}}, nil, "f"},
	}
	for _, tt := range tests {
		if got := keys(q.Missing(tt.answers, tt.covered)); got != tt.want {
			t.Errorf("%s: Missing = %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestHiddenAnswersChangeNothing: whatever is answered to a hidden question, the
// score and what is missing stay the same.
func TestHiddenAnswersChangeNothing(t *testing.T) {
	q := read(t)
	random := rand.New(rand.NewPCG(1, 2))
	values := []string{"", Done, Partly, NotDone, Unknown, NA, "x", "y"}
	for range 2000 {
		answers := Answers{}
		for _, question := range q.Questions() {
			answers[question.Key] = Answer{Value: values[random.IntN(len(values))]}
		}
		shown := q.Visible(answers)
		other := Answers{}
		for key, a := range answers {
			if !shown[key] {
				a = Answer{Value: values[random.IntN(len(values))]}
			}
			other[key] = a
		}
		a, b := q.Score(answers, nil), q.Score(other, nil)
		if a.Percent != b.Percent || a.Points != b.Points || len(q.Missing(answers, nil)) != len(q.Missing(other, nil)) {
			t.Fatalf("hidden answers changed the result: %+v / %+v", answers, other)
		}
	}
}

func TestParseAndCheck(t *testing.T) {
	q := read(t)
	tests := []struct {
		key  string
		form url.Values
		want string // the answer's text in Japanese
		ok   bool
	}{
		{"a", url.Values{"q": {Partly}, "q.note": {"本社だけ"}}, "一部で実施", true},
		{"a", url.Values{"q": {"maybe"}}, "", false},
		{"d", url.Values{"q": {"z"}}, "", false},
		{"d", url.Values{"q": {Unknown}}, "わからない", true},
		{"e", url.Values{"q": {"x", "y", "x"}}, "問、問", true},
		{"e", url.Values{"q": {NA}}, "該当しない", true},
		{"f", url.Values{"q": {" １０ "}}, "10", true},
		{"f", url.Values{"q": {"-1"}}, "-1", false},
		{"f", url.Values{"q": {"ten"}}, "ten", false},
		{"f", url.Values{"q": {"NaN"}}, "NaN", false},
		{"g", url.Values{"q": {"2026-04-01"}}, "2026年4月1日", true},
		{"g", url.Values{"q": {"4月"}}, "4月", false},
	}
	for _, tt := range tests {
		question, _ := q.Question(tt.key)
		a, _ := Parse(question, tt.form, "q")
		if err := Check(question, a); (err == nil) != tt.ok {
			t.Errorf("%s %v: Check = %v, want ok %v", tt.key, tt.form, err, tt.ok)
		}
		if got := AnswerText(question, a, "ja"); tt.ok && got != tt.want {
			t.Errorf("%s %v: text %q, want %q", tt.key, tt.form, got, tt.want)
		}
	}
}

func TestCoverage(t *testing.T) {
	q := read(t)
	q.Sections[0].Questions[0].Critical = false
	c := Coverage{"IPA5-01": {"isms": StandsFull}, "IPA5-02": {"isms": StandsNot, "pmark": StandsPersonal}}
	certs := []Certificate{{"1", "pmark"}, {"2", "isms"}, {"3", "security-action"}}
	if got := c.Covered(q, certs, false); len(got) != 1 || got["a"] != "2" {
		t.Errorf("Covered = %v, want a by 2 alone", got)
	}
	if got := c.Covered(q, certs, true); got["b"] != "1" {
		t.Errorf("Covered with personal data = %v, want b by 1", got)
	}
}

func TestValidateNamesTheFault(t *testing.T) {
	tests := []struct{ name, old, new, want string }{
		{"unknown field", "weight: 4, critical: true", "wieght: 4", "wieght"},
		{"bad key", "{key: a, kind", "{key: A!, kind", "A!"},
		{"twice", "{key: b, kind", "{key: a, kind", "twice"},
		{"forward condition", "show_if: {question: a,", "show_if: {question: d,", "not a question before it"},
		{"impossible value", "in: [done]}", "in: [often]}", "often"},
		{"no such kind", "kind: number", "kind: slider", "slider"},
		{"options on a number", "kind: number,", "kind: number, options: [{key: x, label: *t}],", "options belong"},
		{"section twice", "key: g, kind: date, text: *t, help: *h, optional: true}", "key: g, kind: date, text: *t, help: *h}\n- {key: s1, title: *t, questions: [{key: z, kind: date, text: *t, help: *h}]}", "given twice"},
		{"half a range", "min: 0, max: 100", "min: 0", "given together"},
		{"range on a date", "kind: date,", "kind: date, min: 0, max: 1,", "belong to numbers"},
		{"weight without effect", "kind: date,", "kind: date, weight: 4,", "weight or critical"},
		{"score above 1", "score: 1}", "score: 2}", "between 0 and 1"},
		{"evidence of no kind", "kind: date,", "kind: date, evidence: perhaps,", "perhaps"},
		{"condition in two forms", "show_if: {question: a,", "show_if: {all: [{question: a, in: [done]}], question: a,", "names one question"},
		{"missing language", "title: {ja: 一, en: One}", "title: {ja: 一}", "lacks its text"},
	}
	for _, tt := range tests {
		changed := strings.Replace(sample, tt.old, tt.new, 1)
		if changed == sample {
			t.Fatalf("%s: the sample has no %q", tt.name, tt.old)
		}
		if _, err := readYAML([]byte(changed)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: readYAML = %v, want %q named", tt.name, err, tt.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("key: x"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		q, err := readYAML(raw)
		if err != nil {
			return
		}
		q.Score(Answers{}, nil)
		q.Missing(Answers{}, nil)
	})
}

func TestCoverageNeedsEveryReference(t *testing.T) {
	c := Coverage{"IPA5-01": {"isms": StandsNot}, "IPA5-13": {"isms": StandsFull}, "IPA5-16": {"isms": StandsFull, "pmark": StandsPersonal}}
	tests := []struct {
		name       string
		references []string
		kind       string
		personal   bool
		want       bool
	}{
		{"all stood in for", []string{"IPA5-13", "IPA5-16", "A.7.9"}, "isms", false, true},
		{"one stays", []string{"IPA5-13", "IPA5-01"}, "isms", false, false},
		{"none known", []string{"A.7.9"}, "isms", false, false},
		{"personal data alone", []string{"IPA5-16"}, "pmark", true, true},
		{"without personal data", []string{"IPA5-16"}, "pmark", false, false},
		{"a declaration", []string{"IPA5-13"}, "security-action", true, false},
	}
	for _, tt := range tests {
		if got := c.stands(Question{References: tt.references}, tt.kind, tt.personal); got != tt.want {
			t.Errorf("%s: stands = %v, want %v", tt.name, got, tt.want)
		}
		if c.stands(Question{References: tt.references, Critical: true}, tt.kind, tt.personal) {
			t.Errorf("%s: a critical question is not asked", tt.name)
		}
	}
}

// TestCriticalGaps: a critical question is a gap when its answer reaches nothing,
// whatever its kind and weight.
func TestCriticalGaps(t *testing.T) {
	single := Question{Key: "s", Kind: Single, Critical: true, Options: options(1, 0)}
	q := Questionnaire{Sections: []Section{{Key: "s1", Questions: []Question{{Key: "m", Kind: Maturity, Weight: 4, Critical: true}, single}}}}
	tests := []struct{ m, s, want string }{
		{Done, "x", ""}, {Partly, "x", ""}, {NotDone, "x", "m"}, {Unknown, "y", "m s"}, {NA, Unknown, "s"}, {"", "", ""},
	}
	for _, tt := range tests {
		got := q.Score(Answers{"m": {Value: tt.m}, "s": {Value: tt.s}}, nil)
		if strings.Join(got.Critical, " ") != tt.want {
			t.Errorf("%s and %s: gaps %v, want %q", tt.m, tt.s, got.Critical, tt.want)
		}
	}
}

// TestUsed: a certificate is relied on where a question is shown and nobody answered;
// then it is neither missing nor scored, and counts as done.
func TestUsed(t *testing.T) {
	q := Questionnaire{Sections: []Section{{Key: "s", Questions: []Question{{Key: "a", Kind: Maturity, Weight: 4}, {Key: "b", Kind: Maturity, Weight: 4},
		{Key: "c", Kind: Maturity, Weight: 4, ShowIf: &Condition{Question: "a", In: []string{Done}}}}}}}
	covered := map[string]string{"a": "e", "b": "e", "c": "e"}
	for value, want := range map[string]int{"": 1, NotDone: 0} {
		answers := Answers{"a": {Value: NotDone}, "b": {Value: value}}
		if got := q.Used(answers, covered); len(got) != want {
			t.Errorf("b answered %q: %v is relied on, want %d", value, got, want)
		}
		if got := q.Score(answers, covered); got.Max != float64(8-4*want) || len(q.Missing(answers, covered)) != 0 {
			t.Errorf("b answered %q: %+v", value, got)
		}
	}
}
