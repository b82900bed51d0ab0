package questionnaire_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"tsunagi/internal/questionnaire"
	"tsunagi/templates"
)

// load reads the questionnaires that the program brings along.
func load(t *testing.T) map[string]questionnaire.Questionnaire {
	t.Helper()
	all, err := questionnaire.Load(templates.FS)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]questionnaire.Questionnaire{}
	for _, q := range all {
		out[q.Key] = q
	}
	return out
}

func TestWhatIsBuiltIn(t *testing.T) {
	all := load(t)
	tests := []struct {
		key                string
		questions, minutes int
	}{
		{"basic25", 25, 20}, {"certificates", 5, 10}, {"personal-data", 16, 15}, {"telework", 12, 10},
	}
	for _, tt := range tests {
		q := all[tt.key]
		if len(q.Questions()) != tt.questions || q.Minutes() != tt.minutes {
			t.Errorf("%s: %d questions in %d minutes, want %d in %d", tt.key, len(q.Questions()), q.Minutes(), tt.questions, tt.minutes)
		}
	}
	if len(all) != len(tests) {
		t.Errorf("%d questionnaires are built in, want %d", len(all), len(tests))
	}
}

// TestBasic25 holds the twenty-five to their order, sections and full marks.
func TestBasic25(t *testing.T) {
	q := load(t)["basic25"]
	var sizes []int
	for _, s := range q.Sections {
		sizes = append(sizes, len(s.Questions))
	}
	if fmt.Sprint(sizes) != "[5 13 7]" {
		t.Errorf("sections of %v questions, want 5, 13 and 7", sizes)
	}
	all := map[string]questionnaire.Answers{questionnaire.Done: {}, questionnaire.Partly: {}, questionnaire.NotDone: {}, questionnaire.Unknown: {}}
	for i, question := range q.Questions() {
		if want := fmt.Sprintf("IPA5-%02d", i+1); question.References[0] != want || question.Kind != questionnaire.Maturity {
			t.Errorf("question %d (%s) is a %s with %v, want a maturity question with %s first", i+1, question.Key, question.Kind, question.References, want)
		}
		for value, answers := range all {
			answers[question.Key] = questionnaire.Answer{Value: value}
		}
	}
	for value, want := range map[string]float64{questionnaire.Done: 100, questionnaire.Partly: 50, questionnaire.NotDone: 0, questionnaire.Unknown: 0} {
		if got := q.Score(all[value], nil); got.Points != want || got.Max != 100 {
			t.Errorf("all %s: %v of %v points, want %v of 100", value, got.Points, got.Max, want)
		}
	}
	for scale, want := range map[questionnaire.Scale]float64{questionnaire.ScaleZero: 0, questionnaire.ScaleIPA: -25, "": -25} {
		if q.Scale = scale; q.Score(all[questionnaire.Unknown], nil).Points != want || q.Score(all[questionnaire.Unknown], nil).Unknown != 25 {
			t.Errorf("scale %q: all unknown is %+v, want %v points and 25 counted", scale, q.Score(all[questionnaire.Unknown], nil), want)
		}
	}
}

// TestBuiltInCoverage: what each certificate stands in for among the twenty-five.
func TestBuiltInCoverage(t *testing.T) {
	c, err := questionnaire.LoadCoverage(templates.FS)
	if err != nil {
		t.Fatal(err)
	}
	q := load(t)["basic25"]
	tests := []struct {
		kind     string
		personal bool
		stays    string
	}{
		{"isms", false, "1 2 3 6 7 8 11 21 24"},
		{"pmark", true, "1 2 3 5 6 7 8 9 10 11 14 16 21 23 24"},
		{"pmark", false, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25"},
		{"security-action", true, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25"},
	}
	for _, tt := range tests {
		covered := c.Covered(q, []questionnaire.Certificate{{ID: "c", Kind: tt.kind}}, tt.personal)
		var stays []string
		for _, question := range q.Questions() {
			if covered[question.Key] == "" {
				stays = append(stays, fmt.Sprint(question.Number))
			}
		}
		if got := strings.Join(stays, " "); got != tt.stays {
			t.Errorf("%s (personal data %v): %s stay, want %s", tt.kind, tt.personal, got, tt.stays)
		}
	}
}

// TestPaths walks through the forms whose questions follow from earlier answers.
func TestPaths(t *testing.T) {
	one := func(v string) questionnaire.Answer { return questionnaire.Answer{Value: v} }
	many := func(vs ...string) questionnaire.Answer { return questionnaire.Answer{Values: vs} }
	tests := []struct {
		questionnaire string
		answers       questionnaire.Answers
		want          string // what is still to be answered
	}{
		{"certificates", questionnaire.Answers{"certificate": many("pmark")}, "certificate-file certificate-expiry"},
		{"certificates", questionnaire.Answers{"certificate": many("isms")}, "certificate-file certificate-expiry certificate-scope"},
		{"certificates", questionnaire.Answers{"certificate": many("security-action")}, "certificate-plan"},
		{"certificates", questionnaire.Answers{"certificate": one(questionnaire.Unknown)}, "certificate-plan"},
		{"personal-data", questionnaire.Answers{"handles": one("no")}, ""},
		{"personal-data", questionnaire.Answers{"handles": one("access")}, "responsible contract-terms staff-promise staff-training incident-report"},
		{"personal-data", questionnaire.Answers{"handles": one("no"), "subcontracts": one("approved")}, ""},
		{"telework", questionnaire.Answers{"places": many("never")}, ""},
		{"telework", questionnaire.Answers{"places": many("carry")}, "encryption carry-record loss-report remote-rules"},
		{"telework", questionnaire.Answers{"places": many("home"), "device-owner": one("company"), "connection": one("none")}, "encryption networks home-printing around-you carry-record loss-report remote-rules"},
		{"telework", questionnaire.Answers{"places": many("outside"), "device-owner": one("free"), "connection": one("open")}, "private-conditions encryption vpn-updates networks around-you carry-record loss-report remote-rules"},
	}
	all := load(t)
	for _, tt := range tests {
		var got []string
		for _, q := range all[tt.questionnaire].Missing(tt.answers, nil) {
			got = append(got, q.Key)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s, %v: %v are still asked, want %s", tt.questionnaire, tt.answers, got, tt.want)
		}
	}
}

var (
	reference = regexp.MustCompile(`^(IPA5-(0[1-9]|1[0-9]|2[0-5])|SCS [1-7]-[1-5]-[1-8]|A\.[5-8]\.[1-9][0-9]?|APPI [1-9][0-9]?)$`)
	japanese  = regexp.MustCompile(`[\p{Hiragana}\p{Katakana}\p{Han}、。]`)
	shunned   = regexp.MustCompile(`下請|認定|準拠|TODO|(?i)invalid|lorem`)
)

// TestContentIsComplete: every text says something, once, in its own language, in
// a length that is read; every reference is of a known form.
func TestContentIsComplete(t *testing.T) {
	said := map[string]string{}
	for _, q := range load(t) {
		for _, question := range q.Questions() {
			at := q.Key + "/" + question.Key
			for _, ref := range question.References {
				if !reference.MatchString(ref) {
					t.Errorf("%s refers to %q, which is no known reference", at, ref)
				}
			}
			if len(question.References) == 0 {
				t.Errorf("%s has no reference", at)
			}
			h := question.Help
			for name, text := range map[string]questionnaire.Text{"text": question.Text, "why": h.Why, "yes": h.Yes, "example": h.Example, "unknown": h.Unknown} {
				readable(t, at+" "+name, text)
				if other := said[text.JA]; other != "" {
					t.Errorf("%s %s says the same as %s", at, name, other)
				}
				said[text.JA] = at + " " + name
			}
			if question.Kind == questionnaire.Maturity && !strings.HasSuffix(question.Text.JA, "か") {
				t.Errorf("%s does not ask: %s", at, question.Text.JA)
			}
		}
	}
}

func readable(t *testing.T, at string, text questionnaire.Text) {
	t.Helper()
	ja, en := utf8.RuneCountInString(text.JA), len(text.EN)
	if ja < 12 || ja > 160 || en < 25 || en > 330 {
		t.Errorf("%s: %d characters of Japanese and %d of English, too little or too much to be read", at, ja, en)
	}
	if !japanese.MatchString(text.JA) || japanese.MatchString(text.EN) {
		t.Errorf("%s: a text is in the other's language: %s / %s", at, text.JA, text.EN)
	}
	for _, s := range []string{text.JA, text.EN} {
		if found := shunned.FindString(s); found != "" || s != strings.TrimSpace(s) {
			t.Errorf("%s: %q holds %q, or blanks at its ends", at, s, found)
		}
	}
}

// TestCriticalQuestionsAreFew: what is always critical is not.
func TestCriticalQuestionsAreFew(t *testing.T) {
	for key, q := range load(t) {
		critical := slices.DeleteFunc(q.Questions(), func(q questionnaire.Question) bool { return !q.Critical })
		if len(critical) == 0 || len(critical)*3 > len(q.Questions()) {
			t.Errorf("%s: %d of %d questions are critical, want some, and a third at most", key, len(critical), len(q.Questions()))
		}
	}
}
