package mongodb_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tsunagi/internal/access"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
)

// TestReportsCountTheLastSubmissions: earlier revisions and other organisations'
// answers never count.
func TestReportsCountTheLastSubmissions(t *testing.T) {
	db := dbtest.Open(t)
	answer := func(value string) map[string]questionnaire.Answer {
		return map[string]questionnaire.Answer{"a": {Value: value}, "t": {Value: "some text"}}
	}
	sub := func(org, campaign, supplier string, revision, percent int, answers map[string]questionnaire.Answer, covered map[string]string) {
		t.Helper()
		id := campaign + ":" + supplier
		_, err := db.Raw("submissions").InsertOne(t.Context(), response.Submission{ID: response.SubmissionID(id, revision), Org: org, Campaign: campaign,
			Assignment: id, Supplier: supplier, Revision: revision, Answers: answers, Covered: covered, SubmittedAt: time.Unix(int64(revision), 0),
			Result: questionnaire.Result{Percent: percent, Scored: true, Sections: []questionnaire.SectionResult{{Key: "s", Percent: percent, Scored: true}}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	sub("o1", "c1", "s1", 1, 0, answer(questionnaire.NotDone), nil)
	sub("o1", "c1", "s1", 2, 100, answer(questionnaire.Done), nil)
	sub("o1", "c1", "s2", 1, 40, answer(questionnaire.NotDone), map[string]string{"b": "e1"})
	sub("o1", "c2", "s1", 1, 0, answer(questionnaire.Unknown), nil)
	sub("o2", "c3", "s9", 1, 0, answer(questionnaire.Unknown), nil)
	reports := db.Reports()
	v := access.Viewer{Kind: access.Member, Org: "o1", User: "u", Roles: []access.Role{access.Buyer}}
	got, err := reports.AnswerCounts(t.Context(), v, "c1")
	if err != nil {
		t.Fatal(err)
	}
	want := response.Counts{"a": {questionnaire.Done: 1, questionnaire.NotDone: 1}, "b": {response.Covered: 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("AnswerCounts (-want +got):\n%s", diff)
	}
	if bands, err := reports.Bands(t.Context(), v, "c1"); err != nil || bands != [5]int{0, 0, 1, 0, 1} {
		t.Errorf("Bands = %v, %v", bands, err)
	}
	if means, err := reports.SectionMeans(t.Context(), v, "c1"); err != nil || means["s"] != 70 {
		t.Errorf("SectionMeans = %v, %v; want 70", means, err)
	}
	strangers := map[string]access.Viewer{"zero": {}, "other organisation": {Kind: access.Member, Org: "o2", User: "x", Roles: []access.Role{access.Owner}},
		"auditor of another campaign": {Kind: access.Member, Org: "o1", User: "a", Roles: []access.Role{access.Auditor}, Campaigns: []string{"c2"}}}
	for name, stranger := range strangers {
		counts, err := reports.AnswerCounts(t.Context(), stranger, "c1")
		bands, err2 := reports.Bands(t.Context(), stranger, "c1")
		if err != nil || err2 != nil || len(counts) != 0 || bands != [5]int{} {
			t.Errorf("%s sees %v %v (%v, %v)", name, counts, bands, err, err2)
		}
	}
}
