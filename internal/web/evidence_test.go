package web_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/evidence"
)

func aPDF(size int) []byte {
	return []byte("%PDF-1.7\n" + strings.Repeat("% filling\n", size/10) + "%%EOF\n")
}

func ismsForm() url.Values {
	return url.Values{"kind": {"isms"}, "number": {"IS 505613"}, "standard": {"JIS Q 27001:2023"}, "scope": {"受託加工"}, "covers": {"yes"}, "expires": {"令和10年3月31日"}}
}

func TestCertificateStandsIn(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	for _, kind := range evidence.Kinds {
		if page := c.Page(s1 + "/evidence/new?kind=" + string(kind)); page.Find("input[type=file]").Length() != 1 {
			t.Errorf("%s: no field for the document", kind)
		}
	}
	res := c.Upload(s1+"/evidence/new?kind=isms", ismsForm(), "file", "登録証.pdf", aPDF(2<<20))
	if res.Code != http.StatusSeeOther {
		t.Fatalf("attach: %d %s", res.Code, apptest.Parse(t, res).Find(".summary").Text())
	}
	page := c.Page(s1 + "/evidence")
	if text := page.Find(".evidence").Text(); !strings.Contains(text, "2問が回答不要") || !strings.Contains(text, "2028年3月31日（金）") {
		t.Errorf("the list says %q", text)
	}
	section := c.Page(s1 + "/sections/basic")
	if text := section.Find(`[data-question="update"] .standing`).Text(); !strings.Contains(text, "登録証で代替") || !strings.Contains(text, "IS 505613") {
		t.Errorf("a covered question says %q", text)
	}
	if section.Find(`[data-question="update"] input:not([disabled])[type=radio]`).Length() != 5 {
		t.Error("a covered question may no longer be answered")
	}
	file, _ := page.Find(".evidence .file a").Attr("href")
	got := c.Get(file)
	if got.Code != http.StatusOK || !bytes.Equal(got.Body.Bytes(), aPDF(2<<20)) || got.Header().Get("Content-Type") != "application/pdf" ||
		got.Header().Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(got.Header().Get("Content-Security-Policy"), "sandbox; default-src 'none'") ||
		!strings.HasPrefix(got.Header().Get("Content-Disposition"), "attachment; filename*=UTF-8''%E7%99%BB") {
		t.Errorf("the file: %d, %v", got.Code, got.Header())
	}
	stranger := a.start("C1:S2")
	if res := stranger.Get(strings.Replace(file, "S1", "S2", 1)); res.Code != http.StatusNotFound {
		t.Errorf("another supplier opens it: %d", res.Code)
	}
	remove, _ := page.Find(".evidence form").Attr("action")
	if res := stranger.Post(strings.Replace(remove, "S1", "S2", 1), nil); res.Code != http.StatusNotFound {
		t.Errorf("another supplier removes it: %d", res.Code)
	}
	c.Post(remove, nil)
	if c.Page(s1+"/evidence").Find(".evidence").Length() != 0 || c.Page(s1+"/sections/basic").Find(".standing").Length() != 0 {
		t.Error("what was taken back still stands in")
	}
}

func TestSelfDeclarationReplacesNothing(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	form := url.Values{"kind": {"security-action"}, "number": {"４０１２３４５６７８９"}, "stars": {"2"}}
	if res := c.Upload(s1+"/evidence/new?kind=security-action", form, "", "", nil); res.Code != http.StatusSeeOther {
		t.Fatalf("declare: %d %s", res.Code, apptest.Parse(t, res).Find(".summary").Text())
	}
	if text := c.Page(s1 + "/evidence").Find(".evidence").Text(); !strings.Contains(text, "40123456789") || !strings.Contains(text, "代わりにはなりません") {
		t.Errorf("the list says %q", text)
	}
	if c.Page(s1+"/sections/basic").Find(".standing").Length() != 0 {
		t.Error("a self-declaration stands in for an answer")
	}
}

func TestBadEvidence(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	tests := []struct {
		name    string
		change  url.Values
		content []byte
		want    string
	}{
		{"empty", nil, nil, "空です"},
		{"a program", nil, append([]byte("MZ"), make([]byte, 4000)...), "名前を変えただけ"},
		{"cut off", nil, aPDF(5000)[:4000], "途中で切れて"},
		{"too large", nil, aPDF(evidence.MaxFile + 1000), "20 MBを超え"},
		{"much too large", nil, aPDF(evidence.MaxFile + 3<<20), "20 MBを超え"},
		{"expired", url.Values{"expires": {"2020/3/31"}}, aPDF(100), "有効期限が過ぎて"},
		{"no date", url.Values{"expires": {"来年"}}, aPDF(100), "日付"},
		{"scope not said", url.Values{"covers": {""}}, aPDF(100), "選択して"},
	}
	for _, tt := range tests {
		form := ismsForm()
		for name, value := range tt.change {
			form[name] = value
		}
		res := c.Upload(s1+"/evidence/new?kind=isms", form, "file", "登録証.pdf", tt.content)
		page := apptest.Parse(t, res)
		if text := page.Find(".summary").Text(); res.Code != http.StatusUnprocessableEntity || !strings.Contains(text, tt.want) {
			t.Errorf("%s: %d %q, want %q", tt.name, res.Code, text, tt.want)
		}
		if number := page.Find("#number").AttrOr("value", ""); number != "IS 505613" && tt.name != "much too large" {
			t.Errorf("%s: the number that was typed is now %q", tt.name, number)
		}
	}
	if c.Page(s1+"/evidence").Find(".evidence").Length() != 0 {
		t.Error("something wrong was kept")
	}
	if res := c.Get(s1 + "/evidence/new?kind=passport"); res.Code != http.StatusNotFound {
		t.Errorf("a kind that does not exist: %d", res.Code)
	}
}

// TestOneFileTooMany: what was typed about it is not lost.
func TestOneFileTooMany(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	attach := func() *httptest.ResponseRecorder {
		return c.Upload(s1+"/evidence/new?kind=isms", ismsForm(), "file", "登録証.pdf", aPDF(100))
	}
	for n := range 40 {
		if res := attach(); res.Code != http.StatusSeeOther {
			t.Fatalf("file %d: %d", n+1, res.Code)
		}
	}
	res := attach()
	page := apptest.Parse(t, res)
	if text := page.Find(".summary").Text(); res.Code != http.StatusTooManyRequests || !strings.Contains(text, "40") {
		t.Errorf("one more: %d %q", res.Code, text)
	}
	if number := page.Find("#number").AttrOr("value", ""); number != "IS 505613" {
		t.Errorf("the number that was typed is now %q", number)
	}
}

func TestAttachToAQuestion(t *testing.T) {
	t.Parallel()
	a := ask(t)
	c := a.start("C1:S1")
	res := c.Post(s1+"/sections/more", url.Values{"q.often": {"daily"}, "q.often.n": {"0"}, "then": {"attach:rules"}})
	if to := res.Header().Get("Location"); to != s1+"/evidence/new?question=rules" || a.saved("C1:S1", "often").Value != "daily" {
		t.Fatalf("attach leads to %s, and the answer beside it is %q", to, a.saved("C1:S1", "often").Value)
	}
	res = c.Upload(s1+"/evidence/new?question=rules", url.Values{"question": {"rules"}, "kind": {"attachment"}}, "file", "規程.pdf", aPDF(100))
	if to := res.Header().Get("Location"); to != s1+"/sections/more#q.rules" {
		t.Fatalf("afterwards: %d %s", res.Code, to)
	}
	file := c.Page(s1 + "/sections/more").Find(`[data-question="rules"] .file`)
	if !strings.Contains(file.Text(), "規程.pdf") {
		t.Fatalf("the question lists %q", file.Text())
	}
	then, _ := file.Find("button").Attr("value")
	c.Post(s1+"/sections/more", url.Values{"then": {then}})
	if c.Page(s1+"/sections/more").Find(`[data-question="rules"] .file`).Length() != 0 {
		t.Error("the file was not taken back")
	}
}

// TestForeignFilesNeverActInOurPages: what a supplier attaches is offered for saving,
// under a name that ends as its detected type, and no page of ours shows it.
func TestForeignFilesNeverActInOurPages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, name, ends string }{
		{"plain.pdf", "登録証.pdf", "%E7%99%BB%E9%8C%B2%E8%A8%BC.pdf"},
		{"js-alert.pdf", "登録証.exe", ".exe.pdf"},
		{"js-alert.pdf", "登録証.html", ".html.pdf"},
		{"begins-as-html.bin", "登録証.hta", ".hta.pdf"},
	} {
		t.Run(c.file+" as "+c.name, func(t *testing.T) {
			a := ask(t)
			content, err := os.ReadFile("testdata/evidence/" + c.file)
			if err != nil {
				t.Fatal(err)
			}
			supplier := a.start("C1:S1")
			if res := supplier.Upload(s1+"/evidence/new?kind=isms", ismsForm(), "file", c.name, content); res.Code == http.StatusUnprocessableEntity {
				return // refused, and so never served
			}
			a.declared("C1:S1")
			page := a.As(access.Reviewer).Page("/review/C1:S1")
			if n := page.Find("main iframe, main object, main embed").Length(); n != 0 {
				t.Errorf("the review page shows %d foreign files", n)
			}
			link := page.Find(".evidence .file a")
			if text := link.Text(); !strings.Contains(text, "PDF") || !strings.Contains(page.Find(".evidence").Text(), "パソコンのソフトで開きます") {
				t.Errorf("the download is called %q", text)
			}
			mine := supplier.Page(s1+"/evidence").Find(".evidence .file a").AttrOr("href", "")
			for who, res := range map[string]*httptest.ResponseRecorder{"reviewer": a.As(access.Reviewer).Get(link.AttrOr("href", "")), "supplier": supplier.Get(mine)} {
				h := res.Header()
				if how := h.Get("Content-Disposition"); res.Code != http.StatusOK || !strings.HasPrefix(how, "attachment; ") || !strings.HasSuffix(how, c.ends) {
					t.Errorf("%s: %d %q, want an attachment that ends %q", who, res.Code, how, c.ends)
				}
				if h.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(h.Get("Content-Security-Policy"), "sandbox; default-src 'none'") ||
					h.Get("Content-Type") != "application/pdf" {
					t.Errorf("%s: headers %v", who, h)
				}
			}
		})
	}
}
