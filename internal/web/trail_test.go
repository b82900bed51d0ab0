package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/app"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/audit"
	"tsunagi/internal/demo"
	"tsunagi/internal/document"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/org"
	"tsunagi/internal/response"
)

// recorded lists the entries of an action.
func recorded(t *testing.T, a *apptest.Env, action audit.Action) []audit.Entry {
	t.Helper()
	all, err := mongodb.Audit{DB: a.DB}.Trail(t.Context(), a.Owner, audit.Filter{Size: 1000})
	if err != nil {
		t.Fatal(err)
	}
	var out []audit.Entry
	for _, e := range all.Entries {
		if e.Action == action {
			out = append(out, e)
		}
	}
	return out
}

// nextHour moves the clock to the beginning of the next hour: what follows falls into it.
func (a *asked) nextHour() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.at = a.at.Truncate(time.Hour).Add(time.Hour)
}

// The page promises that views are recorded: once a person, sheet and hour.
func TestViewsOfSubmissionsAreRecorded(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.submitted("C1:S1")
	a.submitted("C1:S2")
	a.nextHour()
	reviewer, auditor := a.As(access.Reviewer), a.As(access.Auditor)
	if !strings.Contains(auditor.Page("/").Text(), "閲覧とダウンロードは、証跡に記録されます") {
		t.Error("the auditor is not told")
	}
	for range 3 {
		reviewer.Page("/review/C1:S1")
	}
	auditor.Page("/review/C1:S1")
	auditor.Page("/review/C1:S2")
	a.start("C1:S1").Page("/a/C1:S1/receipt") // one's own is no view
	if got := recorded(t, a.Env, response.ActionViewed); len(got) != 3 || got[0].Campaign != "C1" || got[0].Actor.Name == "" || got[0].Detail("revision") != "1" {
		t.Errorf("%d views: %+v", len(got), got)
	}
	a.nextHour()
	reviewer.Page("/review/C1:S1")
	if got := recorded(t, a.Env, response.ActionViewed); len(got) != 4 {
		t.Errorf("%d views after an hour", len(got))
	}
}

func TestSignInsAreRecorded(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	owner := a.As(access.Owner)
	a.As(access.Reviewer)
	before := len(recorded(t, a, org.ActionSignedIn))
	a.As(access.Reviewer)
	if got := recorded(t, a, org.ActionSignedIn); len(got) != before+1 || got[0].Actor.ID != got[0].Record.ID {
		t.Errorf("%d sign-ins after %d: %+v", len(got), before, got)
	}
	try := func(email, password string) int {
		return a.Browser().Post("/sign-in", url.Values{"email": {email}, "password": {password}}).Code
	}
	for range 50 { // the budget of guesses bounds what is written
		try("reviewer@example.jp", "違うパスワード")
	}
	try("nobody@example.jp", "違うパスワード")
	got := recorded(t, a, org.ActionSignInFailed)
	if len(got) == 0 || len(got) > 20 {
		t.Fatalf("%d failures are recorded", len(got))
	}
	e := got[0]
	if !e.Actor.IsNobody() || e.Record.Kind != "user" || e.Record.Name == "" || e.Detail("network") == "" || strings.Contains(e.Record.Name, demo.Password) {
		t.Errorf("%+v", e)
	}
	page := owner.Page("/trail?kind=user").Find("table").Text()
	for _, want := range []string{"サインインに失敗", "サインインしていない人", "接続元のネットワーク"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %s", want)
		}
	}
}

// TestTheTrailIsNarrowed walks the page's filters, pages back and forth, and takes what
// is shown away.
func TestTheTrailIsNarrowed(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.submitted("C1:S1")
	auditor := a.As(access.Auditor)
	auditor.Page("/review/C1:S1")
	rows := func(query string) int { return auditor.Page("/trail?" + query).Find("tbody tr").Length() }
	all := rows("")
	for query, want := range map[string]func(int) bool{
		"q=Ｓ１":                           func(n int) bool { return n > 0 && n < all },
		"q=どこにもない":                       func(n int) bool { return n == 0 },
		"kind=submission":                func(n int) bool { return n >= 2 && n < all },
		"campaign=C9":                    func(n int) bool { return n == 0 },
		"record=C1:S1&kind=submission":   func(n int) bool { return n >= 2 },
		"from=2020/1/1&to=2020/12/31":    func(n int) bool { return n == 0 },
		"from=R2.1.1&to=2035-12-31":      func(n int) bool { return n == all },
		"before=nonsense&after=nonsense": func(n int) bool { return n == all },
	} {
		if n := rows(query); !want(n) {
			t.Errorf("%s shows %d of %d", query, n, all)
		}
	}
	wrong := auditor.Get("/trail?from=いつか")
	if wrong.Code != http.StatusUnprocessableEntity || !strings.Contains(apptest.Parse(t, wrong).Find(".error").Text(), "2026/4/1") {
		t.Errorf("a date that is none: %d", wrong.Code)
	}
	wrong = auditor.Get("/trail?kind=nothing")
	if page := apptest.Parse(t, wrong); wrong.Code != http.StatusUnprocessableEntity || page.Find(".field-wrong select#kind").Length() != 1 || page.Find("tbody tr").Length() != 0 {
		t.Errorf("a kind that is none: %d", wrong.Code)
	}
	page := auditor.Page("/trail?kind=submission")
	if href := page.Find(`tbody a[href*="actor="]`).AttrOr("href", ""); !strings.Contains(href, "kind=submission") || auditor.Page(href).Find("tbody tr").Length() == 0 {
		t.Errorf("the person leads to %q", href)
	}
	if text := page.Find(".head ~ p").Text(); !strings.Contains(text, "サインインとその失敗も記録されます") {
		t.Errorf("the page says %q", text)
	}
	for _, format := range []string{"csv", "xlsx", "cp932"} {
		href := page.Find(`a[href*="format=`+format+`"]`).AttrOr("href", "")
		res := auditor.Get(href)
		if res.Code != http.StatusOK || res.Body.Len() < 200 {
			t.Errorf("%s: %d, %d bytes", href, res.Code, res.Body.Len())
		}
		if format == "csv" && (strings.Count(res.Body.String(), "\r\n") < 3 || strings.Contains(res.Body.String(), "調査を作成")) {
			t.Errorf("the table has\n%s", res.Body)
		}
	}
	if got := recorded(t, a.Env, document.ActionDownloaded); len(got) != 3 || got[0].Detail("filter") != "kind=submission" {
		t.Errorf("downloads are recorded as %+v", got)
	}
}

// A download of the trail is recorded with a campaign of the reader's alone.
func TestTheTrailOfAForeignCampaignIsUnknown(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	owner := a.As(access.Owner)
	if res := owner.Get("/trail/export?campaign=01ARZ3NDEKTSV4RRFFQ69G5FAV"); res.Code != http.StatusNotFound {
		t.Errorf("it answers %d", res.Code)
	}
	if text := owner.Page("/trail").Find("tbody").Text(); strings.Contains(text, "01ARZ3NDEKTSV4RRFFQ69G5FAV") {
		t.Error("the trail holds it")
	}
}

func TestPagesOfTheTrail(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	for n := range 130 {
		e := audit.New(a.Owner, app.NewID(), a.Now(), "supplier.changed", audit.Ref{Kind: "supplier", ID: "s", Name: fmt.Sprintf("会社%03d", n)})
		if err := (mongodb.Audit{DB: a.DB}).Add(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	owner := a.As(access.Owner)
	walk := func(href, rel string) (names []string, pages []string) {
		for href != "" && len(pages) < 9 {
			page := owner.Page(href)
			pages = append(pages, href)
			names = append(names, page.Find("tbody tr").First().Text())
			href = page.Find(`.pages a[rel="`+rel+`"]`).AttrOr("href", "")
		}
		return names, pages
	}
	down, pages := walk("/trail?kind=supplier", "next")
	if len(pages) != 3 || !strings.Contains(down[0], "会社129") || !strings.Contains(down[2], "会社029") {
		t.Fatalf("%d pages: %q", len(pages), down)
	}
	up, _ := walk(pages[2], "prev")
	if len(up) != 3 || up[1] != down[1] || up[2] != down[0] {
		t.Errorf("the way back: %q, down %q", up, down)
	}
}

// A Shift_JIS table whose page of what it cannot hold is shown first is recorded once: when
// it is taken.
func TestATableIsRecordedWhenItIsTaken(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	owner := a.As(access.Owner)
	e := audit.New(a.Owner, app.NewID(), a.Now(), "supplier.added", audit.Ref{Kind: "supplier", ID: "s", Name: "𠮷野見本"})
	if err := (mongodb.Audit{DB: a.DB}).Add(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	page := owner.Page("/trail/export?format=cp932")
	if n := len(recorded(t, a, document.ActionDownloaded)); n != 0 || !strings.Contains(page.Find("main").Text(), "𠮷") {
		t.Fatalf("a page was shown, and %d downloads are recorded", n)
	}
	anyway := page.Find(`a[href*="lossy=1"]`).AttrOr("href", "")
	if res := owner.Get(anyway); res.Code != http.StatusOK || !strings.Contains(res.Header().Get("Content-Disposition"), ".csv") {
		t.Errorf("%s: %d", anyway, res.Code)
	}
	if got := recorded(t, a, document.ActionDownloaded); len(got) != 1 || got[0].Detail("format") != "cp932" {
		t.Errorf("recorded as %+v", got)
	}
}

// Every entry of a story in the browser tells old → new of what it changed, and its page
// shows no key and no moment of ours.
func TestTheStoryIsToldInWords(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.submitted("C1:S1")
	entries := 0
	err := (mongodb.Audit{DB: a.DB}).EachEntry(t.Context(), a.Owner, audit.Filter{}, func(e audit.Entry) error {
		entries++
		if lacks := audit.Untold(e); lacks != "" {
			t.Errorf("%s lacks %s: %v", e.Action, lacks, e.Details)
		}
		return nil
	})
	if err != nil || entries == 0 {
		t.Fatalf("%d entries, %v", entries, err)
	}
	text := a.As(access.Auditor).Page("/trail").Find("tbody").Text()
	if !strings.Contains(text, "回答中 → 提出済み") || strings.Contains(text, "⟦") || strings.Contains(text, "T14:59:59Z") {
		t.Errorf("the page says %s", text)
	}
}

// What may be too much to send at once is offered as a document, of the same filter; it is
// not recorded as a download.
func TestALongTrailIsOfferedAsADocument(t *testing.T) {
	t.Parallel()
	a := ask(t)
	owner := a.As(access.Owner)
	rows := make([]any, 50_001)
	for n := range rows {
		rows[n] = audit.Entry{ID: fmt.Sprintf("0%025d", n), Org: a.Owner.Org, At: a.Now(), Action: "user.signed-in"}
	}
	if _, err := a.db.Collection("audit").InsertMany(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	page := owner.Page("/trail/export?format=csv&kind=user")
	form := page.Find(`form[action="/documents"]`)
	if filter := form.Find(`input[name="filter"]`).AttrOr("value", ""); filter != "kind=user" || form.Find(`button[value="entries"]`).Length() != 1 {
		t.Fatalf("the page has the filter %q: %s", filter, page.Find("main").Text())
	}
	if got := recorded(t, a.Env, document.ActionDownloaded); len(got) != 0 {
		t.Errorf("recorded as %+v", got)
	}
	res := owner.Post("/documents", url.Values{"kind": {"entries"}, "filter": {"kind=user"}})
	if res.Code != http.StatusSeeOther || !strings.HasPrefix(res.Header().Get("Location"), "/documents/") {
		t.Fatalf("asked for: %d", res.Code)
	}
	if got := recorded(t, a.Env, "report.entries-asked"); len(got) != 1 || got[0].Detail("filter") != "kind=user" {
		t.Errorf("asked for as %+v", got)
	}
	if res := owner.Post("/documents", url.Values{"kind": {"entries"}, "filter": {"from=いつか"}}); res.Code != http.StatusUnprocessableEntity {
		t.Errorf("a filter that is none: %d", res.Code)
	}
	if res := owner.Post("/documents", url.Values{"kind": {"entries"}, "filter": {"campaign=C9"}}); res.Code != http.StatusNotFound {
		t.Errorf("of a campaign that nobody has: %d, want that nothing wider is made instead", res.Code)
	}
	if res := owner.Get("/trail/export?format=csv&from=2020/1/1&to=2020/1/2"); res.Header().Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("a short time of it: %d %s", res.Code, res.Header())
	}
}
