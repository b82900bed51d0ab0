package web_test

import (
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/campaign"
)

// TestEveryPageOfARequestSaysWhomToAsk: whoever is stuck finds the number of the buyer's
// window at the foot of the page, whatever the page, in both languages.
func TestEveryPageOfARequestSaysWhomToAsk(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	a.attach(c, aPDF(1))
	file := c.Page(s1+"/evidence").Find("a[href$='/pages']").First().AttrOr("href", "")
	var asking campaign.Campaign
	if err := a.db.Collection("campaigns").FindOne(t.Context(), bson.D{}).Decode(&asking); err != nil || file == "" {
		t.Fatalf("the campaign %v, the file %q", err, file)
	}
	contact := asking.Contact
	says := func(c *apptest.Client, path string) {
		t.Helper()
		sep := "?"
		if strings.Contains(path, sep) {
			sep = "&"
		}
		for _, lang := range []string{"ja", "en"} {
			foot := c.Page(path + sep + "lang=" + lang).Find("footer .footer-contact")
			for _, want := range []string{contact.Department, contact.Phone, contact.Email} {
				if want == "" || !strings.Contains(foot.Text(), want) {
					t.Errorf("%s in %s: the foot says %q, without %q", path, lang, foot.Text(), want)
				}
			}
		}
	}
	for _, page := range []string{"/tasks", "/sections/basic", "/evidence", "/evidence/new?kind=isms", strings.TrimPrefix(file, s1), "/check", "/decline", "/delegate", "/copies", "/not-ours"} {
		says(c, s1+page)
	}
	a.answerAll(c)
	a.declare("C1:S1")
	says(c, s1+"/receipt")
	if foot := a.As(access.Buyer).Page("/suppliers").Find(".footer-contact"); foot.Length() != 0 {
		t.Errorf("a page of the buyer's own says whom to ask: %q", foot.Text())
	}
}
