package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/evidence"
	"tsunagi/internal/questionnaire"
)

// TestWhatIsHiddenStaysHere: the check page names what a hidden question holds, and the
// buyer gets to see it on no page and by no address.
func TestWhatIsHiddenStaysHere(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.set("campaigns", "C1", bson.D{{Key: "questionnaire.sections.1.questions.5.show_if", Value: questionnaire.Condition{Question: "backup", In: []string{questionnaire.Done}}}})
	c := a.start("C1:S1")
	a.answerAll(c)
	res := c.Upload(s1+"/evidence/new?question=rules", url.Values{"question": {"rules"}, "kind": {"attachment"}}, "file", "隠れた規程.pdf", aPDF(100))
	if res.Code != http.StatusSeeOther {
		t.Fatalf("attach: %d", res.Code)
	}
	c.Post(s1+"/sections/basic", url.Values{"q.backup": {"partly"}, "q.backup.n": {"1"}})
	leaves := c.Page(s1 + "/check").Find(".leaves")
	if text := leaves.Text(); leaves.Find("li").Length() != 2 || !strings.Contains(text, "耐火庫") || !strings.Contains(text, "隠れた規程.pdf") {
		t.Errorf("the check page says that these are not submitted: %s", text)
	}
	if text := c.Page(s1 + "/evidence").Find(".evidence").Text(); !strings.Contains(text, "提出されず") {
		t.Errorf("the page of files says %q", text)
	}
	if res := c.Post(s1+"/submit", url.Values{"name": {"架空 花子"}, "role": {"総務部長"}, "agreed": {"1"}}); res.Code != http.StatusSeeOther {
		t.Fatalf("submit: %d", res.Code)
	}
	reviewer := a.As(access.Reviewer)
	if text := reviewer.Page("/review/C1:S1").Find("main").Text(); strings.Contains(text, "隠れた規程") || strings.Contains(text, "耐火庫") {
		t.Error("the reviewer sees what was not submitted")
	}
	var file evidence.Evidence
	if err := a.db.Collection("evidence").FindOne(t.Context(), bson.D{}).Decode(&file); err != nil || file.Submitted {
		t.Fatalf("%+v, %v", file, err)
	}
	if res := reviewer.Get("/evidence/" + file.ID + "/file"); res.Code != http.StatusNotFound {
		t.Errorf("its file: %d", res.Code)
	}
}
