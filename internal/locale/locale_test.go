package locale

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tsunagi/internal/calendar"
	"tsunagi/internal/fault"
)

func files(ja, en string) fstest.MapFS {
	return fstest.MapFS{"locales/ja/a.yaml": {Data: []byte(ja)}, "locales/en/a.yaml": {Data: []byte(en)}}
}

func TestLoadRefusesGaps(t *testing.T) {
	if _, err := Load(files("a.x: あ\n", "a.x: x\na.y: y\n")); err == nil || !strings.Contains(err.Error(), "a.y") {
		t.Errorf("Load = %v, want the missing key named", err)
	}
	twice := files("a.x: あ\n", "a.x: x\n")
	twice["locales/ja/b.yaml"] = &fstest.MapFile{Data: []byte("a.x: い\n")}
	if _, err := Load(twice); err == nil {
		t.Error("a key given twice is taken")
	}
}

func TestT(t *testing.T) {
	c, err := Load(files("unit: 社\nn: '{{.Count}}社'\nf: '{{.Max}}文字以内で入力してください'\nd: '{{.Date}}以降'\nfault.not-found: ありません\n",
		"unit: ''\nn: {one: '{{.Count}} firm', other: '{{.Count}} firms'}\nf: 'Use {{.Max}} characters or fewer'\nd: '{{.Date}}'\nfault.not-found: Not found\n"))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ got, want string }{
		{c.For("ja").T("n", "Count", 1234), "1,234社"},
		{c.For("en").T("n", "Count", 1), "1 firm"},
		{c.For("en").T("n", "Count", 2), "2 firms"},
		{c.For("ja").FieldFault(fault.Field{Key: "f", Args: fault.Args{"Max": 5}}), "5文字以内で入力してください"},
		{c.For("ja").FieldFault(fault.Field{Key: "d", Args: fault.Args{"Date": time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)}}), "2026年12月1日（火）以降"},
		{c.For("ja").Fault(fault.New(fault.NotFound, "")), "ありません"},
		{c.For("ja").T("unit"), "社"},
		{c.For("en").T("unit"), ""}, // said nothing on purpose: not the other language's word
		{c.For("xx").T("nope"), "⟦nope⟧"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

// TestTimesAbroad: who reads English is told the zone of every time, and of every day
// until whose end something may be done.
func TestTimesAbroad(t *testing.T) {
	c, err := Load(files("a: あ\n", "a: a\n"))
	if err != nil {
		t.Fatal(err)
	}
	due := calendar.EndOfDay(time.Date(2026, 12, 10, 3, 0, 0, 0, time.UTC))
	ja, en := c.For("ja"), c.For("en")
	for _, tt := range []struct{ got, want string }{
		{ja.Deadline(due), "2026年12月10日（木）"}, {en.Deadline(due), "Thu, 10 December 2026, 23:59 JST (UTC+9)"},
		{ja.DateTime(due), "2026年12月10日 23:59"}, {en.DateTime(due), "10 December 2026, 23:59 JST (UTC+9)"},
		{ja.Time(due), "23:59"}, {en.Time(due), "23:59 JST"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestDetail(t *testing.T) {
	text := "access.role.auditor: 監査人\naccess.role.buyer: 調達担当\naccess.and: ・\nevidence.short.isms: ISMS\n"
	c, err := Load(files(text, text))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ key, value, want string }{
		{"role", "auditor", "監査人"}, {"role", "buyer → auditor、buyer", "調達担当 → 監査人、調達担当"}, {"role", "king", "king"}, {"certificate", "isms IS 505613", "ISMS IS 505613"}, {"certificate", "isms ", "ISMS"},
		{"certificate", "unknown 1", "unknown 1"}, {"reason", "auditor", "auditor"}, {"role", "", ""},
	} {
		if got := c.For("ja").Detail(tt.key, tt.value); got != tt.want {
			t.Errorf("Detail(%q, %q) = %q, want %q", tt.key, tt.value, got, tt.want)
		}
	}
}

func TestDates(t *testing.T) {
	ja, en := &Printer{Lang: "ja"}, &Printer{Lang: "en"}
	due := time.Date(2026, 12, 10, 14, 59, 59, 0, time.UTC) // 23:59 in Tokyo
	tests := []struct{ got, want string }{
		{ja.Date(due), "2026年12月10日（木）"}, {en.Date(due), "Thu, 10 December 2026"},
		{ja.ShortDate(due), "12/10（木）"}, {ja.DateTime(due), "2026年12月10日 23:59"},
		{ja.EraDate(due), "令和8年12月10日"}, {en.EraDate(due), ""}, {ja.EraDate(time.Date(2019, 5, 1, 0, 0, 0, 0, calendar.Tokyo)), "令和元年5月1日"},
		{ja.Month(due), "2026年12月"}, {ja.Number(1234567), "1,234,567"}, {ja.Number(-1234), "-1,234"}, {ja.Number(-123), "-123"},
		{ja.FileSize(20 << 20), "20.0 MB"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestParseDate(t *testing.T) {
	tests := []struct{ in, want string }{
		{"2026/4/1", "2026-04-01"}, {"2026-04-01", "2026-04-01"}, {"2026年4月1日", "2026-04-01"}, {"令和8年4月1日", "2026-04-01"},
		{"R8.4.1", "2026-04-01"}, {"r8/4/1", "2026-04-01"}, {"２０２６／４／１", "2026-04-01"}, {" 2026 / 4 / 1 ", "2026-04-01"},
		{"20260401", "2026-04-01"}, {"令和元年5月1日", "2019-05-01"}, {"平成31年4月30日", "2019-04-30"}, {"2028/2/29", "2028-02-29"},
		{"2026年12月10日（木）", "2026-12-10"}, {"昭和64年1月7日", "1989-01-07"},
		{"2026/2/29", ""}, {"2026/13/1", ""}, {"令和元年4月30日", ""}, {"平成31年5月1日", ""}, {"R0.4.1", ""}, {"", ""}, {"4/1", ""},
		{"0026/4/1", ""}, {"明日", ""}, {strings.Repeat("2", 5000), ""},
	}
	for _, tt := range tests {
		got, err := ParseDate(tt.in)
		if s := got.Format(time.DateOnly); tt.want == "" && err == nil || tt.want != "" && (err != nil || s != tt.want) {
			t.Errorf("ParseDate(%q) = %s, %v; want %q", tt.in, s, err, tt.want)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2026/4/1", "令和8年4月1日", "R8.4.1", "20260401", "平成31年4月30日"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		day, err := ParseDate(s)
		if err != nil {
			return
		}
		again, err := ParseDate(FormDate(day))
		if err != nil || !again.Equal(day) {
			t.Errorf("ParseDate(%q) = %v, but its form %s reads as %v, %v", s, day, FormDate(day), again, err)
		}
	})
}

// Of a change both sides are worded, and moments are said as they are in Tokyo.
func TestDetailOfAChange(t *testing.T) {
	text := "response.state.open: 実施中\nresponse.state.closed: 終了\naudit.word.yes: はい\nevidence.short.isms: ISMS\naudience.stand.full: 代わりになる\n" +
		"audit.detail.certificate: 登録証\ntrail.kind: 操作の種類\ntrail.kind.user: 利用者\ntrail.from: いつから\n"
	c, err := Load(files(text, text))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ key, value, want string }{
		{"state", "open → closed", "実施中 → 終了"}, {"state", "open", "実施中"}, {"stand-in", "— → yes", "— → はい"},
		{"due", "2026-12-17T14:59:59Z", "2026年12月17日（木）"}, {"due", "2026-12-17T14:59:59Z → 2026-12-18T01:30:00Z", "2026年12月17日（木） → 2026年12月18日 10:30"},
		{"coverage", "IPA5-01 isms：  — → full", "IPA5-01 ISMS：  — → 代わりになる"}, {"address", "a@example.jp → b@example.jp", "a@example.jp → b@example.jp"},
		{"reason", "open → closed", "open → closed"}, {"filter", "from=2026%2F11%2F1&kind=user", "操作の種類: 利用者, いつから: 2026/11/1"}, {"filter", "", "—"},
	} {
		if got := c.For("ja").Detail(tt.key, tt.value); got != tt.want {
			t.Errorf("Detail(%q, %q) = %q, want %q", tt.key, tt.value, got, tt.want)
		}
	}
}
