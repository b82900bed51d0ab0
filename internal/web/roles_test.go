package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/org"
	"tsunagi/internal/token"
)

// TestSomebodyHasSeveralRoles: who is invited as two is told of both, may what either may,
// and the trail says what somebody was and became. An auditor is nothing else.
func TestSomebodyHasSeveralRoles(t *testing.T) {
	t.Parallel()
	a := ask(t)
	owner := a.As(access.Owner)
	form := url.Values{"name": {"新 人"}, "email": {"new@example.jp"}, "role": {"reviewer", "auditor"}, "until": {"2099/3/31"}}
	if res := owner.Post("/users/invite", form); res.Code != http.StatusUnprocessableEntity || !strings.Contains(problems(t, res), "ほかの役割と兼ねられません") {
		t.Errorf("an auditor who reviews: %d %s", res.Code, problems(t, res))
	}
	if res := owner.Post("/users/invite", url.Values{"name": {"新 人"}, "email": {"new@example.jp"}}); res.Code != http.StatusUnprocessableEntity {
		t.Errorf("no role: %d", res.Code)
	}
	form = url.Values{"name": {"新 人"}, "email": {"new@example.jp"}, "role": {"reviewer", "buyer"}}
	if res := owner.Post("/users/invite", form); res.Code != http.StatusSeeOther {
		t.Fatalf("invited: %d %s", res.Code, problems(t, res))
	}
	var i org.Invitation
	if err := a.db.Collection("invitations").FindOne(t.Context(), bson.D{{Key: "email", Value: "new@example.jp"}}).Decode(&i); err != nil {
		t.Fatal(err)
	}
	guest := a.Browser()
	link := "/invite/" + a.Keys.Link(token.Invite, i.ID, i.Generation)
	if text := guest.Page(link).Find("main").Text(); !strings.Contains(text, "調達担当・確認担当") {
		t.Errorf("the invitation says %s", strings.Join(strings.Fields(text), " "))
	}
	if res := guest.Post(link, url.Values{"name": {"新 人"}, "password": {"とても長い新しいパスワード"}}); res.Code != http.StatusSeeOther {
		t.Fatalf("accepted: %d %s", res.Code, problems(t, res))
	}
	a.submitted("C1:S2")
	if res := guest.Post("/review/C1:S2/accept", nil); res.Code != http.StatusSeeOther { // as reviewers may
		t.Errorf("reviews: %d", res.Code)
	}
	if res := guest.Post("/assignments/C1:S1/send", nil); res.Code != http.StatusSeeOther { // as buyers may
		t.Errorf("asks again: %d", res.Code)
	}
	var user org.User
	if err := a.db.Collection("users").FindOne(t.Context(), bson.D{{Key: "email", Value: "new@example.jp"}}).Decode(&user); err != nil {
		t.Fatal(err)
	}
	page := owner.Page("/users/members/" + user.ID)
	if n := page.Find("input[name=role][checked]").Length(); n != 2 {
		t.Errorf("%d roles are ticked, want 2", n)
	}
	if res := owner.Post("/users/members/"+user.ID, url.Values{"role": {"reader"}}); res.Code != http.StatusSeeOther {
		t.Fatalf("changed: %d %s", res.Code, problems(t, res))
	}
	if text := owner.Page("/trail").Find("main").Text(); !strings.Contains(text, "調達担当、確認担当 → 閲覧者") {
		t.Errorf("the trail does not say what was and is")
	}
	if res := guest.Post("/assignments/C1:S1/send", nil); res.Code != http.StatusForbidden {
		t.Errorf("a reader asks again: %d", res.Code)
	}
	if res := guest.Get("/review/C1:S2"); res.Code != http.StatusOK {
		t.Errorf("a reader reads: %d", res.Code)
	}
}
