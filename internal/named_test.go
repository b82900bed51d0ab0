package internal

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"tsunagi/templates"
)

// inQuotes is what a text quotes: mostly what a button, a heading or a field is called.
var inQuotes = map[string]*regexp.Regexp{"ja": regexp.MustCompile(`「([^「」]+)」`), "en": regexp.MustCompile(`“([^“”]+)”`)}

// ofOthers are quoted words that are called so by nothing of ours: examples, what is
// typed into a cell, words of other programs, and of the demonstration.
var ofOthers = map[string][]string{
	"ja": {
		"tsunagi-demo-2026", "2026/8/13", "2026/4/1", "令和8年4月1日", "10123456(03)", "7E+12", "03-0000-0000", "name@example.jp", "…", "413", "502",
		"T", "+", "=", "@", ".", "○", "×", "英語", "郵送", "以上", "文字列", "適用範囲", "登録範囲", "名前を付けて保存", "Excelブック（.xlsx）",
		"CC", "メールアドレス2", "宛先違い", "この日まで保管し、そのあとは御社が消去する",
	},
	"en": {
		"…", "413", "502", "7E+12", "Japanese", "high", "medium", "low", "mail", "paper", "copy", "approver", "CC", "Email 2",
	},
}

// TestWhatATextNamesIsThere: a text that sends people to a button, a heading or a field
// calls it as it is called there.
func TestWhatATextNamesIsThere(t *testing.T) {
	for lang, quotes := range inQuotes {
		said := messages(t, lang)
		names := map[string]bool{}
		for _, word := range ofOthers[lang] {
			names[word] = true
		}
		for _, texts := range said {
			for _, text := range texts {
				names[text] = true
			}
		}
		for key, texts := range said {
			for _, text := range texts {
				for _, m := range quotes.FindAllStringSubmatch(text, -1) {
					if !names[m[1]] && !strings.Contains(m[1], "{{") {
						t.Errorf("%s: %s names %q, and nothing is called so", lang, key, m[1])
					}
				}
			}
		}
	}
}

// messages are all texts of a language by their key, the plural forms of a text beside
// each other.
func messages(t *testing.T, lang string) map[string][]string {
	t.Helper()
	files, err := fs.Glob(templates.FS, "locales/"+lang+"/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	out := map[string][]string{}
	for _, name := range files {
		raw, err := fs.ReadFile(templates.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		read := map[string]any{}
		if err := yaml.Unmarshal(raw, &read); err != nil {
			t.Fatal(name, err)
		}
		for key, value := range read {
			switch v := value.(type) {
			case string:
				out[key] = []string{v}
			case map[string]any:
				for _, form := range v {
					out[key] = append(out[key], form.(string))
				}
			}
		}
	}
	return out
}
