package table

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
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

func utf16le(s string) []byte {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

func TestReadCSV(t *testing.T) {
	head := []Row{{1, []string{"コード", "会社名"}}, {2, []string{"001", "例示精工"}}}
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
		"sep line":         {data: []byte("sep=;\nコード;会社名\n001;例示精工"), enc: UTF8, want: []Row{{2, head[0].Cells}, {3, head[1].Cells}}},
		"old Mac":          {data: []byte("コード,会社名\r001,例示精工\r"), enc: UTF8, want: head},
		"trailing columns": {data: []byte("コード,会社名,,,\n001,例示精工, ,　,\n"), enc: UTF8, want: head},
		"blank rows": {data: []byte("\n取引先一覧,,\n\n,,\nコード,会社名\n001,例示精工\n\n\n002,見本\n"), enc: UTF8, want: []Row{
			{2, []string{"取引先一覧"}}, {5, head[0].Cells}, {6, head[1].Cells}, {9, []string{"002", "見本"}}}},
		"quoted newline": {data: []byte("コード,会社名\r\n001,\"例示\r\n精工\"\r\n\r\n002,\"見本\"\"甲\"\"\"\r\n"), enc: UTF8, want: []Row{
			head[0], {2, []string{"001", "例示\n精工"}}, {4, []string{"002", `見本"甲"`}}}},
		"bare quote":     {data: []byte("コード,会社名\n001,5\"管\n"), enc: UTF8, want: []Row{head[0], {2, []string{"001", `5"管`}}}},
		"ragged":         {data: []byte("a\n1,2,3\n4,5\n"), enc: UTF8, want: []Row{{1, []string{"a"}}, {2, []string{"1", "2", "3"}}, {3, []string{"4", "5"}}}},
		"one column":     {data: []byte("会社名\n例示精工\n"), enc: UTF8, want: []Row{{1, []string{"会社名"}}, {2, []string{"例示精工"}}}},
		"text formula":   {data: []byte("a,b\n=\"00123\",\"'=1+1\"\n"), enc: UTF8, want: []Row{{1, []string{"a", "b"}}, {2, []string{"00123", "=1+1"}}}},
		"control, bidi":  {data: []byte("a,b\nx\x07y,\u202ez\n"), enc: UTF8, want: []Row{{1, []string{"a", "b"}}, {2, []string{"xy", "z"}}}},
		"Microsoft only": {data: []byte("\x87\x40\x87\x8a,\xfb\xfc\x96\xd8,\x8d\xe8,\x87\x82,\x81\x60,\x81\x7c,\xed\x95\n"), enc: CP932, want: []Row{{1, []string{"①㈱", "髙木", "崎", "№", "～", "－", "﨑"}}}},
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
		"nothing":           {data: nil, kind: fault.Invalid, key: "fault.sheet.empty"},
		"blanks":            {data: []byte("\n , ,\n"), kind: fault.Invalid, key: "fault.sheet.empty"},
		"BOM alone":         {data: []byte("\ufeff"), kind: fault.Invalid, key: "fault.sheet.empty"},
		"PDF":               {data: []byte("%PDF-1.7\n%\xe2\xe3"), kind: fault.Invalid, key: "fault.sheet.pdf"},
		"ZIP":               {data: zipOf(t, map[string]string{"list.csv": "a,b"}), kind: fault.Invalid, key: "fault.sheet.zip"},
		"ZIP, cut off":      {data: []byte("PK\x03\x04xxxx"), kind: fault.Invalid, key: "fault.sheet.zip"},
		"ODS":               {data: zipOf(t, map[string]string{"content.xml": "<x/>"}), kind: fault.Invalid, key: "fault.sheet.ods"},
		"old Excel":         {data: []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest"), kind: fault.Invalid, key: "fault.sheet.xls"},
		"locked Excel":      {data: append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), encryptedPackage...), kind: fault.Invalid, key: "fault.sheet.locked"},
		"HTML":              {data: []byte("\n<HTML><table>"), kind: fault.Invalid, key: "fault.sheet.html"},
		"picture":           {data: []byte("\x89PNG\r\n\x1a\n"), kind: fault.Invalid, key: "fault.sheet.other"},
		"zero bytes":        {data: []byte("a,b\x00"), kind: fault.Invalid, key: "fault.sheet.other"},
		"not XLSX inside":   {data: zipOf(t, map[string]string{"xl/workbook.xml": "no"}), kind: fault.Invalid, key: "fault.sheet.broken"},
		"no encoding":       {data: []byte("\xff\xfd\xa0\x80\xff\xff"), kind: fault.Invalid, key: "fault.sheet.encoding"},
		"unknown encoding":  {data: []byte("a"), opts: Options{Encoding: "ebcdic"}, kind: fault.Invalid, key: "fault.sheet.encoding-unknown"},
		"too many columns":  {data: []byte(wide), kind: fault.TooLarge, key: "fault.sheet.columns"},
		"too long a cell":   {data: []byte("a,b\n" + strings.Repeat("あ", maxCell+1) + "\n"), kind: fault.TooLarge, key: "fault.sheet.cell"},
		"an unclosed quote": {data: []byte("a,\"b\n" + strings.Repeat("c,d\n", 5000)), kind: fault.TooLarge, key: "fault.sheet.cell"},
		"too many rows":     {data: []byte(strings.Repeat("a\n", maxRows+1)), kind: fault.TooLarge, key: "fault.sheet.rows"},
		"too many bytes":    {data: make([]byte, MaxBytes+1), kind: fault.TooLarge, key: "fault.sheet.bytes"},
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
