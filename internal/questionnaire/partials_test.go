package questionnaire_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"tsunagi/internal/locale"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
	"tsunagi/templates"
)

func pages(t *testing.T) *templates.Set {
	t.Helper()
	catalog, err := locale.Load(templates.FS)
	if err != nil {
		t.Fatal(err)
	}
	set, err := templates.Parse(catalog)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// shown renders one question as the supplier's page does.
func shown(t *testing.T, set *templates.Set, lang string, q questionnaire.Question, saved response.Saved, readOnly bool) *goquery.Document {
	t.Helper()
	var out bytes.Buffer
	err := set.Fragment(&out, lang, "answer/section", "question", map[string]any{
		"Q": q, "Saved": saved, "Shown": true, "Standing": nil, "Flags": nil, "Files": nil,
		"Error": "", "ReadOnly": readOnly, "Base": "/a/x",
	})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestEveryQuestionIsShown: each built-in question, in both languages, has its
// text, its help, ways to answer with わからない and 該当しない, and labels on all.
func TestEveryQuestionIsShown(t *testing.T) {
	set := pages(t)
	for _, q := range load(t) {
		for _, question := range q.Questions() {
			for _, lang := range locale.Languages {
				doc := shown(t, set, lang, question, response.Saved{}, false)
				at := lang + " " + q.Key + "/" + question.Key
				text := doc.Text()
				h := question.Help
				for _, want := range []questionnaire.Text{question.Text, h.Why, h.Yes, h.Example, h.Unknown} {
					if !strings.Contains(text, want.In(lang)) {
						t.Errorf("%s does not show %q", at, want.In(lang))
					}
				}
				if strings.Contains(text, "⟦") {
					t.Errorf("%s shows a message that does not exist: %s", at, text)
				}
				answerable(t, at, question, doc)
			}
		}
	}
}

func answerable(t *testing.T, at string, q questionnaire.Question, doc *goquery.Document) {
	t.Helper()
	name := "q." + q.Key
	for _, value := range []string{questionnaire.Unknown, questionnaire.NA} {
		if doc.Find(`input[value="`+value+`"]`).Length() != 1 {
			t.Errorf("%s: %s cannot be chosen", at, value)
		}
	}
	for _, o := range q.Options {
		if doc.Find(`input[name="`+name+`"][value="`+o.Key+`"]`).Length() != 1 {
			t.Errorf("%s: option %s cannot be chosen", at, o.Key)
		}
	}
	if doc.Find(`textarea[name="`+name+`.note"]`).Length() != 1 {
		t.Errorf("%s: there is no place for a note", at)
	}
	if !q.Traits().Files && doc.Find(`[name="`+name+`"]`).Length() == 0 {
		t.Errorf("%s: there is no field %s", at, name)
	}
	doc.Find("input:not([type=hidden]), textarea").Each(func(_ int, field *goquery.Selection) {
		id, _ := field.Attr("id")
		if id == "" || doc.Find(`label[for="`+id+`"]`).Length() != 1 {
			t.Errorf("%s: a field (id %q) has not exactly one label", at, id)
		}
	})
	ways := doc.Find(`button[name="then"][value="attach:` + q.Key + `"]`).Length()
	if wants := q.Traits().Files || q.Evidence != questionnaire.NoEvidence; wants != (ways == 1) {
		t.Errorf("%s: a file is wanted (%v), and the page has %d ways to attach one", at, wants, ways)
	}
}

// TestEveryKindComesBack: what was saved stands in the form, is locked when the
// sheet is read-only, and reading the form again gives the same answer.
func TestEveryKindComesBack(t *testing.T) {
	set := pages(t)
	label := questionnaire.Text{JA: "選択", EN: "choice"}
	options := []questionnaire.Option{{Key: "x", Label: label}, {Key: "y", Label: label}}
	for name := range questionnaire.Kinds {
		q := questionnaire.Question{Key: "k", Kind: name, Text: label}
		if q.Traits().Choices {
			q.Options = options
		}
		answers := []questionnaire.Answer{q.Traits().Sample}
		if q.Traits().Files { // they are attached by uploading
			answers = nil
		}
		common := []questionnaire.Answer{{Value: questionnaire.Unknown}, {Value: questionnaire.NA, Note: "倉庫なし"}}
		for _, want := range append(answers, common...) {
			doc := shown(t, set, "ja", q, response.Saved{Answer: want}, false)
			if got, beside := questionnaire.Parse(q, formOf(doc), "q.k"); !got.Same(want) || !beside.Empty() {
				t.Errorf("%s: saved %+v, the form gives %+v", name, want, got)
			}
			locked := shown(t, set, "ja", q, response.Saved{Answer: want}, true)
			if open := locked.Find("input:not([type=hidden]):not([disabled]):not([readonly]), textarea:not([readonly])").Length(); open > 0 {
				t.Errorf("%s: %d fields can be changed on a read-only sheet", name, open)
			}
		}
	}
}

// formOf gives what a browser would send.
func formOf(doc *goquery.Document) map[string][]string {
	form := map[string][]string{}
	doc.Find("input, textarea").Each(func(_ int, field *goquery.Selection) {
		name, _ := field.Attr("name")
		kind, _ := field.Attr("type")
		_, checked := field.Attr("checked")
		if (kind == "radio" || kind == "checkbox") && !checked {
			return
		}
		value, isInput := field.Attr("value")
		if !isInput {
			value = field.Text()
		}
		form[name] = append(form[name], value)
	})
	return form
}
