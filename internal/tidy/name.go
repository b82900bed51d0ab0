package tidy

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// honorifics are what people type after a name although a letter adds its own: 御中 for
// an organisation, 様 for a person.
var honorifics = []string{onchu, sama, "さま", "殿"}

const (
	onchu = "御中"
	sama  = "様"
)

// alone are words of which honorifics are typed apart only, because too many names end
// so.
var alone = []string{"サマ", "ｻﾏ"}

// words end names and are no honorific there.
var words = []string{"仕様", "模様", "多様", "同様", "一様", "異様", "有様", "神様", "王様", "奥様",
	"あさま", "かさま", "ひさま", "いさま", "ささま",
	"鵜殿", "真殿", "湯殿", "御殿", "宮殿", "神殿", "本殿", "社殿", "拝殿", "貴殿", "大殿", "水殿", "沈殿"}

// titles address somebody already, so that nothing is added.
var titles = []string{"各位", "先生", "さん"}

// Name is a name without what addresses it, wherever that stands: 「山田様（総務部）」
// is 「山田（総務部）」. A name that is nothing but an honorific is none. What else was
// typed stays as it is.
func Name(given string) string {
	name, _ := address(given)
	return name
}

// Person addresses a person: 様 after the name, 御中 where an organisation was typed in
// its place, nothing more after a title. Nobody is "".
func Person(given string) string {
	name, typed := address(given)
	switch {
	case typed == onchu:
		return Organization(name)
	case name == "" || titled(name):
		return name
	}
	return name + " " + sama
}

// Organization addresses an organisation: 御中 after the name, and only there.
func Organization(given string) string {
	name := Name(given)
	if name == "" || titled(name) {
		return name
	}
	return name + " " + onchu
}

// Addressee addresses a person at an organisation, on one line: with both, the person
// alone is given an honorific.
func Addressee(organization, person string) string {
	if person = Person(person); person == "" {
		return Organization(organization)
	}
	return strings.TrimSpace(Name(organization) + " " + person)
}

func titled(name string) bool {
	return slices.ContainsFunc(titles, func(t string) bool { return strings.HasSuffix(name, t) })
}

// address is a name without its honorifics, and the last of them.
func address(given string) (name, last string) {
	if !strings.ContainsFunc(given, mayAddress) {
		return strings.TrimSpace(given), ""
	}
	var b strings.Builder
	word := 0 // where it begins
	keep := func(end int) {
		rest := given[word:end]
		for {
			bare, honorific := cut(rest)
			if honorific == "" {
				break
			}
			rest, last = bare, honorific
		}
		b.WriteString(rest)
	}
	for i, r := range given {
		if separates(r) || encloses(r) {
			keep(i)
			b.WriteRune(r)
			word = i + utf8.RuneLen(r)
		}
	}
	keep(len(given))
	if last == "" {
		return strings.TrimSpace(given), ""
	}
	return strings.TrimFunc(closeUp(b.String()), separates), last
}

func mayAddress(r rune) bool { return strings.ContainsRune("様中さ殿サｻ", r) }

// cut takes one honorific off the end of a word.
func cut(word string) (rest, honorific string) {
	if slices.Contains(alone, word) {
		return "", sama
	}
	if slices.ContainsFunc(words, func(w string) bool { return strings.HasSuffix(word, w) }) {
		return word, ""
	}
	for _, h := range honorifics {
		if rest, ok := strings.CutSuffix(word, h); ok {
			return rest, h
		}
	}
	return word, ""
}

// separates are the spaces and signs between the words of a name.
func separates(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune("、，,・･/／;；&＆", r)
}

func encloses(r rune) bool { return strings.ContainsRune("()（）[]［］「」【】<>＜＞", r) }

// hollow is what a dropped honorific leaves behind.
var hollow = strings.NewReplacer("()", "", "（）", "", "[]", "", "［］", "", "「」", "", "【】", "", "<>", "", "＜＞", "",
	"  ", " ", "　　", "　")

// closeUp takes out what a dropped honorific left behind.
func closeUp(s string) string {
	for {
		next := hollow.Replace(s)
		if next == s {
			return s
		}
		s = next
	}
}
