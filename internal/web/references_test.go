package web_test

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// TestReferencesStandFolded: the number of a standard is no part of the question.
func TestReferencesStandFolded(t *testing.T) {
	t.Parallel()
	a := ask(t)
	asked := a.start("C1:S1").Page(s1 + "/sections/basic")
	if text := asked.Find("legend").Text(); strings.Contains(text, "IPA5-01") {
		t.Errorf("the questions read %q", text)
	}
	folds := asked.Find("details.fold").FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.Contains(s.Find("summary").Text(), "参照") })
	if folds.Length() != 2 || !strings.Contains(folds.First().Find(".fold-body").Text(), "IPA5-01") {
		t.Errorf("%d folds of references, the first %q", folds.Length(), folds.First().Text())
	}
	if folds := a.start("C1:S1").Page(s1 + "/sections/more").Find("details.fold"); strings.Contains(folds.Text(), "参照") {
		t.Error("questions without references have a fold of them")
	}
}
