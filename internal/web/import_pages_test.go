package web_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/japanese"

	"tsunagi/internal/access"
	"tsunagi/internal/supplier"
)

// choose sends what a person chose about how a list is read.
func (in *importing) choose(page string, form url.Values) *goquery.Document {
	in.t.Helper()
	if res := in.clerk.Post(page+"/mapping", form); res.Code != http.StatusSeeOther {
		in.t.Fatalf("choose %v: %d %s", form, res.Code, problem(in.t, res.Body.String()))
	}
	return in.clerk.Page(page)
}

// A list without a known header: the person says where it is, and what the columns are;
// for the next file of that shape, and for the rows that come back, nothing is asked.
func TestWhatWasChosenIsRemembered(t *testing.T) {
	in := importer(t)
	const list = "#id_of_row,groupName,applied\n%s,架空商事株式会社,2026/01/05\n8,見本工業有限会社,2026/01/06\n9,=1+1,2026/01/07\n"
	page := in.upload("a.csv", fmt.Appendf(nil, list, "7"))
	doc := in.clerk.Page(page)
	if counts(doc) != "" || doc.Find("#header-error").Length() != 1 || doc.Find("form[action$=start]").Length() != 0 {
		t.Fatalf("a header that nobody knows is not asked for: %s", doc.Find("main").Text())
	}
	doc = in.choose(page, url.Values{"header": {"0"}, "encoding": {""}})
	if got := doc.Find("th[scope=row]").First().Text(); got != "#id_of_row" {
		t.Errorf("the first column is called %q", got)
	}
	in.choose(page, url.Values{"header": {"0"}, "encoding": {""}, "column.0": {"code"}, "column.1": {"name"}})
	in.sees(page, "2 0 0 1")
	in.sees(in.upload("b.csv", fmt.Appendf(nil, list, "10")), "2 0 0 1")
	in.take(page)
	back := in.clerk.Get(page + "/faulty?format=xlsx").Body.Bytes()
	in.sees(in.upload("直す.xlsx", back), "0 0 0 1")

	// A list without any header is known by its width.
	const bare = "X1,架空一号\nX2,見本二号\nX3,=1+1\n"
	page = in.upload("c.csv", []byte(bare))
	in.choose(page, url.Values{"header": {"none"}})
	in.choose(page, url.Values{"header": {"none"}, "column.0": {"code"}, "column.1": {"name"}})
	in.sees(page, "2 0 0 1")
	in.sees(in.upload("d.csv", []byte(bare)), "2 0 0 1")
	in.sees(in.upload("e.csv", in.clerk.Get(page+"/faulty?format=csv").Body.Bytes()), "0 0 0 1")
}

// The header may have two rows, and the corporate number may be the key.
func TestTwoRowsAndTheCorporateNumber(t *testing.T) {
	in := importer(t)
	number := corporate("999990000005")
	page := in.upload("a.csv", []byte("うち,,相手,\n甲,乙,丙,丁\n"+number+",架空商事,a@example.jp,x\n"))
	doc := in.choose(page, url.Values{"header": {"0"}, "tall": {"1"}})
	if got := doc.Find("th[scope=row]").Text(); got != "うち 甲うち 乙相手 丙相手 丁" {
		t.Errorf("the columns are called %q", got)
	}
	in.choose(page, url.Values{"header": {"0"}, "tall": {"1"}, "column.0": {"corporate-key"}, "column.1": {"name"}, "column.2": {"email"}})
	if got := mapped(in.sees(page, "1 0 0 0")); !strings.HasPrefix(got, "corporate-key name email") {
		t.Errorf("the columns are taken for %s", got)
	}
	in.take(page)
	if got := in.find(number); got.CorporateNumber != number || got.Email != "a@example.jp" {
		t.Errorf("%+v", got)
	}
}

// Every encoding can be chosen, and is remembered with the columns.
func TestEveryEncodingCanBeChosen(t *testing.T) {
	in := importer(t)
	text := "取引先コード,会社名\nD%d,れいじ\n"
	for n, encoding := range []string{"euc-jp", "iso-2022-jp", "cp932", "utf-8"} {
		list := []byte(fmt.Sprintf(text, n))
		switch encoding {
		case "euc-jp":
			list, _ = japanese.EUCJP.NewEncoder().Bytes(list)
		case "iso-2022-jp":
			list, _ = japanese.ISO2022JP.NewEncoder().Bytes(list)
		case "cp932":
			list = cp932(t, string(list))
		}
		page := in.upload("a.csv", list)
		if doc := in.choose(page, url.Values{"encoding": {encoding}}); doc.Find("#encoding option[selected]").AttrOr("value", "") != encoding {
			t.Errorf("%s is not shown as chosen", encoding)
		}
		in.sees(page, "1 0 0 0")
	}
}

// The sheet with the list is proposed, and another can be chosen.
func TestTheSheetIsChosen(t *testing.T) {
	in := importer(t)
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	for sheet, rows := range map[string][][]any{"Sheet1": {{"表紙"}, {"2026年"}}, "国内": {{"取引先コード", "会社名"}, {"S1", "架空精工"}},
		"海外": {{"取引先コード", "会社名"}, {"S2", "Example"}, {"S3", "Sample"}}} {
		if _, err := f.NewSheet(sheet); err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			if err := f.SetSheetRow(sheet, fmt.Sprint("A", i+1), &row); err != nil {
				t.Fatal(err)
			}
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	page := in.upload("a.xlsx", b.Bytes())
	doc := in.clerk.Page(page)
	first := doc.Find("#sheet option[selected]").Text()
	other, want := "海外", "2 0 0 0"
	if first == "海外" {
		other, want = "国内", "1 0 0 0"
	}
	if doc.Find("#sheet option").Length() != 3 || first == "Sheet1" || !strings.Contains(doc.Find(".notice-warning").Text(), "2枚のシート") {
		t.Errorf("the sheet %q is proposed, and said: %s", first, doc.Find(".notice-warning").Text())
	}
	in.choose(page, url.Values{"sheet": {other}})
	in.sees(page, want)
}

// Before an import the page shows what changes; where the directory is another meanwhile,
// it shows that first. Afterwards it shows what was done, and takes it back.
func TestAnImportIsShownDoneAndUndone(t *testing.T) {
	in := importer(t)
	for _, code := range []string{"1", "2", "3"} {
		if _, err := in.Suppliers.Save(t.Context(), in.Owner, supplier.Supplier{Code: code, Name: "架空" + code, Phone: "03-0000-0001", Lang: "ja", Lane: supplier.LaneMail}); err != nil {
			t.Fatal(err)
		}
	}
	page := in.upload("a.csv", []byte("取引先コード,会社名,電話\n1,見本一,03-0000-0009\n2,見本二,03-0000-0001\n3,架空3,03-0000-0001\n4,例示四,\n"))
	doc := in.sees(page, "1 2 1 0")
	shown := doc.Find("h2:contains(変わる内容) ~ .table-wrap").First().Text()
	for _, want := range []string{"架空1 → 見本一", "03-0000-0001 → 03-0000-0009", "架空2 → 見本二"} {
		if !strings.Contains(shown, want) {
			t.Errorf("the page does not show %q: %s", want, shown)
		}
	}
	if said := doc.Find(".notice-warning").Text(); !strings.Contains(said, "2社の会社名が変わります") || !strings.Contains(said, "メールアドレスの列が選ばれていません") {
		t.Errorf("it warns: %s", said)
	}
	seen := url.Values{"state": {doc.Find("input[name=state]").AttrOr("value", "")}}
	three := in.find("3")
	three.Name = "架空の三"
	if _, err := in.Suppliers.Save(t.Context(), in.Owner, three); err != nil {
		t.Fatal(err)
	}
	res := in.clerk.Post(page+"/start", seen)
	if said := problem(t, res.Body.String()); res.Code != http.StatusUnprocessableEntity || !strings.Contains(said, "もう一度確かめてから") {
		t.Fatalf("started with what is not true any more: %d %s", res.Code, said)
	}
	in.sees(page, "1 3 0 0")
	in.take(page)
	doc = in.sees(page, "1 3 0 0")
	if got := doc.Find("h2:contains(取り込んだ内容) ~ .table-wrap tbody tr").Length(); got != 4 {
		t.Errorf("%d rows of what was done", got)
	}
	if all := in.clerk.Get(page + "/result?format=csv").Body.String(); strings.Count(all, "\n") != 6 || !strings.Contains(all, "4,例示四,新しい取引先") {
		t.Errorf("the result:\n%s", all)
	}
	if trail := in.As(access.Owner).Page("/trail").Find("tbody").Text(); !strings.Contains(trail, "取引先の一覧をダウンロード") {
		t.Errorf("the trail does not tell of the download: %s", trail)
	}
	trail := in.As(access.Owner).Page("/trail").Find("main").Text()
	for _, want := range []string{"4 例示四", "1 見本一：  架空1 → 見本一"} {
		if !strings.Contains(trail, want) {
			t.Errorf("the trail does not say %q", want)
		}
	}
	two := in.find("2")
	two.Note = "大切"
	if _, err := in.Suppliers.Save(t.Context(), in.Owner, two); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if res := in.clerk.Post(page+"/undo", nil); res.Code != http.StatusSeeOther {
			t.Fatalf("undo: %d", res.Code)
		}
	}
	if worked, err := in.Jobs.Once(t.Context()); !worked || err != nil {
		t.Fatalf("undo: %v %v\n%s", worked, err, in.Log)
	}
	doc = in.clerk.Page(page)
	if said := doc.Find(".notice-info").Text(); !strings.Contains(said, "1社を削除し、2社を取り込む前") || !strings.Contains(said, "1社は、そのまま") {
		t.Errorf("undone: %q", said)
	}
	if in.find("1").Name != "架空1" || in.find("2").Name != "見本二" || in.find("3").Name != "架空の三" || doc.Find("form[action$=undo]").Length() != 0 {
		t.Error("not as it was before")
	}
	if doc := in.clerk.Page("/suppliers/import"); doc.Find(`main li a[href="`+page+`"]`).Length() != 1 {
		t.Error("the import is not found again")
	}
}
