package supplier

import (
	"slices"
	"testing"
)

func TestReadings(t *testing.T) {
	for kana, want := range map[string][2]string{
		"タカサキコウギョウ":   {"takasakikougyou", "takasakikogyo"},
		"ミホンセイコウ":     {"mihonseikou", "mihonseiko"},
		"キッチョウデンキ":    {"kitchoudenki", "kitchodenki"},
		"ザッシャシンバシ":    {"zasshashinbashi", "zasshashimbashi"},
		"チャレンジジョイ":    {"charenjijoi", "charenjijoi"},
		"ファインウィッシュ":   {"fainwisshu", "fainwisshu"},
		"ティーデュオヴァシェフ": {"tidyuovashefu", "tidyuovashefu"},
		"サーバー２":       {"saba", "saba"},
		"ABC123サンギョウ": {"abc123sangyou", "abc123sangyo"},
		"ッャ・　":        {"", ""},
		"":            {"", ""},
	} {
		if got := readings(kana); !slices.Equal(got, []string{kana, want[0], want[1]}) {
			t.Errorf("readings(%q) = %q, want %q", kana, got, want)
		}
	}
}
