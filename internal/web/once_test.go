package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/budget"
	"tsunagi/internal/campaign"
	"tsunagi/internal/notify"
	"tsunagi/internal/supplier"
)

// filled are the fields of a form as they stand on its page, and what is typed beside.
func filled(page *goquery.Document, selector string, typed url.Values) url.Values {
	form := url.Values{}
	for _, input := range page.Find(selector).First().Find("input[type=hidden], input[value]:not([type=checkbox]):not([type=radio]), textarea").EachIter() {
		if name := input.AttrOr("name", ""); name != "" {
			form.Set(name, input.AttrOr("value", input.Text()))
		}
	}
	for name, values := range typed {
		form[name] = values
	}
	return form
}

// TestAFormHasOneEffect posts each form that makes something twice, as an impatient hand
// without script does: the second leads where the first led, says the same, and makes
// nothing. The form of another page, or with other content, makes another.
func TestAFormHasOneEffect(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.insert("outbox", notify.Message{ID: "01KAYFAILED0000000000000AA", Org: a.Owner.Org, Kind: notify.Request, State: notify.Failed,
		Campaign: "C1", Assignment: "C1:S2", To: notify.Recipient{Email: "s2@example.jp"}, Lang: "ja"})
	supplier, owner := a.start("C1:S1"), a.As(access.Owner)
	draft := url.Values{"name": {"調査"}, "purpose": {"図面の取扱いを確かめるため"}, "necessity": {"図面をお預けしているため"}, "questionnaire": {"basic25"}, "who": {"all"}}
	for _, tt := range []struct {
		name       string
		client     *apptest.Client
		page, form string
		to         string // where it is posted, when that is not the page
		typed      url.Values
		other      url.Values // the content of another post; nil where there is none
		collection string
		filter     bson.D
	}{
		{"delegate", supplier, s1 + "/delegate", "form[action$='/delegate']", "", url.Values{"name": {"担当 次郎"}, "email": {"jiro@example.jp"}, "by": {"架空 花子"}},
			url.Values{"name": {"担当 三郎"}, "email": {"saburo@example.jp"}, "by": {"架空 花子"}}, "outbox", bson.D{{Key: "kind", Value: notify.Delegated}}},
		{"copies", supplier, s1 + "/copies", "form[action$='/copies']", "", url.Values{"name": {"写 花子"}, "email": {"hanako@example.jp"}, "by": {"架空 花子"}},
			url.Values{"name": {"写 葉子"}, "email": {"yoko@example.jp"}, "by": {"架空 花子"}}, "outbox", bson.D{{Key: "kind", Value: notify.Copied}}},
		{"evidence", supplier, s1 + "/evidence/new?kind=policy", "form[enctype]", "", url.Values{"kind": {"policy"}}, nil, "evidence", bson.D{}},
		{"new campaign", owner, "/campaigns/new", "form[data-audience]", "", draft, nil, "campaigns", bson.D{{Key: "name", Value: "調査"}, {Key: "state", Value: "draft"}}},
		{"invitation", owner, "/users/invite", "form[action='/users/invite']", "", url.Values{"name": {"新 人"}, "email": {"new@example.jp"}, "role": {"buyer"}},
			url.Values{"name": {"新 人"}, "email": {"newer@example.jp"}, "role": {"buyer"}}, "invitations", bson.D{}},
		{"invitation again", owner, "/users", "form[action$='/resend']", "action", nil, nil, "outbox", bson.D{{Key: "kind", Value: notify.Invite}}},
		{"send again", owner, "/delivery/01KAYFAILED0000000000000AA", "form[action$='/resend']", "action", url.Values{"email": {"here@example.jp"}}, nil,
			"outbox", bson.D{{Key: "to.email", Value: "here@example.jp"}}},
		{"document", owner, "/documents", "form[action='/documents']", "", url.Values{"kind": {"overview"}}, nil, "documents", bson.D{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page := tt.client.Page(tt.page)
			if page.Find(tt.form+" input[name=once]").AttrOr("value", "") == "" {
				t.Fatal("the form has no key")
			}
			to := tt.page
			if tt.to == "action" {
				to = page.Find(tt.form).First().AttrOr("action", "")
			}
			if kind, ok := page.Find(tt.form + " button[name=kind]").First().Attr("value"); ok && tt.typed.Has("kind") {
				tt.typed.Set("kind", kind)
			}
			post := func(typed url.Values) *httptest.ResponseRecorder {
				form := filled(page, tt.form, typed)
				if tt.name == "evidence" {
					return tt.client.Upload(to, form, "file", "方針.pdf", aPDF(1000))
				}
				return tt.client.Post(to, form)
			}
			before := a.kept(t, tt.collection, tt.filter)
			first := post(tt.typed)
			if first.Code != http.StatusSeeOther {
				t.Fatalf("posted: %d\n%s", first.Code, apptest.Parse(t, first).Find(".summary").Text())
			}
			said := tt.client.Page(first.Header().Get("Location")).Find(".notice").Text()
			second := post(tt.typed)
			if second.Code != http.StatusSeeOther || second.Header().Get("Location") != first.Header().Get("Location") {
				t.Errorf("posted again: %d %s, want %s", second.Code, second.Header().Get("Location"), first.Header().Get("Location"))
			}
			if again := tt.client.Page(first.Header().Get("Location")).Find(".notice").Text(); again != said {
				t.Errorf("the second time the page says %q, the first %q", strings.TrimSpace(again), strings.TrimSpace(said))
			}
			if got := a.kept(t, tt.collection, tt.filter); got != before+1 {
				t.Errorf("%d were made by two posts, want 1", got-before)
			}
			if tt.other == nil {
				return
			}
			if res := post(tt.other); res.Code != http.StatusSeeOther {
				t.Fatalf("other content: %d", res.Code)
			}
			if got := a.kept(t, tt.collection, tt.filter); got != before+2 {
				t.Errorf("what was typed over on the same page made %d, want 1", got-before-1)
			}
		})
	}
}

// kept counts the records of a collection.
func (a *asked) kept(t *testing.T, collection string, filter bson.D) int {
	t.Helper()
	n, err := a.db.Collection(collection).CountDocuments(t.Context(), filter)
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

// TestAFormThatWasRefusedMayBePostedAgain: a key is used up by an effect alone.
func TestAFormThatWasRefusedMayBePostedAgain(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	page := c.Page(s1 + "/delegate")
	form := filled(page, "form[action$='/delegate']", url.Values{"name": {""}, "email": {"jiro@example.jp"}, "by": {"架空 花子"}})
	if res := c.Post(s1+"/delegate", form); res.Code != http.StatusUnprocessableEntity {
		t.Fatalf("without a name: %d", res.Code)
	}
	if res := c.Post(s1+"/delegate", form); res.Code != http.StatusUnprocessableEntity {
		t.Errorf("the same again: %d, want that it is refused again", res.Code)
	}
	form.Set("name", "担当 次郎")
	if res := c.Post(s1+"/delegate", form); res.Code != http.StatusSeeOther {
		t.Errorf("with a name: %d", res.Code)
	}
	if n := a.kept(t, "outbox", bson.D{{Key: "kind", Value: notify.Delegated}}); n != 1 {
		t.Errorf("%d mails, want 1", n)
	}
}

// TestWhatIsDoneBesideLeavesTheKey: a form that was refused, and yet left something
// behind, has had no effect: posted again to the letter it does what it says.
func TestWhatIsDoneBesideLeavesTheKey(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, page, form string
		typed            url.Values
		buyer            bool
		refuse, allow    func(t *testing.T, a *asked)
		beside           bson.D // the entry of what is done beside
		want             bson.D // the mail that is made
	}{
		{"the buyer is asked for more mails", s1 + "/delegate", "form[action$='/delegate']", url.Values{"name": {"担当 次郎"}, "email": {"jiro@example.jp"}, "by": {"架空 花子"}}, false,
			func(t *testing.T, a *asked) {
				for range budget.Recipients.Traits().Most {
					if err := a.App.DB.Spend(t.Context(), budget.Recipients.By("C1:S1")); err != nil {
						t.Fatal(err)
					}
				}
			},
			func(t *testing.T, a *asked) {
				if res := a.As(access.Owner).Post("/assignments/C1:S1/allow", nil); res.Code != http.StatusSeeOther {
					t.Fatalf("allowed: %d", res.Code)
				}
			},
			bson.D{{Key: "action", Value: "assignment.mails-asked"}}, bson.D{{Key: "to.email", Value: "jiro@example.jp"}, {Key: "kind", Value: notify.Delegated}}},
		{"the directory is corrected", "/assignments/C1:S2", "form[action$='/readdress']", url.Values{"email": {"here@example.jp"}, "directory": {"1"}}, true,
			func(_ *testing.T, a *asked) {
				a.set("assignments", "C1:S2", bson.D{{Key: "response", Value: campaign.InReview}})
			},
			func(_ *testing.T, a *asked) {
				a.set("assignments", "C1:S2", bson.D{{Key: "response", Value: campaign.NotStarted}})
			},
			bson.D{{Key: "action", Value: "supplier.changed"}}, bson.D{{Key: "to.email", Value: "here@example.jp"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := ask(t)
			a.set("assignments", "C1:S2", bson.D{{Key: "delivery", Value: campaign.DeliverySent}})
			a.insert("suppliers", supplier.Supplier{ID: "S2", Org: a.Owner.Org, Code: "S2", Name: "架空二", Email: "gone@example.jp", Lang: "ja", Lane: supplier.LaneMail})
			c := a.As(access.Owner)
			if !tt.buyer {
				c = a.start("C1:S1")
			}
			page := c.Page(tt.page)
			form, to := filled(page, tt.form, tt.typed), page.Find(tt.form).First().AttrOr("action", "")
			if form.Get("once") == "" {
				t.Fatal("the form has no key")
			}
			tt.refuse(t, a)
			if res := c.Post(to, form); res.Code == http.StatusSeeOther {
				t.Fatal("it was not refused")
			}
			if n := a.kept(t, "audit", tt.beside); n != 1 {
				t.Fatalf("%d entries of what is done beside, want 1", n)
			}
			tt.allow(t, a)
			if res := c.Post(to, form); res.Code != http.StatusSeeOther {
				t.Fatalf("posted again: %d", res.Code)
			}
			if n := a.kept(t, "outbox", tt.want); n != 1 {
				t.Errorf("%d mails, and the page says that one was sent", n)
			}
		})
	}
}
