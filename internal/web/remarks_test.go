package web_test

import (
	"archive/zip"
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/campaign"
	"tsunagi/internal/response"
)

// What a reviewer writes in this test, by its kind.
var remarks = map[string]string{
	"asks for a correction": "甲の印", "for colleagues": "乙の覚え", "a reason in the making": "丙の下書", "a rejection in the making": "丁の下書",
	"the reason of a return": "戊の理由", "asks for a correction, and was accepted": "己の印", "for colleagues, later": "庚の覚え",
}

// outside is everything that a supplier can read of its request, by name.
func (a *asked) outside(t *testing.T) map[string]string {
	t.Helper()
	out, c := map[string]string{}, a.start("C1:S1")
	for _, path := range []string{"/tasks", "/sections/basic", "/sections/more", "/evidence", "/check", "/receipt", "/submitted", "/submitted?revision=1"} {
		out[path] = c.Page(s1 + path).Text()
	}
	for _, path := range []string{"/copy.pdf", "/copy.pdf?revision=1"} {
		out[path] = textOfPDF(t, c.Get(s1+path).Body.Bytes())
	}
	post(t, a.Env)
	guest := a.Browser()
	out["the request"] = guest.Page(a.link("C1:S1")).Text()
	guest.Page("/mailbox").Find("tbody a").Each(func(_ int, link *goquery.Selection) {
		href := link.AttrOr("href", "")
		out["mail "+href] = guest.Page(href).Text() + guest.Page(href+"/html").Text()
	})
	return out
}

// papers are the answer sheets that the buyer's people take along.
func (a *asked) papers(t *testing.T, revisions ...string) map[string]string {
	t.Helper()
	out, buyer := map[string]string{}, a.As(access.Reviewer)
	for _, n := range revisions {
		out["sheet "+n] = textOfPDF(t, buyer.Get("/review/C1:S1/sheet.pdf?revision="+n).Body.Bytes())
	}
	clerk := a.As(access.Buyer)
	at := clerk.Post("/campaigns/C1/documents", url.Values{"kind": {"sheets"}}).Header().Get("Location")
	a.work()
	raw := clerk.Get(clerk.Page(at).Find("a[download]").AttrOr("href", "")).Body.Bytes()
	archive, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.File {
		if strings.HasSuffix(f.Name, ".pdf") {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			pdf, _ := io.ReadAll(r)
			out["archive "+f.Name] = textOfPDF(t, pdf)
		}
	}
	return out
}

// TestRemarksForColleaguesStayInTheHouse: of every kind of remark, on every page, paper
// and mail, what a sheet went back with is there and nothing else.
func TestRemarksForColleaguesStayInTheHouse(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.submitted("C1:S1")
	reviewer := a.As(access.Reviewer)
	certificate := a.assignment("C1:S1").Certificates[0].ID
	holds := func(when string, texts map[string]string, want ...string) {
		t.Helper()
		found := map[string]bool{}
		for name, text := range texts {
			for kind, words := range remarks {
				if strings.Contains(text, words) {
					found[kind] = true
					if !slices.Contains(want, kind) {
						t.Errorf("%s, %s: %s stands there", when, name, kind)
					}
				}
			}
		}
		if len(found) != len(want) {
			t.Errorf("%s: of %q only %q is said anywhere", when, want, slices.Sorted(maps.Keys(found)))
		}
	}
	write := func(path string, form url.Values) {
		t.Helper()
		a.must(reviewer.Post("/review/C1:S1/"+path, form))
	}
	comments := func(flagged, other string) url.Values {
		return url.Values{"comment.often": {remarks[flagged]}, "flag.often": {"1"}, "n.often": {"0"}, "comment.media": {remarks[other]}, "n.media": {"0"}}
	}
	form := comments("asks for a correction", "for colleagues")
	form["n."+response.Reason], form["reason"] = []string{"0"}, []string{remarks["a reason in the making"]}
	form["n."+response.RejectionOf(certificate)], form[response.Field(response.RejectionOf(certificate))] = []string{"0"}, []string{remarks["a rejection in the making"]}
	write("comment", form)
	page := reviewer.Page("/review/C1:S1")
	text, _ := page.Find("#judging").Html()
	for kind := range map[string]bool{"asks for a correction": true, "for colleagues": true, "a reason in the making": true, "a rejection in the making": true} {
		if !strings.Contains(text, remarks[kind]) {
			t.Errorf("the reviewer's own page lacks what %s", kind)
		}
	}
	if !strings.Contains(text, "印のないコメントは社内用です") {
		t.Error("the form does not say who reads a comment")
	}
	holds("before the verdict", a.outside(t))
	holds("before the verdict", a.papers(t, "1"))

	write("return", url.Values{"reason": {remarks["the reason of a return"]}})
	told := []string{"asks for a correction", "the reason of a return"}
	holds("after the return", a.outside(t), told...)
	holds("after the return", a.papers(t, "1"), "asks for a correction")
	tags := reviewer.Page("/review/C1:S1").Find(".judged .flag .tag").Text()
	if !strings.Contains(tags, "取引先に送ったコメント") || !strings.Contains(tags, "社内用") {
		t.Errorf("after the return the reviewer reads %q", tags)
	}

	c := a.start("C1:S1")
	c.JSON(http.MethodPost, s1+"/answers/often", `{"value":"weekly","n":1}`)
	a.must(c.Post(s1+"/submit", url.Values{"name": {"架空 花子"}, "role": {"総務"}, "agreed": {"1"}}))
	write("comment", comments("asks for a correction, and was accepted", "for colleagues, later"))
	holds("before the second verdict", a.outside(t), told...)
	write("accept", nil)
	holds("accepted, and not told", a.outside(t), told...)
	a.tick(25 * time.Hour)
	reviewer = a.As(access.Reviewer)
	holds("accepted and told", a.outside(t), told...)
	holds("accepted and told", a.papers(t, "1", "2"), "asks for a correction")
}

// TestWhyARequestIsWithdrawnStaysInTheHouse: as the form says.
func TestWhyARequestIsWithdrawnStaysInTheHouse(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.set("assignments", "C1:S1", bson.D{{Key: "delivery", Value: campaign.DeliverySent}})
	buyer := a.As(access.Buyer)
	if text := buyer.Page("/assignments/C1:S1").Find(`form[action$="/withdraw"] label`).Text(); !strings.Contains(text, "取引先には伝わりません") {
		t.Errorf("the form says %q", text)
	}
	a.must(buyer.Post("/assignments/C1:S1/withdraw", url.Values{"reason": {"辛の理由"}}))
	post(t, a.Env)
	guest := a.Browser()
	texts := []string{apptest.Parse(t, guest.Get(a.link("C1:S1"))).Text()}
	guest.Page("/mailbox").Find("tbody a").Each(func(_ int, link *goquery.Selection) {
		texts = append(texts, guest.Page(link.AttrOr("href", "")).Text())
	})
	for _, text := range texts {
		if strings.Contains(text, "辛の理由") {
			t.Errorf("the supplier reads %s", text)
		}
	}
}

// TestASupplierSeesWhatItSubmitted: every revision with its answers, and what came of it
// as soon as it is told, on the page and on the copy; with the way there and back.
func TestASupplierSeesWhatItSubmitted(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	if res := c.Get(s1 + "/submitted"); res.Code != http.StatusNotFound {
		t.Errorf("before there is anything: %d", res.Code)
	}
	a.answerAll(c)
	form := url.Values{"name": {"架空 花子"}, "role": {"総務"}, "agreed": {"1"}}
	a.must(c.Post(s1+"/submit", form))
	first := c.Get(s1 + "/copy.pdf").Body.String()
	if again := c.Get(s1 + "/copy.pdf").Body.String(); again != first {
		t.Error("the copy is another one each time")
	}
	a.giveBack("C1:S1")
	c.JSON(http.MethodPost, s1+"/answers/often", `{"value":"daily","n":1}`)
	c.JSON(http.MethodPost, s1+"/answers/backup", `{"value":"not-done","n":1}`)
	if href := c.Page(s1 + "/tasks").Find(`.more-links a[href$="/submitted"]`).Length(); href != 1 {
		t.Error("while correcting there is no way to what was submitted")
	}
	if c.Page(s1+"/receipt").Find(`.crumb a[href$="/tasks"]`).Length() != 1 {
		t.Error("the receipt has no way back to the tasks")
	}
	a.must(c.Post(s1+"/submit", form))
	a.must(a.As(access.Reviewer).Post("/review/C1:S1/accept", nil))
	read := func(path string) string {
		return strings.Join(strings.Fields(c.Page(s1+path).Find("main").Text()), " ")
	}
	for _, revision := range []struct{ path, has, not, result string }{
		{"/submitted?revision=1", "毎週", "毎日 ", "差戻し（"}, {"/submitted", "実施していない", "耐火庫", "まだお知らせしていません"}, {"/submitted?revision=2", "実施していない", "耐火庫", "まだお知らせしていません"},
	} {
		text := read(revision.path)
		if !strings.Contains(text, revision.has) || strings.Contains(text, revision.not) || !strings.Contains(text, revision.result) || strings.Contains(text, "確認済") {
			t.Errorf("%s says %s", revision.path, text)
		}
	}
	if text := read("/receipt"); strings.Contains(text, "確認済") {
		t.Errorf("before it is told the receipt says %s", text)
	}
	for _, none := range []string{"3", "0", "-1"} {
		if res := c.Get(s1 + "/submitted?revision=" + none); res.Code != http.StatusNotFound {
			t.Errorf("revision %s: %d", none, res.Code)
		}
	}
	a.tick(25 * time.Hour)
	began := a.Browser()
	res := began.Post(a.link("C1:S1")+"/start", url.Values{"to": {"submitted"}})
	if to, _, _ := strings.Cut(res.Header().Get("Location"), "?"); to != s1+"/submitted" || a.Browser().Page(a.link("C1:S1")).Find(`button[value="submitted"]`).Length() != 1 {
		t.Errorf("提出した内容を見る leads to %s", to)
	}
	c = a.start("C1:S1")
	text, paper := read("/submitted"), textOfPDF(t, c.Get(s1+"/copy.pdf").Body.Bytes())
	for _, want := range []string{"差戻し（", "確認済み（"} {
		if !strings.Contains(text, want) || !strings.Contains(strings.Join(strings.Fields(paper), ""), want) {
			t.Errorf("told, the page says %s\nthe copy %s", text, paper)
		}
	}
	if strings.Count(paper, "架空 花子") < 2 || strings.Contains(paper, "確 認太") {
		t.Errorf("the copy lists not every revision, or names who judged: %s", paper)
	}
}
