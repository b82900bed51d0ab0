package web_test

import (
	"net/http"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
)

// What somebody changed in the database is not shown as if it were what came in.
func TestWhatWasTamperedWithIsNotShownAsGenuine(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.submitted("C1:S1")
	reviewer, supplier := a.As(access.Reviewer), a.start("C1:S1")
	page := reviewer.Page("/review/C1:S1")
	file := page.Find(".evidence .file a").AttrOr("href", "")
	whole := reviewer.Get(file)
	sheet := reviewer.Get("/review/C1:S1/sheet.pdf").Body.Len()
	if page.Find(".notice-error").Length() > 0 || whole.Code != http.StatusOK || supplier.Page("/a/C1:S1/receipt").Find(".notice-error").Length() > 0 {
		t.Fatalf("before: the file %s answers %d", file, whole.Code)
	}
	db := a.DB.Chains().DB
	set := func(coll string, filter, fields bson.D) {
		t.Helper()
		res, err := db.Collection(coll).UpdateOne(t.Context(), filter, bson.D{{Key: "$set", Value: fields}})
		if err != nil || res.ModifiedCount != 1 {
			t.Fatalf("change %s: %v %v", coll, res, err)
		}
	}
	set("submissions", bson.D{{Key: "_id", Value: "C1:S1:1"}}, bson.D{{Key: "answers.people.v", Value: "300"}})
	set("files.chunks", bson.D{}, bson.D{{Key: "data", Value: bson.Binary{Data: make([]byte, whole.Body.Len())}}})
	for name, page := range map[string]string{"the reviewer": reviewer.Page("/review/C1:S1").Find(".notice-error").Text(),
		"the supplier": supplier.Page("/a/C1:S1/receipt").Find(".notice-error").Text()} {
		if !strings.Contains(page, "一致しません") {
			t.Errorf("%s is told %q", name, page)
		}
	}
	if got := reviewer.Get("/review/C1:S1/sheet.pdf"); got.Code != http.StatusOK || got.Body.Len() == sheet {
		t.Errorf("the paper is the same: %d", got.Code)
	}
	if res := reviewer.Get(strings.TrimSuffix(file, "file") + "pages"); res.Code != http.StatusConflict {
		t.Errorf("the pages of the file answer %d", res.Code)
	}
	res := reviewer.Get(file)
	if res.Code != http.StatusConflict || !strings.Contains(apptest.Parse(t, res).Text(), "保存したときの内容と一致しません") || !strings.Contains(a.Log.String(), "does not have the hash") {
		t.Errorf("the file answers %d\n%s", res.Code, a.Log)
	}
}
