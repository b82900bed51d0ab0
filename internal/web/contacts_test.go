package web_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/notify"
	"tsunagi/internal/supplier"
)

// typedForm is a page's form as a browser would post it untouched.
func typedForm(page *goquery.Document) url.Values {
	form := url.Values{}
	page.Find("main form").First().Find("input, textarea, select").Each(func(_ int, control *goquery.Selection) {
		name, value := control.AttrOr("name", ""), control.AttrOr("value", "")
		switch {
		case control.Is("select"):
			value = control.Find("option[selected]").AttrOr("value", "")
		case control.Is("textarea"):
			value = control.Text()
		case control.Is("[type=radio], [type=checkbox]") && !control.Is("[checked]"):
			return
		}
		form.Set(name, value)
	})
	return form
}

// A supplier's further contacts are added, changed, made the main one and removed on its
// page; what does not hold is named and kept, and the trail tells of each.
func TestFurtherContactsOnThePage(t *testing.T) {
	in := importer(t)
	form := url.Values{"code": {"S0001"}, "name": {"見本精工"}, "lang": {"ja"}, "lane": {"mail"}, "email": {"main@example.jp"}, "contact": {"例 太郎"},
		"contacts.0.role": {"copy"}, "contacts.0.email": {"main@example.jp"}, "contacts.0.name": {"例 花子"}}
	res := in.clerk.Post("/suppliers/new", form)
	page := apptest.Parse(t, res)
	if res.Code != http.StatusUnprocessableEntity || page.Find(".summary a[href='#contacts.0.email']").Length() != 1 ||
		typedForm(page).Get("contacts.0.name") != "例 花子" || page.Find("[id='contacts.0.email'][aria-invalid]").Length() != 1 {
		t.Errorf("the main contact's address: %d %s", res.Code, page.Find("main").Text())
	}
	form.Set("contacts.0.email", "hanako@example.jp")
	if res := in.clerk.Post("/suppliers/new", form); res.Code != http.StatusSeeOther {
		t.Fatalf("saved: %d %s", res.Code, problem(t, res.Body.String()))
	}
	at := in.addressOf("見本精工")
	change := func(name string, set map[string]string, main string, want ...string) {
		t.Helper()
		form := typedForm(in.clerk.Page(at))
		for field, value := range set {
			form.Set(field, value)
		}
		if res := in.clerk.Post(at, form); res.Code != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", name, res.Code, problem(t, res.Body.String()))
		}
		got := in.find("S0001")
		if text := got.Value(supplier.ColumnContacts); text != strings.Join(want, "\n") || got.Email != main {
			t.Errorf("%s: main %s, contacts\n%s\nwant %s\n%s", name, got.Email, text, main, strings.Join(want, "\n"))
		}
	}
	change("untouched", nil, "main@example.jp", "copy |  | hanako@example.jp | 例 花子")
	change("an approver is added", map[string]string{"contacts.1.role": "approver", "contacts.1.lang": "en", "contacts.1.name": "Alex Example"},
		"main@example.jp", "copy |  | hanako@example.jp | 例 花子", "approver | en |  | Alex Example")
	change("a phone is added", map[string]string{"contacts.0.phone": "０００-0000-0000"},
		"main@example.jp", "copy |  | hanako@example.jp | 例 花子 |  | 000-0000-0000", "approver | en |  | Alex Example")
	change("the copy becomes the main contact", map[string]string{"contacts.0.role": "main"},
		"hanako@example.jp", "copy |  | main@example.jp | 例 太郎", "approver | en |  | Alex Example")
	change("the copy is removed", map[string]string{"contacts.0.remove": "1"}, "hanako@example.jp", "approver | en |  | Alex Example")
	trail := in.As(access.Owner).Page("/trail").Find("main").Text()
	for _, said := range []string{"そのほかの連絡先 — → 承認者 | English | | Alex Example", "メールアドレス main@example.jp → hanako@example.jp",
		"そのほかの連絡先 写し | | main@example.jp | 例 太郎 → —"} {
		if !strings.Contains(trail, said) {
			t.Errorf("the trail does not say %q:\n%s", said, trail)
		}
	}
	for i := 1; i < supplier.MaxContacts; i++ {
		form := typedForm(in.clerk.Page(at))
		form.Set(supplier.ContactField(i, "email"), "c"+strconv.Itoa(i)+"@example.jp")
		in.clerk.Post(at, form)
	}
	if page := in.clerk.Page(at); page.Find("main fieldset:has(select)").Length() != supplier.MaxContacts {
		t.Error("one more contact than there may be is asked for")
	}
	if page := in.As(access.Reviewer).Page(at); page.Find("[name='contacts.0.remove']").Length() != 0 || !strings.Contains(page.Find("main").Text(), "そのほかの連絡先") {
		t.Error("who may not change a supplier is offered to, or sees no contacts")
	}
	if res := in.As(access.Reviewer).Post(at, typedForm(in.clerk.Page(at))); res.Code != http.StatusForbidden {
		t.Errorf("a reviewer changes the contacts: %d", res.Code)
	}
	for _, word := range []string{"Alex", "c3@example.jp"} {
		if rows := in.clerk.Page("/suppliers?q=" + url.QueryEscape(word)).Find("tbody tr").Length(); rows != 1 {
			t.Errorf("%q finds %d suppliers, want 1", word, rows)
		}
	}
	if rows := in.clerk.Page("/suppliers?q=main%40example.jp").Find("tbody tr").Length(); rows != 0 {
		t.Error("a contact that was removed is found still")
	}
}

// A supplier lets others read along on a page of its own, within its budget: they get the
// link and who added them; once removed, nothing that was queued for them leaves. The
// directory no longer decides then, and the buyer sees it.
func TestASupplierChoosesWhoReadsAlong(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	res := c.Post(s1+"/copies", url.Values{"name": {"写 花子"}, "email": {a.assignment("C1:S1").Email}, "by": {"架空 花子"}})
	if page := apptest.Parse(t, res); res.Code != http.StatusUnprocessableEntity || page.Find(".field-wrong").Length() != 1 || typedForm(page).Get("name") != "写 花子" {
		t.Errorf("the person asked: %d", res.Code)
	}
	a.must(c.Post(s1+"/copies", url.Values{"name": {"写 花子"}, "email": {"Hanako@Example.JP"}, "by": {"架空 花子"}}))
	if got := a.assignment("C1:S1"); len(got.Copies) != 1 || got.Copies[0].Email != "hanako@example.jp" || !got.OwnCopies {
		t.Fatalf("reads along: %+v", got.Copies)
	}
	if text := c.Page(s1 + "/copies").Find("main").Text(); !strings.Contains(text, "写 花子 hanako@example.jp") {
		t.Errorf("the page says %s", text)
	}
	if c.Page(s1+"/tasks").Find("a[href$='/copies']").Length() != 1 {
		t.Error("the tasks do not lead there")
	}
	mails := bson.D{{Key: "kind", Value: notify.Copied}, {Key: "copy", Value: true}, {Key: "to.email", Value: "hanako@example.jp"}, {Key: "params.by", Value: "架空 花子"}, {Key: "state", Value: "queued"}}
	count := func() int {
		n, err := a.db.Collection("outbox").CountDocuments(t.Context(), mails)
		if err != nil {
			t.Fatal(err)
		}
		return int(n)
	}
	if n := count(); n != 1 {
		t.Errorf("%d mails to who reads along", n)
	}
	if text := a.As(access.Buyer).Page("/assignments/C1:S1").Find("main").Text(); !strings.Contains(text, "写しを受け取る方を変更") || !strings.Contains(text, "hanako@example.jp") {
		t.Errorf("the buyer does not see it: %s", text)
	}
	for range 2 { // the second click finds nobody
		a.must(c.Post(s1+"/copies/remove", url.Values{"email": {"hanako@example.jp"}}))
	}
	if got := a.assignment("C1:S1"); len(got.Copies) != 0 || count() != 0 {
		t.Errorf("removed: %+v, %d mails wait", got.Copies, count())
	}
	if text := c.Page(s1 + "/copies").Text(); !strings.Contains(text, "その方も使えるままです") {
		t.Errorf("who takes somebody out is not told that the link goes on working: %s", text)
	}
}

// TestNoCopyOutlivesItsLink: whom the holder of a link let read along is not sent the next
// link, whichever way the present one ends.
func TestNoCopyOutlivesItsLink(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(a *asked, holder, buyer *apptest.Client){
		"revoked, and sent again": func(a *asked, _, buyer *apptest.Client) {
			a.must(buyer.Post("/assignments/C1:S1/revoke", nil))
			_, err := a.db.Collection("assignments").UpdateOne(t.Context(), bson.D{{Key: "_id", Value: "C1:S1"}},
				bson.D{{Key: "$set", Value: bson.D{{Key: "delivery", Value: "sent"}}}})
			if err != nil {
				t.Fatal(err)
			}
			a.must(buyer.Post("/assignments/C1:S1/send", nil))
		},
		"revoked for another address": func(a *asked, _, buyer *apptest.Client) {
			a.must(buyer.Post("/assignments/C1:S1/readdress", url.Values{"email": {"right@example.jp"}, "revoke": {"1"}}))
		},
		"came to the wrong one": func(a *asked, holder, buyer *apptest.Client) {
			a.must(holder.Post(s1+"/not-ours", url.Values{"reason": {"弊社ではありません"}}))
			a.must(buyer.Post("/assignments/C1:S1/readdress", url.Values{"email": {"right@example.jp"}}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := ask(t)
			holder, buyer := a.start("C1:S1"), a.As(access.Buyer)
			a.must(holder.Post(s1+"/copies", url.Values{"name": {"他 社"}, "email": {"stranger@example.jp"}, "by": {"架空 花子"}}))
			before := a.assignment("C1:S1").Generation
			end(a, holder, buyer)
			got := a.assignment("C1:S1")
			if got.Generation == before || len(got.Copies) != 0 || got.OwnCopies {
				t.Errorf("link %d after %d, read along by %+v", got.Generation, before, got.Copies)
			}
			n, err := a.db.Collection("outbox").CountDocuments(t.Context(), bson.D{{Key: "to.email", Value: "stranger@example.jp"}, {Key: "state", Value: "queued"}})
			if err != nil || n != 0 {
				t.Errorf("%d mails to a stranger wait, %v", n, err)
			}
		})
	}
}
