package supplier

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold gives the key under which a company name is found and compared: width,
// case, kana, long vowels, old character shapes, punctuation and legal forms
// (株式会社, ㈱, Co., Ltd.) make no difference. A name that is nothing but a legal
// form keeps it. Stored names never change.
func fold(name string) string {
	spelled := spell(name)
	bare := spelled
	for _, form := range legalForms {
		bare = strings.ReplaceAll(bare, form, "")
	}
	if bare = squash(cutEnglishForm(bare)); bare != "" {
		return bare
	}
	return squash(spelled)
}

// spell brings a text to one width, case and spelling of legal forms.
func spell(s string) string {
	// Beside a broken byte, norm leaves letters as they are.
	s = strings.TrimSpace(strings.ToLower(norm.NFKC.String(strings.ToValidUTF8(s, " "))))
	for short, long := range bankForms {
		if rest, ok := strings.CutPrefix(s, short+")"); ok {
			s = long + rest
		}
		if rest, ok := strings.CutSuffix(strings.TrimSuffix(s, ")"), "("+short); ok {
			s = rest + long
		}
	}
	return abbreviations.Replace(s)
}

// squash keeps letters and digits alone, all kana as large katakana without long
// vowels, and every kanji in its present shape.
func squash(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	var last rune
	for _, r := range kana.Replace(katakana(s)) {
		if r == '々' && last != 0 {
			r = last
		}
		if present, ok := itaiji[r]; ok {
			r = present
		}
		if large, ok := smallKana[r]; ok {
			r = large
		}
		if r == 'ー' || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			continue
		}
		b.WriteRune(r)
		last = r
	}
	return norm.NFC.String(b.String()) // letters that something stood between may be parts of one
}

// katakana writes hiragana as katakana.
func katakana(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'ぁ' && r <= 'ゖ' || r == 'ゝ' || r == 'ゞ' {
			return r + 'ア' - 'あ'
		}
		return r
	}, s)
}

// kana are spellings that people mix up; ヴァ comes before ヴ.
var kana = strings.NewReplacer("ヴァ", "バ", "ヴィ", "ビ", "ヴェ", "ベ", "ヴォ", "ボ", "ヴ", "ブ",
	"ヂ", "ジ", "ヅ", "ズ", "ヲ", "オ", "ヰ", "イ", "ヱ", "エ")

// smallKana: キャノン is written キヤノン in the register, フィルム フイルム.
var smallKana = pairs("ァアィイゥウェエォオッツャヤュユョヨヮワヵカヶケ")

// abbreviations of legal forms, as NFKC writes ㈱ and its kin.
var abbreviations = strings.NewReplacer("(株)", "株式会社", "(有)", "有限会社", "(同)", "合同会社", "(資)", "合資会社",
	"(名)", "合名会社", "(財)", "財団法人", "(社)", "社団法人", "(医)", "医療法人", "(学)", "学校法人",
	"(福)", "社会福祉法人", "(特非)", "特定非営利活動法人", "npo法人", "特定非営利活動法人", "(独)", "独立行政法人",
	"(一社)", "一般社団法人", "(公社)", "公益社団法人", "(一財)", "一般財団法人", "(公財)", "公益財団法人")

// bankForms are the abbreviations of bank transfers: カ)レイジ, レイジ(カ.
var bankForms = map[string]string{"カ": "株式会社", "ユ": "有限会社", "ド": "合同会社"}

// legalForms are cut from names; longer ones come before what they contain.
var legalForms = []string{"特定非営利活動法人", "国立研究開発法人", "地方独立行政法人", "独立行政法人", "国立大学法人",
	"社会福祉法人", "一般社団法人", "公益社団法人", "一般財団法人", "公益財団法人", "医療法人社団", "医療法人財団",
	"社団法人", "財団法人", "医療法人", "学校法人", "宗教法人", "株式会社", "有限会社", "合同会社", "合資会社", "合名会社",
	"カブシキガイシャ", "かぶしきがいしゃ", "カブシキカイシャ", "ユウゲンガイシャ", "ゴウドウガイシャ"}

// englishForms end the names of companies in English.
var englishForms = []string{"co", "ltd", "inc", "corp", "corporation", "company", "limited", "llc", "gk", "kk", "incorporated"}

// cutEnglishForm cuts "Co., Ltd." and the like off the end of a name.
func cutEnglishForm(s string) string {
	words := strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == ',' })
	for len(words) > 1 && slices.Contains(englishForms, strings.ReplaceAll(words[len(words)-1], ".", "")) {
		words = words[:len(words)-1]
	}
	return strings.Join(words, " ")
}

// maxGrams bounds the search keys of one supplier; the texts given first count.
const maxGrams = 600

// Keys are what a record is searched by.
type Keys struct {
	// Grams are every two neighbouring runes of its texts, and the last rune of each,
	// sorted: by an index of them the records that may be meant are found. Whatever
	// rune a text has, a gram begins with it.
	Grams []string
	// Texts are its texts, folded with and without legal forms, each once: they decide
	// which of those records are meant.
	Texts []string
}

// KeysOf gives the keys of a record that has the texts.
func KeysOf(texts ...string) Keys {
	k := Keys{}
	set := map[string]bool{}
	for _, text := range texts {
		for _, folded := range []string{fold(text), squash(spell(text))} {
			if folded == "" || slices.Contains(k.Texts, folded) {
				continue
			}
			k.Texts = append(k.Texts, folded)
			addGrams(set, folded)
		}
	}
	k.Grams = slices.Sorted(maps.Keys(set))
	return k
}

// addGrams adds those of a text. To write their index is most of what asking many
// suppliers costs, so that there is none for each single rune.
func addGrams(set map[string]bool, folded string) {
	rest := []rune(folded)
	for ; len(rest) > 0 && len(set) < maxGrams; rest = rest[1:] {
		set[string(rest[:min(2, len(rest))])] = true
	}
}

// Query is what is searched for. A record is found when it has all Grams, and each of
// the Words in one of its texts. The zero Query finds every record.
type Query struct {
	// Grams are sorted. One of a single rune stands for each gram that begins with it.
	Grams []string
	Words []string // folded
	// Codes are the codes that the query may be, as it was typed and in one width and
	// case: the record that has one of them comes first.
	Codes []string
}

// ParseQuery reads what somebody typed to search for. Words are searched on their own,
// in any order. One character finds every record that holds it; a query without a
// letter or digit finds all.
func ParseQuery(query string) Query {
	query = string([]rune(query)[:min(len([]rune(query)), maxQuery)])
	q := Query{Words: queryWords(query)}
	if len(q.Words) > 0 {
		typed := strings.TrimSpace(query)
		narrow := norm.NFKC.String(strings.ToValidUTF8(typed, " "))
		q.Codes = slices.Compact(slices.Sorted(slices.Values([]string{typed, narrow, strings.ToUpper(narrow), strings.ToLower(narrow)})))
	}
	set := map[string]bool{}
	for _, word := range q.Words {
		folded := []rune(word)
		if len(folded) == 1 {
			set[word] = true
		}
		for i := 1; i < len(folded); i++ {
			set[string(folded[i-1:i+1])] = true
		}
	}
	q.Grams = slices.Sorted(maps.Keys(set))
	return q
}

// maxQuery is how many characters of a query count.
const maxQuery = 100

// queryWords cuts a query at spaces. Legal forms are cut from the query as a whole,
// so that "Example Co., Ltd." does not search for "Ltd".
func queryWords(query string) []string {
	bare := spell(query)
	for _, form := range legalForms {
		bare = strings.ReplaceAll(bare, form, " ")
	}
	var words []string
	for _, word := range strings.Fields(cutEnglishForm(bare)) {
		if word = squash(word); word != "" {
			words = append(words, word)
		}
	}
	if len(words) == 0 {
		if word := squash(spell(query)); word != "" {
			words = append(words, word)
		}
	}
	return words
}

// pairs reads a table written as alternating runes: from, to, from, to.
func pairs(s string) map[rune]rune {
	table := make(map[rune]rune, utf8.RuneCountInString(s)/2)
	var from rune
	for _, r := range s {
		if unicode.IsSpace(r) {
			continue
		}
		if from == 0 {
			from = r
			continue
		}
		table[from], from = r, 0
	}
	return table
}
