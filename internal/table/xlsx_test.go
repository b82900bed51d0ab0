package table

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"tsunagi/internal/fault"
)

func zipOf(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range files {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// workbook makes an XLSX file by hand of cell → value.
func workbook(t testing.TB, change func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	change(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sheetOf makes an XLSX file whose one sheet has the rows as they are written.
func sheetOf(t testing.TB, rows string) []byte {
	t.Helper()
	data := workbook(t, func(*excelize.File) {})
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	must(t, err)
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		must(t, err)
		content, err := io.ReadAll(r)
		must(t, err)
		files[f.Name] = string(content)
	}
	files["xl/worksheets/sheet1.xml"] = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` + rows + `</sheetData></worksheet>`
	return zipOf(t, files)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestReadXLSX(t *testing.T) {
	data := workbook(t, func(f *excelize.File) {
		must(t, f.SetSheetRow("Sheet1", "B2", &[]any{"取引先一覧"}))
		must(t, f.SetSheetRow("Sheet1", "A4", &[]any{"コード", "会社名", "法人番号", "7E", nil, ""}))
		must(t, f.SetSheetRow("Sheet1", "A5", &[]any{12, "㈱例示\n精工", 9999990000018, "7E+12"}))
		padded, err := f.NewStyle(&excelize.Style{CustomNumFmt: &[]string{"00000"}[0]})
		must(t, err)
		must(t, f.SetCellStyle("Sheet1", "A5", "A5", padded))
		must(t, f.SetCellFormula("Sheet1", "A6", "A5+1"))
		_, err = f.NewSheet("隠し")
		must(t, err)
		must(t, f.SetSheetVisible("隠し", false))
		_, err = f.NewSheet("予備")
		must(t, err)
		must(t, f.SetCellValue("予備", "A1", "x"))
	})
	got, err := Read(data, "list.xlsx", Options{})
	must(t, err)
	want := &Table{Format: XLSX, Sheet: "Sheet1", Sheets: []string{"Sheet1", "予備"}, Width: 4, Rows: []Row{
		line(2, "", "取引先一覧"),
		line(4, "コード", "会社名", "法人番号", "7E"),
		line(5, "00012", "㈱例示\n精工", "9999990000018", "7E+12"),
		line(6, "=A5+1"),
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	got, err = Read(data, "list.xlsx", Options{Sheet: "予備"})
	must(t, err)
	if got.Sheet != "予備" || len(got.Rows) != 1 {
		t.Errorf("chosen sheet: got %+v", got)
	}
	if _, err := Read(data[:len(data)-40], "list.xlsx", Options{}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a file cut off: got %v", err)
	}
	broken := bytes.Clone(data)
	broken[60] ^= 0xff // inside the first file of the archive
	if _, err := Read(broken, "list.xlsx", Options{}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a file with a flipped byte: got %v", err)
	}
}

// What a format adds is for the eye, but for the zeros of a code and for dates.
func TestNumberFormats(t *testing.T) {
	for _, c := range []struct {
		code  string
		value any
		want  string
	}{
		{"@\"御中\"", "架空精工", "架空精工"},
		{";;;", "見えない", "見えない"},
		{"#,##0", 7000012050002, "7000012050002"},
		{"#,##0", -1200, "-1200"},
		{"0\"円\"", 12, "12"},
		{"0.00E+00", 7000012050002, "7000012050002"},
		{"00000", 12, "00012"},
		{"000\\-0000", 1234567, "123-4567"},
		{"0000", 123456, "123456"},
		{"\"S\"0000", 12, "S0012"},
		{"0.0", 1.25, "1.25"},
		{"0", 0.1, "0.1"},
		{"yyyy\"年\"m\"月\"d\"日\"", 46350.0, "2026/11/24"},
		{"[$-411]ggge\"年\"m\"月\"d\"日\"", 46350.0, "2026/11/24"},
		{"yyyy/m/d h:mm", 46350.5, "2026/11/24 12:00"},
		{"[h]:mm", 0.5, "12:00"},
		{"[Red]#,##0", 1000, "1000"},
	} {
		data := workbook(t, func(f *excelize.File) {
			style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &c.code})
			must(t, err)
			must(t, f.SetCellValue("Sheet1", "A1", c.value))
			must(t, f.SetCellStyle("Sheet1", "A1", "A1", style))
		})
		got, err := Read(data, "x.xlsx", Options{})
		must(t, err)
		if got.Rows[0].Cells[0] != c.want {
			t.Errorf("%v as %s: %q, want %q", c.value, c.code, got.Rows[0].Cells[0], c.want)
		}
	}
}

// Merged cells stand for each of their rows; rows that a filter hides are read and counted.
func TestMergedAndHidden(t *testing.T) {
	data := workbook(t, func(f *excelize.File) {
		for i, row := range [][]any{{"コード", "会社名", "担当"}, {"A1", "架空", "例"}, {"A2"}, {"A3", "見本"}, {nil, nil, nil}} {
			must(t, f.SetSheetRow("Sheet1", "A"+string(rune('1'+i)), &row))
		}
		must(t, f.MergeCell("Sheet1", "C2", "C5"))
		must(t, f.MergeCell("Sheet1", "B2", "B3"))
		must(t, f.SetRowVisible("Sheet1", 3, false))
	})
	got, err := Read(data, "x.xlsx", Options{})
	must(t, err)
	want := []Row{line(1, "コード", "会社名", "担当"), line(2, "A1", "架空", "例"), line(3, "A2", "架空", "例"), line(4, "A3", "見本", "例")}
	if diff := cmp.Diff(want, got.Rows); diff != "" || got.Hidden != 1 {
		t.Errorf("%d hidden, rows (-want +got):\n%s", got.Hidden, diff)
	}
}

// The sheets that hold something are offered with their first rows, and one is chosen.
func TestSheetsAreProposed(t *testing.T) {
	data := workbook(t, func(f *excelize.File) {
		for name, cell := range map[string]string{"空": "", "表紙": "表紙", "一覧": "コード"} {
			_, err := f.NewSheet(name)
			must(t, err)
			must(t, f.SetCellValue(name, "A1", cell))
		}
	})
	got, err := Read(data, "x.xlsx", Options{Propose: func(sheets []Table) int {
		for i, s := range sheets {
			if s.Rows[0].Cells[0] == "コード" {
				return i
			}
		}
		return 0
	}})
	if err != nil || got.Sheet != "一覧" || len(got.Sheets) != 4 {
		t.Errorf("%+v %v", got, err)
	}
}

// Excel keeps the reading of names beside them; it must not be read into them.
func TestReadXLSXWithoutReadings(t *testing.T) {
	data := workbook(t, func(f *excelize.File) { must(t, f.SetCellValue("Sheet1", "A1", "例示")) })
	data = rewrite(t, data, "xl/sharedStrings.xml", func(s string) string {
		return strings.Replace(s, "<t>例示</t>", `<t>例示</t><rPh sb="0" eb="2"><t>レイジ</t></rPh>`, 1)
	})
	got, err := Read(data, "x.xlsx", Options{})
	must(t, err)
	if got.Rows[0].Cells[0] != "例示" {
		t.Errorf("got %q, want 例示 alone", got.Rows[0].Cells[0])
	}
}

// rewrite changes one file inside an archive.
func rewrite(t testing.TB, data []byte, name string, change func(string) string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	must(t, err)
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		must(t, err)
		var b bytes.Buffer
		_, err = b.ReadFrom(r)
		must(t, err)
		files[f.Name] = b.String()
	}
	changed := change(files[name])
	if changed == files[name] {
		t.Fatalf("%s did not change", name)
	}
	files[name] = changed
	return zipOf(t, files)
}

// bomb gives an archive that unpacks to 1 GB.
func bomb(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("xl/workbook.xml")
	must(t, err)
	_, err = w.Write([]byte("<workbook/>"))
	must(t, err)
	w, err = z.Create("xl/worksheets/sheet1.xml")
	must(t, err)
	block := bytes.Repeat([]byte("<c/>"), 1<<18)
	for range 1 << 10 {
		if _, err := w.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	must(t, z.Close())
	return b.Bytes()
}

func TestReadRefusesBombs(t *testing.T) {
	honest := bomb(t)
	lying := bytes.Clone(honest)
	entry := bytes.LastIndex(lying, []byte("PK\x01\x02")) // in the central directory
	copy(lying[entry+24:], []byte{100, 0, 0, 0})          // the size after unpacking
	long := sheetOf(t, strings.Repeat("<row/>", maxXLSXRows+1))
	for name, tt := range map[string]struct {
		data []byte
		key  string
	}{
		"honest":           {honest, "fault.sheet.inflated"},
		"lying":            {lying, "fault.sheet.broken"},
		"a lot of nothing": {long, "fault.sheet.rows"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(tt.data, "x.xlsx", Options{})
			var f *fault.Error
			if !errors.As(err, &f) || f.Key != tt.key {
				t.Errorf("got %v, want %s", err, tt.key)
			}
		})
	}
}

func TestWriteXLSX(t *testing.T) {
	at := time.Date(2026, 12, 9, 16, 30, 0, 0, time.UTC)
	var b bytes.Buffer
	err := WriteXLSX(&b, "一覧: 2026/12", []float64{12, 30}, Of([][]any{
		{"コード", "会社名", "点数", "時刻", "備考"},
		{"0012", "=HYPERLINK(\"x\")", 80, at, nil},
		{"7000012050002", "𠮷野〜\x07", 12.5, time.Time{}, "+81"},
	}))
	must(t, err)
	got, err := Read(b.Bytes(), "x.xlsx", Options{})
	must(t, err)
	want := []Row{
		line(1, "コード", "会社名", "点数", "時刻", "備考"),
		line(2, "0012", "=HYPERLINK(\"x\")", "80", "2026/12/10 01:30"),
		line(3, "7000012050002", "𠮷野〜", "12.5", "", "+81"),
	}
	if diff := cmp.Diff(want, got.Rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if got.Sheet != "一覧  2026 12" {
		t.Errorf("sheet %q", got.Sheet)
	}
	f, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
	must(t, err)
	defer func() { _ = f.Close() }()
	if formula, err := f.GetCellFormula(got.Sheet, "B2"); err != nil || formula != "" {
		t.Errorf("B2 holds the formula %q, %v", formula, err)
	}
}

// Merged areas of a hostile workbook that lie upon one another cost no more than each cell
// of the table, and what they make of short rows counts.
func TestMergedAreasAreBounded(t *testing.T) {
	const n, columns = 3000, 3
	r := &sheetReader{rows: builder{table: &Table{}}, limit: maxRows}
	for i := range n {
		must(t, r.rows.add(i+1, []string{"a", "b", "c"}))
		for c := range columns {
			r.merged = append(r.merged, fmt.Sprintf("%s%d:%s%d", ColumnName(c), n-i, ColumnName(c), maxXLSXRows))
		}
	}
	must(t, r.fillMerged())
	if most := n * columns; r.visited > most {
		t.Errorf("%d areas over %d rows took %d looks, want at most %d", len(r.merged), n, r.visited, most)
	}
	wide := &sheetReader{rows: builder{table: &Table{}}, limit: maxRows, merged: []string{"GR1:GR60000"}}
	row := make([]string, maxColumns)
	row[maxColumns-1] = "x"
	must(t, wide.rows.add(1, row))
	for i := range 2*maxCells/maxColumns + 1 {
		must(t, wide.rows.add(i+2, []string{"a"}))
	}
	if err := wide.fillMerged(); fault.KindOf(err) != fault.TooLarge {
		t.Errorf("%d cells that a merged area makes: %v, want TooLarge", wide.rows.cells, err)
	}
}
