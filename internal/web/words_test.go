package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/demo"
)

const review1 = "/review/C1:S1"

// judging is the form of a review page as a browser without scripts would send it.
func judging(page *goquery.Document, changes url.Values) url.Values {
	form := url.Values{}
	page.Find("#judging input[type=hidden], #judging textarea").Each(func(_ int, s *goquery.Selection) {
		form.Set(s.AttrOr("name", ""), s.AttrOr("value", s.Text()))
	})
	page.Find("#judging input[type=checkbox][checked]").Each(func(_ int, s *goquery.Selection) {
		form.Set(s.AttrOr("name", ""), s.AttrOr("value", ""))
	})
	for name, values := range changes {
		form[name] = values
	}
	return form
}

func field(page *goquery.Document, name string) string {
	return page.Find(`textarea[name="` + name + `"]`).Text()
}

// TestEveryButtonKeepsWhatIsTyped: without scripts, whichever button is pressed, each
// comment and reason on the page is kept.
func TestEveryButtonKeepsWhatIsTyped(t *testing.T) {
	t.Parallel()
	typed := url.Values{"comment.often": {"頻度は？"}, "comment.people": {"人数の内訳は？"}, "reason": {"二点だけ"}, "flag.often": {"1"}}
	for _, action := range []string{"/comment", "/evidence/%", "/comment/%/remove", "/accept", "/return"} {
		t.Run(action, func(t *testing.T) {
			a := ask(t)
			a.submitted("C1:S1")
			reviewer := a.As(access.Reviewer)
			page := reviewer.Page(review1)
			form := judging(page, typed)
			form.Del("flag.people")
			path := review1 + action
			if before, after, ok := strings.Cut(path, "%"); ok {
				path, _ = page.Find(`[formaction^="` + before + `"]`).Attr("formaction")
				form.Set("verdict", "verified")
				if after != "" { // somebody else's comment
					a.As(access.Owner).Post(review1+"/comment", url.Values{"n.media": {"0"}, "comment.media": {"同僚の"}})
					path, _ = reviewer.Page(review1).Find(`[formaction$="` + after + `"]`).Attr("formaction")
				}
			}
			if res := reviewer.Post(path, form); res.Code != http.StatusSeeOther {
				t.Fatalf("%s: %d %s", path, res.Code, apptest.Parse(t, res).Find(".summary").Text())
			}
			page = reviewer.Page(review1)
			decided := action == "/accept" || action == "/return"
			for name, text := range map[string]string{"comment.often": "頻度は？", "comment.people": "人数の内訳は？", "reason": "二点だけ"} {
				if got := field(page, name); !decided && got != text {
					t.Errorf("%s says %q", name, got)
				}
				if shown := page.Find("#judging").Text() + page.Find(".notice").Text(); decided && !strings.Contains(shown, text) && (name != "reason" || action == "/return") {
					t.Errorf("%q is nowhere on the page", text)
				}
			}
			if action == "/return" {
				sheet := a.start("C1:S1").Page(s1 + "/sections/more").Find("main").Text()
				if !strings.Contains(sheet, "頻度は？") || strings.Contains(sheet, "人数の内訳は？") {
					t.Error("what was not saved before is not returned with the sheet, or a remark for colleagues is")
				}
			}
		})
	}
}

// TestWhatIsWrongDropsNothing: when one text does not hold, all others are kept, and
// everything stands on the page.
func TestWhatIsWrongDropsNothing(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.submitted("C1:S1")
	reviewer := a.As(access.Reviewer)
	long := strings.Repeat("長", 1001)
	form := judging(reviewer.Page(review1), url.Values{"comment.often": {long}, "comment.people": {"人数の内訳は？"}, "reason": {"二点だけ"}})
	page := apptest.Parse(t, reviewer.Post(review1+"/return", form))
	for name, want := range map[string]string{"comment.often": long, "comment.people": "人数の内訳は？", "reason": "二点だけ"} {
		if got := field(page, name); got != want {
			t.Errorf("%s says %.20q", name, got)
		}
	}
	if page.Find(`.summary a[href="#comment.often"]`).Length() != 1 || !a.assignment("C1:S1").Response.InHands() {
		t.Error("the sheet went back, or nothing is said")
	}
	if got := field(reviewer.Page(review1), "comment.people"); got != "人数の内訳は？" {
		t.Errorf("the other comment is %q", got)
	}
	// Another window: both texts are there, and the second press takes this one.
	form = judging(reviewer.Page(review1), nil)
	other := judging(reviewer.Page(review1), url.Values{"comment.people": {"別の画面で"}})
	reviewer.Post(review1+"/comment", other)
	form.Set("comment.people", "この画面で")
	page = apptest.Parse(t, reviewer.Post(review1+"/comment", form))
	if got := field(page, "comment.people"); got != "この画面で" || !strings.Contains(page.Find(".summary").Text(), "別の画面で") {
		t.Errorf("the page has %q and says %q", got, page.Find(".summary").Text())
	}
	reviewer.Post(review1+"/comment", judging(page, nil))
	if got := field(reviewer.Page(review1), "comment.people"); got != "この画面で" {
		t.Errorf("the second press saved %q", got)
	}
}

// TestCommentsAreKeptAsTyped: with the script nothing has to be saved, the focus stays,
// and what is not sent yet goes back with the sheet.
func TestCommentsAreKeptAsTyped(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.submitted("C1:S1")
	w := a.window(t)
	w.visit("/sign-in")
	w.js(`document.querySelector("#email").value = "reviewer@example.jp"`)
	w.js(`document.querySelector("#password").value = "` + demo.Password + `"`)
	w.js(`document.querySelector("#password").form.requestSubmit()`)
	w.until(`location.pathname === "/"`)
	w.visit(review1)
	write := func(name, text string) {
		w.js(`((f) => {
			f.closest("details").open = true;
			f.focus();
			f.value = ` + quoted(text) + `;
			f.dispatchEvent(new Event("input", {bubbles: true}));
		})(document.querySelector('[name="` + name + `"]'))`)
	}
	write("comment.often", "頻度は？")
	w.until(`document.querySelector("[data-state]").dataset.kind === "saved"`)
	if at := w.js(`document.activeElement.name`); at != "comment.often" {
		t.Errorf("after saving the focus is at %s", at)
	}
	reviewer := a.As(access.Reviewer)
	if got := field(reviewer.Page(review1), "comment.often"); got != "頻度は？" {
		t.Errorf("saved is %q", got)
	}
	// The tab is gone in the middle of a word.
	write("comment.people", "人数の内")
	w.visit("/")
	for end := time.Now().Add(10 * time.Second); field(reviewer.Page(review1), "comment.people") == ""; time.Sleep(40 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("what was typed last is lost")
		}
	}
	// A verdict on a certificate: the button that was pressed has the focus.
	w.visit(review1)
	w.js(`((b) => { b.focus(); b.click(); })(document.querySelector("button[value=verified]"))`)
	w.until(`document.querySelector(".notice") && document.activeElement.value === "verified"`)
	// Returned with what was typed a moment ago.
	write("comment.since", "いつから？")
	write("reason", "二点だけ")
	w.js(`document.querySelector('[formaction$="/return"]').click()`)
	w.until(`!document.querySelector("form[data-keep]")`)
	if sheet := a.start("C1:S1").Page(s1 + "/sections/more").Find("main").Text(); !strings.Contains(sheet, "いつから？") || !strings.Contains(sheet, "頻度は？") {
		t.Errorf("the supplier reads %s", sheet)
	}
}

// TestAcceptedAndReturnedAgain: an acceptance says until when it can be undone, and the
// page offers it, and a return, which has a date of its own.
func TestAcceptedAndReturnedAgain(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.submitted("C1:S1")
	reviewer := a.As(access.Reviewer)
	reviewer.Post(review1+"/accept", judging(reviewer.Page(review1), nil))
	page := reviewer.Page(review1)
	if text := page.Find("main").Text() + page.Find(".notice").Text(); !strings.Contains(text, "までは取り消せます") || page.Find(`form[action$="/take-back"]`).Length() != 1 {
		t.Errorf("nothing is said of taking it back: %s", text)
	}
	reviewer.Post(review1+"/take-back", nil)
	page = reviewer.Page(review1)
	if page.Find(`button[formaction$="/accept"]`).Length() != 1 {
		t.Error("what was taken back is not judged again")
	}
	reviewer.Post(review1+"/accept", judging(page, nil))
	page = reviewer.Page(review1)
	due := page.Find("#due").AttrOr("value", "")
	if page.Find(`button[formaction$="/return"]`).Length() != 1 || due == "" {
		t.Fatal("an accepted sheet cannot be returned")
	}
	again := apptest.Parse(t, reviewer.Post(review1+"/return", url.Values{"reason": {"誤りがありました"}, "due": {"2026/12/31"}}))
	if text := again.Find("#due-error").Text(); !strings.Contains(text, "休業日") || field(again, "reason") != "誤りがありました" || again.Find("#due").AttrOr("value", "") != "2026/12/31" {
		t.Errorf("a closed day: %q", text)
	}
	if res := reviewer.Post(review1+"/return", url.Values{"reason": {"誤りがありました"}, "due": {due}}); res.Code != http.StatusSeeOther {
		t.Errorf("returned: %d", res.Code)
	}
	if got := a.assignment("C1:S1"); got.Response != "returned" {
		t.Errorf("the request is %s", got.Response)
	}
	if text := a.start("C1:S1").Page(s1 + "/tasks").Find("main").Text(); !strings.Contains(text, "誤りがありました") {
		t.Error("the supplier is not told why")
	}
}

// TestARejectedCertificateIsTold: the page of the supplier says that it was not accepted,
// why, and which questions came back, and no longer lists it as one that holds.
func TestARejectedCertificateIsTold(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.submitted("C1:S1")
	reviewer := a.As(access.Reviewer)
	page := reviewer.Page(review1)
	path, _ := page.Find(`button[value=rejected]`).Attr("formaction")
	reason := "reason." + path[strings.LastIndex(path, "/")+1:]
	reviewer.Post(path, judging(page, url.Values{"verdict": {"rejected"}, reason: {"範囲に工場が含まれていません"}}))
	reviewer.Post(review1+"/return", judging(reviewer.Page(review1), url.Values{"reason": {"登録証についてご確認ください"}}))
	tasks := a.start("C1:S1").Page(s1 + "/tasks")
	card := tasks.Find(".flagged").Text()
	for _, want := range []string{"回答の代わりとして使えませんでした", "範囲に工場が含まれていません", "質問 update", "質問 backup"} {
		if !strings.Contains(card, want) {
			t.Errorf("the task list does not say %q: %s", want, card)
		}
	}
	if text := tasks.Find(".tasks .task").First().Text(); strings.Contains(text, "まで") || !strings.Contains(text, "代替に使えません") {
		t.Errorf("the certificate stands there as %q", text)
	}
	c := a.start("C1:S1")
	if text := standing(c.Page(s1 + "/check")); strings.Contains(text, "まで") || !strings.Contains(text, "代替に使えません") {
		t.Errorf("before it is submitted again, the certificate stands there as %q", text)
	}
	if res := c.Post(s1+"/sections/basic", section(url.Values{"q.update": {"done"}, "q.backup": {"done"}})); res.Code != http.StatusSeeOther {
		t.Fatalf("the questions that came back: %d %s", res.Code, res.Body)
	}
	if res := c.JSON(http.MethodPost, s1+"/answers/where", `{"value":"別の建物","n":0}`); res.Code != http.StatusOK {
		t.Fatalf("the question that follows: %d %s", res.Code, res.Body)
	}
	if res := c.Post(s1+"/submit", url.Values{"agreed": {"1"}, "name": {"架空 花子"}, "role": {"総務部長"}}); res.Code != http.StatusSeeOther {
		t.Fatalf("submitted again: %d %s", res.Code, res.Body)
	}
	if text := standing(c.Page(s1 + "/submitted")); strings.Contains(text, "まで") || !strings.Contains(text, "代替に使えません") {
		t.Errorf("what was submitted again says of the certificate %q", text)
	}
	if text := standing(c.Page(s1 + "/submitted?revision=1")); !strings.Contains(text, "まで") {
		t.Errorf("the first submission, of before the verdict, says %q", text)
	}
}

// standing is what a page says of the certificate.
func standing(page *goquery.Document) string {
	return page.Find(`h2 + ul li:contains("IS 505613")`).Text()
}

// TestASummaryNamesItsFields: without scripts each entry of a summary on a supplier's page
// says which field it is about, and they stand in the order of the form.
func TestASummaryNamesItsFields(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	for _, path := range []string{"/submit", "/decline", "/copies", "/delegate", "/evidence/new?kind=isms", "/evidence/new?kind=pmark",
		"/evidence/new?kind=security-action", "/evidence/new?kind=specialist", "/evidence/new?kind=policy"} {
		for _, lang := range []string{"ja", "en"} {
			t.Run(path+" "+lang, func(t *testing.T) {
				c.Get(s1 + "/tasks?lang=" + lang)
				page := apptest.Parse(t, c.Post(s1+path, url.Values{"kind": {strings.TrimPrefix(path, "/evidence/new?kind=")}}))
				order := page.Find("main form [name]:not([type=hidden])").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("name", "") })
				entries, last := page.Find(".summary li a"), -1
				if entries.Length() == 0 {
					t.Fatal("nothing is wrong")
				}
				entries.Each(func(_ int, s *goquery.Selection) {
					name := strings.TrimPrefix(s.AttrOr("href", ""), "#")
					at := slices.Index(order, name)
					if at < 0 { // a question of another page, by its number
						return
					}
					if at < last {
						t.Errorf("%s stands too late", name)
					}
					last = at
					field := page.Find(`main form [name="` + name + `"]`).First()
					label := field.Closest("fieldset.field").Find("legend")
					if label.Length() == 0 {
						label = page.Find(`label[for="` + name + `"]`)
					}
					want := strings.TrimSpace(label.Contents().First().Text())
					if field.AttrOr("type", "") != "checkbox" && (want == "" || !strings.Contains(s.Text(), want)) {
						t.Errorf("%q does not say that it is about %q", s.Text(), want)
					}
				})
			})
		}
	}
}
