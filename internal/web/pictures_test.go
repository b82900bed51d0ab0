package web_test

import (
	"bytes"
	"image/jpeg"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/app"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/evidence"
	"tsunagi/internal/picture"
	"tsunagi/internal/picture/sandboxtest"
)

// drawing is the engine that these tests share: one child for all.
var drawing = sync.OnceValue(func() *picture.Engine {
	e, err := picture.New(picture.Config{Folder: sandboxtest.Folder()})
	if err != nil {
		panic(err)
	}
	return e
})

// withPictures is an installation that looks into files. The child is up: what is timed
// is never its first start.
func withPictures(t *testing.T) *asked {
	t.Helper()
	raw := sandboxtest.PDF("warm", "")
	if _, err := drawing().Judge(t.Context(), evidence.File{Type: "application/pdf", Size: int64(len(raw))}, bytes.NewReader(raw)); err != nil {
		t.Fatal(err)
	}
	return ask(t, func(c *app.Config) { c.Pictures = drawing() })
}

func (a *asked) attach(c *apptest.Client, raw []byte) *httptest.ResponseRecorder {
	return c.Upload(s1+"/evidence/new?kind=isms", ismsForm(), "file", "登録証.pdf", raw)
}

// ours fails for an answer that holds a byte that acts, or is of the file.
func ours(t *testing.T, path string, res *httptest.ResponseRecorder) {
	t.Helper()
	kind, body := res.Header().Get("Content-Type"), res.Body.Bytes()
	if res.Code != http.StatusOK || res.Header().Get("X-Content-Type-Options") != "nosniff" || res.Header().Get("Content-Security-Policy") == "" {
		t.Errorf("%s: %d %v", path, res.Code, res.Header())
	}
	switch {
	case kind == "image/jpeg":
		if _, err := jpeg.Decode(bytes.NewReader(body)); err != nil {
			t.Errorf("%s is no picture of ours: %v", path, err)
		}
		if got := res.Header().Get("Cache-Control"); !strings.Contains(got, "no-store") {
			t.Errorf("%s: Cache-Control %q", path, got)
		}
	case strings.HasPrefix(path, "/static/"):
	case !strings.HasPrefix(kind, "text/html"):
		t.Errorf("%s is of type %q", path, kind)
	}
	for _, foreign := range []string{"%PDF", "app.alert", "<script>alert"} {
		if bytes.Contains(body, []byte(foreign)) {
			t.Errorf("%s holds %q", path, foreign)
		}
	}
}

// resources are the addresses that a page loads or leads on to within the file's pages.
func resources(page *goquery.Document) []string {
	var out []string
	page.Find("img[src], script[src], link[href], .cover a[href], .sheet a[href], iframe, object, embed, video, audio").Each(func(_ int, s *goquery.Selection) {
		for _, name := range []string{"src", "href", "data"} {
			if to, ok := s.Attr(name); ok && !slices.Contains(out, to) {
				out = append(out, to)
			}
		}
	})
	return out
}

// TestNoForeignByteInOurPages: a file that runs scripts, and writes one into its text,
// is seen by both sides as pictures and text alone. Only the download is the file.
func TestNoForeignByteInOurPages(t *testing.T) {
	t.Parallel()
	a := withPictures(t)
	supplier := a.start("C1:S1")
	raw := sandboxtest.PDF("<script>alert(1)</script>", `/OpenAction << /S /JavaScript /JS (app.alert\(1\)) >>`)
	a.must(a.attach(supplier, raw))
	a.declared("C1:S1")
	reviewer := a.As(access.Reviewer)
	for who, walk := range map[string]struct {
		client *apptest.Client
		path   string
	}{"reviewer": {reviewer, "/review/C1:S1"}, "supplier": {supplier, s1 + "/evidence"}} {
		seen, pictures, text := map[string]bool{}, 0, ""
		for rest := []string{walk.path}; len(rest) > 0; {
			path := rest[0]
			if rest = rest[1:]; seen[path] {
				continue
			}
			seen[path] = true
			res := walk.client.Get(path)
			ours(t, path, res)
			if kind := res.Header().Get("Content-Type"); strings.HasPrefix(kind, "text/html") {
				page := apptest.Parse(t, res)
				rest, text = append(rest, resources(page)...), text+page.Find("main").Text()
			} else if kind == "image/jpeg" {
				pictures++
			}
		}
		if pictures != 2 { // fitting and large
			t.Errorf("%s is shown %d pictures: %v", who, pictures, seen)
		}
		for _, want := range []string{"<script>alert(1)</script>", "動作する内容を含む", "JavaScript"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not read %q", who, want)
			}
		}
	}
	link := reviewer.Page("/review/C1:S1").Find(".evidence .file a").AttrOr("href", "")
	if res := reviewer.Get(link); !bytes.Equal(res.Body.Bytes(), raw) || !strings.HasPrefix(res.Header().Get("Content-Disposition"), "attachment;") {
		t.Errorf("the download: %d %v", res.Code, res.Header())
	}
}

// TestPicturesHaveTheRightsOfTheFile: whoever may not have the file has no picture, and
// each person's look is recorded once an hour.
func TestPicturesHaveTheRightsOfTheFile(t *testing.T) {
	t.Parallel()
	a := withPictures(t)
	a.nextHour()
	supplier, reviewer := a.start("C1:S1"), a.As(access.Reviewer)
	a.must(a.attach(supplier, sandboxtest.PDF("sample", "")))
	mine := supplier.Page(s1+"/evidence").Find(".cover a").AttrOr("href", "")
	theirs := "/evidence/" + strings.Split(mine, "/")[4] + "/pages"
	parts := []string{"", "/1", "/1?large=1"}
	codes := func(c *apptest.Client, base string) []int {
		var out []int
		for _, part := range parts {
			out = append(out, c.Get(base+part).Code)
		}
		return out
	}
	ok, gone := []int{200, 200, 200}, []int{404, 404, 404}
	if got := codes(supplier, mine); !slices.Equal(got, ok) {
		t.Errorf("the supplier: %v", got)
	}
	if got := codes(reviewer, theirs); !slices.Equal(got, gone) {
		t.Errorf("the buyer before the submission: %v", got)
	}
	if got := codes(a.start("C1:S2"), strings.Replace(mine, "S1", "S2", 1)); !slices.Equal(got, gone) {
		t.Errorf("another supplier: %v", got)
	}
	a.declared("C1:S1")
	for range 2 {
		if got := codes(reviewer, theirs); !slices.Equal(got, ok) {
			t.Errorf("the reviewer: %v", got)
		}
	}
	codes(a.As(access.Auditor), theirs)
	looks := bson.D{{Key: "action", Value: evidence.ActionViewed}}
	if n := a.kept(t, "audit", looks); n != 2 {
		t.Errorf("%d looks of two people are recorded", n)
	}
	a.nextHour()
	codes(reviewer, theirs)
	if n := a.kept(t, "audit", looks); n != 3 {
		t.Errorf("%d looks are recorded after an hour, want one more", n-2)
	}
	for range 2 {
		reviewer.Get(strings.TrimSuffix(theirs, "/pages") + "/file")
	}
	if n := a.kept(t, "audit", looks); n != 5 {
		t.Errorf("%d of two downloads are recorded", n-3)
	}
	for _, none := range []string{"/2", "/0", "/-1", "/x", "/99999999999999999999"} {
		if res := reviewer.Get(theirs + none); res.Code != http.StatusNotFound {
			t.Errorf("page %s: %d", none, res.Code)
		}
	}
	a.must(a.As(access.Buyer).Post("/assignments/C1:S1/revoke", nil))
	if got := codes(supplier, mine); !slices.Equal(got, []int{410, 410, 410}) {
		t.Errorf("after the link was revoked: %v", got)
	}
}

// TestUploadsAreOpened: what nobody can open is refused with the reason, and nothing
// of it is kept.
func TestUploadsAreOpened(t *testing.T) {
	t.Parallel()
	a := withPictures(t)
	c := a.start("C1:S1")
	for name, want := range map[string]string{"user-password.pdf": "パスワードを外した", "unreadable.pdf": "開けませんでした", "begins-as-html.bin": "名前を変えただけ",
		"owner-password-only.pdf": "", "plain.pdf": ""} {
		raw, err := os.ReadFile("testdata/evidence/" + name)
		if err != nil {
			t.Fatal(err)
		}
		res := a.attach(c, raw)
		if want == "" {
			a.must(res)
			continue
		}
		if text := apptest.Parse(t, res).Find(".summary").Text(); res.Code != http.StatusUnprocessableEntity || !strings.Contains(text, want) {
			t.Errorf("%s: %d %q, want %q", name, res.Code, text, want)
		}
	}
	if n := c.Page(s1 + "/evidence").Find(".evidence").Length(); n != 2 {
		t.Errorf("%d are kept", n)
	}
	if n := a.kept(t, "files.files", bson.D{}); n != 2 {
		t.Errorf("%d files are kept", n)
	}
}

// TestUncheckedFiles say so; who looks before the job has come sees them all the same.
func TestUncheckedFiles(t *testing.T) {
	t.Parallel()
	a := withPictures(t)
	c := a.start("C1:S1")
	a.must(a.attach(c, sandboxtest.PDF("one", "")))
	a.must(a.attach(c, sandboxtest.PDF("two", "")))
	if n := a.kept(t, "jobs", bson.D{}); n != 0 {
		t.Errorf("%d jobs for files that are checked", n)
	}
	if _, err := a.db.Collection("evidence").UpdateMany(t.Context(), bson.D{}, bson.D{{Key: "$unset", Value: bson.D{{Key: "file.check", Value: ""}, {Key: "file.pages", Value: ""}}}}); err != nil {
		t.Fatal(err)
	}
	page := c.Page(s1 + "/evidence")
	if text := page.Find(".evidence").Text(); !strings.Contains(text, "未確認") || page.Find(".evidence img").Length() != 0 {
		t.Errorf("unchecked files say %q", text)
	}
	look := page.Find(".evidence a[href$='/pages']").First().AttrOr("href", "")
	if shown := c.Page(look); shown.Find(".sheet img").Length() != 1 {
		t.Error("who looks does not see the page")
	}
	if left := c.Page(s1 + "/evidence").Find(".evidence img").Length(); left != 1 {
		t.Errorf("afterwards %d files are known", left)
	}
}

// TestPagesSayWhyNothingIsShown: where nothing new is made of a file the page says why, what
// was made before is shown, and nowhere is it said that a page had no text.
func TestPagesSayWhyNothingIsShown(t *testing.T) {
	t.Parallel()
	var free atomic.Int64
	free.Store(5e9)
	drawing()
	a := ask(t, func(c *app.Config) {
		c.Pictures = drawing()
		c.Free, c.MinFree = func() (int64, error) { return free.Load(), nil }, 5e8
	})
	c := a.start("C1:S1")
	a.must(a.attach(c, sandboxtest.PDF("one", "")))
	a.must(a.attach(c, sandboxtest.PDF("two", "")))
	var looks []string
	c.Page(s1 + "/evidence").Find(".evidence .cover a").Each(func(_ int, s *goquery.Selection) { looks = append(looks, s.AttrOr("href", "")) })
	if len(looks) != 2 || c.Get(looks[0]).Code != http.StatusOK || c.Get(looks[0]+"/1").Code != http.StatusOK {
		t.Fatalf("files are at %v", looks)
	}
	if page := c.Page(looks[0]); page.Find(".notice-warning").Length() != 0 {
		t.Error("a notice where nothing is held")
	}
	free.Store(1e8)
	kept := a.kept(t, "pictures", bson.D{})
	for i, look := range looks {
		page := c.Page(look)
		text := page.Find("main").Text()
		if !strings.Contains(page.Find(".notice-warning").Text(), "保存領域が残り少ない") || strings.Contains(text, "読み取れる文字がありません") {
			t.Errorf("file %d says %q", i, text)
		}
		if got, want := c.Get(look+"/1").Code, []int{http.StatusOK, http.StatusServiceUnavailable}[i]; got != want {
			t.Errorf("the picture of file %d: %d, want %d", i, got, want)
		}
	}
	if n := a.kept(t, "pictures", bson.D{}); n != kept {
		t.Errorf("%d are kept, before %d", n, kept)
	}
	free.Store(5e9)
	if page := c.Page(looks[1]); page.Find(".notice-warning").Length() != 0 || !strings.Contains(page.Find("main").Text(), "two") {
		t.Error("with room again nothing is shown")
	}
}
