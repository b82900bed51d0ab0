package supplier

import (
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// choose finds the choice that a word of a list stands for.
func choose[T any](table map[string]T, value string) (T, bool) {
	value = strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(value))), "")
	choice, ok := table[value]
	return choice, ok
}

// The words that lists use for choices, in lower case and one width.
var (
	languages = byWord(map[string][]string{
		"ja": {"ja", "jp", "jpn", "日本語", "日", "和", "和文", "japanese", "日本"},
		"en": {"en", "eng", "英語", "英", "英文", "english", "us", "gb"},
	})
	lanes = byWord(map[Lane][]string{
		LaneMail:  {"mail", "email", "e-mail", "メール", "電子メール", "eメール"},
		LanePaper: {"paper", "紙", "郵送", "郵便", "書面", "fax", "ファックス", "ファクス", "手渡し", "手渡", "紙でのやりとり", "onpaper", "post", "letter", "持参"},
	})
	ranks = byWord(map[Tier][]string{
		TierHigh:   {"高", "高い", "大", "最重要", "重要", "a", "aランク", "s", "1", "i", "high", "h", "★4", "★5", "☆4", "tier1"},
		TierMedium: {"中", "普通", "b", "bランク", "2", "ii", "medium", "middle", "m", "mid", "tier2"},
		TierLow:    {"低", "低い", "小", "c", "cランク", "3", "iii", "low", "l", "★3", "☆3", "tier3"},
		// As our own tables say it.
		TierUnknown: {"未判定", "notrated", "notjudged"},
	})
	answers = byWord(map[bool][]string{
		true: {"○", "〇", "◯", "◎", "有", "有り", "あり", "有る", "ある", "はい", "する", "している", "該当", "対象", "要", "取扱あり", "取り扱いあり",
			"委託あり", "yes", "y", "true", "t", "1", "✓", "✔", "レ", "on"},
		false: {"×", "✕", "✖", "x", "無", "無し", "なし", "ない", "無い", "いいえ", "しない", "していない", "非該当", "対象外", "不要", "取扱なし",
			"取り扱いなし", "委託なし", "no", "n", "false", "f", "0", "-", "ー", "―", "off"},
	})
)

// byWord turns a table of words by choice around. A word under two choices would
// make the meaning depend on the order of a map, so it stops the start.
func byWord[T comparable](choices map[T][]string) map[string]T {
	table := map[string]T{}
	for choice, texts := range choices {
		for _, text := range texts {
			if other, twice := table[text]; twice {
				panic(fmt.Sprintf("%q means both %v and %v", text, other, choice))
			}
			table[text] = choice
		}
	}
	return table
}
