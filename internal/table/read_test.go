package table

import (
	"bytes"
	"errors"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"

	"tsunagi/internal/fault"
)

// sjis gives CP932 bytes as Windows writes them.
func sjis(t testing.TB, s string) []byte {
	t.Helper()
	b, err := japanese.ShiftJIS.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func encoded(t testing.TB, e encoding.Encoding, s string) []byte {
	t.Helper()
	b, err := e.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func utf16le(s string) []byte {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

func line(number int, cells ...string) Row { return Row{Number: number, Cells: cells} }

func TestReadCSV(t *testing.T) {
	head := []Row{line(1, "コード", "会社名"), line(2, "001", "例示精工")}
	tests := map[string]struct {
		data []byte
		opts Options
		enc  Encoding
		want []Row
	}{
		"UTF-8":            {data: []byte("コード,会社名\n001,例示精工\n"), enc: UTF8, want: head},
		"UTF-8 with BOM":   {data: []byte("\ufeffコード,会社名\r\n001,例示精工\r\n"), enc: UTF8, want: head},
		"BOM and quotes":   {data: []byte("\ufeff\"コード\",\"会社名\"\r\n\"001\",\"例示精工\""), enc: UTF8, want: head},
		"CP932":            {data: sjis(t, "コード,会社名\r\n001,例示精工\r\n"), enc: CP932, want: head},
		"CP932, chosen":    {data: sjis(t, "コード,会社名\r\n001,例示精工\r\n"), opts: Options{Encoding: CP932}, enc: CP932, want: head},
		"UTF-16 tab":       {data: utf16le("コード\t会社名\r\n001\t例示精工\r\n"), enc: UTF16, want: head},
		"UTF-16 over all":  {data: utf16le("コード\t会社名\r\n001\t例示精工\r\n"), opts: Options{Encoding: CP932}, enc: UTF16, want: head},
		"semicolon":        {data: []byte("コード;会社名\n001;例示精工"), enc: UTF8, want: head},
		"sep line":         {data: []byte("sep=;\nコード;会社名\n001;例示精工"), enc: UTF8, want: []Row{line(2, head[0].Cells...), line(3, head[1].Cells...)}},
		"old Mac":          {data: []byte("コード,会社名\r001,例示精工\r"), enc: UTF8, want: head},
		"trailing columns": {data: []byte("コード,会社名,,,\n001,例示精工, ,　,\n"), enc: UTF8, want: head},
		"blank rows": {data: []byte("\n取引先一覧,,\n\n,,\nコード,会社名\n001,例示精工\n\n\n002,見本\n"), enc: UTF8, want: []Row{
			line(2, "取引先一覧"), line(5, head[0].Cells...), line(6, head[1].Cells...), line(9, "002", "見本")}},
		"quoted newline": {data: []byte("コード,会社名\r\n001,\"例示\r\n精工\"\r\n\r\n002,\"見本\"\"甲\"\"\"\r\n"), enc: UTF8, want: []Row{
			head[0], line(2, "001", "例示\n精工"), line(4, "002", `見本"甲"`)}},
		"EUC-JP":                 {data: encoded(t, japanese.EUCJP, "コード,会社名\n001,例示精工\n"), enc: EUCJP, want: head},
		"EUC-JP, mostly kana":    {data: encoded(t, japanese.EUCJP, "コード,会社名\n001,れいじ\n"), enc: EUCJP, want: []Row{head[0], line(2, "001", "れいじ")}},
		"CP932, half-width":      {data: sjis(t, "ｺｰﾄﾞ,会社名\n001,ﾚｲｼﾞ精工\n"), enc: CP932, want: []Row{line(1, "ｺｰﾄﾞ", "会社名"), line(2, "001", "ﾚｲｼﾞ精工")}},
		"ISO-2022-JP":            {data: encoded(t, japanese.ISO2022JP, "コード,会社名\n001,例示精工\n"), enc: ISO2022JP, want: head},
		"UTF-16 without a mark":  {data: utf16le("コード\t会社名\r\n001\t例示精工\r\n")[2:], enc: UTF16, want: head},
		"chosen, over a guess":   {data: sjis(t, "code,name\nD1,ﾃｨ\n"), opts: Options{Encoding: CP932}, enc: CP932, want: []Row{line(1, "code", "name"), line(2, "D1", "ﾃｨ")}},
		"a mark over a choice":   {data: []byte("\ufeffコード,会社名\n001,例示精工\n"), opts: Options{Encoding: CP932}, enc: UTF8, want: head},
		"an open quote":          {data: []byte("a,b,c\n1,2,\"A4図面\n4,\"5\",6\n"), enc: UTF8, want: []Row{line(1, "a", "b", "c"), line(2, "1", "2", "\"A4図面"), line(3, "4", "5", "6")}},
		"a quote before another": {data: []byte("a,b\n1,\"A4図面\n4,\"5\"\n"), enc: UTF8, want: []Row{line(1, "a", "b"), line(2, "1", "\"A4図面"), line(3, "4", "5")}},
		"a quote closed too late": {data: []byte("a,b,c\n1,2,\"A4図面\n4,5,6\n7,8,9\"\n"), enc: UTF8, want: []Row{line(1, "a", "b", "c"),
			{Number: 2, Cells: []string{"1", "2", "A4図面\n4,5,6\n7,8,9"}, Swallows: true}}},
		"CR, with LF inside quotes": {data: []byte("a,b\r1,\"x\ny\"\r2,z\r"), enc: UTF8, want: []Row{line(1, "a", "b"), line(2, "1", "x\ny"), line(3, "2", "z")}},
		"bare quote":                {data: []byte("コード,会社名\n001,5\"管\n"), enc: UTF8, want: []Row{head[0], line(2, "001", `5"管`)}},
		"ragged":                    {data: []byte("a\n1,2,3\n4,5\n"), enc: UTF8, want: []Row{line(1, "a"), line(2, "1", "2", "3"), line(3, "4", "5")}},
		"one column":                {data: []byte("会社名\n例示精工\n"), enc: UTF8, want: []Row{line(1, "会社名"), line(2, "例示精工")}},
		"text formula":              {data: []byte("a,b\n=\"00123\",\"'=1+1\"\n"), enc: UTF8, want: []Row{line(1, "a", "b"), line(2, "00123", "=1+1")}},
		"control, bidi":             {data: []byte("a,b\nx\x07y,\u202ez\n"), enc: UTF8, want: []Row{line(1, "a", "b"), line(2, "xy", "z")}},
		"Microsoft only":            {data: []byte("\x87\x40\x87\x8a,\xfb\xfc\x96\xd8,\x8d\xe8,\x87\x82,\x81\x60,\x81\x7c,\xed\x95\n"), enc: CP932, want: []Row{line(1, "①㈱", "髙木", "崎", "№", "～", "－", "﨑")}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Read(tt.data, "list.csv", tt.opts)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Rows); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if got.Encoding != tt.enc || got.Unreadable != 0 {
				t.Errorf("encoding %s with %d unreadable, want %s with 0", got.Encoding, got.Unreadable, tt.enc)
			}
		})
	}
}

// A wrong choice shows as unreadable characters, so that the person can choose again.
func TestReadWrongEncoding(t *testing.T) {
	got, err := Read(sjis(t, "コード,会社名\n001,例示精工\n"), "x.csv", Options{Encoding: UTF8})
	if err != nil || got.Unreadable == 0 {
		t.Errorf("CP932 read as UTF-8: %d unreadable, %v", got.Unreadable, err)
	}
	mostly := append(sjis(t, strings.Repeat("例示精工,東京\n", 40)), "\x85\x9f\xff,x\n"...)
	got, err = Read(mostly, "x.csv", Options{})
	if err != nil || got.Unreadable == 0 {
		t.Errorf("CP932 with foreign bytes: %d unreadable, %v", got.Unreadable, err)
	}
}

func TestReadRefuses(t *testing.T) {
	wide := strings.Repeat("a,", maxColumns) + "a\n"
	tests := map[string]struct {
		data []byte
		opts Options
		kind fault.Kind
		key  string
	}{
		"nothing":          {data: nil, kind: fault.Invalid, key: "fault.sheet.empty"},
		"blanks":           {data: []byte("\n , ,\n"), kind: fault.Invalid, key: "fault.sheet.empty"},
		"BOM alone":        {data: []byte("\ufeff"), kind: fault.Invalid, key: "fault.sheet.empty"},
		"PDF":              {data: []byte("%PDF-1.7\n%\xe2\xe3"), kind: fault.Invalid, key: "fault.sheet.pdf"},
		"ZIP":              {data: zipOf(t, map[string]string{"list.csv": "a,b"}), kind: fault.Invalid, key: "fault.sheet.zip"},
		"ZIP, cut off":     {data: []byte("PK\x03\x04xxxx"), kind: fault.Invalid, key: "fault.sheet.zip"},
		"ODS":              {data: zipOf(t, map[string]string{"content.xml": "<x/>"}), kind: fault.Invalid, key: "fault.sheet.ods"},
		"old Excel":        {data: []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest"), kind: fault.Invalid, key: "fault.sheet.xls"},
		"locked Excel":     {data: append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), encryptedPackage...), kind: fault.Invalid, key: "fault.sheet.locked"},
		"HTML":             {data: []byte("\n<HTML><table>"), kind: fault.Invalid, key: "fault.sheet.html"},
		"picture":          {data: []byte("\x89PNG\r\n\x1a\n"), kind: fault.Invalid, key: "fault.sheet.other"},
		"zero bytes":       {data: []byte("a,b\x00"), kind: fault.Invalid, key: "fault.sheet.other"},
		"not XLSX inside":  {data: zipOf(t, map[string]string{"xl/workbook.xml": "no"}), kind: fault.Invalid, key: "fault.sheet.broken"},
		"no encoding":      {data: []byte("\xff\xfd\xa0\x80\xff\xff"), kind: fault.Invalid, key: "fault.sheet.encoding"},
		"unknown encoding": {data: []byte("a"), opts: Options{Encoding: "ebcdic"}, kind: fault.Invalid, key: "fault.sheet.encoding-unknown"},
		"too many columns": {data: []byte(wide), kind: fault.TooLarge, key: "fault.sheet.columns"},
		"too long a cell":  {data: []byte("a,b\n" + strings.Repeat("あ", maxCell+1) + "\n"), kind: fault.TooLarge, key: "fault.sheet.cell"},
		"too many rows":    {data: []byte(strings.Repeat("a\n", maxRows+1)), kind: fault.TooLarge, key: "fault.sheet.rows"},
		"too many bytes":   {data: make([]byte, MaxBytes+1), kind: fault.TooLarge, key: "fault.sheet.bytes"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Read(tt.data, "list.xlsx", tt.opts)
			var f *fault.Error
			if !errors.As(err, &f) || f.Kind != tt.kind || f.Key != tt.key {
				t.Errorf("got %v, want %v %s", err, tt.kind, tt.key)
			}
		})
	}
}

// What is broken in one place is read everywhere else, and shows there.
func TestOneBrokenByte(t *testing.T) {
	whole := "コード,会社名\n" + strings.Repeat("001,有限会社検証サンプル\n", 20)
	for name, data := range map[string]string{
		"a byte is missing": strings.Replace(whole, "限", "\xe9\x99", 1),
		"a zero":            strings.Replace(whole, "限", "\x00", 1),
	} {
		got, err := Read([]byte(data), "x.csv", Options{})
		if err != nil || got.Encoding != UTF8 || len(got.Rows) != 21 || got.Unreadable != 1 || got.Rows[1].Cells[1] != "有\ufffd会社検証サンプル" {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
}

// Hostile files take little memory, whatever they hold.
func TestReadIsBounded(t *testing.T) {
	const size = 1 << 20
	for name, data := range map[string][]byte{
		"commas":      bytes.Repeat([]byte(","), size),
		"open quotes": bytes.Repeat([]byte(`"a,`), size/3),
		"quotes":      bytes.Repeat([]byte(`"`), size),
		"line ends":   bytes.Repeat([]byte("\n"), size),
		"strings":     book2(t, "xl/sharedStrings.xml", strings.Repeat("<si/>", size/5)),
		"one text":    book2(t, "xl/sharedStrings.xml", "<si><t>"+strings.Repeat("x", size)),
		"one tag":     book2(t, "xl/sharedStrings.xml", "<si "+strings.Repeat("x", size)),
		"nesting":     book2(t, "xl/sharedStrings.xml", strings.Repeat("<si>", size/4)),
		"cells":       sheetOf(t, "<row>"+strings.Repeat("<c/>", size/4)+"</row>"),
		"merged": sheetOf(t, `<row><c t="str"><v>x</v></c></row>`+strings.Repeat(`<row><c r="B1" t="str"><v>y</v></c></row>`, 1000)+
			"</sheetData><mergeCells>"+strings.Repeat(`<mergeCell ref="A1:A1000000"/>`, size/30)+"</mergeCells><sheetData>"),
	} {
		t.Run(name, func(t *testing.T) {
			got := peak(func() {
				if _, err := Read(data, "x", Options{}); err != nil && fault.KindOf(err) == fault.Internal {
					t.Errorf("says %v", err)
				}
			})
			if got > 40<<20 {
				t.Errorf("reading took %d MB", got>>20)
			}
		})
	}
}

// peak is how much more memory was in use than before while something was done.
func peak(do func()) uint64 {
	defer debug.SetGCPercent(debug.SetGCPercent(25))
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	var (
		mu           sync.Mutex
		look         func()
		before, most = m.HeapAlloc, m.HeapAlloc
		done         bool
	)
	look = func() {
		mu.Lock()
		defer mu.Unlock()
		if done {
			return
		}
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapAlloc)
		time.AfterFunc(2*time.Millisecond, look)
	}
	look()
	do()
	mu.Lock()
	defer mu.Unlock()
	done = true
	return most - before
}

// book2 is a workbook with another part.
func book2(t testing.TB, part, content string) []byte {
	t.Helper()
	data := workbook(t, func(f *excelize.File) { must(t, f.SetCellValue("Sheet1", "A1", "例示")) })
	return rewrite(t, data, part, func(string) string { return "<sst>" + content })
}

func TestColumnName(t *testing.T) {
	for column, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 51: "AZ", 52: "BA", 701: "ZZ", 702: "AAA"} {
		if got := ColumnName(column); got != want {
			t.Errorf("ColumnName(%d) = %s, want %s", column, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("コード,会社名\n001,\"例示\n精工\"\n"), "")
	f.Add(sjis(f, "コード\t会社名\n=\"001\"\t㈱例示\n"), "cp932")
	f.Add([]byte("\ufeff\"a\"\"b\",'=1\r\n\r\n\"c"), "utf-8")
	f.Add(utf16le("a\tb\n"), "")
	f.Add([]byte("sep=;\n;;\r;"), "")
	f.Add(zipOf(f, map[string]string{"xl/workbook.xml": "<workbook/>"}), "")
	f.Fuzz(func(t *testing.T, data []byte, enc string) {
		table, err := Read(data, "x", Options{Encoding: Encoding(enc)})
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				t.Fatalf("an error that people cannot act on: %v", err)
			}
			return
		}
		last := 0
		for _, row := range table.Rows {
			if row.Number <= last || len(row.Cells) == 0 || len(row.Cells) > table.Width || row.Cells[len(row.Cells)-1] == "" {
				t.Fatalf("row %d after %d: %q", row.Number, last, row.Cells)
			}
			last = row.Number
		}
	})
}
