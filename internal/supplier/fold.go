package supplier

import (
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
	return b.String()
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

// Grams gives the keys under which a record is searched, sorted: every rune and
// every two neighbouring runes of each text, folded with and without legal forms.
func Grams(texts ...string) []string {
	set := map[string]bool{}
	for _, text := range texts {
		for _, folded := range []string{fold(text), squash(spell(text))} {
			previous := rune(0)
			for _, r := range folded {
				if len(set) >= maxGrams {
					break
				}
				set[string(r)] = true
				if previous != 0 {
					set[string(previous)+string(r)] = true
				}
				previous = r
			}
		}
	}
	grams := make([]string, 0, len(set))
	for gram := range set {
		grams = append(grams, gram)
	}
	slices.Sort(grams)
	return grams
}

// QueryGrams gives the keys that a record must all have to be found, sorted; none
// when the query holds nothing to search for, and then every record is found. Words
// are searched on their own, in any order. One character finds every record that
// holds it. Two records that share all pairs of neighbours in another order are not
// told apart, which in names practically never happens.
func QueryGrams(query string) []string {
	query = string([]rune(query)[:min(len([]rune(query)), maxQuery)])
	set := map[string]bool{}
	for _, word := range queryWords(query) {
		folded := []rune(word)
		if len(folded) == 1 {
			set[word] = true
		}
		for i := 1; i < len(folded); i++ {
			set[string(folded[i-1:i+1])] = true
		}
	}
	grams := make([]string, 0, len(set))
	for gram := range set {
		grams = append(grams, gram)
	}
	slices.Sort(grams)
	return grams
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
