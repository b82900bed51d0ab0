package web_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/text/encoding/japanese"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/org"
	"tsunagi/internal/supplier"
)

// importing is a clerk who brings lists in.
type importing struct {
	*apptest.Env
	t     *testing.T
	clerk *apptest.Client
}

func importer(t *testing.T) *importing {
	t.Helper()
	env := apptest.New(t)
	return &importing{Env: env, t: t, clerk: env.As(access.Buyer)}
}

// upload sends a list that is taken, and gives the address of its page.
func (in *importing) upload(name string, list []byte) string {
	in.t.Helper()
	res := in.clerk.Upload("/suppliers/import", nil, "file", name, list)
	if res.Code != http.StatusSeeOther {
		in.t.Fatalf("upload of %s: %d %s\n%s", name, res.Code, problem(in.t, res.Body.String()), in.Log)
	}
	return res.Header().Get("Location")
}

// startsOnce clicks again on what a started import's page had, as a double click and the
// back button do: nothing more is begun, and it is told how far the import is.
func (in *importing) startsOnce(page string) {
	in.t.Helper()
	for _, path := range []string{"/start", "/mapping"} {
		res := in.clerk.Post(page+path, url.Values{"column.0": {"code"}})
		if res.Code != http.StatusSeeOther || res.Header().Get("Location") != page {
			in.t.Errorf("%s once more: %d to %q, want the import's page", path, res.Code, res.Header().Get("Location"))
		}
	}
	if got := in.clerk.Page(page).Find(".notice-error p").Text(); got != in.Catalog.For("ja").T("fault.supplier.import-started") {
		in.t.Errorf("columns chosen too late: %q", got)
	}
	if worked, err := in.Jobs.Once(in.t.Context()); worked || err != nil {
		in.t.Errorf("a second click began a job: %v %v", worked, err)
	}
}

// take imports a list to its end.
func (in *importing) take(page string) {
	in.t.Helper()
	if res := in.clerk.Post(page+"/start", nil); res.Code != http.StatusSeeOther {
		in.t.Fatalf("start: %d %s", res.Code, problem(in.t, res.Body.String()))
	}
	if running := in.clerk.Page(page); running.Find("progress").Length() != 1 || running.Find("form[action$=start], form[action$=mapping]").Length() != 0 {
		in.t.Error("a list that is being taken in shows no progress, or can be started again")
	}
	for {
		worked, err := in.Jobs.Once(in.t.Context())
		if err != nil {
			in.t.Fatalf("job: %v\n%s", err, in.Log)
		}
		if !worked {
			break
		}
	}
	if done := in.clerk.Page(page); !strings.Contains(done.Find(".notice-success").Text(), "取り込みが終わりました") {
		in.t.Errorf("after the import the page says %q", done.Find("main").Text())
	}
}

// counts are the numbers of the preview: new, changed, same, faulty.
func counts(doc *goquery.Document) string {
	var out []string
	doc.Find(".stat-number").Each(func(_ int, s *goquery.Selection) { out = append(out, s.Text()) })
	return strings.Join(out, " ")
}

func (in *importing) sees(page, want string) *goquery.Document {
	in.t.Helper()
	doc := in.clerk.Page(page)
	if got := counts(doc); got != want {
		in.t.Errorf("new, changed, same, faulty: %q, want %q\n%v", got, want, faults(doc))
	}
	return doc
}

// faults are the rows of the table of faults: row, column, value, what to do.
func faults(doc *goquery.Document) [][]string {
	var out [][]string
	doc.Find("td[data-label=項目]").Parent().Each(func(_ int, row *goquery.Selection) {
		var cells []string
		row.Find("td").Each(func(_ int, c *goquery.Selection) { cells = append(cells, c.Text()) })
		out = append(out, cells)
	})
	return out
}

// mapped is what the columns of the list are taken for, in order.
func mapped(doc *goquery.Document) string {
	var out []string
	doc.Find("select[name^=column]").Each(func(_ int, s *goquery.Selection) {
		out = append(out, s.Find("option[selected]").AttrOr("value", "-"))
	})
	return strings.Join(out, " ")
}

// problem is what the summary of a page says, and an error when it links to nothing.
func problem(t *testing.T, body string) string {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	doc.Find(".summary a").Each(func(_ int, a *goquery.Selection) {
		id := strings.TrimPrefix(a.AttrOr("href", ""), "#")
		if doc.Find(fmt.Sprintf("[id=%q]", id)).Length() != 1 {
			t.Errorf("the summary links to #%s, which is not on the page", id)
		}
	})
	return strings.TrimSpace(doc.Find(".summary ul, .summary p").Text())
}

func cp932(t *testing.T, s string) []byte {
	t.Helper()
	b, err := japanese.ShiftJIS.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// corporate is a corporate number that nobody has, with its check digit.
func corporate(base string) string { return string(supplier.CheckDigit(base)) + base }

func (in *importing) find(code string) supplier.Supplier {
	in.t.Helper()
	all, err := in.Suppliers.ByCodes(in.t.Context(), in.Owner, []string{code})
	if err != nil || all[code].Code == "" {
		in.t.Fatalf("supplier %s: %v", code, err)
	}
	return all[code]
}

func TestImportOfAnOfficeList(t *testing.T) {
	in := importer(t)
	for _, s := range []supplier.Supplier{{Code: "A001", Name: "架空精工", Phone: "03-0000-0001"}, {Code: "A002", Name: "見本商会"}} {
		if _, err := in.Suppliers.Save(t.Context(), in.Owner, s); err != nil {
			t.Fatal(err)
		}
	}
	number := corporate("999990000001")
	list := cp932(t, "仕入先一覧（資材部）,,,,,,,,,,\r\n出力日,2026/11/24,,,,,,,,,\r\n\r\n"+
		"仕入先コード,商号又は名称,ﾌﾘｶﾞﾅ,法人番号,部署,ご担当者様,E-mail,TEL,,,\r\n"+
		"A001,架空精工,ｶｸｳｾｲｺｳ,"+number+",,,,03-0000-9999,,,\r\n"+
		"A002,見本商会,,,,,,,,,\r\n"+
		"A003,\"㈱例示\r\n工業\",,,\"品質保証部\r\n第一課\",見本　太郎,TARO@EXAMPLE.JP,０３－００００－０００３,,,\r\n"+
		"A004,仮名興業,,,,,宛先なし,,,,\r\n")
	page := in.upload("仕入先一覧.csv", list)
	doc := in.sees(page, "2 1 1 0")
	if got := mapped(doc); got != "code name kana corporate-number department contact email phone" {
		t.Errorf("the columns are taken for %s", got)
	}
	if got := doc.Find("th[scope=row]").First().Text(); got != "仕入先コード" {
		t.Errorf("the first column is called %q", got)
	}
	if got := doc.Find("#encoding option").First().Text(); !strings.Contains(got, "cp932") {
		t.Errorf("the text was read as %q", got)
	}
	want := [][]string{{"8", "メールアドレス", "宛先なし", in.Catalog.For("ja").T("fault.supplier.email"), in.Catalog.For("ja").T("suppliers.fault-cell")}}
	if diff := cmp.Diff(want, faults(doc)); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	in.take(page)
	if got := in.find("A001"); got.Phone != "03-0000-9999" || got.CorporateNumber != number || got.Kana != "カクウセイコウ" {
		t.Errorf("changed: %+v", got)
	}
	if got := in.find("A003"); got.Name != "㈱例示 工業" || got.Email != "taro@example.jp" && got.Email != "TARO@example.jp" || got.Phone != "03-0000-0003" {
		t.Errorf("new: %+v", got)
	}
	in.startsOnce(page)
	in.sees(in.upload("仕入先一覧.csv", list), "0 0 4 0")
	// The same list from another program: with a BOM, other line ends, tabs.
	utf8, err := japanese.ShiftJIS.NewDecoder().Bytes(list)
	if err != nil {
		t.Fatal(err)
	}
	in.sees(in.upload("一覧.txt", []byte("\ufeff"+strings.ReplaceAll(string(utf8), ",", "\t"))), "0 0 4 0")
}

// Faulty rows come back as a file, are corrected and imported again.
func TestFaultyRowsAreCorrectedAndImported(t *testing.T) {
	in := importer(t)
	right := corporate("999990000002")
	wrong := string('0'+(right[0]-'0')%9+1) + right[1:] // another first digit
	page := in.upload("a.csv", []byte("コード,会社名,法人番号,備考,電話\n"+
		"B1,一番,7E+12,,\nB2,二番,"+wrong+",,\nB3,三番,,,\nB3,三番の二,,,\nB4,\"=HYPERLINK(\"\"http://example.com\"\")\",,,\n"+
		"B5,五番,,\"一行目\n二行目\",300000005\nB6,六番,,,\n,七番,,,\n"))
	doc := in.sees(page, "4 0 0 4")
	var got []string
	for _, f := range faults(doc) {
		got = append(got, f[0]+" "+f[1]+" "+f[2])
	}
	want := []string{"2 法人番号 7E+12", "3 法人番号 " + wrong, "4 取引先コード B3", "5 取引先コード B3",
		`6 会社名 =HYPERLINK("http://example.com")`, "7 電話番号 300000005", "9 取引先コード "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	in.take(page)

	// Still to be had after the import, in both forms.
	res := in.clerk.Get(page + "/faulty?format=csv")
	text := res.Body.String()
	if res.Code != http.StatusOK || !strings.HasPrefix(text, "\ufeff") || !strings.Contains(res.Header().Get("Content-Disposition"), "attachment") {
		t.Fatalf("faulty rows: %d %v %q", res.Code, res.Header(), text)
	}
	in.sees(in.upload("直す前.csv", res.Body.Bytes()), "0 0 3 4")
	for old, new := range map[string]string{"7E+12": right, wrong: right, "B3,三番の二": "B7,三番の二", `'=HYPERLINK(""http://example.com"")`: "四番", "300000005": "03-0000-0005", "\n,七番": "\nB8,七番"} {
		if !strings.Contains(text, old) {
			t.Errorf("the file of faulty rows lacks %q:\n%s", old, text)
		}
		text = strings.ReplaceAll(text, old, new)
	}
	second := in.upload("直した行.csv", []byte(text))
	in.sees(second, "4 3 0 0")
	in.take(second)
	if note := in.find("B5").Note; note != "一行目\n二行目" {
		t.Errorf("the note of two lines: %q", note)
	}
	if res := in.clerk.Get(second + "/faulty?format=xlsx"); res.Code != http.StatusOK || !bytes.HasPrefix(res.Body.Bytes(), []byte("PK")) {
		t.Errorf("as XLSX: %d", res.Code)
	}
	in.sees(in.upload("b.xlsx", in.clerk.Get(page+"/faulty?format=xlsx").Body.Bytes()), "0 0 4 3")
}

// The zeros that a spreadsheet takes from codes are noticed, also when the list
// does not hold the right code itself.
func TestImportNoticesLostZeros(t *testing.T) {
	in := importer(t)
	if _, err := in.Suppliers.Save(t.Context(), in.Owner, supplier.Supplier{Code: "00123", Name: "架空精工"}); err != nil {
		t.Fatal(err)
	}
	doc := in.sees(in.upload("a.csv", []byte("コード,会社名\n123,架空精工\n124,見本商会\n")), "1 0 0 1")
	if got := faults(doc); len(got) != 1 || got[0][0] != "2" || !strings.Contains(got[0][3], "00123") {
		t.Errorf("faults %v", got)
	}
}

func TestWrongFilesSayWhatToDo(t *testing.T) {
	in := importer(t)
	for name, tt := range map[string]struct {
		file []byte
		says string
	}{
		"何も選ばない":    {nil, ""},
		"空.csv":     {[]byte("\ufeff\r\n"), "ファイルに内容がありません"},
		"見出しだけ.csv": {[]byte("取引先コード,会社名\n"), "見出しの下に取引先の行がありません"},
		"一覧.csv":    {[]byte("%PDF-1.7\n1 0 obj"), "PDFファイルは取り込めません"},
		"一覧.xlsx":   {[]byte("PK\x03\x04cut off"), ""},
		"爆弾.xlsx":   {lyingBomb(t), "ファイルの中身が大きすぎます"},
	} {
		t.Run(name, func(t *testing.T) {
			res := in.clerk.Upload("/suppliers/import", nil, "file", name, tt.file)
			if tt.file == nil {
				res = in.clerk.Upload("/suppliers/import", nil, "other", name, nil)
			}
			doc := apptest.Parse(t, res)
			said := problem(t, res.Body.String())
			if res.Code != http.StatusUnprocessableEntity || !strings.Contains(said, tt.says) || said == "" {
				t.Errorf("%d, says %q, want %q", res.Code, said, tt.says)
			}
			if doc.Find("input[type=file]").Length() != 1 {
				t.Error("another file cannot be chosen at once")
			}
		})
	}
	if d, err := in.Suppliers.Directory(t.Context(), in.Owner); err != nil || d.Total != 0 {
		t.Errorf("%d suppliers, %v", d.Total, err)
	}
}

// lyingBomb is a small workbook that says of itself that it unpacks to 1 GB.
func lyingBomb(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"xl/workbook.xml", "xl/worksheets/sheet1.xml"} {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte("<x/>"))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	raw := b.Bytes()
	entry := bytes.LastIndex(raw, []byte("PK\x01\x02")) // in the central directory (APPNOTE.TXT, 4.3.12)
	binary.LittleEndian.PutUint32(raw[entry+24:], 1<<30)
	return raw
}

// A list of one column cannot be imported: the page says at once what is missing,
// and neither shows counts nor breaks.
func TestImportOfOneColumn(t *testing.T) {
	in := importer(t)
	page := in.upload("社名.csv", []byte("会社名\n架空精工\n見本商会\n"))
	res := in.clerk.Get(page)
	if said := problem(t, res.Body.String()); !strings.Contains(said, "取引先コードの列を選んでください") || counts(apptest.Parse(t, res)) != "" {
		t.Errorf("%d, says %q, counts %q", res.Code, said, counts(apptest.Parse(t, res)))
	}
	if res := in.clerk.Post(page+"/start", nil); res.Code != http.StatusUnprocessableEntity || problem(t, res.Body.String()) == "" {
		t.Errorf("start: %d", res.Code)
	}
	if res := in.clerk.Get(page + "/faulty?format=csv"); res.Code != http.StatusSeeOther || res.Header().Get("Location") != page {
		t.Errorf("faulty rows of a list that nobody judged: %d %s\n%s", res.Code, res.Header().Get("Location"), in.Log)
	}
}

// What the columns are taken for is changed on the page; a wrong choice stays there
// to be corrected.
func TestColumnsAreChosenOnThePage(t *testing.T) {
	in := importer(t)
	page := in.upload("a.csv", []byte("整理記号,正式,略称\nX1,架空精工株式会社,架空\nX2,見本商会株式会社,見本\n"))
	choose := func(values ...string) (int, string, *goquery.Document) {
		t.Helper()
		form := url.Values{"encoding": {""}}
		for i, v := range values {
			form.Set(fmt.Sprint("column.", i), v)
		}
		res := in.clerk.Post(page+"/mapping", form)
		return res.Code, problem(t, res.Body.String()), apptest.Parse(t, res)
	}
	for _, tt := range []struct {
		values []string
		says   string
	}{
		{[]string{"", "name", ""}, "取引先コードの列を選んでください"},
		{[]string{"code", "name", "name"}, "同じ項目が2つの列に選ばれています"},
		{[]string{"code", "name", "password"}, in.Catalog.For("ja").T("fault.choose")},
	} {
		code, says, doc := choose(tt.values...)
		if code != http.StatusUnprocessableEntity || !strings.Contains(says, tt.says) {
			t.Errorf("%v: %d, says %q, want %q", tt.values, code, says, tt.says)
		}
		for i, v := range tt.values {
			if v == "password" {
				v = "-"
			}
			if got := strings.Fields(mapped(doc))[i]; v != "" && got != v {
				t.Errorf("%v: column %d shows %s", tt.values, i, got)
			}
		}
	}
	if code, says, _ := choose("code", "name", ""); code != http.StatusSeeOther {
		t.Fatalf("a right choice: %d %s", code, says)
	}
	doc := in.clerk.Page(page)
	if got := mapped(doc); got != "code name -" && got != "code name" {
		t.Errorf("chosen: %s", got)
	}
}

// A wrong guess of the encoding shows in the samples and is corrected on the page.
func TestEncodingIsCorrectedOnThePage(t *testing.T) {
	in := importer(t)
	// These bytes of CP932 are good UTF-8 as well: half-width ﾃｨ is è there.
	page := in.upload("a.csv", cp932(t, "code,name\r\nD1,ﾃｨ\r\n"))
	doc := in.sees(page, "1 0 0 0")
	if got := doc.Find("td .small").Text(); !strings.Contains(got, "è") {
		t.Fatalf("the samples show %q: this test needs a wrong guess", got)
	}
	if res := in.clerk.Post(page+"/mapping", url.Values{"encoding": {"cp932"}}); res.Code != http.StatusSeeOther {
		t.Fatalf("choose: %d", res.Code)
	}
	if got := in.sees(page, "1 0 0 0").Find("td .small").Text(); got != "D1ﾃｨ" {
		t.Errorf("the samples show %q", got)
	}
	if res := in.clerk.Post(page+"/mapping", url.Values{"encoding": {"ebcdic"}}); res.Code != http.StatusUnprocessableEntity || problem(t, res.Body.String()) == "" {
		t.Errorf("an encoding that does not exist: %d", res.Code)
	}
	in.take(page)
	if got := in.find("D1").Name; got != "ﾃｨ" {
		t.Errorf("imported %q", got)
	}
}

// Formulas in a workbook are read as what they showed, never carried out or kept.
func TestImportOfAWorkbook(t *testing.T) {
	in := importer(t)
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	number := corporate("999990000003")
	rows := [][]any{{"取引先マスタ"}, {}, {"取引先コード", "取引先名", "法人番号", "電話"}, {"E1", "架空精工", number, "03-0000-0001"},
		{"E2", "見本商会", 7e12, "03-0000-0002"}, {"E3", nil, "", ""}}
	for i, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprint("A", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.SetCellFormula("Sheet1", "B6", `HYPERLINK("http://example.com","例示")`); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	page := in.upload("取引先マスタ.xlsx", b.Bytes())
	doc := in.sees(page, "2 0 0 1")
	var got []string
	for _, f := range faults(doc) {
		got = append(got, f[0]+" "+f[1])
	}
	if diff := cmp.Diff([]string{"5 法人番号", "6 会社名"}, got); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	if doc.Find("select#encoding").Length() != 0 {
		t.Error("a workbook has no encoding to choose")
	}
}

// Another organisation's import answers as one that does not exist, on every route.
func TestImportOfOthers(t *testing.T) {
	t.Parallel()
	in := importer(t)
	if _, _, err := in.Accounts.CreateOwner(t.Context(), org.NewOwner{Organization: "別会社株式会社", Name: "別 人", Email: "other@example.jp",
		Password: "別の会社の長いパスワードです", Lang: "ja"}); err != nil {
		t.Fatal(err)
	}
	other := in.Browser()
	if res := other.Post("/sign-in", url.Values{"email": {"other@example.jp"}, "password": {"別の会社の長いパスワードです"}}); res.Code != http.StatusSeeOther {
		t.Fatalf("sign in: %d", res.Code)
	}
	page := in.upload("a.csv", []byte("コード,会社名\nF1,架空精工\n"))
	unknown := "/suppliers/import/" + unknownID
	for _, r := range []struct{ method, path string }{{"GET", ""}, {"GET", "/faulty"}, {"POST", "/mapping"}, {"POST", "/start"}} {
		form := "application/x-www-form-urlencoded"
		a, b := other.Do(r.method, page+r.path, form, strings.NewReader("encoding=")), other.Do(r.method, unknown+r.path, form, strings.NewReader("encoding="))
		if a.Code != http.StatusNotFound || a.Body.String() != b.Body.String() {
			t.Errorf("%s %s of another organisation: %d, of nobody: %d", r.method, r.path, a.Code, b.Code)
		}
	}
	in.sees(page, "1 0 0 0") // untouched
}

// TestAnImportThatStoppedSaysHowFarItGot: and how to go on.
func TestAnImportThatStoppedSaysHowFarItGot(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 1)
	to := a.buyer.Upload("/suppliers/import", nil, "file", "a.csv", []byte("取引先コード,会社名\nX1,架空工業\n")).Header().Get("Location")
	a.buyer.Post(to+"/start", nil)
	if _, err := a.db.Collection("jobs").UpdateMany(t.Context(), bson.D{}, bson.D{{Key: "$set", Value: bson.D{{Key: "state", Value: "failed"}}}}); err != nil {
		t.Fatal(err)
	}
	page := a.buyer.Page(to)
	if text := page.Find(".notice-error").Text(); !strings.Contains(text, "1行のうち0行") {
		t.Errorf("it says %q", text)
	}
	if page.Find(`main a[href="/suppliers/import"].button`).Length() != 1 {
		t.Error("no way to go on")
	}
}
