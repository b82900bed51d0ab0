package supplier

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	// Every spelling in a row is the same company.
	for _, row := range [][]string{
		{"株式会社例示精工", "㈱例示精工", "例示精工（株）", "例示精工 株式会社", "(株) 例示精工", "㍿例示精工", "例示精工"},
		{"有限会社サンプル", "㈲ｻﾝﾌﾟﾙ", "さんぷる", "サンプル（有）", "ユ)サンプル", "サンプル(ユ)"},
		{"髙﨑製作所", "高崎製作所"}, {"𠮷野商会", "吉野商会"}, {"渡邊工業", "渡邉工業", "渡辺工業"},
		{"齋藤精機", "斎藤精機", "齊藤精機", "斉藤精機"}, {"濵田", "濱田", "浜田"}, {"嶋田", "嶌田", "島田"},
		{"澤井廣國", "沢井広国"}, {"眞惠榮德瀨", "真恵栄徳瀬"}, {"佐々木", "佐佐木"},
		{"キヤノ見本", "キャノ見本"}, {"フイルム", "フィルム"}, {"サーバー", "サーバ", "さーばー"}, {"ヴァイオ見本", "バイオ見本"},
		{"Example Co., Ltd.", "ＥＸＡＭＰＬＥ", "example co.,ltd", "Example Inc.", "Example K.K."},
		{"A・B・C 商事", "ABC商事", "ａ.ｂ.ｃ商事", "a-b-c 商事"},
		{"特定非営利活動法人見本", "NPO法人見本", "見本"},
		{"医療法人社団 見本会", "見本会"},
	} {
		for _, name := range row[1:] {
			if got, want := fold(name), fold(row[0]); got != want {
				t.Errorf("Fold(%q) = %q, Fold(%q) = %q: want the same", name, got, row[0], want)
			}
		}
	}
	for in, want := range map[string]string{"株式会社": "株式会社", "": "", "　・ ": "", "Co": "co", "株式会社 Co., Ltd.": "co"} {
		if got := fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestItaijiLeadsToTheEnd(t *testing.T) {
	for from, to := range itaiji {
		if further, ok := itaiji[to]; ok {
			t.Errorf("%c becomes %c, which becomes %c", from, to, further)
		}
	}
}

func TestSearch(t *testing.T) {
	s := Supplier{Code: "A-0012", Name: "株式会社髙﨑 ｻﾝﾌﾟﾙ製作所　東京支店", Kana: "タカサキサンプルセイサクショ",
		ContactName: "見本　花子", CorporateNumber: "9999990000017", Email: "hanako@example.jp", Phone: "03-0000-0001"}
	s.derive()
	if !slices.IsSorted(s.Search) {
		t.Error("the grams are not sorted")
	}
	for query, want := range map[string]bool{
		"高崎": true, "髙﨑サンプル": true, "さんぷる": true, "タカサキ": true, "ﾀｶｻｷ": true, "㈱高崎": true, "高崎株式会社": true,
		"株式会社髙﨑": true, "株式会": true, "株式会社": true, "製作所 東京": true, "東京 高崎": true, "高": true, "花子": true,
		"a0012": true, "Ａ－００１２": true, "0012": true, "999999": true, "hanako": true, "": true, " ・ ": true,
		"サンプル株式会社東京": true, "大阪": false, "崎高": false, "a0013": false, "鉄": false, "高崎 大阪": false,
	} {
		if got := found(Keys{s.Search, s.Texts}, ParseQuery(query)); got != want {
			t.Errorf("%q found: %v, want %v (%v)", query, got, want, ParseQuery(query))
		}
	}
}

func TestGramsAreBounded(t *testing.T) {
	var long []rune
	for r := rune(0x4e00); len(long) < 5000; r++ {
		long = append(long, r)
	}
	if n := len(KeysOf(string(long)).Grams); n > maxGrams+1 {
		t.Errorf("%d grams", n)
	}
	if n := len(ParseQuery(string(long)).Grams); n >= maxQuery {
		t.Errorf("%d grams of a query", n)
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"㈱髙﨑", "カ)レイジ", "Example Co., Ltd.", "々ー\xff", "か\u3099", "株式会社"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		folded := fold(s)
		if !utf8.ValidString(folded) {
			t.Errorf("Fold(%q) = %q", s, folded)
		}
		if utf8.RuneCountInString(s) <= maxQuery/20 && !found(KeysOf(s), ParseQuery(folded)) {
			t.Errorf("%q is not found by its folded form %q", s, folded)
		}
	})
}

// A number is found where it stands, and nowhere else, whatever its pairs of digits are.
func TestSearchIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code, query := rapid.StringMatching(`[01]{4,7}`).Draw(t, "code"), rapid.StringMatching(`[01]{1,5}`).Draw(t, "query")
		if got, want := found(KeysOf(code), ParseQuery(query)), strings.Contains(code, query); got != want {
			t.Fatalf("%q in %q: found %v, want %v", query, code, got, want)
		}
	})
}

// found tells whether a record is found, as the database's filter does.
func found(stored Keys, q Query) bool {
	for _, gram := range q.Grams {
		begins := func(of string) bool {
			return of == gram || utf8.RuneCountInString(gram) == 1 && strings.HasPrefix(of, gram)
		}
		if !slices.ContainsFunc(stored.Grams, begins) {
			return false
		}
	}
	for _, word := range q.Words {
		if !slices.ContainsFunc(stored.Texts, func(text string) bool { return strings.Contains(text, word) }) {
			return false
		}
	}
	return true
}
