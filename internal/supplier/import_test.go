package supplier

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tsunagi/internal/access"

	"tsunagi/internal/fault"
)

// table makes rows of lines whose cells are parted by |, numbered from 1.
func table(lines ...string) []Row {
	rows := make([]Row, len(lines))
	for i, line := range lines {
		rows[i] = Row{Number: i + 1, Cells: strings.Split(line, "|")}
	}
	return rows
}

func TestGuessHeader(t *testing.T) {
	tests := []struct {
		name string
		rows []Row
		at   int
		want Mapping
	}{
		{"usual", table("取引先コード|会社名|フリガナ|法人番号|部署|担当者|メールアドレス|電話番号|備考", "1|例示|レイジ|番|部|担|メ|電|備"), 0,
			Mapping{ColumnCode: 0, ColumnName: 1, ColumnKana: 2, ColumnCorporateNumber: 3, ColumnDepartment: 4, ColumnContact: 5,
				ColumnEmail: 6, ColumnPhone: 7, ColumnNote: 8}},
		{"titles above", table("2026年度 取引先一覧（資材部）", "作成日|2026/4/1", "No.|仕入先コード|商号又は名称|ご担当者様|E-mail|TEL", "1|A1|例示|担|メ|電"), 2,
			Mapping{ColumnCode: 1, ColumnName: 2, ColumnContact: 3, ColumnEmail: 4, ColumnPhone: 5}},
		{"half width, marks, line breaks", table("ｺｰﾄﾞ|法人名※必須|ｶﾅ名称|ＴＥＬ|Ｅメール\n(半角)|所属\n部署名|取引区分|重要度\n(高/中/低)"), 0,
			Mapping{ColumnCode: 0, ColumnName: 1, ColumnKana: 2, ColumnPhone: 3, ColumnEmail: 4, ColumnDepartment: 5, ColumnTags: 6, ColumnRank: 7}},
		{"lookalikes", table("郵便番号|法人番号|業者コード|会社名カナ|会社名|担当者カナ|担当者名|弊社担当者|担当者メールアドレス|CCメールアドレス|FAX番号|代表電話番号|登録番号|個人情報の取扱い"), 0,
			Mapping{ColumnCorporateNumber: 1, ColumnCode: 2, ColumnKana: 3, ColumnName: 4, ColumnContact: 6, ColumnEmail: 8, ColumnCopyEmail: 9, ColumnPhone: 11,
				ColumnInvoiceNumber: 12, ColumnPersonalData: 13}},
		{"English", table("Vendor ID|Company Name|Contact Person|Mail Address|Phone|Department|Language|Tier|Country|Notes"), 0,
			Mapping{ColumnCode: 0, ColumnName: 1, ColumnContact: 2, ColumnEmail: 3, ColumnPhone: 4, ColumnDepartment: 5, ColumnLang: 6,
				ColumnRank: 7, ColumnNote: 9}},
		{"no column twice", table("メール|メールアドレス|コード|取引先コード|名称|企業名"), 0, Mapping{ColumnEmail: 1, ColumnCode: 3, ColumnName: 5}},
		{"one row, and columns without content", table("コード|会社名|メール|CC|承認者", "A|例示|||"), 0, Mapping{ColumnCode: 0, ColumnName: 1}},
		{"people in columns of their own", table("コード|会社名|メール|メールアドレス2|担当者2|cc2|承認者名|承認者メールアドレス"), 0,
			Mapping{ColumnCode: 0, ColumnName: 1, ColumnEmail: 2, ColumnCopyEmail: 3, ColumnCopyName: 4, ColumnCopy2Email: 5, ColumnApproverName: 6, ColumnApproverEmail: 7}},
		{"one column", table("会社名", "例示精工"), 0, Mapping{ColumnName: 0}},
		{"a column without content", table("コード|会社の名|name|メール", "A1|例示||", "A2|見本||"), 0, Mapping{ColumnCode: 0, ColumnName: 1}},
		{"running numbers", table("No.|会社名|番号|連番|ID|管理番号", "1|例示|1|1|1|1", "2|見本|2|2|2|2"), 0, Mapping{ColumnName: 1}},
		{"an id that counts nothing", table("ID|会社名", "7|例示", "2|見本"), 0, Mapping{ColumnCode: 0, ColumnName: 1}},
		{"numbers of places", table("prefectureCode|市区町村コード|郵便番号|name", "13|13101|1000001|例示"), 0, Mapping{ColumnName: 3}},
		{"the reading of another name", table("コード|会社名|代表者名|フリガナ|担当者|カナ", "A1|例示|例 一|レイ イチ|例 二|レイ ニ"), 0,
			Mapping{ColumnCode: 0, ColumnName: 1, ColumnContact: 4}},
		{"the company's reading", table("コード|会社名|フリガナ|代表者名", "A1|例示|レイジ|例 一"), 0, Mapping{ColumnCode: 0, ColumnName: 1, ColumnKana: 2}},
		{"the corporate number as the key", table("No.|会社名|法人番号", "1|例示|7000012050002"), 0,
			Mapping{ColumnCode: 2, ColumnName: 1, ColumnCorporateNumber: 2}},
		{"two rows", table("取引先コード|会社名|連絡先||", "||氏名|メール|電話", "A1|例示|例 一|a@example.jp|03-0000-0000"), 0,
			Mapping{ColumnCode: 0, ColumnName: 1, ColumnContact: 2, ColumnEmail: 3, ColumnPhone: 4}},
		{"reasons of an earlier round", table("コード|会社名|[Tsunagi] 元の行番号|[Tsunagi] メールの理由"), 0, Mapping{ColumnCode: 0, ColumnName: 1}},
		{"no header", table("A1|例示精工|営業部門", "A2|見本商会|情報部門"), AskHeader, Mapping{}},
		{"nothing", nil, AskHeader, Mapping{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Guess(tt.rows)
			if got.Header != tt.at {
				t.Errorf("header at %d, want %d", got.Header, tt.at)
			}
			if diff := cmp.Diff(tt.want, got.Mapping); diff != "" {
				t.Errorf("mapping (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMappingCheck(t *testing.T) {
	for _, tt := range []struct {
		m    Mapping
		want string
	}{
		{Mapping{ColumnCode: 0, ColumnName: 1}, ""},
		{Mapping{ColumnName: 0}, "code=fault.supplier.mapping-code"},
		{Mapping{ColumnCode: 0}, "name=fault.supplier.mapping-name"},
		{Mapping{ColumnCode: 0, ColumnName: 0}, "name=fault.supplier.mapping-twice"},
		{Mapping{ColumnCode: 0, ColumnName: 2}, "name=fault.choose"},
		{Mapping{ColumnCode: 0, ColumnCorporateNumber: 0, ColumnName: 1}, ""},
		{Mapping{ColumnCode: -1, ColumnName: 1}, "code=fault.choose"},
	} {
		var got []string
		for _, f := range tt.m.Check(2) {
			got = append(got, f.Name+"="+f.Key)
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%v: got %q, want %q", tt.m, s, tt.want)
		}
	}
}

// everything is the header of a list with every column, each by the first word that
// its row knows.
var everything = func() Row {
	header := Row{Number: 1}
	for _, column := range Columns {
		header.Cells = append(header.Cells, column.field().Words.known[0])
	}
	return header
}()

func everyColumn(t *testing.T) Mapping {
	t.Helper()
	m, _ := guessColumns(everything, nil)
	if len(m) != len(Columns) {
		t.Fatalf("mapping %v", m)
	}
	return m
}

func TestCheck(t *testing.T) {
	m, cells := everyColumn(t), make([]string, len(Columns))
	typed := map[Column]string{ColumnCode: "００１", ColumnName: "㈱例示\n精工", ColumnKana: "ﾚｲｼﾞ", ColumnCorporateNumber: "7000012050002",
		ColumnInvoiceNumber: "T7000012050002", ColumnDepartment: "総務部", ColumnContact: "見本　太郎", ColumnEmail: "ＴＡＲＯ@example.jp",
		ColumnPhone: "03ー0000ー0000", ColumnLang: "英語", ColumnTags: "外注、清掃;外注", ColumnRank: "高", ColumnPersonalData: "○",
		ColumnLane: "郵送", ColumnNote: "一行目\n二行目"}
	var given []Column
	for _, column := range Columns {
		if cells[m[column]] = typed[column]; typed[column] != "" {
			given = append(given, column)
		}
	}
	line := lineOf(cells, m)
	if len(line.Faults) != 0 {
		t.Fatalf("faults %v", line.Faults)
	}
	line.Given = append([]Column{ColumnCode}, line.Given...) // the key, which is judged apart
	want := Supplier{Code: "001", Name: "㈱例示 精工", Kana: "レイジ", CorporateNumber: "7000012050002", InvoiceNumber: "T7000012050002",
		Department: "総務部", ContactName: "見本　太郎", Email: "taro@example.jp", Phone: "03-0000-0000", Lang: "en",
		Tags: []string{"外注", "清掃"}, Rank: TierHigh, PersonalData: true, Lane: LanePaper, Note: "一行目\n二行目"}
	if diff := cmp.Diff(want, line.Supplier); diff != "" {
		t.Errorf("supplier (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(given, line.Given); diff != "" {
		t.Errorf("given (-want +got):\n%s", diff)
	}
}

// lineOf reads one row of a list with every column.
func lineOf(cells []string, m Mapping) listLine {
	r := reader{row: Row{Number: 3, Cells: cells}, header: everything, mapping: m, line: listLine{Row: 3}}
	r.identify(NewKnown(nil))
	r.read()
	return r.line
}

func TestCheckFaults(t *testing.T) {
	m := everyColumn(t)
	for _, tt := range []struct {
		column Column
		value  string
		key    string
	}{
		{ColumnCode, "", "fault.supplier.code-missing"}, {ColumnCode, "1E+05", "fault.supplier.number-exponent"},
		{ColumnCode, "=A1", "fault.supplier.cell-formula"}, {ColumnName, "=1+1", "fault.supplier.cell-formula"},
		{ColumnName, "＝HYPERLINK(\"x\")", "fault.supplier.cell-formula"}, {ColumnName, "@SUM(A1)", "fault.supplier.cell-formula"},
		{ColumnName, "+cmd", "fault.supplier.cell-formula"}, {ColumnName, "-A1", "fault.supplier.cell-formula"},
		{ColumnName, "#N/A", "fault.supplier.cell-error"}, {ColumnPhone, "####", "fault.supplier.cell-error"},
		{ColumnName, "\ufffd\ufffd精工", "fault.supplier.cell-unreadable"}, {ColumnName, "\ue000田商店", "fault.supplier.cell-private"}, {ColumnKana, "\ufffd", "fault.supplier.cell-unreadable"},
		{ColumnName, strings.Repeat("あ", MaxName+1), "fault.too-long"},
		{ColumnKana, "例示", "fault.supplier.kana"},
		{ColumnCorporateNumber, "7E+12", "fault.supplier.number-exponent"},
		{ColumnCorporateNumber, "7000012050003", "fault.supplier.corporate-number-check"},
		{ColumnCorporateNumber, "123", "fault.supplier.corporate-number-length"},
		{ColumnCorporateNumber, "個人", "fault.supplier.corporate-number-digits"},
		{ColumnInvoiceNumber, "123", "fault.supplier.invoice-number"},
		{ColumnEmail, "taro@example", "fault.supplier.email"}, {ColumnEmail, "taro..y@example.jp", "fault.supplier.email-dot"},
		{ColumnEmail, "taro.@example.jp", "fault.supplier.email-dot"},
		{ColumnEmail, "taro@example.jp（経理）", "fault.supplier.email-character"}, {ColumnEmail, "taro@example.jp 経理", "fault.supplier.email-part"}, {ColumnEmail, strings.Repeat("a", 65) + "@example.jp", "fault.supplier.email-local"},
		{ColumnPhone, "03-0000-0000、03-0000-0001", "fault.supplier.phone-part"}, {ColumnPhone, "03-0000-0000 平日のみ", "fault.supplier.phone-part"},
		{ColumnPhone, "非公開", "fault.supplier.phone"}, {ColumnEmail, "a@example.jp, b", "fault.supplier.email-part"}, {ColumnContacts, "上司 | | b@example.jp", "fault.supplier.contact-role"},
		{ColumnContacts, "写し | 仏語 | b@example.jp", "fault.supplier.contact-lang"}, {ColumnContacts, "写し | | | 例 花子", "fault.supplier.contact-email"},
		{ColumnContacts, "写し | | b@example.jp | 例 花子 | 品質 | 000-0000-0001 | 内線5", "fault.supplier.phone"},
		{ColumnContacts, "写し | | b@example.jp | 例 花子 | 品質 | | 000-0000-0001", "fault.supplier.phone"},
		{ColumnPhone, "300000000", "fault.supplier.phone-zero"}, {ColumnPhone, "電話", "fault.supplier.phone"},
		{ColumnLang, "仏語", "fault.supplier.choice-lang"}, {ColumnRank, "特", "fault.supplier.choice-rank"},
		{ColumnPersonalData, "多分", "fault.supplier.choice-personal-data"}, {ColumnLane, "伝書鳩", "fault.supplier.choice-lane"},
		{ColumnTags, strings.Repeat("あ", MaxTag+1), "fault.supplier.tag-long"},
		// These hold.
		{ColumnEmail, "taro@example.jp;", ""}, {ColumnEmail, "例 <taro@example.jp>", ""}, {ColumnEmail, "a@example.jp／b@example.jp c@example.jp", ""}, {ColumnContacts, "b@example.jp", ""},
		{ColumnContacts, "写し | | b@example.jp | 例 花子 | 品質 | 000-0000-0001 | |", ""}, {ColumnContacts, "写し | | b@example.jp | | | | | ", ""},
		{ColumnPhone, "+81-3-0000-0000", ""}, {ColumnPhone, "03-0000-0000(直通) 03-0000-0001(代表)", ""}, {ColumnPhone, "-", ""}, {ColumnEmail, "なし", ""}, {ColumnCorporateNumber, "―", ""},
		{ColumnName, "-", ""}, {ColumnPersonalData, "-", ""}, {ColumnRank, "★４", ""}, {ColumnNote, "-5%", ""}, {ColumnName, "@", ""},
	} {
		cells := make([]string, len(Columns))
		cells[m[ColumnCode]], cells[m[ColumnName]] = "001", "例示"
		cells[m[tt.column]] = tt.value
		line := lineOf(cells, m)
		if tt.key == "" {
			if len(line.Faults) != 0 {
				t.Errorf("%s %q: faults %v", tt.column, tt.value, line.Faults)
			}
			continue
		}
		if len(line.Faults) != 1 {
			t.Errorf("%s %q: faults %v, want one", tt.column, tt.value, line.Faults)
			continue
		}
		f := line.Faults[0]
		if f.Key != tt.key || f.Row != 3 || f.Column != tt.column || f.Index != m[tt.column] || f.Header != everything.Cells[f.Index] ||
			!strings.HasPrefix(tt.value, strings.TrimSuffix(f.Value, "…")) {
			t.Errorf("%s %q: got %+v, want %s", tt.column, tt.value, f, tt.key)
		}
	}
}

func judge(existing map[string]Supplier, lines ...string) ([]Verdict, Counts) {
	rows := table(lines...)
	m, _ := guessColumns(rows[0], nil)
	return judgeAll(rows[1:], rows[0], m, existing)
}

func header(rows []Row) (int, Mapping) {
	l := Guess(rows)
	return l.Header, l.Mapping
}

func judgeAll(rows []Row, header Row, m Mapping, existing map[string]Supplier) ([]Verdict, Counts) {
	return Judge(Sheet{Header: header, Rows: rows, Mapping: m}, NewKnown(slices.Collect(maps.Values(existing))))
}

func TestJudgeTwiceChangesNothing(t *testing.T) {
	list := []string{"コード|会社名|メール|電話|タグ|重要度|言語|個人情報", "001|㈱例示　精工|TARO@example.jp|０３-0000-0000|外注、清掃|中|日本語|有",
		"002|見本商会|-||清掃|||", "003|Example Co., Ltd.|a@example.com|+81 3 0000 0000||low|English|no"}
	verdicts, counts := judge(nil, list...)
	if want := (Counts{New: 3}); counts != want {
		t.Fatalf("first time: %+v %+v", counts, verdicts)
	}
	existing := map[string]Supplier{}
	for _, s := range TakeIn(access.System("o1", "青木"), Import{}, verdicts, func() string { return "id" }, time.Now()).Added {
		if s.Tier != s.Rank || len(s.Search) == 0 {
			t.Errorf("nothing derived: %+v", s)
		}
		existing[s.Code] = s
	}
	if verdicts, counts = judge(existing, list...); counts != (Counts{Same: 3}) {
		t.Errorf("second time: %+v %+v", counts, verdicts)
	}
}

func TestJudgeChanges(t *testing.T) {
	no := false
	old := Supplier{ID: "s1", Revision: 4, Code: "0012", Name: "旧社名", Email: "old@example.jp", Phone: "03-0000-0000", Lang: "en",
		Tags: []string{"手作業"}, Lane: LanePaper, HoldsData: &no, Note: "大切"}
	verdicts, counts := judge(map[string]Supplier{"0012": old}, "コード|会社名|メール|電話|タグ|備考",
		"0012|新社名|new@example.jp|||", // blank cells erase nothing
	)
	want := old
	want.Name, want.Email = "新社名", "new@example.jp"
	if diff := cmp.Diff([]Verdict{{Row: 2, Outcome: Changed, Supplier: want, Was: old, Changed: []Column{ColumnName, ColumnEmail}}}, verdicts); diff != "" {
		t.Errorf("verdict (-want +got):\n%s", diff)
	}
	if counts != (Counts{Changed: 1}) {
		t.Errorf("counts %+v", counts)
	}
	verdicts, _ = judge(map[string]Supplier{"0012": old}, "コード|会社名|タグ", "0012||外注、手作業")
	if got := joinTags(verdicts[0].Supplier.Tags); got != "手作業、外注" || verdicts[0].Outcome != Changed {
		t.Errorf("tags %q, %s", got, verdicts[0].Outcome)
	}
}

func TestJudgeFaults(t *testing.T) {
	existing := map[string]Supplier{"0012": {ID: "s1", Code: "0012", Name: "例示"}}
	verdicts, counts := judge(existing, "コード|会社名|法人番号", "A|甲|", "B|乙|", "Ａ|甲の二|", "12|丙|", "C||", "0012||", "|丁|", "A|甲の三|7E+12")
	var got []string
	for _, v := range verdicts {
		var keys []string
		for _, f := range v.Faults {
			keys = append(keys, strings.TrimPrefix(f.Key, "fault.supplier."))
		}
		got = append(got, string(v.Outcome)+" "+strings.Join(keys, "+"))
	}
	want := []string{"faulty code-twice", "new ", "faulty code-twice", "faulty code-zero", "faulty name-missing", "same ",
		"faulty code-missing", "faulty number-exponent+code-twice"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
	if counts != (Counts{New: 1, Same: 1, Faulty: 6}) {
		t.Errorf("counts %+v", counts)
	}
	if diff := cmp.Diff(fault.Args{"Rows": "2, 4, 9"}, verdicts[0].Faults[0].Args); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(fault.Args{"Code": "0012"}, verdicts[3].Faults[0].Args); diff != "" {
		t.Errorf("code (-want +got):\n%s", diff)
	}
}

func TestFaultyRowsComeBack(t *testing.T) {
	rows := table("取引先一覧", "コード|会社名|メール|余分", "1|甲|a@example.jp", "2|乙|bad|x", "|丙|c@example.jp|y|z")
	at, m := header(rows)
	words := func(faults []RowFault) string {
		var keys []string
		for _, f := range faults {
			keys = append(keys, f.Key)
		}
		return strings.Join(keys, "\n")
	}
	export := func(header Row, rows []Row, m Mapping) [][]string {
		verdicts, _ := judgeAll(rows, header, m, nil)
		return FaultyRows(header, rows, verdicts, "元の行", "エラーの内容", words)
	}
	got := export(rows[at], rows[at+1:], m)
	want := [][]string{
		{"コード", "会社名", "メール", "余分", "", "[Tsunagi] 元の行", "[Tsunagi] エラーの内容"},
		{"2", "乙", "bad", "x", "", "4", "fault.supplier.email"},
		{"", "丙", "c@example.jp", "y", "z", "5", "fault.supplier.code-missing"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("faulty rows (-want +got):\n%s", diff)
	}
	// One row is corrected, the other is not: the second round shows one reason each.
	again := make([]Row, len(got))
	for i, cells := range got {
		again[i] = Row{Number: i + 1, Cells: cells}
	}
	again[1].Cells[2] = "b@example.jp"
	at, m = header(again)
	verdicts, counts := judgeAll(again[at+1:], again[at], m, nil)
	if counts != (Counts{New: 1, Faulty: 1}) || verdicts[0].Supplier.Email != "b@example.jp" {
		t.Errorf("second round: %+v", counts)
	}
	want = [][]string{want[0], {"", "丙", "c@example.jp", "y", "z", "3", "fault.supplier.code-missing"}}
	if diff := cmp.Diff(want, export(again[at], again[at+1:], m)); diff != "" {
		t.Errorf("second round (-want +got):\n%s", diff)
	}
}

// What a directory exports imports as the same.
func TestValueReadsBack(t *testing.T) {
	s := Supplier{Code: "001", Name: "㈱例示", Kana: "レイジ", CorporateNumber: "7000012050002", InvoiceNumber: "T7000012050002",
		Department: "総務部", ContactName: "見本　太郎", Email: "taro@example.jp", Phone: "03-0000-0000", Lang: "en", Tags: []string{"外注", "清掃"},
		Rank: TierMedium, PersonalData: true, Lane: LanePaper, Note: "一\n二"}
	m := everyColumn(t)
	cells := make([]string, len(Columns))
	for column, index := range m {
		cells[index] = s.Value(column)
	}
	verdicts, counts := judgeAll([]Row{{Number: 2, Cells: cells}}, everything, m, map[string]Supplier{"001": s})
	if counts != (Counts{Same: 1}) {
		t.Errorf("got %+v", verdicts)
	}
}

func FuzzImport(f *testing.F) {
	f.Add("取引先コード|会社名|メール\nA|例示|a@example.jp\nA|=1|7E+12")
	f.Add("一覧\nNo|商号|法人番号|電話|個人情報\n1|\xff|7000012050002|３|○")
	f.Add("[Tsunagi] x|コード|名称\n||")
	f.Fuzz(func(t *testing.T, text string) {
		rows := table(strings.Split(text, "\n")...)
		at, m := header(rows)
		if at < 0 {
			return
		}
		seen := map[int]bool{}
		for column, index := range m {
			if index < 0 || index >= len(rows[at].Cells) && index >= len(rows[min(at+1, len(rows)-1)].Cells) || seen[index] && !m.NumberIsKey() {
				t.Fatalf("%s at %d in %q", column, index, rows[at].Cells)
			}
			seen[index] = true
		}
		body := rows[at+1:]
		verdicts, counts := judgeAll(body, rows[at], m, nil)
		if counts.New+counts.Faulty != len(body) {
			t.Fatalf("counts %+v of %d rows", counts, len(body))
		}
		existing := map[string]Supplier{}
		for _, v := range verdicts {
			if (v.Outcome == Faulty) != slices.ContainsFunc(v.Faults, func(f RowFault) bool { return !f.Left }) {
				t.Fatalf("verdict %+v", v)
			}
			if v.Outcome == New {
				existing[v.Supplier.Code] = v.Supplier
			}
		}
		_, again := judgeAll(body, rows[at], m, existing)
		if again.New != 0 || again.Changed != 0 {
			t.Fatalf("a second time: %+v after %+v", again, counts)
		}
	})
}
