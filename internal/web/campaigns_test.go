package web_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/chromedp/chromedp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/text/encoding/japanese"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/demo"
	"tsunagi/internal/locale"
	"tsunagi/internal/mongod/mongodtest"
	"tsunagi/internal/org"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/supplier"
)

// asking is an installation whose buyer has a directory.
type asking struct {
	*apptest.Env
	db    *mongo.Database
	buyer *apptest.Client
}

// directoryOf makes an installation with n suppliers; every tenth has no address.
func directoryOf(t *testing.T, n int) *asking {
	t.Helper()
	return directoryIn(t, apptest.New(t), n)
}

// directoryIn is directoryOf in an installation with settings of its own.
func directoryIn(t *testing.T, env *apptest.Env, n int) *asking {
	t.Helper()
	a := &asking{Env: env}
	client, err := mongo.Connect(options.Client().ApplyURI(mongodtest.URI(t)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(t.Context()) })
	a.db = client.Database(a.DatabaseName)
	var buyer org.Organization
	if err := a.db.Collection("organizations").FindOne(t.Context(), bson.D{}).Decode(&buyer); err != nil {
		t.Fatal(err)
	}
	rows := make([]supplier.Supplier, n)
	for i := range rows {
		one := supplier.Supplier{ID: fmt.Sprintf("s%04d", i), Org: buyer.ID, Code: fmt.Sprintf("C%04d", i), Name: fmt.Sprintf("取引先%04d株式会社", i),
			Kana: fmt.Sprintf("トリヒキサキ%04d", i), Lane: supplier.LaneMail, Tags: []string{"図面"}, Rank: 1 + i%3, ContactName: "受付 花子"}
		if i%10 != 9 {
			one.Email = fmt.Sprintf("s%04d@example.jp", i)
		}
		if f := one.Prepare(); len(f) > 0 {
			t.Fatal(f)
		}
		rows[i] = one
	}
	if _, err := a.db.Collection("suppliers").InsertMany(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	a.buyer = a.As(access.Buyer)
	return a
}

// form is a campaign as a clerk fills it in.
func (a *asking) form(change url.Values) url.Values {
	due := locale.FormDate(calendar.New(nil).Add(a.Now(), calendar.DefaultDays))
	f := url.Values{"questionnaire": {"basic25"}, "name": {"2026年度 調査"}, "purpose": {"図面の取扱いの確認"}, "necessity": {"図面をお預けしているため"},
		"due": {due}, "stand_in": {"1"}, "who": {"all"}, "contact_department": {"調達部"}, "contact_phone": {"000-0000-0000"}, "contact_email": {"ask@example.jp"}}
	for name, values := range change {
		f[name] = values
	}
	return f
}

// created makes a draft and gives its address.
func (a *asking) created(change url.Values) string {
	a.T.Helper()
	res := a.buyer.Post("/campaigns/new", a.form(change))
	if res.Code != http.StatusSeeOther {
		a.T.Fatalf("create: %d %s", res.Code, apptest.Parse(a.T, res).Find(".summary").Text())
	}
	to := res.Header().Get("Location")
	return to[:strings.LastIndex(to, "/")]
}

// issued makes a campaign and issues it to all n suppliers.
func (a *asking) issued(n int) string {
	a.T.Helper()
	base := a.created(nil)
	if res := a.buyer.Post(base+"/issue", url.Values{"expected": {fmt.Sprint(n)}, "confirm": {fmt.Sprint(n)}}); res.Code != http.StatusSeeOther {
		a.T.Fatalf("issue: %d %s", res.Code, apptest.Parse(a.T, res).Find(".summary").Text())
	}
	a.work()
	return base
}

// work runs the jobs that are waiting.
func (a *asking) work() {
	a.T.Helper()
	for {
		worked, err := a.Jobs.Once(a.T.Context())
		if err != nil {
			a.T.Fatal(err)
		}
		if !worked {
			return
		}
	}
}

// number is the figure of the campaign page under a word.
func number(t *testing.T, page *goquery.Document, label string) string {
	t.Helper()
	tile := page.Find(".stat").FilterFunction(func(_ int, s *goquery.Selection) bool { return s.Find(".stat-label").Text() == label })
	if tile.Length() != 1 {
		t.Fatalf("%d numbers named %s", tile.Length(), label)
	}
	return tile.Find(".stat-number").Text()
}

func problems(t *testing.T, res *httptest.ResponseRecorder) string {
	t.Helper()
	return strings.Join(strings.Fields(apptest.Parse(t, res).Find(".summary").Text()), " ")
}

func TestWritingACampaign(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 12)
	page := a.buyer.Page("/campaigns/new")
	if n := page.Find("input[name=questionnaire]").Length(); n != 4 {
		t.Errorf("%d questionnaires offered, want 4", n)
	}
	if got := page.Find("#contact_department").AttrOr("value", ""); got == "" {
		t.Error("the contact is not prefilled")
	}
	if got := page.Find("[name=scale][checked]").AttrOr("value", ""); got != string(questionnaire.DefaultScale) {
		t.Errorf("わからない is counted by %q unless somebody chooses", got)
	}
	if got := page.Find("[data-count]").Text(); !strings.Contains(got, "12社") {
		t.Errorf("the count says %q", got)
	}
	// An example text is taken over without a script, and what was typed stays.
	res := a.buyer.Post("/campaigns/new", a.form(url.Values{"necessity": {""}, "example": {"necessity"}, "name": {"春の調査"}}))
	page = apptest.Parse(t, res)
	if res.Code != http.StatusOK || !strings.Contains(page.Find("#necessity").Text(), "取引先") || page.Find("#name").AttrOr("value", "") != "春の調査" {
		t.Errorf("example: %d, necessity %q", res.Code, page.Find("#necessity").Text())
	}
	for _, tc := range []struct {
		name   string
		change url.Values
		want   string // a part of the summary
		field  string
	}{
		{"no necessity", url.Values{"necessity": {" "}}, "入力してください", "necessity"},
		{"no questionnaire", url.Values{"questionnaire": {"none"}}, "選択してください", "questionnaire"},
		{"no date", url.Values{"due": {"いつか"}}, "2026/4/1", "due"},
		{"tomorrow", url.Values{"due": {locale.FormDate(a.Now().AddDate(0, 0, 1))}}, "5営業日以上", "due"},
		{"New Year's Day", url.Values{"due": {fmt.Sprintf("%d/1/1", a.Now().AddDate(0, 0, 20).Year()+1)}}, "休業日です", "due"},
		{"closes before it is due", url.Values{"closes": {locale.FormDate(a.Now().AddDate(0, 0, 2))}}, "期限と同じか後の日", "closes"},
		{"no condition", url.Values{"who": {"some"}}, "条件を1つ以上", "audience"},
		{"a phone that is none", url.Values{"contact_phone": {""}}, "入力してください", "contact_phone"},
	} {
		res := a.buyer.Post("/campaigns/new", a.form(tc.change))
		page := apptest.Parse(t, res)
		if res.Code != http.StatusUnprocessableEntity || !strings.Contains(page.Find(".summary").Text(), tc.want) {
			t.Errorf("%s: %d %q, want %q", tc.name, res.Code, page.Find(".summary").Text(), tc.want)
		}
		if page.Find("#"+tc.field).Length() != 1 || page.Find(`.summary a[href="#`+tc.field+`"]`).Length() == 0 {
			t.Errorf("%s: the summary does not lead to #%s", tc.name, tc.field)
		}
		if got := page.Find("#purpose").Text(); got != "図面の取扱いの確認" {
			t.Errorf("%s: the purpose became %q", tc.name, got)
		}
	}
	if got := a.buyer.JSON(http.MethodGet, "/campaigns/audience?who=some&tiers=1", "").Body.String(); !strings.Contains(got, `"count":4`) {
		t.Errorf("count of tier 1: %s", got)
	}
}

func TestTwoClerksOnOneDraft(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 2)
	base := a.created(nil)
	revision := a.buyer.Page(base+"/edit").Find("input[name=revision]").AttrOr("value", "")
	if res := a.buyer.Post(base+"/edit", a.form(url.Values{"revision": {revision}, "name": {"先の人"}})); res.Code != http.StatusSeeOther {
		t.Fatalf("first: %d", res.Code)
	}
	if res := a.buyer.Post(base+"/edit", a.form(url.Values{"revision": {revision}, "name": {"後の人"}})); res.Code != http.StatusConflict {
		t.Errorf("second: %d, want 409", res.Code)
	}
	if got := a.buyer.Page(base+"/edit").Find("#name").AttrOr("value", ""); got != "先の人" {
		t.Errorf("the name is %q", got)
	}
}

// A draft goes for good, after the page has said so; what was issued stays.
func TestADraftIsDeleted(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 3)
	draft, issued := a.created(nil), a.issued(3)
	if text := a.buyer.Page(draft + "/edit").Find(`a[href$="/delete"]`).Text(); text != "この下書きを削除する" {
		t.Errorf("the draft's page offers %q", text)
	}
	if text := a.buyer.Page(draft + "/delete").Find(".lead").Text(); !strings.Contains(text, "元に戻せません") {
		t.Errorf("the page says %q", text)
	}
	if res := a.buyer.Post(draft+"/delete", nil); res.Code != http.StatusSeeOther {
		t.Errorf("deleting the draft answers %d", res.Code)
	}
	list := a.buyer.Page("/campaigns")
	if list.Find(".notice-success").Length() != 1 || list.Find(".card.campaign").Length() != 1 {
		t.Errorf("the list: %s", list.Find("main").Text())
	}
	if res := a.buyer.Post(issued+"/delete", nil); res.Code != http.StatusConflict {
		t.Errorf("deleting what was issued answers %d", res.Code)
	}
	if res := a.buyer.Get(draft + "/edit"); res.Code != http.StatusNotFound {
		t.Errorf("the deleted draft answers %d", res.Code)
	}
	if res := a.buyer.Get(issued + "/delete"); res.Code != http.StatusConflict {
		t.Errorf("the page for what was issued answers %d", res.Code)
	}
}

func TestPickingAndCoverage(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 5)
	base := a.created(url.Values{"who": {"picked"}})
	if got := a.buyer.Page(base + "/rehearsal").Find(".empty").Length(); got != 1 {
		t.Error("a rehearsal of nobody does not say what to do")
	}
	res := a.buyer.Post(base+"/pick", url.Values{"shown": {"s0000", "s0001", "s0002"}, "supplier": {"s0001", "s0002", "foreign"}, "then": {"rehearsal"}})
	if res.Header().Get("Location") != base+"/rehearsal" {
		t.Fatalf("pick: %d %s", res.Code, res.Header().Get("Location"))
	}
	if got := a.buyer.Page(base + "/rehearsal").Find(".rows").First().Text(); !strings.Contains(got, "2社") || !strings.Contains(got, "20分 × 2社 = 約40分") {
		t.Errorf("after picking: %q", got)
	}
	if got := a.buyer.Page(base + "/pick?chosen=1").Find("tbody tr").Length(); got != 2 {
		t.Errorf("%d picked rows, want 2", got)
	}
	page := a.buyer.Page(base + "/coverage")
	first := page.Find("select").First()
	name := first.AttrOr("name", "")
	if res := a.buyer.Post(base+"/coverage", url.Values{name: {"personal"}}); res.Code != http.StatusSeeOther {
		t.Fatalf("coverage: %d", res.Code)
	}
	page = a.buyer.Page(base + "/coverage")
	if got := page.Find(`select[name="`+name+`"] option[selected]`).AttrOr("value", ""); got != "personal" {
		t.Errorf("%s = %q after saving", name, got)
	}
	if got := page.Find(`option[selected][value="full"]`).Length(); got != 0 {
		t.Errorf("%d others still stand in", got)
	}
	a.buyer.Post(base+"/coverage", url.Values{"then": {"default"}})
	if got := a.buyer.Page(base + "/coverage").Find(`option[selected][value="full"]`).Length(); got == 0 {
		t.Error("the built-in coverage did not come back")
	}
}

func TestRehearseAndIssue(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 60)
	base := a.created(nil)
	page := a.buyer.Page(base + "/rehearsal")
	if got := number(t, page, "宛先なし"); got != "6" {
		t.Errorf("no address: %s, want 6", got)
	}
	if got := page.Find("table tbody tr").Length(); got != 6 {
		t.Errorf("%d rows at first, want the 6 with problems", got)
	}
	page = a.buyer.Page(base + "/rehearsal?problem=all")
	if got := page.Find("table tbody tr").Length(); got != 50 {
		t.Errorf("%d rows of all, want a page of 50", got)
	}
	for _, want := range []string{"取引先0000株式会社", "図面の取扱いの確認", "図面をお預けしているため", "分 × 60社 = 約", "60社に依頼する"} {
		if !strings.Contains(page.Find("main").Text(), want) {
			t.Errorf("the rehearsal lacks %q", want)
		}
	}
	if got := page.Find(".mail pre").Text(); !strings.Contains(got, "/r/…") || !strings.Contains(got, "受付 花子 様") {
		t.Errorf("the mail: %.200s", got)
	}
	a.buyer.Post(base+"/except?problem=all", url.Values{"supplier": {"s0000"}, "out": {"1"}})
	page = a.buyer.Page(base + "/rehearsal?problem=all")
	if got := page.Find("tr.excluded").Length(); got != 1 {
		t.Errorf("%d taken out, want 1", got)
	}
	if res := a.buyer.Post(base+"/issue", url.Values{"expected": {"60"}}); res.Code != http.StatusUnprocessableEntity || !strings.Contains(problems(t, res), "59社") {
		t.Errorf("issue of another number than shown: %d %s", res.Code, problems(t, res))
	}
	res := a.buyer.Post(base+"/issue", url.Values{"expected": {"59"}})
	if res.Code != http.StatusSeeOther || res.Header().Get("Location") != base {
		t.Fatalf("issue: %d %s", res.Code, res.Header().Get("Location"))
	}
	page = a.buyer.Page(base)
	job := page.Find("[data-job]").AttrOr("data-job", "")
	if job == "" {
		t.Fatal("no progress while issuing")
	}
	a.work()
	if got := a.buyer.JSON(http.MethodGet, job, "").Body.String(); !strings.Contains(got, `"state":"done"`) || !strings.Contains(got, `"done":59`) {
		t.Errorf("the job: %s", got)
	}
	if res := a.buyer.Post(base+"/issue", url.Values{"expected": {"59"}}); res.Code != http.StatusConflict {
		t.Errorf("issuing again: %d, want 409", res.Code)
	}
	if res := a.buyer.Get(base + "/edit"); res.Code != http.StatusConflict {
		t.Errorf("editing what is issued: %d, want 409", res.Code)
	}
}

func TestCampaignPage(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 60)
	base := a.issued(60)
	page := a.buyer.Page(base)
	for label, want := range map[string]string{"依頼": "60", "未着手": "60", "未送信": "6", "提出あり（累計）": "0"} {
		if got := number(t, page, label); got != want {
			t.Errorf("%s = %s, want %s", label, got, want)
		}
	}
	page.Find(".stat").Each(func(_ int, s *goquery.Selection) {
		list := a.buyer.Page(s.AttrOr("href", ""))
		if found := list.Find(".found").Text(); found != "" && found != s.Find(".stat-number").Text()+"社" {
			t.Errorf("%s says %s, its list %s", s.Find(".stat-label").Text(), s.Find(".stat-number").Text(), found)
		}
		rows := list.Find("table tbody tr").Length()
		want := s.Find(".stat-number").Text()
		if n, _ := strconv.Atoi(want); rows != min(n, 50) {
			t.Errorf("%s says %s, its list has %d rows", s.Find(".stat-label").Text(), want, rows)
		}
		if list.Find(".stat[aria-current]").Length() != 1 {
			t.Errorf("%s: the list does not say which number it is of", s.AttrOr("href", ""))
		}
	})
	if got := a.buyer.Page(base + "?page=2").Find("table tbody tr").Length(); got != 10 {
		t.Errorf("page 2 has %d rows, want 10", got)
	}
	for query, want := range map[string]int{"q=ﾄﾘﾋｷｻｷ0042": 1, "q=c0007": 1, "tier=1": 20, "q=存在しない": 0, "score=low": 0, "certificates=none": 50} {
		path := base + "?" + strings.ReplaceAll(url.PathEscape(query), "%3D", "=")
		if got := a.buyer.Page(path).Find("table tbody tr").Length(); got != want {
			t.Errorf("%s: %d rows, want %d", query, got, want)
		}
	}
	for _, path := range []string{base, base + "/remind", base + "/extend", base + "/close", base + "/questions", "/campaigns"} {
		a.buyer.Page(path + "?lang=en")
	}
}

func TestExportOfWhatIsFiltered(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 30)
	base := a.issued(30)
	res := a.buyer.Get(base + "/export?tier=1&sort=code")
	body := strings.TrimPrefix(res.Body.String(), "\ufeff")
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil || len(rows) != 11 || !strings.HasPrefix(res.Body.String(), "\ufeff") {
		t.Fatalf("UTF-8: %d rows, %v", len(rows), err)
	}
	if rows[0][0] != "取引先コード" || rows[1][0] != "C0000" || rows[2][0] != "C0003" {
		t.Errorf("first rows %q %q", rows[0], rows[1])
	}
	old := a.buyer.Get(base + "/export?format=cp932").Body.Bytes()
	text, err := japanese.ShiftJIS.NewDecoder().Bytes(old)
	if err != nil || !strings.Contains(string(text), "取引先0029株式会社") {
		t.Errorf("CP932: %v %.60s", err, text)
	}
	if got := a.buyer.Get(base + "/export?format=xlsx").Body.Bytes(); len(got) < 1000 || string(got[:2]) != "PK" {
		t.Errorf("XLSX: %d bytes", len(got))
	}
	trail := a.As(access.Owner).Page("/trail?campaign=" + strings.TrimPrefix(base, "/campaigns/"))
	if n := strings.Count(trail.Text(), "帳票をダウンロード"); n != 3 {
		t.Errorf("the trail tells of %d downloads, want 3", n)
	}
}

func TestRemindersArePreviewedAndRest(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 10)
	base := a.issued(10)
	page := a.buyer.Page(base + "/remind")
	if got := page.Find("label[for=states]").Text(); !strings.Contains(got, "9社") {
		t.Errorf("not started: %q", got)
	}
	if page.Find(".mail pre").Text() == "" {
		t.Error("the reminder's mail is not shown")
	}
	if res := a.buyer.Post(base+"/remind", nil); res.Code != http.StatusUnprocessableEntity {
		t.Errorf("nobody chosen: %d", res.Code)
	}
	if res := a.buyer.Post(base+"/remind", url.Values{"states": {"not-started"}}); res.Code != http.StatusSeeOther {
		t.Fatalf("remind: %d %s", res.Code, problems(t, res))
	}
	a.work()
	res := a.buyer.Post(base+"/remind", url.Values{"states": {"not-started"}})
	if res.Code != http.StatusUnprocessableEntity || !strings.Contains(problems(t, res), "3日以内") {
		t.Errorf("again at once: %d %s", res.Code, problems(t, res))
	}
	if res := a.buyer.Post(base+"/remind", url.Values{"states": {"not-started"}, "again": {"1"}}); res.Code != http.StatusSeeOther {
		t.Errorf("again, confirmed: %d", res.Code)
	}
}

// revisionOf is that of the record on a supplier's page.
func revisionOf(page *goquery.Document) int {
	n, _ := strconv.Atoi(page.Find("[name=revision]").AttrOr("value", ""))
	return n
}

// TestACorrectedAddressIsOfferedToOpenRequests: what is corrected in the directory is
// offered to the requests that wait, once, and the reminder's page counts those that differ.
func TestACorrectedAddressIsOfferedToOpenRequests(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 4)
	base := a.issued(4)
	page := a.buyer.Page("/suppliers/edit/s0001")
	if page.Find("#requests").Length() != 0 {
		t.Error("a request at the same address is offered")
	}
	form := url.Values{}
	page.Find("main form").First().Find("input[name], textarea[name], select[name]").Each(func(_ int, f *goquery.Selection) {
		if kind := f.AttrOr("type", ""); kind != "radio" && kind != "checkbox" || f.Is("[checked]") {
			form.Set(f.AttrOr("name", ""), f.AttrOr("value", f.Find("option[selected]").AttrOr("value", f.Text())))
		}
	})
	form.Set("email", "corrected@example.jp")
	res := a.buyer.Post("/suppliers/edit/s0001", form)
	if got := res.Header().Get("Location"); got != "/suppliers/edit/s0001#requests" {
		t.Fatalf("%d, leads to %q: %s", res.Code, got, problems(t, res))
	}
	if text := a.buyer.Page(base + "/remind").Find("main").Text(); !strings.Contains(text, "1社あります") {
		t.Error("the reminder's page does not count it")
	}
	page = a.buyer.Page("/suppliers/edit/s0001")
	if text := page.Find("main").Text(); !strings.Contains(text, "台帳と違ったまま") {
		t.Errorf("nothing is offered: %s", text)
	}
	if res := a.buyer.Post("/suppliers/edit/s0001/carry-over", nil); res.Code != http.StatusSeeOther {
		t.Fatalf("carrying over: %d", res.Code)
	}
	n, err := a.db.Collection("assignments").CountDocuments(t.Context(), bson.D{{Key: "supplier_id", Value: "s0001"}, {Key: "email", Value: "corrected@example.jp"}, {Key: "delivery", Value: "queued"}})
	if err != nil || n != 1 {
		t.Errorf("%d requests are on their way to the new address, %v", n, err)
	}
	if a.buyer.Page("/suppliers/edit/s0001").Find("#requests").Length() != 0 || strings.Contains(a.buyer.Page(base+"/remind").Find("main").Text(), "1社あります") {
		t.Error("it is offered again")
	}
	// Somebody who reads along from now on is offered, too, and named at the request.
	form.Set("contacts.0.role", "copy")
	form.Set("contacts.0.email", "along@example.jp")
	form.Set("revision", strconv.Itoa(revisionOf(a.buyer.Page("/suppliers/edit/s0001"))))
	if res := a.buyer.Post("/suppliers/edit/s0001", form); res.Header().Get("Location") != "/suppliers/edit/s0001#requests" {
		t.Errorf("who reads along is not offered: %d %s", res.Code, problems(t, res))
	}
	if res := a.buyer.Post("/suppliers/edit/s0001/carry-over", nil); res.Code != http.StatusSeeOther || a.buyer.Page("/suppliers/edit/s0001").Find("#requests").Length() != 0 {
		t.Errorf("carrying over who reads along: %d", res.Code)
	}
	if text := a.buyer.Page("/assignments/" + strings.TrimPrefix(base, "/campaigns/") + ":s0001").Find("main").Text(); strings.Count(text, "along@example.jp") != 2 {
		t.Errorf("the request does not name who reads along, and the mail: %s", text)
	}
	// And back: an address that is corrected at a request is the directory's, where asked.
	for supplier, directory := range map[string]string{"s0002": "1", "s0003": ""} {
		path := "/assignments/" + strings.TrimPrefix(base, "/campaigns/") + ":" + supplier + "/readdress"
		a.buyer.Post(path, url.Values{"email": {"back@example.jp"}, "directory": {directory}})
		value := a.buyer.Page("/suppliers/edit/"+supplier).Find(`input[name=email]`).AttrOr("value", "")
		if got := value == "back@example.jp"; got != (directory != "") {
			t.Errorf("asked %q, the directory has %s", directory, value)
		}
	}
}

// TestAReminderSaysWhatIsTrue: who is reminded is told on the button before anything is
// sent, groups of nobody are not ticked, and each state's own mail is shown: who never
// began reads nothing of what was saved.
func TestAReminderSaysWhatIsTrue(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 10)
	base := a.issued(10)
	page := a.buyer.Page(base + "/remind")
	if got := page.Find("input[name=states][checked]").AttrOr("value", ""); got != "not-started" || page.Find("input[name=states]").Length() != 3 {
		t.Errorf("ticked is %q of %d groups", got, page.Find("input[name=states]").Length())
	}
	if got := page.Find("main form button").Text(); !strings.Contains(got, "9社に催促を送る") {
		t.Errorf("the button says %q", got)
	}
	for supplier, state := range map[string]string{"s0001": "answering", "s0002": "answering", "s0003": "returned"} {
		if _, err := a.db.Collection("assignments").UpdateOne(t.Context(), bson.D{{Key: "supplier_id", Value: supplier}},
			bson.D{{Key: "$set", Value: bson.D{{Key: "response", Value: state}}}}); err != nil {
			t.Fatal(err)
		}
	}
	page = a.buyer.Page(base + "/remind")
	mails := page.Find(".mail pre")
	for i, want := range []string{"下のリンクから回答できます", "保存された回答があれば、そのまま残っています", "見直しをお願いしています"} {
		for j := range 3 {
			if got := strings.Contains(mails.Eq(j).Text(), want); got != (i == j) {
				t.Errorf("the mail of group %d says %q: %v", j, want, got)
			}
		}
	}
	// Without scripts another choice is told before it is sent.
	told := page.Find("input[name=expected]").AttrOr("value", "")
	res := a.buyer.Post(base+"/remind", url.Values{"states": {"not-started", "answering", "returned"}, "expected": {told}})
	page = apptest.Parse(t, res)
	if got := page.Find("main form button").Text(); res.Code != http.StatusUnprocessableEntity || !strings.Contains(got, "9社に") {
		t.Errorf("%d, and the button says %q", res.Code, got)
	}
	told = page.Find("input[name=expected]").AttrOr("value", "")
	if res := a.buyer.Post(base+"/remind", url.Values{"states": {"not-started", "answering", "returned"}, "expected": {told}}); res.Code != http.StatusSeeOther {
		t.Errorf("pressed again: %d %s", res.Code, problems(t, res))
	}
}

func TestOneRequest(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 10)
	base := a.issued(10)
	href := a.buyer.Page(base+"?q=C0009").Find("tbody th a").AttrOr("href", "")
	page := a.buyer.Page(href)
	if !strings.Contains(page.Text(), "メールアドレスがありません") || page.Find(`form[action$="/send"]`).Length() != 0 {
		t.Error("a request without an address offers to send mail")
	}
	link := apptest.Parse(t, a.buyer.Post(href+"/link", nil)).Find("#link").AttrOr("value", "")
	if res := a.Browser().Get(strings.TrimPrefix(link, apptest.Base)); res.Code != http.StatusOK {
		t.Fatalf("the link shown: %q %d", link, res.Code)
	}
	if res := a.buyer.Post(href+"/handed", nil); res.Code != http.StatusSeeOther {
		t.Errorf("handed over: %d", res.Code)
	}
	if res := a.buyer.Post(href+"/readdress", url.Values{"email": {"だめ"}}); res.Code != http.StatusUnprocessableEntity || apptest.Parse(t, res).Find("#email").AttrOr("value", "") != "だめ" {
		t.Errorf("a wrong address: %d", res.Code)
	}
	if res := a.buyer.Post(href+"/readdress", url.Values{"email": {"new@example.jp"}, "person": {"新任 次郎"}, "revoke": {"1"}}); res.Code != http.StatusSeeOther {
		t.Fatalf("a new address: %d %s", res.Code, problems(t, res))
	}
	if res := a.Browser().Get(strings.TrimPrefix(link, apptest.Base)); res.Code != http.StatusGone {
		t.Errorf("the revoked link: %d, want 410", res.Code)
	}
	post(t, a.Env)
	page = a.buyer.Page(href)
	if got := page.Find("table tbody tr").Length(); got != 1 || !strings.Contains(page.Find("table").Text(), "new@example.jp") {
		t.Errorf("%d mails of the request: %s", got, page.Find("table").Text())
	}
	if res := a.buyer.Post(href+"/extend", url.Values{"due": {"2020/1/1"}}); res.Code != http.StatusUnprocessableEntity {
		t.Errorf("a day that is past: %d", res.Code)
	}
	if res := a.buyer.Post(href+"/withdraw", url.Values{"reason": {"取引が終わったため"}}); res.Code != http.StatusSeeOther {
		t.Errorf("withdraw: %d", res.Code)
	}
	page = a.buyer.Page(href + "?lang=en")
	if page.Find(".act").Length() != 0 || page.Find(".history li").Length() != 5 {
		t.Errorf("a withdrawn request: %d actions, history %q", page.Find(".act").Length(), page.Find(".history").Text())
	}
	reviewer := a.As(access.Reviewer)
	if got := reviewer.Page(a.buyer.Page(base+"?q=C0001").Find("tbody th a").AttrOr("href", "")).Find(`form[action^="/assignments/"]`).Length(); got != 0 {
		t.Errorf("a reviewer is offered %d actions", got)
	}
}

func TestExtendAllAndClosePages(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 4)
	base := a.issued(4)
	later := locale.FormDate(a.Now().AddDate(0, 0, 60))
	words := a.Catalog.For("ja")
	was := a.campaign(base)
	if text := a.buyer.Page(base + "/extend").Find("main").Text(); !strings.Contains(text, "受け付ける最終日（現在は"+words.Date(was.ClosesAt)+"）も、期限と同じ日数だけ延びます") {
		t.Errorf("nothing is said of the last day: %s", text)
	}
	if res := a.buyer.Post(base+"/extend", url.Values{"due": {"2020/1/1"}}); res.Code != http.StatusUnprocessableEntity {
		t.Errorf("an earlier date: %d", res.Code)
	}
	if res := a.buyer.Post(base+"/extend", url.Values{"due": {later}}); res.Code != http.StatusSeeOther {
		t.Fatalf("extend: %d %s", res.Code, problems(t, res))
	}
	a.work()
	if is := a.campaign(base); is.ClosesAt.Sub(was.ClosesAt) != is.DueAt.Sub(was.DueAt) || !is.DueAt.After(was.DueAt) {
		t.Errorf("due %s → %s, and the last day %s → %s", was.DueAt, is.DueAt, was.ClosesAt, is.ClosesAt)
	}
	if got := a.buyer.Page(base + "/extend").Find(".rows").Text(); !strings.Contains(got, "4社") {
		t.Errorf("waiting: %s", got)
	}
	if res := a.buyer.Post(base+"/close", nil); res.Code != http.StatusSeeOther {
		t.Fatalf("close: %d", res.Code)
	}
	a.work()
	page := a.buyer.Page(base)
	if !strings.Contains(page.Find(".head").Text(), "終了") || page.Find(`a[href$="/remind"]`).Length() != 0 {
		t.Errorf("a closed campaign: %s", page.Find(".head").Text())
	}
	if res := a.buyer.Get(base + "/remind"); res.Code != http.StatusConflict {
		t.Errorf("reminding a closed campaign: %d, want 409", res.Code)
	}
}

// TestANoticeOutlivesTheJob: the page of a campaign is loaded again as soon as a job has
// ended, often before anybody could read what was begun; it is still said then, and once.
func TestANoticeOutlivesTheJob(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 2)
	base := a.issued(2)
	if res := a.buyer.Post(base+"/extend", url.Values{"due": {locale.FormDate(a.Now().AddDate(0, 0, 60))}}); res.Code != http.StatusSeeOther {
		t.Fatalf("extend: %d %s", res.Code, problems(t, res))
	}
	said := a.Catalog.For("ja").T("campaigns.extending")
	page := a.buyer.Page(base)
	if page.Find("[data-job]").Length() != 1 || !strings.Contains(page.Find(".notice").Text(), said) {
		t.Fatalf("while it runs: %q", page.Find(".notice").Text())
	}
	a.work()
	for _, want := range []bool{true, false} {
		page := a.buyer.Page(base)
		if got := strings.Contains(page.Find(".notice").Text(), said); got != want || page.Find("[data-job]").Length() != 0 {
			t.Errorf("after it: said is %v, want %v", got, want)
		}
	}
}

// campaign is one as it is kept, by the path of its page.
func (a *asking) campaign(base string) campaign.Campaign {
	a.T.Helper()
	var out campaign.Campaign
	if err := a.db.Collection("campaigns").FindOne(a.T.Context(), bson.D{{Key: "_id", Value: strings.TrimPrefix(base, "/campaigns/")}}).Decode(&out); err != nil {
		a.T.Fatal(err)
	}
	return out
}

// Every page of a campaign in the browser: no axe violation, nothing too wide, and
// the count follows the conditions.
func TestCampaignPagesAreAccessible(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("../e2e/testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	a := directoryOf(t, 12)
	issued, draft, picked := a.issued(12), a.created(nil), a.created(url.Values{"who": {"picked"}})
	href := a.buyer.Page(issued+"?q=C0004").Find("tbody th a").AttrOr("href", "")
	w := (&asked{Env: a.Env}).window(t)
	w.visit("/sign-in")
	w.js(`document.querySelector("#email").value = "buyer@example.jp"`)
	w.js(`document.querySelector("#password").value = "` + demo.Password + `"`)
	w.js(`document.querySelector("#password").form.requestSubmit()`)
	w.until(`location.pathname === "/"`)
	for _, width := range []int64{1200, 360} {
		run(w, chromedp.EmulateViewport(width, 900))
		for _, path := range []string{"/campaigns", "/campaigns/new", "/questionnaires/basic25", draft + "/edit", draft + "/rehearsal", draft + "/coverage", draft + "/delete",
			picked + "/pick", issued, issued + "/remind", issued + "/extend", issued + "/close", href} {
			w.visit(path)
			w.js(`document.querySelectorAll("details").forEach((d) => (d.open = true))`)
			run(w, chromedp.Evaluate[chromedp.Void](string(axe)))
			found := run(w, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations.map(v => v.id + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(" | ")).join("\n"))`, chromedp.EvalAwaitPromise))
			if found != "" {
				t.Errorf("%s at %d px:\n%s", path, width, found)
			}
			if wide := w.js(`document.documentElement.scrollWidth - document.documentElement.clientWidth`); wide != "0" && wide != "1" {
				t.Errorf("%s at %d px is %s px too wide", path, width, wide)
			}
		}
	}
	w.visit("/campaigns/new")
	w.js(`document.querySelector("#tier-1").click()`)
	w.until(`/\b4(社|$)/.test(document.querySelector("[data-count]").textContent.trim())`)
	// The summary stands in the order of the page, whatever was judged first.
	w.js(`document.querySelector("#due").value = "?"`)
	w.js(`document.querySelector("#name").value = ""`)
	w.js(`document.querySelector("#name").form.requestSubmit()`)
	w.until(`[...document.querySelectorAll(".summary a")].map((a) => a.hash).join() === "#questionnaire,#name,#purpose,#necessity,#due"`)
}

func TestAJobThatStoppedSaysSoAndGoesOn(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 3)
	base := a.created(nil)
	a.buyer.Post(base+"/issue", url.Values{"expected": {"3"}})
	if _, err := a.db.Collection("jobs").UpdateMany(t.Context(), bson.D{}, bson.D{{Key: "$set", Value: bson.D{{Key: "state", Value: "failed"}}}}); err != nil {
		t.Fatal(err)
	}
	page := a.buyer.Page(base)
	if got := page.Find(".notice-error").Text(); !strings.Contains(got, "3件のうち0件") {
		t.Errorf("a stopped job: %q", got)
	}
	if got := a.As(access.Auditor).Page(base).Find(`form[action$="/resume"]`).Length(); got != 0 {
		t.Error("an auditor is offered to resume it")
	}
	if res := a.buyer.Post(base+"/resume", nil); res.Code != http.StatusSeeOther {
		t.Fatalf("resume: %d", res.Code)
	}
	a.work()
	if got := number(t, a.buyer.Page(base), "依頼"); got != "3" {
		t.Errorf("asked %s, want 3", got)
	}
}

// A campaign whose issuing stopped can be ended: the page says what that means, and
// the rest is never asked.
func TestACampaignWhoseIssuingStoppedIsEnded(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 3)
	base := a.created(nil)
	a.buyer.Post(base+"/issue", url.Values{"expected": {"3"}})
	if res := a.buyer.Post(base+"/close", nil); res.Code != http.StatusConflict {
		t.Errorf("close while it is being issued: %d, want 409", res.Code)
	}
	if res := a.buyer.Get(base + "/close"); res.Code != http.StatusConflict {
		t.Errorf("the page to close while it is being issued: %d, want 409", res.Code)
	}
	if _, err := a.db.Collection("jobs").UpdateMany(t.Context(), bson.D{}, bson.D{{Key: "$set", Value: bson.D{{Key: "state", Value: "failed"}}}}); err != nil {
		t.Fatal(err)
	}
	if got := a.buyer.Page(base).Find(`a[href$="/close"]`).Length(); got != 1 {
		t.Errorf("%d links to close a campaign that stopped", got)
	}
	if got := a.buyer.Page(base + "/close").Find(".notice-warning").Text(); !strings.Contains(got, "3社のうち0社") {
		t.Errorf("the page to close says %q", got)
	}
	if res := a.buyer.Post(base+"/close", nil); res.Code != http.StatusSeeOther {
		t.Fatalf("close: %d", res.Code)
	}
	a.work()
	page := a.buyer.Page(base)
	if got := page.Find(".head").Text(); !strings.Contains(got, "終了") || page.Find(".notice-error").Length() != 0 {
		t.Errorf("afterwards: %s", got)
	}
	if res := a.buyer.Post(base+"/resume", nil); res.Code != http.StatusConflict {
		t.Errorf("resume what was ended: %d, want 409", res.Code)
	}
	a.work()
	if got := number(t, a.buyer.Page(base), "依頼"); got != "0" {
		t.Errorf("asked %s after the end", got)
	}
}

// A second click on the same work finds it running: a page that says so, no error of
// ours and no second job.
func TestASecondClickSaysThatTheWorkIsGoingOn(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 3)
	base := a.issued(3)
	form := url.Values{"states": {"not-started"}}
	if res := a.buyer.Post(base+"/remind", form); res.Code != http.StatusSeeOther {
		t.Fatalf("remind: %d %s", res.Code, problems(t, res))
	}
	res := a.buyer.Post(base+"/remind", form)
	if text := apptest.Parse(t, res).Find("main").Text(); res.Code != http.StatusConflict || !strings.Contains(text, "同じ処理をいま実行しています") {
		t.Errorf("the second click: %d %s", res.Code, text)
	}
	a.work()
	n, err := a.db.Collection("outbox").CountDocuments(t.Context(), bson.D{{Key: "kind", Value: "reminder"}})
	if err != nil || n != 3 {
		t.Errorf("%d reminders, want 3; %v", n, err)
	}
}
