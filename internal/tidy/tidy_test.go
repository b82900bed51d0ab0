package tidy

import "testing"

func TestText(t *testing.T) {
	for given, want := range map[string]string{
		"":                   "",
		"plain":              "plain",
		"a\r\nb\rc\u2028d":   "a\nb\nc\nd",
		"ハ\u309aイフ":          "パイフ",
		"\u200b見\u202e本\x00": "見本",
		"葛\U000e0100城":       "葛\U000e0100城",
		"a\tb":               "a\tb",
	} {
		if got := Text(given); got != want || Text(got) != got {
			t.Errorf("%q becomes %q, want %q", given, got, want)
		}
	}
}

func TestShows(t *testing.T) {
	for _, c := range []struct {
		back, kept string
		want       bool
	}{
		{"架空", "架空", true},
		{"Ａ～Ｂ", "Ａ〜Ｂ", true},
		{"〓野家", "𠮷野家", true},
		{"葛城", "葛\U000e0100城", true},
		{"〓", "", false},
		{"", "〓", false},
		{"架空", "架空精工", false},
		{"架空精工", "架空", false},
		{"見本", "架空", false},
	} {
		if got := Shows(c.back, c.kept); got != c.want {
			t.Errorf("%q shows %q: %v", c.back, c.kept, got)
		}
	}
}
