package typeset

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// half counts Latin as 1 and the rest as 2.
func half(r rune) int {
	if r < 0x2000 {
		return 1
	}
	return 2
}

func TestWrap(t *testing.T) {
	tests := []struct {
		name, text string
		limit      int
		want       []string
	}{
		{"short", "あいう", 10, []string{"あいう"}},
		{"empty", "", 10, nil},
		{"anywhere between kana", "あいうえおかき", 10, []string{"あいうえお", "かき"}},
		{"no full stop at the head", "あいうえお。か", 10, []string{"あいうえ", "お。か"}},
		{"two closing marks", "あいうえお」。か", 10, []string{"あいうえ", "お」。か"}},
		{"no bracket at the end", "あいうえ（かき）", 10, []string{"あいうえ", "（かき）"}},
		{"small kana and long mark", "ああああチェーン", 10, []string{"ああああ", "チェーン"}},
		{"Latin words whole", "see the ISMS certificate", 10, []string{"see the ", "ISMS ", "certificat", "e"}},
		{"word within kana", "規格ISO/IEC 27001の", 12, []string{"規格ISO/IEC ", "27001の"}},
		{"address at its separators", "https://example.com/a/bb", 14, []string{"https://", "example.com/a/", "bb"}},
		{"double dots stay together", "ああああ……い", 10, []string{"ああああ", "……い"}},
		{"lines of the text", "あ\n\nい\n", 10, []string{"あ\n", "\n", "い\n"}},
		{"spaces hang", "ああああ     い", 8, []string{"ああああ     ", "い"}},
		{"nothing but full stops", "。。。。。。", 6, []string{"。。。", "。。。"}},
		{"wider than any line", "漢字", 1, []string{"漢", "字"}},
		{"amount with its sign", "合計は約￥1,000です", 10, []string{"合計は約", "￥1,000で", "す"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Wrap(tt.text, tt.limit, half); !slices.Equal(got, tt.want) {
				t.Errorf("Wrap(%q, %d) = %q, want %q", tt.text, tt.limit, got, tt.want)
			}
		})
	}
}

func FuzzWrap(f *testing.F) {
	for _, s := range []string{"情報セキュリティ対策。", "https://example.com/?q=1&r=2", "a b\n\nc", "（（（（", "。。。。」」」」", "か\u3099\u3099\u3099", "…………", "\x00\xff", "　　　 字"} {
		f.Add(s, 7)
	}
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = max(limit%60, 0)
		lines := Wrap(s, limit, half)
		if got := strings.Join(lines, ""); got != s && utf8.ValidString(s) {
			t.Fatalf("Wrap(%q, %d) lost something: %q", s, limit, got)
		}
		for i, l := range lines {
			seen := strings.TrimRight(l, " \u3000\n")
			w := 0
			for _, r := range seen {
				w += half(r)
			}
			if w > limit && utf8.RuneCountInString(seen) > 1 && !strings.ContainsAny(seen, " \u3000") && !marked(seen) {
				t.Fatalf("Wrap(%q, %d): line %d is %d wide: %q", s, limit, i, w, l)
			}
			if l == "" {
				t.Fatalf("Wrap(%q, %d): line %d is empty", s, limit, i)
			}
		}
	})
}

func marked(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Mn, r) })
}
