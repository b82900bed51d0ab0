package supplier

import (
	"strings"
	"testing"

	"tsunagi/internal/fault"
)

type fieldCase struct{ in, want, key string }

func testField(t *testing.T, parse func(string) (string, *fault.Field), cases []fieldCase) {
	t.Helper()
	for _, c := range cases {
		got, wrong := parse(c.in)
		key := ""
		if wrong != nil {
			key = wrong.Key
		}
		if got != c.want || key != c.key {
			t.Errorf("%q: got %q and fault %q, want %q and %q", c.in, got, key, c.want, c.key)
		}
	}
}

func TestParseCorporateNumber(t *testing.T) {
	const (
		length = "fault.supplier.corporate-number-length"
		check  = "fault.supplier.corporate-number-check"
		digits = "fault.supplier.corporate-number-digits"
		expo   = "fault.supplier.number-exponent"
	)
	own := string(CheckDigit("999990000001")) + "999990000001"
	testField(t, parseCorporateNumber, []fieldCase{
		{"7000012050002", "7000012050002", ""}, {"4011001098993", "4011001098993", ""},
		{"7010705000725", "7010705000725", ""}, {"1180301018771", "1180301018771", ""},
		{own, own, ""}, {"７０００－０１２０－５０００２", "7000012050002", ""}, {" 7000 0120 50002 ", "7000012050002", ""},
		{"", "", ""}, {"　", "", ""},
		{"7000012050003", "", check}, {"0000000000000", "", check},
		{"700001205000", "", length}, {"70000120500022", "", length}, {"T7000012050002", "", digits}, {"７千", "", digits},
		{"7E+12", "", expo}, {"7.00001E+12", "", expo}, {"７Ｅ＋１２", "", expo}, {"7e12", "", expo},
	})
}

func TestParseInvoiceNumber(t *testing.T) {
	const format = "fault.supplier.invoice-number"
	testField(t, func(s string) (string, *fault.Field) { return parseInvoiceNumber(s, "") }, []fieldCase{
		{"T7000012050002", "T7000012050002", ""}, {"ｔ７０００-012050002", "T7000012050002", ""}, {"", "", ""},
		{"T7000012050003", "T7000012050003", ""}, // a sole proprietor's number has no check digit
		{"7000012050002", "", format}, {"T700001205000", "", format}, {"T7E+12", "", "fault.supplier.number-exponent"},
	})
	testField(t, func(s string) (string, *fault.Field) { return parseInvoiceNumber(s, "7000012050002") }, []fieldCase{
		{"T7000012050002", "T7000012050002", ""}, {"T4011001098993", "", "fault.supplier.invoice-number-other"},
	})
}

func TestParseEmail(t *testing.T) {
	const bad, several, dot, sign = "fault.supplier.email", "fault.supplier.email-several", "fault.supplier.email-dot", "fault.supplier.email-character"
	testField(t, parseEmail, []fieldCase{
		{"Taro.Mihon@Example.JP", "taro.mihon@example.jp", ""}, {"ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ", "taro@example.jp", ""},
		{" taro@example.jp\n", "taro@example.jp", ""}, {"mailto:taro@example.jp", "taro@example.jp", ""}, {"", "", ""},
		{"a+b_c@sub.example-x.co.jp", "a+b_c@sub.example-x.co.jp", ""},
		{"taro@example", "", bad}, {"taro", "", bad}, {"@example.jp", "", bad}, {"taro@", "", bad}, {"taro.@example.jp", "", dot},
		{"ta..ro@example.jp", "", dot}, {"taro@example..jp", "", dot}, {"taro@-example.jp", "", bad}, {"taro@192.0.2.1", "", bad},
		{"taro@[192.0.2.1]", "", sign}, {"太郎@example.jp", "", sign}, {"taro@例え.jp", "", sign}, {"見本太郎 <taro@example.jp>", "", sign},
		{`"ta ro"@example.jp`, "", sign}, {`"taro"@example.jp`, "", sign}, {"taro(x)@example.jp", "", sign},
		{"taro@example.jp\r\nBcc: x@example.com", "", several}, {"taro\r\nto@example.jp", "", sign}, {"taro@example.jp\r\nX:y", "", sign},
		{"a@example.jp;b@example.jp", "", several}, {"a@example.jp\nb@example.jp", "", several},
		{strings.Repeat("a", 65) + "@example.jp", "", "fault.supplier.email-local"},
		{"a@" + strings.Repeat("abcdefgh.", 30) + "jp", "", "fault.too-long"},
	})
}

func TestParsePhone(t *testing.T) {
	const bad, zero = "fault.supplier.phone", "fault.supplier.phone-zero"
	testField(t, parsePhone, []fieldCase{
		{"03-0000-0000", "03-0000-0000", ""}, {"０３（００００）００００", "03(0000)0000", ""}, {"03ー0000―0000", "03-0000-0000", ""},
		{"+81 3 0000 0000", "+81 3 0000 0000", ""}, {"0300000000", "0300000000", ""}, {"03-0000-0000 内線12", "03-0000-0000 内線12", ""},
		{"代表 03-0000-0000", "代表 03-0000-0000", ""}, {"", "", ""},
		{"300000000", "", zero}, {"9000000000", "", zero}, {"12345", "", bad}, {"電話はメールで", "", bad}, {"03-0000-0000に電話", "", bad},
		{"9E+09", "", "fault.supplier.number-exponent"}, {strings.Repeat("0", 60), "", bad},
	})
}

func TestParseKanaAndCode(t *testing.T) {
	testField(t, parseKana, []fieldCase{
		{"ｻﾝﾌﾟﾙ ｾｲｺｳ", "サンプル セイコウ", ""}, {"さんぷる", "サンプル", ""}, {"サンプル　ABC", "サンプル ABC", ""}, {"", "", ""},
		{"例示精工", "", "fault.supplier.kana"},
	})
	testField(t, parseCode, []fieldCase{
		{" ００１２ ", "0012", ""}, {"Ａ-1", "A-1", ""}, {"a 1", "a 1", ""}, {"", "", ""},
		{"1E+05", "", "fault.supplier.number-exponent"}, {"1E5A", "1E5A", ""}, {strings.Repeat("あ", maxCode+1), "", "fault.too-long"},
	})
}

func TestTierOf(t *testing.T) {
	yes, no := true, false
	for _, tt := range []struct {
		a, b, c    *bool
		rank, want Tier
	}{
		{nil, nil, nil, TierUnknown, TierUnknown}, {nil, nil, nil, TierMedium, TierMedium}, {nil, nil, nil, 9, TierUnknown},
		{&no, &no, nil, TierHigh, TierHigh}, {&no, &no, &no, TierHigh, TierLow}, {&no, nil, &yes, TierLow, TierHigh},
		{&yes, &yes, &yes, TierUnknown, TierHigh},
	} {
		if got := tierOf(tt.a, tt.b, tt.c, tt.rank); got != tt.want {
			t.Errorf("TierOf(%v, %v, %v, %d) = %d, want %d", tt.a, tt.b, tt.c, tt.rank, got, tt.want)
		}
	}
}

func TestPrepare(t *testing.T) {
	yes := true
	s := Supplier{Code: " ００１ ", Name: "㈱髙﨑\r\n製作所", Kana: "たかさき", Email: "ｘ@example.jp", ContactName: "見本　太郎\x00",
		Tags: []string{" 外注 ", "外注", "", "清掃"}, StopsUs: &yes}
	if f := s.Prepare(); len(f) != 0 {
		t.Fatalf("faults %v", f)
	}
	if s.Code != "001" || s.Name != "㈱髙﨑 製作所" || s.Kana != "タカサキ" || s.Email != "x@example.jp" || s.ContactName != "見本　太郎" ||
		joinTags(s.Tags) != "外注、清掃" || s.Tier != TierHigh || s.Lang != "ja" || s.Lane != LaneMail || len(s.Search) == 0 {
		t.Errorf("got %+v", s)
	}
	before := s
	if f := s.Prepare(); len(f) != 0 || s.Name != before.Name || joinTags(s.Tags) != joinTags(before.Tags) {
		t.Errorf("a second time it changed: %+v, %v", s, f)
	}

	many := Supplier{Lang: "fr", Lane: "pigeon", Rank: 7, Note: strings.Repeat("x", MaxNote+1), Name: strings.Repeat("x", MaxName+1),
		Tags: strings.Split(strings.Repeat("a,b,c,d,e,", 1)+"f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u", ",")}
	wrong := map[string]string{}
	for _, f := range many.Prepare() {
		wrong[f.Name] = f.Key
	}
	for column, key := range map[Column]string{ColumnCode: "fault.supplier.code-missing", ColumnName: "fault.too-long",
		ColumnLang: "fault.choose", ColumnLane: "fault.choose", ColumnRank: "fault.choose", ColumnNote: "fault.too-long",
		ColumnTags: "fault.supplier.tags-many"} {
		if wrong[string(column)] != key {
			t.Errorf("%s: got %q, want %q", column, wrong[string(column)], key)
		}
	}
}
