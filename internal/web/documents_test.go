package web_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/demo"
	"tsunagi/internal/document"
	"tsunagi/internal/org"
)

// made asks for a document, runs its job, and gives the address of its page.
func (a *asked) made(c *apptest.Client, path string, form url.Values) string {
	a.T.Helper()
	res := c.Post(path, form)
	at := res.Header().Get("Location")
	if res.Code != http.StatusSeeOther || !strings.HasPrefix(at, "/documents/") {
		a.T.Fatalf("POST %s: %d to %q", path, res.Code, at)
	}
	a.work()
	return at
}

func (a *asked) work() {
	a.T.Helper()
	for worked := true; worked; {
		var err error
		if worked, err = a.Jobs.Once(a.T.Context()); err != nil {
			a.T.Fatal(err)
		}
	}
}

// downloads finds the entries of downloads in the trail.
func (a *asked) downloads() []audit.Entry {
	a.T.Helper()
	cursor, err := a.db.Collection("audit").Find(a.T.Context(), bson.D{{Key: "action", Value: document.ActionDownloaded}})
	if err != nil {
		a.T.Fatal(err)
	}
	var out []audit.Entry
	if err := cursor.All(a.T.Context(), &out); err != nil {
		a.T.Fatal(err)
	}
	return out
}

func textOfPDF(t *testing.T, pdf []byte) string {
	t.Helper()
	cmd := exec.Command("pdftotext", "-layout", "-", "-")
	cmd.Stdin = bytes.NewReader(pdf)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("no PDF: %v: %.60q", err, pdf)
	}
	return string(out)
}

func TestASummaryIsMadeByAJob(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.submitted("C1:S1")
	for _, id := range []string{"C1:S1", "C1:S2"} {
		a.set("assignments", id, bson.D{{Key: "code", Value: "K-" + id[3:]}, {Key: "delivery", Value: campaign.DeliverySent}})
	}
	buyer := a.As(access.Buyer)
	res := buyer.Post("/campaigns/C1/documents", url.Values{"kind": {"summary"}})
	at := res.Header().Get("Location")
	page := buyer.Page(at)
	if job := page.Find("[data-job]"); job.AttrOr("data-job", "") != at || job.AttrOr("data-then", "") != at || page.Find("a[download]").Length() != 0 {
		t.Errorf("before the job: %s", page.Find("main").Text())
	}
	if page.Find(`main a[href="`+at+`"]`).Length() != 1 {
		t.Error("without JavaScript there is no way to look again")
	}
	if n := buyer.Get(at + "/file").Code; n != http.StatusNotFound {
		t.Errorf("the file before it is made: %d", n)
	}
	if got := progressOf(t, buyer, at); got != "waiting" {
		t.Errorf("a script is told %q", got)
	}
	a.work()
	if got := progressOf(t, buyer, at); got != "done" {
		t.Errorf("after the job a script is told %q", got)
	}
	page = buyer.Page(at)
	link := page.Find("a[download]").AttrOr("href", "")
	res = buyer.Get(link)
	sum := fmt.Sprintf("%x", sha256.Sum256(res.Body.Bytes()))
	if !strings.Contains(page.Find("main").Text(), sum) || res.Header().Get("Content-Type") != "application/pdf" ||
		res.Header().Get("Content-Length") != fmt.Sprint(res.Body.Len()) || !strings.Contains(res.Header().Get("Content-Disposition"), url.PathEscape("調査_集計表_")) {
		t.Errorf("the download: %v, SHA-256 %s; the page: %s", res.Header(), sum, page.Find("dl").Text())
	}
	text := textOfPDF(t, res.Body.Bytes())
	for _, want := range []string{"集計表", "架空精工株式会社", "K-S1", "提出済み", "基本", "1 / "} {
		if !strings.Contains(text, want) {
			t.Errorf("the summary does not say %q:\n%s", want, text)
		}
	}
	noted := a.downloads()
	if len(noted) != 1 || noted[0].Campaign != "C1" || noted[0].Details[1].Value != sum {
		t.Errorf("noted downloads: %+v", noted)
	}
	list := buyer.Page("/documents")
	if list.Find(`main a[href="`+at+`"]`).Length() != 1 || list.Find(`form[action="/documents"]`).Length() != 0 {
		t.Errorf("the list of a buyer: %s", list.Find("main").Text())
	}
	for path, want := range map[string]string{at: "Summary (PDF)", "/documents": "Reports", "/help": "Where are the reports?"} {
		if text := buyer.Page(path + "?lang=en").Find("main").Text(); !strings.Contains(text, want) {
			t.Errorf("%s in English lacks %q: %s", path, want, text)
		}
	}
}

func progressOf(t *testing.T, c *apptest.Client, at string) string {
	t.Helper()
	res := c.JSON(http.MethodGet, at, "")
	var got struct {
		State       string
		Done, Total int
	}
	if err := json.Unmarshal(res.Body.Bytes(), &got); err != nil {
		t.Fatalf("%d: %v", res.Code, err)
	}
	return got.State
}

func TestAllSheetsAsAnArchive(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.submitted("C1:S2")
	a.submitted("C1:S1")
	a.set("assignments", "C1:S1", bson.D{{Key: "code", Value: "K/1"}})
	a.set("assignments", "C1:S2", bson.D{{Key: "code", Value: "K/1"}}) // the same name twice
	reviewer := a.As(access.Reviewer)
	res := reviewer.Get(a.made(reviewer, "/campaigns/C1/documents", url.Values{"kind": {"sheets"}}) + "/file")
	z, err := zip.NewReader(bytes.NewReader(res.Body.Bytes()), int64(res.Body.Len()))
	if err != nil || res.Header().Get("Content-Type") != "application/zip" {
		t.Fatalf("no archive: %v, %v", err, res.Header())
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		text := string(raw)
		if f.Name != "index.csv" {
			text = textOfPDF(t, raw)
			for _, want := range []string{"回答票", "架空精工株式会社", "IS 505613", "架空 花子"} {
				if !strings.Contains(text, want) {
					t.Errorf("%s does not say %q", f.Name, want)
				}
			}
		} else if !strings.Contains(text, "K_1_架空精工株式会社_2.pdf,K/1,") {
			t.Errorf("the table of contents: %s", text)
		}
	}
	if got := strings.Join(names, " "); got != "K_1_架空精工株式会社.pdf K_1_架空精工株式会社_2.pdf index.csv" {
		t.Errorf("the archive holds %s", got)
	}
}

// An auditor of named campaigns gets the trail of those alone, and the summaries that
// others had made of them.
func TestDocumentsOfALimitedAuditor(t *testing.T) {
	t.Parallel()
	a := ask(t)
	owner := a.As(access.Owner)
	var c1 campaign.Campaign
	if err := a.db.Collection("campaigns").FindOne(t.Context(), bson.D{{Key: "_id", Value: "C1"}}).Decode(&c1); err != nil {
		t.Fatal(err)
	}
	c1.ID, c1.Name = "C2", "秘密の調査"
	a.insert("campaigns", c1)
	summary := a.made(owner, "/campaigns/C1/documents", url.Values{"kind": {"summary"}})
	secret := a.made(owner, "/campaigns/C2/documents", url.Values{"kind": {"summary"}})
	trail := a.made(owner, "/documents", url.Values{"kind": {"trail"}})
	var auditor org.User
	if err := a.db.Collection("users").FindOne(t.Context(), bson.D{{Key: "email", Value: "auditor@example.jp"}}).Decode(&auditor); err != nil {
		t.Fatal(err)
	}
	a.set("memberships", c1.Org+":"+auditor.ID, bson.D{{Key: "campaigns", Value: []string{"C1"}}})
	limited := a.As(access.Auditor)
	unknown := limited.Get("/documents/" + unknownID)
	for _, at := range []string{secret, trail} {
		for _, path := range []string{at, at + "/file"} {
			if res := limited.Get(path); res.Code != http.StatusNotFound || res.Body.String() != unknown.Body.String() {
				t.Errorf("GET %s: %d, want it answered as unknown", path, res.Code)
			}
		}
	}
	if res := limited.Post("/campaigns/C2/documents", url.Values{"kind": {"summary"}}); res.Code != http.StatusNotFound {
		t.Errorf("asking for a summary of another campaign: %d", res.Code)
	}
	if res := limited.Get(summary + "/file"); res.Code != http.StatusOK {
		t.Errorf("the summary of the granted campaign: %d", res.Code)
	}
	part := limited.Get(a.made(limited, "/documents", url.Values{"kind": {"trail"}}) + "/file")
	text := textOfPDF(t, part.Body.Bytes())
	if strings.Contains(text, "秘密の調査") || !strings.Contains(text, "閲覧を許可された調査の記録だけ") || strings.Contains(text, "確定前") {
		t.Errorf("the trail of the granted campaign:\n%s", text)
	}
	whole := textOfPDF(t, owner.Get(trail+"/file").Body.Bytes())
	if !strings.Contains(whole, "秘密の調査") || !strings.Contains(whole, "確定前") || strings.Count(strings.SplitN(whole, "番号", 2)[0], "サンプル電機株式会社") != 1 {
		t.Errorf("the whole trail:\n%s", whole)
	}
	one := textOfPDF(t, owner.Get(a.made(owner, "/documents", url.Values{"kind": {"trail"}, "filter": {"campaign=C2"}})+"/file").Body.Bytes())
	if !strings.Contains(one, "秘密の調査") || strings.Contains(one, "サインイン") {
		t.Errorf("the trail of one campaign:\n%s", one)
	}
}

// places are the pages that offer documents.
var places = map[document.Place]string{document.OnCampaign: "/campaigns/C1", document.OnTrail: "/trail?campaign=C1", document.OnList: "/documents"}

// TestEveryDocumentIsOfferedWhereItBelongs: each row of the rules is a button on the
// pages that it names, for whom it is permitted, and nothing else is; what is offered
// is made.
func TestEveryDocumentIsOfferedWhereItBelongs(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.submitted("C1:S1")
	for _, id := range []string{"C1:S1", "C1:S2"} {
		a.set("assignments", id, bson.D{{Key: "delivery", Value: campaign.DeliverySent}})
	}
	for _, role := range []access.Role{access.Owner, access.Buyer, access.Reviewer, access.Auditor} {
		client, v := a.As(role), access.Viewer{Kind: access.Member, Org: "o", User: "u", Roles: []access.Role{role}}
		for at, path := range places {
			if at == document.OnTrail && !v.Can(access.ViewTrail) {
				continue
			}
			form := client.Page(path).Find(`main form:has(button[name="kind"])`)
			var got, want []string
			form.Find("button").Each(func(_ int, b *goquery.Selection) {
				got = append(got, b.AttrOr("value", "")+" "+strings.TrimSpace(b.Text()))
			})
			for _, kind := range document.Offered(v, at, 1) {
				want = append(want, string(kind)+" "+a.Catalog.For("ja").T("documents.kind."+string(kind)))
				fields := url.Values{"kind": {string(kind)}}
				if hidden := form.Find("input[name=campaign]"); hidden.Length() > 0 {
					fields.Set("campaign", hidden.AttrOr("value", ""))
				}
				if page := client.Page(a.made(client, form.AttrOr("action", ""), fields)); page.Find("a[download]").Length() != 1 {
					t.Errorf("%s offers %s to %s, and it is not made: %s", path, kind, role, page.Find("main").Text())
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s offers %q to %s, want %q", path, got, role, want)
			}
		}
	}
}

func TestTooManyDocumentsAtOnce(t *testing.T) {
	t.Parallel()
	a := ask(t)
	buyer := a.As(access.Buyer)
	var res *httptest.ResponseRecorder
	for range 4 {
		res = buyer.Post("/campaigns/C1/documents", url.Values{"kind": {"summary"}})
	}
	page := apptest.Parse(t, res)
	if res.Code != http.StatusTooManyRequests || !strings.Contains(page.Find(".summary").Text(), "3件") || page.Find("tbody tr").Length() != 3 {
		t.Errorf("the fourth: %d %s", res.Code, page.Find("main").Text())
	}
	a.work()
	if res := buyer.Post("/campaigns/C1/documents", url.Values{"kind": {"summary"}}); res.Code != http.StatusSeeOther {
		t.Errorf("after they were made: %d", res.Code)
	}
}

func TestAFailedDocumentIsAskedForAgain(t *testing.T) {
	t.Parallel()
	a := ask(t)
	owner := a.As(access.Owner)
	for path, form := range map[string]url.Values{"/campaigns/C1/documents": {"kind": {"sheets"}}, "/documents": {"kind": {"trail"}}} {
		at := owner.Post(path, form).Header().Get("Location")
		a.set("jobs", strings.TrimPrefix(at, "/documents/"), bson.D{{Key: "state", Value: "failed"}})
		page := owner.Page(at)
		again := page.Find("main form")
		if page.Find(".notice-error").Length() != 1 || again.AttrOr("action", "") != path || again.Find("button").AttrOr("value", "") == "" {
			t.Errorf("%s: the page of a failed document: %s", path, page.Find("main").Text())
		}
		if got := progressOf(t, owner, at); got != "failed" {
			t.Errorf("a script is told %q", got)
		}
		if next := a.made(owner, path, url.Values{"kind": {again.Find("button").AttrOr("value", "")}}); next == at {
			t.Error("trying again leads to the same document")
		}
	}
}

// slowLine is a browser's connection, as far as its deadline goes.
type slowLine struct {
	*httptest.ResponseRecorder
	until time.Time
}

func (l *slowLine) SetWriteDeadline(t time.Time) error {
	l.until = t
	return nil
}

// TestAnArchiveMayTakeItsTime: the deadline of pages does not cut a download off.
func TestAnArchiveMayTakeItsTime(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.submitted("C1:S1")
	at := a.made(a.As(access.Reviewer), "/campaigns/C1/documents", url.Values{"kind": {"summary"}})
	in := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/sign-in", strings.NewReader(url.Values{"email": {"reviewer@example.jp"}, "password": {demo.Password}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Host = a.Base.Host
	a.Web.ServeHTTP(in, r)
	r = httptest.NewRequest(http.MethodGet, at+"/file", nil)
	r.Host = a.Base.Host
	for _, c := range in.Result().Cookies() {
		r.AddCookie(c)
	}
	line := &slowLine{ResponseRecorder: httptest.NewRecorder()}
	a.Web.ServeHTTP(line, r)
	if line.Code != http.StatusOK || time.Until(line.until) < 30*time.Minute {
		t.Errorf("status %d, may take until %v", line.Code, line.until)
	}
}
