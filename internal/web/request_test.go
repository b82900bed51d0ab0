package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/token"
)

func TestRequestPage(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.Browser()
	page := c.Page(a.link("C1:S1"))
	text := page.Find("main").Text()
	for _, want := range []string{"サンプル電機株式会社", "図面の取扱いを確かめるため", "図面をお預けしているため", "あと17日", "8問", "ISMS認証（JIS Q 27001）：2問", "ABCD-EFGH", "調達部", "架空 花子 様"} {
		if !strings.Contains(text, want) {
			t.Errorf("the request does not say %q", want)
		}
	}
	if got := a.assignment("C1:S1"); !got.OpenedAt.IsZero() || got.Response != campaign.NotStarted {
		t.Error("looking at the request changed it: mail scanners open links")
	}
	if res := c.Get(s1 + "/tasks"); res.Code != http.StatusUnauthorized {
		t.Errorf("looking at the request began a session: %d", res.Code)
	}
	a.start("C1:S1")
	opened := a.assignment("C1:S1")
	a.start("C1:S1")
	if again := a.assignment("C1:S1"); opened.OpenedAt.IsZero() || opened.Delivery != campaign.DeliveryOpened || again.OpenedAt != opened.OpenedAt {
		t.Errorf("opened %s, %s; and again %s", opened.OpenedAt, opened.Delivery, again.OpenedAt)
	}
	if page.Find(`button[name=to][value=decline]`).Length() != 1 || page.Find(`button[name=to][value=delegate]`).Length() != 1 {
		t.Error("the request offers no way out")
	}
	a.set("assignments", "C1:S1", bson.D{{Key: "lang", Value: "en"}})
	english := a.Browser()
	if heading := english.Page(a.link("C1:S1")).Find("h1").Text(); !strings.Contains(heading, "information security") {
		t.Errorf("a supplier noted as English reads %q", heading)
	}
	english.Post(a.link("C1:S1")+"/start", nil)
	if heading := english.Page(s1 + "/tasks").Find("h1").Text(); heading != "Your answers" {
		t.Errorf("and after the button %q", heading)
	}
	if heading := english.Page(a.link("C1:S1") + "?lang=ja").Find("h1").Text(); !strings.Contains(heading, "お聞かせください") {
		t.Errorf("having chosen Japanese it reads %q", heading)
	}
}

func TestLinksThatDoNotWork(t *testing.T) {
	t.Parallel()
	a := ask(t)
	good := a.Keys.Link(token.Answer, "C1:S1", 1)
	links := map[string]string{
		"altered":            good[:len(good)-1] + "x",
		"of another request": strings.Replace(good, "S1", "S2", 1),
		"of another purpose": a.Keys.Link(token.Invite, "C1:S1", 1),
		"of no generation":   a.Keys.Link(token.Answer, "C1:S1", 0),
		"not made yet":       a.Keys.Link(token.Answer, "C1:S1", 2),
		"of nothing":         a.Keys.Link(token.Answer, "C9:S9", 1),
		"cut off":            "C1:S1",
		"empty id":           ".abc",
		"too long":           strings.Repeat("a", 300) + ".b",
	}
	want := ""
	for name, link := range links {
		for _, do := range []func() int{
			func() int { return a.Browser().Get("/r/" + link).Code },
			func() int { return a.Browser().Post("/r/"+link+"/start", nil).Code },
		} {
			if code := do(); code != http.StatusGone {
				t.Errorf("a link that is %s: %d, want 410", name, code)
			}
		}
		text := apptest.Parse(t, a.Browser().Get("/r/"+link)).Find("main").Text()
		if want == "" {
			want = text
		}
		if text != want {
			t.Errorf("a link that is %s answers otherwise: %s", name, text)
		}
	}
	if got := a.assignment("C1:S1"); !got.OpenedAt.IsZero() {
		t.Error("a bad link opened the request")
	}
	if strings.Contains(want, "サンプル電機") || !strings.Contains(want, "途中で切れている") {
		t.Errorf("whoever proves nothing is told %q", want)
	}
}

// TestLinksAreForgiven: what a mail program or a person leaves behind a link.
func TestLinksAreForgiven(t *testing.T) {
	t.Parallel()
	a := ask(t)
	for _, behind := range []string{".", ")", "%3E", "%E3%80%82", "%E3%80%8D%E3%82%92", "-", "/", "//", "./", "%20", "?lang=ja", "?utm_source=mail#top"} {
		c := a.Browser()
		page := c.Page(a.link("C1:S1") + behind)
		action := page.Find("form").AttrOr("action", "")
		if res := c.Post(action, nil); res.Code != http.StatusSeeOther {
			t.Errorf("the button of a link with %q behind it leads to %q: %d", behind, action, res.Code)
		}
	}
	for path, want := range map[string]string{"/r/": "途中で切れている", "/r/x/y/z": "途中で切れている"} {
		if res := a.Browser().Get(path); res.Code != http.StatusGone || !strings.Contains(res.Body.String(), want) {
			t.Errorf("%s: %d", path, res.Code)
		}
	}
}

// TestAfterAnEarlyCloseNoDaysAreLeft, on no page of supplier or buyer, and the supplier
// is told who ended it.
func TestAfterAnEarlyCloseNoDaysAreLeft(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.set("campaigns", "C1", bson.D{{Key: "due_at", Value: a.at.AddDate(0, 0, 17)}, {Key: "closes_at", Value: a.at.AddDate(0, 0, 31)}})
	for _, id := range []string{"C1:S1", "C1:S2"} {
		a.set("assignments", id, bson.D{{Key: "delivery", Value: campaign.DeliverySent}})
	}
	supplier, buyer := a.start("C1:S1"), a.As(access.Buyer)
	pages := map[string]*apptest.Client{a.link("C1:S1"): supplier, s1 + "/tasks": supplier, "/campaigns": buyer, "/campaigns/C1": buyer, "/assignments/C1:S1": buyer}
	for path, c := range pages {
		if text := c.Page(path).Find("main").Text(); !strings.Contains(text, "あと17日") {
			t.Errorf("before, %s does not say how many days are left", path)
		}
	}
	a.must(buyer.Post("/campaigns/C1/close", nil))
	a.work()
	for path, c := range pages {
		text := c.Page(path).Find("main").Text()
		if strings.Contains(text, "あと17日") {
			t.Errorf("%s still counts days", path)
		}
		if c == supplier && !strings.Contains(text, "発注元が受付を終了し") {
			t.Errorf("%s does not say who ended it", path)
		}
	}
	english := supplier.Page(a.link("C1:S1") + "?lang=en").Find("main").Text()
	if !strings.Contains(english, "The buyer has ended this request") || strings.Contains(english, "days left") {
		t.Errorf("in English: %s", english)
	}
	a.must(buyer.Post("/assignments/C1:S1/extend", url.Values{"due": {a.due(20)}}))
	if text := supplier.Page(s1 + "/tasks?lang=ja").Find("main").Text(); strings.Contains(text, "終了した") || !strings.Contains(text, "あと") {
		t.Errorf("given more time: %s", text)
	}
}

// due is a business day so many days ahead or a little later, as a form takes it.
func (a *asked) due(days int) string {
	day := calendar.New(nil).Next(a.at.AddDate(0, 0, days))
	return day.In(calendar.Tokyo).Format(time.DateOnly)
}

// TestDaysAreCountedWhileAnswersAreAwaited: what is over counts no days that are left.
func TestDaysAreCountedWhileAnswersAreAwaited(t *testing.T) {
	t.Parallel()
	counted := map[string]bool{"open": true, "returned": true, "revoked": true}
	for _, state := range linkStates {
		t.Run(state.name, func(t *testing.T) {
			a := ask(t)
			a.fill(a.start("C1:S1"), "C1:S1")
			state.bring(a)
			due := a.As(access.Buyer).Page("/assignments/C1:S1").Find("main dt").FilterFunction(func(_ int, s *goquery.Selection) bool {
				return s.Text() == "期限"
			}).Next().Text()
			want := `^\d+年\d+月\d+日（.）$`
			if counted[state.name] {
				want = `^\d+年\d+月\d+日（.） あと\d+日$`
			}
			if !regexp.MustCompile(want).MatchString(strings.TrimSpace(due)) {
				t.Errorf("due %q, want %s", due, want)
			}
		})
	}
}
