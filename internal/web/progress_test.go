package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
)

// TestBothSidesReadTheSameProgress: on a request's way the supplier's tasks, the buyer's
// list and the buyer's page of the request say the same of how far it is.
func TestBothSidesReadTheSameProgress(t *testing.T) {
	t.Parallel()
	a := ask(t)
	for _, id := range []string{"C1:S1", "C1:S2"} {
		a.set("assignments", id, bson.D{{Key: "delivery", Value: campaign.DeliverySent}})
	}
	buyer, c := a.As(access.Buyer), a.start("C1:S1")
	expires := a.at.AddDate(0, 0, 20)
	for _, step := range []struct {
		name, want string
		do         func()
	}{
		{"opened", "0 / 7", func() {}},
		{"a question hangs on another", "1 / 8", func() { c.JSON(http.MethodPost, s1+"/answers/backup", `{"value":"done","n":0}`) }},
		{"a certificate stands in", "2 / 8", func() {
			c.Upload(s1+"/evidence/new?kind=isms", ismsForm(), "file", "登録証.pdf", aPDF(1<<10))
		}},
		{"and the answer goes", "2 / 7", func() {
			c.Post(s1+"/sections/basic", url.Values{"q.backup.n": {"1"}, "q.backup": {"done"}, "then": {"clear:backup"}})
		}},
		{"no reason is given", "2 / 7", func() { c.JSON(http.MethodPost, s1+"/answers/often", `{"value":"na","n":0}`) }},
		{"now it is", "3 / 7", func() { c.JSON(http.MethodPost, s1+"/answers/often", `{"value":"na","note":"該当なし","n":1}`) }},
		{"a file is the answer", "4 / 7", func() {
			c.Upload(s1+"/evidence/new?kind=attachment&question=rules", url.Values{"kind": {"attachment"}, "question": {"rules"}}, "file", "規程.pdf", aPDF(1<<10))
		}},
		{"the certificate has ended", "2 / 7", func() {
			if _, err := a.db.Collection("evidence").UpdateOne(t.Context(), bson.D{{Key: "kind", Value: "isms"}}, bson.D{{Key: "$set", Value: bson.D{{Key: "expires_on", Value: expires}}}}); err != nil {
				t.Fatal(err)
			}
			a.tick(21 * 24 * time.Hour)
			c = a.start("C1:S1")
			buyer = a.As(access.Buyer)
		}},
	} {
		step.do()
		supplier := strings.Join(strings.Fields(c.Page(s1+"/tasks").Find(".progress-text").Text()), " ")
		list := buyer.Page("/campaigns/C1").Find(`tr:has(a[href="/assignments/C1:S1"]) .nowrap`).First().Text()
		page := buyer.Page("/assignments/C1:S1").Find("dl.rows dd").First().Text()
		if supplier != step.want || list != step.want && step.want != "0 / 7" || !strings.Contains(page, step.want+"問") {
			t.Errorf("%s: the supplier reads %q, the buyer %q and %q; want %s", step.name, supplier, list, strings.Join(strings.Fields(page), " "), step.want)
		}
	}
	if row := buyer.Page("/campaigns/C1").Find(`tr:has(a[href="/assignments/C1:S2"])`).Text(); strings.Contains(row, " / ") {
		t.Errorf("of who never came the list says %q", row)
	}
}
