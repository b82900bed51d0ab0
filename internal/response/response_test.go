package response

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/questionnaire"
)

var day = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

func submission() Submission {
	return Submission{ID: "c:s:1", Assignment: "c:s", Revision: 1, SubmittedAt: day,
		Answers:     map[string]questionnaire.Answer{"b": {Value: "done"}, "a": {Values: []string{"x", "y"}, Note: "補足"}},
		Covered:     map[string]string{"c": "e1"},
		Evidence:    []evidence.Evidence{{ID: "e1", Kind: evidence.ISMS, Number: "IS 1", File: &evidence.File{SHA256: "00"}}},
		Declaration: Declaration{Statement: "2026-11", Text: "申告", Name: "架空 花子", Role: "総務", At: day}}
}

func TestDigest(t *testing.T) {
	base := submission().Digest()
	changes := map[string]func(*Submission){
		"an answer":         func(s *Submission) { s.Answers["b"] = questionnaire.Answer{Value: "partly"} },
		"a note":            func(s *Submission) { s.Answers["b"] = questionnaire.Answer{Value: "done", Note: "x"} },
		"an answer more":    func(s *Submission) { s.Answers["d"] = questionnaire.Answer{Value: "done"} },
		"what stands in":    func(s *Submission) { s.Covered["c"] = "e2" },
		"a file":            func(s *Submission) { s.Evidence[0].File.SHA256 = "01" },
		"a number":          func(s *Submission) { s.Evidence[0].Number = "IS 2" },
		"who declared":      func(s *Submission) { s.Declaration.Name = "架空 太郎" },
		"in what role":      func(s *Submission) { s.Declaration.Role = "社長" },
		"what was declared": func(s *Submission) { s.Declaration.Text = "別" },
		"when":              func(s *Submission) { s.SubmittedAt = day.Add(time.Millisecond) },
		"the revision":      func(s *Submission) { s.Revision = 2 },
	}
	for name, change := range changes {
		s := submission()
		change(&s)
		if s.Digest() == base {
			t.Errorf("changing %s leaves the digest as it was", name)
		}
	}
	later := submission()
	later.Evidence[0].Validity, later.Evidence[0].ReviewedBy = evidence.Verified, "確 認太"
	later.SubmittedAt = day.In(time.FixedZone("JST", 9*3600))
	if later.Digest() != base {
		t.Error("what happens to a submission later changes its digest")
	}
	later.SubmittedAt = day.Add(time.Millisecond - 1)
	if later.Digest() != base {
		t.Error("a time that is finer than the database keeps it is in the digest")
	}
	empty, none := Submission{Answers: map[string]questionnaire.Answer{}, Covered: map[string]string{}, Evidence: []evidence.Evidence{}}, Submission{}
	if empty.Digest() != none.Digest() {
		t.Error("empty and none differ: the database gives back none for empty")
	}
}

// TestDigestIsForEver pins the canonical form: digests in PDFs that auditors hold
// must still come out in years.
func TestDigestIsForEver(t *testing.T) {
	const want = "ce95c8ec31bc6b1c525d63bb710ba06888d21fd36088f4854017ade3aeb6a90d"
	if got := submission().Digest(); got != want {
		t.Errorf("Digest = %s, want %s", got, want)
	}
}

func sheet() campaign.Campaign {
	return campaign.Campaign{Questionnaire: questionnaire.Questionnaire{Sections: []questionnaire.Section{{Key: "s", Questions: []questionnaire.Question{
		{Key: "a", Number: 1, Kind: questionnaire.Maturity}, {Key: "b", Number: 2, Kind: questionnaire.FreeText,
			ShowIf: &questionnaire.Condition{Question: "a", In: []string{"done"}}}, {Key: "f", Number: 3, Kind: questionnaire.File}}}}}}
}

func TestWhatIsSubmitted(t *testing.T) {
	answers := questionnaire.Answers{"a": {Value: "partly"}, "b": {Value: "隠れた答え"}, "f": {}}
	if got := visibleAnswers(sheet(), answers); len(got) != 1 || got["a"].Value != "partly" {
		t.Errorf("visibleAnswers = %v, want the shown and given one", got)
	}
	covered := map[string]string{"a": "e1", "b": "e1", "f": "e1"}
	if got := sheet().Questionnaire.Used(answers, covered); !cmp.Equal(got, map[string]string{"f": "e1"}) {
		t.Errorf("Used = %v, want what is shown and not answered", got)
	}
}

func TestWhatIsNotAskedIsNotSubmitted(t *testing.T) {
	c, file := sheet(), func(id, question string) evidence.Evidence {
		return evidence.Evidence{ID: id, Kind: evidence.Attachment, Question: question}
	}
	c.Questionnaire.Sections[0].Questions[2].ShowIf = &questionnaire.Condition{Question: "a", In: []string{"done"}}
	given := []evidence.Evidence{{ID: "policy", Kind: evidence.Policy}, file("a1", "a"), file("b1", "b"), file("01ARZ3NDEKTSV4RRFFQ69G5FAV", "f"), file("x1", "no-such")}
	tests := []struct {
		a, goes, leaves string
	}{
		{"done", "policy a1 b1 01ARZ3NDEKTSV4RRFFQ69G5FAV", ""},
		{"partly", "policy a1", "b answered b1; f 01ARZ3NDEKTSV4RRFFQ69G5FAV"},
	}
	for _, tt := range tests {
		draft := Draft{ID: "c1:s1", Open: true, ClosesAt: time.Unix(9, 0), Answers: map[string]Saved{
			"a": {Answer: questionnaire.Answer{Value: tt.a}}, "b": {Answer: questionnaire.Answer{Value: "隠れた答え"}}}}
		sub, err := Submit(c, campaign.Assignment{ID: "c1:s1", Response: campaign.Answering}, draft, given,
			Declare{Name: "架空 花子", Role: "総務", Agreed: true}, time.Unix(1, 0))
		if err != nil {
			t.Fatal(err)
		}
		var got, leaves []string
		for _, e := range sub.Evidence {
			got = append(got, e.ID)
		}
		for _, u := range Leaves(c.Questionnaire, WithFiles(c.Questionnaire, draft.Plain(), given), given) {
			line := u.Question.Key
			if u.Answered {
				line += " answered"
			}
			for _, e := range u.Files {
				line += " " + e.ID
			}
			leaves = append(leaves, line)
		}
		if strings.Join(got, " ") != tt.goes || strings.Join(leaves, "; ") != tt.leaves {
			t.Errorf("%s: %v is submitted, want %s; %v is not, want %s", tt.a, got, tt.goes, leaves, tt.leaves)
		}
	}
}

func TestWithFiles(t *testing.T) {
	given := []evidence.Evidence{{ID: "e1", Kind: evidence.Attachment, Question: "f"}, {ID: "e2", Kind: evidence.Attachment, Question: "f"},
		{ID: "e3", Kind: evidence.Attachment, Question: "a"}, {ID: "e4", Kind: evidence.Policy},
		{ID: "e5", Kind: evidence.Attachment, Question: "f", File: &evidence.File{Findings: evidence.Findings{Check: evidence.Locked}}}}
	tests := []struct {
		name string
		have questionnaire.Answer
		want questionnaire.Answer
	}{
		{"nothing else", questionnaire.Answer{}, questionnaire.Answer{Values: []string{"e1", "e2"}}},
		{"don't know", questionnaire.Answer{Value: questionnaire.Unknown}, questionnaire.Answer{Value: questionnaire.Unknown}},
	}
	for _, tt := range tests {
		got := WithFiles(sheet().Questionnaire, questionnaire.Answers{"f": tt.have, "a": {Value: "done"}}, given)
		if !got["f"].Same(tt.want) || !got["a"].Same(questionnaire.Answer{Value: "done"}) {
			t.Errorf("%s: %v, want %v for the file and a untouched", tt.name, got, tt.want)
		}
	}
}

func TestSubmitChecks(t *testing.T) {
	full := questionnaire.Answers{"a": {Value: "partly"}, "f": {Values: []string{"01ARZ3NDEKTSV4RRFFQ69G5FAV"}}}
	declare := Declare{Name: "架空 花子", Role: "総務", Agreed: true}
	tests := []struct {
		name    string
		answers questionnaire.Answers
		covered map[string]string
		change  func(*Declare)
		want    string
	}{
		{"complete", full, nil, nil, ""},
		{"nothing answered", nil, nil, nil, "q.a q.f"},
		{"covered", nil, map[string]string{"a": "e", "f": "e"}, nil, ""},
		{"does not apply, without a reason", questionnaire.Answers{"a": {Value: questionnaire.NA}, "f": {Value: questionnaire.Unknown}}, nil, nil, "q.a"},
		{"nobody declares", full, nil, func(d *Declare) { d.Name, d.Role, d.Agreed = "", "", false }, "agreed name role"},
		{"a long name", full, nil, func(d *Declare) { d.Name = strings.Repeat("寿", 101) }, "name"},
	}
	for _, tt := range tests {
		d := declare
		if tt.change != nil {
			tt.change(&d)
		}
		var got []string
		for _, f := range fault.FieldsOf(check(sheet(), tt.answers, tt.covered, d)) {
			got = append(got, f.Name)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, got, tt.want)
		}
	}
}

func TestFlags(t *testing.T) {
	review := Review{Verdict: Return, Comments: []Comment{{Question: "z", Text: "直して", Flag: true}, {Question: "y", Text: "ひとこと"}}}
	sub := Submission{Covered: map[string]string{"c": "e1", "b": "e1", "a": "e2"}}
	a := campaign.Assignment{Certificates: []campaign.CertificateBrief{{ID: "e1", Validity: evidence.Rejected}, {ID: "e2", Validity: evidence.Verified}}}
	want := []Flag{{Question: "z", Text: "直して"}, {Question: "b"}, {Question: "c"}}
	if got := flags(review, sub, a, nil); !slices.Equal(got, want) {
		t.Errorf("flags = %v, want %v", got, want)
	}
	locked := evidence.Evidence{ID: "e2", File: &evidence.File{Findings: evidence.Findings{Check: evidence.Locked}}}
	want = []Flag{want[0], {Question: "a"}, want[1], want[2]}
	if got := flags(review, sub, a, []evidence.Evidence{locked}); !slices.Equal(got, want) {
		t.Errorf("with a file that is locked: %v, want %v", got, want)
	}
}

func TestRelied(t *testing.T) {
	now := []evidence.Evidence{{ID: "e0"}, {ID: "e1", Validity: evidence.Rejected}}
	if got := submission().Relied(now); len(got) != 1 || got[0].Validity != evidence.Rejected {
		raw, _ := json.Marshal(got)
		t.Errorf("Relied = %s, want e1 as it is now", raw)
	}
}

// TestStanding: a certificate that the supplier took back since stands where it stood,
// one that was judged is as judged, and an answer stands before any certificate.
func TestStanding(t *testing.T) {
	sub := submission()
	sub.Covered = map[string]string{"c": "e1", "a": "e1"}
	sub.Answers = map[string]questionnaire.Answer{"a": {Value: questionnaire.Done}}
	for name, now := range map[string][]evidence.Evidence{"taken back since": nil, "rejected since": {{ID: "e1", Validity: evidence.Rejected}}} {
		if e := sub.Standing("c", now); e == nil || e.ID != "e1" || len(now) > 0 && e.Validity != evidence.Rejected {
			t.Errorf("%s: %+v stands in", name, e)
		}
		if sub.Standing("a", now) != nil || sub.Standing("b", now) != nil {
			t.Errorf("%s: a certificate stands in for an answer, or for nothing", name)
		}
	}
}
