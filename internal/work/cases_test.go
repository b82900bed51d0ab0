package work

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tsunagi/internal/supplier"
	"tsunagi/internal/table"
)

// listCase is a list that people have, and what is right about it: of each row its
// number and outcome, then code, name, mail, phone and corporate number as they are
// kept, then the faults; and the warnings.
type listCase struct {
	known    []supplier.Supplier
	chosen   func(*supplier.Layout) // by a person, where nothing can be guessed
	lacking  string                 // what must be chosen before
	rows     []string
	warnings string
}

// cases are the files of testdata/suppliers.
var cases = map[string]listCase{
	"addresses.csv": {rows: []string{
		"2 new E01 検証1 (email-dot taro..yamada@docomo.example.jp)",
		"3 new E02 検証2 taro@example.jp [copy |  | hanako@example.jp]",
		"4 new E03 検証3 taro@example.jp"}},
	"several-contacts.csv": {known: []supplier.Supplier{{Code: "F05", Name: "検証5", Email: "e1@example.jp", Contacts: []supplier.Contact{
		{Role: supplier.RoleApprover, Lang: "en", Email: "e3@example.jp", Name: "戊 三"}}}}, rows: []string{
		"2 new F01 検証1 a1@example.jp [copy |  | a2@example.jp | 甲 二; copy |  | a3@example.jp | 甲 三; approver |  | a9@example.jp | 甲 九]",
		"3 new F02 検証2 b1@example.jp [copy |  | b2@example.jp | 乙 二; copy |  | b3@example.jp; approver |  |  | 乙 九] (email-part b1@example.jp, b2@example.jp, b3@example.jp)",
		"4 new F03 検証3 c1@example.jp [copy |  | c2@example.jp] (contact-names c2@example.jp, c1@example.jp) (email-dot c9..@example.jp)",
		"5 new F04 検証4 d1@example.jp [copy |  | d2@example.jp; copy |  | d3@example.jp; copy |  | d4@example.jp; copy |  | d5@example.jp; copy |  | d6@example.jp]" +
			" (contacts-over copy |  | d7@example.jp; approver |  |  | 丁 九 5)",
		"6 changed F05 検証5 e1@example.jp [approver | en | e3@example.jp | 戊 三; copy |  | e2@example.jp]"}},
	"code-lower-case.csv": {known: []supplier.Supplier{{Code: "S0001", Name: "サンプル精工㈱"}}, warnings: "alike 1 s0001 → S0001",
		rows: []string{"2 changed S0001 サンプル精工㈱ s0001@example.jp"}},
	"cover-sheet-first.xlsx": {warnings: "other-sheet 1", rows: []string{"2 new X001 有限会社サンプル1 x1@example.jp 03-0000-0001",
		"3 new X002 有限会社サンプル2 x2@example.jp 03-0000-0002", "4 new X003 有限会社サンプル3 x3@example.jp 03-0000-0003"}},
	"empty-column-name-wins.xlsx": {lacking: "code", chosen: func(l *supplier.Layout) { l.Mapping[supplier.ColumnCode] = 0 }, warnings: "no-mail",
		rows: []string{"2 new 1 架空商事株式会社", "3 new 2 見本工業有限会社"}},
	"format-honorific.xlsx": {rows: []string{"2 new X001 有限会社サンプル1 x1@example.jp 03-0000-0001",
		"3 new X002 有限会社サンプル2 x2@example.jp 03-0000-0002", "4 new X003 有限会社サンプル3 x3@example.jp 03-0000-0003"}},
	"format-thousands-corporate-number.xlsx": {rows: []string{"2 new X001 有限会社サンプル1 x1@example.jp 03-0000-0001 7000012050002",
		"3 new X002 有限会社サンプル2 x2@example.jp 03-0000-0002", "4 new X003 有限会社サンプル3 x3@example.jp 03-0000-0003"}},
	"formula-without-value-email.xlsx": {rows: []string{"2 new X001 有限会社サンプル1 x1@example.jp 03-0000-0001",
		"3 new X002 有限会社サンプル2 03-0000-0002 (cell-formula)", "4 new X003 有限会社サンプル3 x3@example.jp 03-0000-0003"}},
	"header-becomes-a-supplier.csv": {lacking: "header code name", warnings: "no-mail", chosen: func(l *supplier.Layout) {
		*l = supplier.Layout{Header: 0, Mapping: supplier.Mapping{supplier.ColumnCode: 0, supplier.ColumnName: 1}}
	}, rows: []string{"2 new 1 架空商事株式会社", "3 new 2 見本工業有限会社"}},
	"local-part-65.csv": {warnings: "empty-mail", rows: []string{"2 new A1 架空商事株式会社 (email-local 65/64)"}},
	"mac-cr-with-lf-in-cell.csv": {rows: []string{"2 new T001 有限会社テスト1 t1@example.jp", "3 new T002 有限会社テスト2 t2@example.jp",
		"4 new T003 有限会社テスト3 t3@example.jp", "5 new T004 有限会社テスト4 t4@example.jp", "6 new T005 有限会社テスト5 t5@example.jp"}},
	"merged-contact-and-name.xlsx": {rows: []string{"2 new X001 有限会社サンプル1 x1@example.jp 03-0000-0001",
		"3 new X002 有限会社サンプル1 x2@example.jp 03-0000-0002", "4 new X003 有限会社サンプル3 x3@example.jp 03-0000-0003"}},
	"no-mail-column.csv": {warnings: "no-mail", rows: []string{"2 new A1 架空商事株式会社", "3 new A2 見本工業有限会社"}},
	"one-optional-cell-refuses-the-row.csv": {rows: []string{"2 new A1 架空商事株式会社 a@example.jp 03-0000-0000 / 03-0000-0001 (phone-part 03-0000-0000 / 03-0000-0001)",
		"3 new A2 見本工業有限会社 b@example.jp (phone)", "4 new A3 例示産業株式会社 c@example.jp 03-0000-0000(直通) 03-0000-0001(代表)"}},
	"only-corporate-number.csv": {warnings: "no-mail", rows: []string{"2 new 8999990000001 架空商事株式会社 8999990000001",
		"3 new 7999990000002 見本工業有限会社 7999990000002"}},
	"own-export-tier.csv": {warnings: "no-mail", rows: []string{"2 new A1 架空商事株式会社"}},
	"prefecture-code-taken-as-code.csv": {warnings: "no-mail", rows: []string{"2 new 8999990000001 架空商事株式会社 8999990000001",
		"3 new 7999990000002 見本工業有限会社 7999990000002"}},
	"quote-note.csv":            {rows: []string{"2 new Q01 サンプルA q01@example.jp", "3 new Q02 サンプルB q02@example.jp", "4 new Q03 サンプルC q03@example.jp"}},
	"ragged-unquoted-comma.csv": {warnings: "no-mail", rows: []string{"2 faulty (row-long 6/5)", "3 new R02 有限会社サンプル2"}},
	"running-number-A.csv": {rows: []string{"2 new 8999990000001 架空商事株式会社 a@example.jp 8999990000001",
		"3 new 7999990000002 見本工業有限会社 b@example.jp 7999990000002"}},
	// The person insists on the running number, after the first list was taken in with it.
	"running-number-B.csv": {lacking: "code", known: []supplier.Supplier{{Code: "1", Name: "架空商事株式会社"}, {Code: "2", Name: "見本工業有限会社"}},
		chosen:   func(l *supplier.Layout) { l.Mapping[supplier.ColumnCode] = 0 },
		warnings: "names 2 架空商事株式会社 → 例示運輸株式会社、見本工業有限会社 → 試験食品合同会社",
		rows:     []string{"2 changed 1 例示運輸株式会社 x@example.jp", "3 changed 2 試験食品合同会社 y@example.jp"}},
	"total-row.csv": {rows: []string{"2 new Z01 検証A z1@example.jp", "3 faulty (row-total)", "4 faulty (row-total)"}},
	"utf8-one-byte-missing-english-header.csv":  {warnings: "unreadable 1", rows: append([]string{"2 faulty (cell-unreadable)"}, utf8Rows(59, "U", "有限会社検証サンプル", "u")...)},
	"utf8-one-byte-missing-japanese-header.csv": {warnings: "unreadable 1", rows: append([]string{"2 faulty (cell-unreadable)"}, utf8Rows(5, "T", "有限会社テスト", "t")...)},
	"workbook-part-named-workbook2.xlsx": {rows: []string{"2 new X001 有限会社サンプル1 x1@example.jp 03-0000-0001",
		"3 new X002 有限会社サンプル2 x2@example.jp 03-0000-0002", "4 new X003 有限会社サンプル3 x3@example.jp 03-0000-0003"}},
}

// utf8Rows are those below the one with the broken byte.
func utf8Rows(n int, code, name, mail string) []string {
	var out []string
	for i := 2; i <= n; i++ {
		out = append(out, fmt.Sprintf("%d new %s%03d %s%d %s%d@example.jp", i+1, code, i, name, i, mail, i))
	}
	return out
}

func TestListsAsPeopleHaveThem(t *testing.T) {
	files, err := filepath.Glob("testdata/suppliers/*")
	if err != nil || len(files) != len(cases) {
		t.Fatalf("%d files, %d cases, %v", len(files), len(cases), err)
	}
	for _, file := range files {
		want, ok := cases[filepath.Base(file)]
		if !ok {
			t.Errorf("%s is no case", file)
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			i, read := opened(t, file, want)
			known := want.known
			for n := range known {
				known[n].ID, known[n].Lang, known[n].Lane = known[n].Code, "ja", supplier.LaneMail
			}
			verdicts, counts := i.Judge(read.Rows, supplier.NewKnown(known))
			var got []string
			for _, v := range verdicts {
				got = append(got, told(v))
			}
			if !slices.Equal(got, want.rows) {
				t.Errorf("rows\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want.rows, "\n"))
			}
			if got := warned(i.Look(read, verdicts, counts)); got != want.warnings {
				t.Errorf("warnings %q, want %q", got, want.warnings)
			}
		})
	}
}

// opened reads a list, as it is guessed and then as the person of the case chooses.
func opened(t *testing.T, file string, want listCase) (supplier.Import, supplier.Reading) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	list, err := table.Read(data, file, table.Options{Propose: func(sheets []table.Table) int {
		heads := make([][]supplier.Row, len(sheets))
		for i := range sheets {
			heads[i] = sheets[i].Listed()
		}
		return supplier.Propose(heads)
	}})
	if err != nil {
		t.Fatal(err)
	}
	read := list.Reading()
	i := supplier.Import{Layout: supplier.Guess(read.Rows), Preview: &supplier.Preview{Encoding: read.Encoding}}
	var lacking []string
	for _, f := range i.Lacking(read.Width) {
		lacking = append(lacking, f.Name)
	}
	if got := strings.Join(lacking, " "); got != want.lacking {
		t.Errorf("the person is asked for %q, want %q", got, want.lacking)
	}
	if want.chosen != nil {
		want.chosen(&i.Layout)
	}
	return i, read
}

func told(v supplier.Verdict) string {
	s := v.Supplier
	out := []string{fmt.Sprint(v.Row), string(v.Outcome)}
	for _, value := range []string{s.Code, s.Name, s.Email, s.Phone, s.CorporateNumber} {
		if value != "" {
			out = append(out, value)
		}
	}
	if contacts := s.Value(supplier.ColumnContacts); contacts != "" {
		out = append(out, "["+strings.ReplaceAll(contacts, "\n", "; ")+"]")
	}
	for _, f := range v.Faults {
		word := strings.TrimPrefix(f.Key, "fault.supplier.")
		switch a := f.Args; {
		case a["Length"] != nil:
			word += fmt.Sprintf(" %v/%v", a["Length"], a["Max"])
		case a["Cells"] != nil:
			word += fmt.Sprintf(" %v/%v", a["Cells"], a["Columns"])
		default:
			for _, name := range slices.Sorted(maps.Keys(a)) {
				if value := fmt.Sprint(a[name]); value != "" {
					word += " " + value
				}
			}
		}
		out = append(out, "("+word+")")
	}
	return strings.Join(out, " ")
}

func warned(p supplier.Preview) string {
	var out []string
	for _, w := range p.Warnings {
		word := w.Kind
		if w.Count > 0 {
			word += fmt.Sprint(" ", w.Count)
		}
		if len(w.Examples) > 0 {
			word += " " + strings.Join(w.Examples, "、")
		}
		out = append(out, word)
	}
	return strings.Join(out, ", ")
}
